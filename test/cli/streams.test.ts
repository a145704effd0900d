// Streams: pipes get no escape codes, a reader that goes away ends it quietly, progress is for terminals.
import { describe, expect, it } from "vitest";
import { Progress } from "../../src/cli/progress.ts";
import { type Output, Terminal } from "../../src/cli/terminal.ts";
import { folderWith, makespan, shell } from "./makespan.ts";
import { RANDOM } from "./scenarios.ts";

const ESCAPE = "\u001b";

describe("a pipe", () => {
  it("gets no escape code and no progress, whatever the environment says of colours", () => {
    const cwd = folderWith({ "random.yaml": RANDOM });
    const env = { FORCE_COLOR: "3", CLICOLOR_FORCE: "1", TERM: "xterm-256color", COLORTERM: "truecolor" };
    for (const words of [
      ["--help"],
      ["run", "random.yaml"],
      ["compare", "random.yaml"],
      ["policies"],
      ["validate", "random.yaml"],
      ["run", "nowhere"],
    ]) {
      const { stdout, stderr } = makespan(words, { cwd, env });
      expect(stdout + stderr).not.toMatch(new RegExp(`[${ESCAPE}\r]`));
    }
  });

  it.each(["policies", "schema", "run layered-graph", "generate bag --count 1000", "--help"])(
    "that is closed ends makespan %s quietly",
    (words) => {
      const { stdout, stderr, code } = shell(`makespan ${words} | head -n 1`);
      expect(stdout.split("\n")).toHaveLength(2);
      expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
      expect(shell(`{ makespan ${words}; echo $? >&2; } | :`).stderr).toBe("0\n");
    },
  );

  it("carries the result on stdout alone", () => {
    const cwd = folderWith({ "random.yaml": RANDOM });
    const { stdout, stderr } = shell("makespan compare random.yaml --json 2>/dev/null | cat", { cwd });
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toHaveProperty("scenarios");
  });

  it("that cannot take the result is an error", () => {
    const { code, stderr } = shell("makespan policies > /dev/full");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: cannot write the result: /);
  });
});

/** A stream that keeps what is written. */
function stream(isTTY: boolean): Output & { written: string } {
  const kept = {
    isTTY,
    columns: 60,
    written: "",
    write(text: string | Uint8Array) {
      kept.written += String(text);
      return true;
    },
  };
  return kept;
}

describe("a terminal", () => {
  it("gets colours, unless NO_COLOR is set or it is dumb; each stream by itself", () => {
    const styled = (isTTY: boolean, environment: Record<string, string>) =>
      new Terminal(stream(isTTY), stream(!isTTY), environment).style("red", "x");
    expect(styled(true, {})).toBe(`${ESCAPE}[31mx${ESCAPE}[39m`);
    expect(styled(true, { NO_COLOR: "" })).toBe(`${ESCAPE}[31mx${ESCAPE}[39m`);
    expect(styled(true, { NO_COLOR: "1" })).toBe("x");
    expect(styled(true, { TERM: "dumb" })).toBe("x");
    expect(styled(false, {})).toBe("x");
  });

  it("shows a bar, the runs done of all and the time left, and takes them away for the result", () => {
    const stdout = stream(false);
    const stderr = stream(true);
    const terminal = new Terminal(stdout, stderr, {});
    let now = 0;
    const progress = new Progress(terminal, () => now);
    progress.update(0, 40);
    expect(stderr.written).toBe("");
    now = 1000;
    progress.update(10, 40);
    expect(stderr.written).toBe("\r[######..................] 10/40 runs, 3 s left");
    now = 1001;
    progress.update(11, 40);
    expect(stderr.written).not.toContain("11/40");
    now = 200_000;
    progress.update(20, 40);
    expect(stderr.written).toContain("] 20/40 runs, 3 min 20 s left");
    const before = stderr.written.length;
    terminal.result("done\n");
    expect(stderr.written.slice(before)).toMatch(/^\r +\r$/);
    expect(stdout.written).toBe("done\n");
  });

  it("shows nothing where nobody watches", () => {
    const stderr = stream(false);
    let now = 0;
    const progress = new Progress(new Terminal(stream(true), stderr, {}), () => now);
    now = 5000;
    progress.update(1, 2);
    expect(stderr.written).toBe("");
  });
});
