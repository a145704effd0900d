// A defect of Makespan's own: exit code 70, and what to do about it.
import { describe, expect, it } from "vitest";
import { folderWith, makespan } from "./makespan.ts";

/** Breaks what every run uses, before the command line is loaded. */
const BREAKING = "data:text/javascript,Math.imul=()=>{throw%20new%20TypeError(%60out%20of%20order%60)}";
const broken = (words: readonly string[], env = {}) =>
  makespan(words, { cwd: folderWith(), env: { NODE_OPTIONS: `--import=${BREAKING}`, ...env } });

describe("an internal error", () => {
  it.each(["run", "compare"])("of %s ends with 70, says that it is a defect, where, and what to report", (command) => {
    const { code, stdout, stderr } = broken([command, "diamond"]);
    expect({ code, stdout }).toEqual({ code: 70, stdout: "" });
    const [what, whose, more] = stderr.split("\n");
    expect(what).toMatch(/^internal error: TypeError: out of order \(dist\/\S+\.js:\d+:\d+\)$/);
    expect(whose).toBe("this is a bug of Makespan, not of your input; please report it with the command that shows it");
    expect(more).toBe("MAKESPAN_DEBUG=1 shows where it comes from");
  });

  it("is one JSON document where one is asked for", () => {
    const { code, stdout } = broken(["run", "diamond", "--json"]);
    expect(code).toBe(70);
    const message = expect.stringMatching(/^internal error: TypeError: out of order [^\n]+$/) as unknown;
    expect(JSON.parse(stdout)).toEqual({ error: { exit_code: 70, faults: [{ message }] } });
  });

  it("shows its stack with MAKESPAN_DEBUG", () => {
    expect(broken(["run", "diamond"], { MAKESPAN_DEBUG: "1" }).stderr).toMatch(/\n +at .*dist\//);
  });
});
