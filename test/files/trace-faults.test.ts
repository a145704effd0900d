// What is wrong with a trace, as a person reads it: all of it at once, by position, and last how much more there is.
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatFaults } from "../../src/files/fault-text.ts";
import { loadScenario, loadTrace } from "../../src/files/load-scenario.ts";
import { InputError } from "../../src/model/errors.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const folder = temporaryFolders();

async function faultsOf(load: () => Promise<unknown>): Promise<string> {
  try {
    await load();
  } catch (error) {
    if (error instanceof InputError) return formatFaults(error.faults);
    throw error;
  }
  return "none";
}

describe("a trace", () => {
  it("has its faults named all at once, in order of position", async () => {
    const stdin = "id,duration,cpu,dependencies\na,5,1,b\nb,4,1,a\nc,3,9,zz\n";
    expect(await faultsOf(() => loadTrace("-", { stdin, workers: "1 x 2cpu" }))).toBe(
      `<stdin>:2:7: error: dependencies run in a ring: a → b → a
  2 | a,5,1,b
    |       ^
<stdin>:4:5: error: task "c" requests 9 of cpu, more than any worker has; the largest, "w-1", has 2
  4 | c,3,9,zz
    |     ^
<stdin>:4:7: error: dependencies: "zz" is not the id of a task
  4 | c,3,9,zz
    |       ^
`,
    );
  });

  it("says last how many more faults there are, in a scenario's file too", async () => {
    const log = `; MaxProcs: 4\n${"1 2 x\n".repeat(1000)}`;
    const text = await faultsOf(() => loadTrace("-", { stdin: log, format: "swf" }));
    expect(text.match(/error: /g)).toHaveLength(20);
    expect(text).toMatch(/\n1980 more errors\n$/);
    const path = folder({ "log.swf": log, "x.yaml": "workload: { file: log.swf }\nscheduler: { policy: sfj }\n" });
    expect(await faultsOf(() => loadScenario(join(path, "x.yaml")))).toMatch(/:11:5: .*\n.*\n.*\n1981 more errors\n$/);
  });
});
