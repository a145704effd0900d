// Signals: what can be stopped stops, all else ends at once with a line that says so, and nothing keeps a process alive.
import { execFileSync } from "node:child_process";
import { closeSync, constants, existsSync, mkdirSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { heard, interruptible, inTurns } from "../../src/cli/interrupt.ts";
import { folderWith, startMakespan } from "./makespan.ts";
import { CHAIN } from "./scenarios.ts";

/** A policy that leaves a file as a sign that it has begun, and never comes back. */
const ENDLESS = `import { writeFileSync } from "node:fs";
export default { name: "endless", rank() { writeFileSync("begun", ""); for (;;); } };
`;

/** Its trace is longer than a pipe holds. */
const MANY = "version: 1\ncluster: { workers: [{ id: w, cpu: 4 }] }\ngenerate: { kind: bag, count: 20000, duration: 1s }\n";

/** Starts it, and gives what has become of it when it has ended. */
function start(words: readonly string[], cwd: string) {
  const child = startMakespan(words, cwd);
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.on("data", (chunk) => {
      texts[name] += String(chunk);
    });
  }
  const ended = new Promise<{ code: number | null; by: NodeJS.Signals | null }>((resolve) => {
    child.on("close", (code, by) => resolve({ code, by }));
  });
  return { child, texts, ended };
}

/** Tries again until it works: it is the other end of a pipe that is waited for. */
async function eventually<T>(step: () => T): Promise<T> {
  for (;;) {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof Error && "code" in error && ["ENXIO", "EAGAIN"].includes(String(error.code)))) throw error;
      await sleep(20);
    }
  }
}

describe("a signal before there is anything to keep", () => {
  // Held up where it reads the scenario: a pipe into which nobody writes.
  it.each(
    ["run", "validate", "compare", "import"].flatMap((command) =>
      (["SIGINT", "SIGTERM"] as const).map((signal) => [command, signal] as const),
    ),
  )("ends %s on %s with 130 and a line", async (command, signal) => {
    const cwd = folderWith();
    execFileSync("mkfifo", [join(cwd, "tasks.csv")]);
    const { child, texts, ended } = start([command, "tasks.csv", "--workers", "1 x 1cpu"], cwd);
    const pipe = await eventually(() => openSync(join(cwd, "tasks.csv"), constants.O_WRONLY | constants.O_NONBLOCK));
    child.kill(signal);
    while (texts.stderr === "") await sleep(20);
    closeSync(pipe); // the exit waits for what is being read
    expect(await ended).toEqual({ code: 130, by: null });
    expect(texts).toEqual({ stdout: "", stderr: "interrupted; nothing was written\n" });
    expect(readdirSync(cwd)).toEqual(["tasks.csv"]);
  });

  it("ends a comparison without a run, which writes nothing", async () => {
    const cwd = folderWith({ "chain.yaml": CHAIN, "endless.js": ENDLESS });
    const { child, texts, ended } = start(["compare", "chain.yaml", "--policies", "./endless.js"], cwd);
    while (!existsSync(join(cwd, "begun"))) await sleep(20);
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 130, by: null });
    expect(texts).toEqual({ stdout: "", stderr: "warning: interrupted; nothing was written\n" });
    expect(existsSync(join(cwd, "reports"))).toBe(false);
  });

  it("ends a run whose policy never comes back", async () => {
    const cwd = folderWith({ "chain.yaml": CHAIN, "endless.js": ENDLESS });
    const { child, ended } = start(["run", "chain.yaml", "--policy", "./endless.js"], cwd);
    while (!existsSync(join(cwd, "begun"))) await sleep(20);
    child.kill("SIGTERM");
    expect(await ended).toEqual({ code: null, by: "SIGTERM" });
  });
});

it("a signal while generate writes is said with the file that is missing", async () => {
  const cwd = folderWith();
  const table = join(cwd, "bag.tasks.csv");
  execFileSync("mkfifo", [table]);
  const { child, texts, ended } = start(["generate", "bag", "--count", "20000", "-o", "bag.yaml"], cwd);
  const pipe = openSync(table, constants.O_RDONLY | constants.O_NONBLOCK);
  const byte = Buffer.alloc(1);
  while ((await eventually(() => readSync(pipe, byte))) === 0) await sleep(20); // nobody writes yet
  child.kill("SIGTERM");
  expect(await ended).toEqual({ code: 130, by: null });
  closeSync(pipe);
  expect(texts).toEqual({ stdout: "", stderr: "warning: interrupted: bag.yaml is not written\n" });
  expect(readdirSync(cwd)).toEqual(["bag.tasks.csv"]);
});

describe("a signal while run writes", () => {
  // Held up where it writes: a pipe of which only the first byte is read.
  it.each([
    [
      "says that what is whole stays",
      ["--out", "out", "--trace"],
      "out/events.jsonl",
      "warning: interrupted: what is written is partial\n",
    ],
    ["says that nothing is there", ["--log", "run.log"], "run.log", "warning: interrupted; nothing was written\n"],
  ])("%s", async (_what, options, held, expected) => {
    const cwd = folderWith({ "many.yaml": MANY });
    mkdirSync(join(cwd, "out"));
    execFileSync("mkfifo", [join(cwd, held)]);
    const { child, texts, ended } = start(["run", "many.yaml", ...options], cwd);
    const pipe = openSync(join(cwd, held), constants.O_RDONLY | constants.O_NONBLOCK);
    const byte = Buffer.alloc(1);
    while ((await eventually(() => readSync(pipe, byte))) === 0) await sleep(20); // nobody writes yet
    child.kill("SIGINT");
    expect(await ended).toEqual({ code: 130, by: null });
    closeSync(pipe);
    expect(texts.stderr).toBe(expected);
    const kept = ["attempts.csv", "events.jsonl", "execution.json", "runs.csv", "summary.json", "tasks.csv", "workers.csv"];
    expect(readdirSync(join(cwd, "out")).sort()).toEqual(held === "run.log" ? [] : kept);
  });
});

it("work in slices leaves a turn after each", async () => {
  const seen: string[] = [];
  function* slices(): Generator<undefined, string> {
    for (const name of ["a", "b"]) {
      setImmediate(() => seen.push(`turn after ${name}`));
      seen.push(name);
      yield;
    }
    return "done";
  }
  expect(await inTurns(slices())).toBe("done");
  expect(seen).toEqual(["a", "turn after a", "b", "turn after b"]);
});

it("takes signals that come during the same long work for one, and keeps what is finished; a later one ends the process", async () => {
  const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
  try {
    const kept = await interruptible(async (signal) => {
      for (let i = 0; i < 2; i++) process.emit("SIGINT");
      const wasEnded = exit.mock.calls.length > 0;
      await heard();
      process.emit("SIGINT");
      return { wasEnded, stops: signal.aborted };
    });
    expect(kept).toEqual({ wasEnded: false, stops: true });
    expect(exit.mock.calls).toEqual([[130]]);
  } finally {
    exit.mockRestore();
  }
});
