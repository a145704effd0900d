// What a policy's file keeps of the host is behind the guard too, and its code does not end the process.
import { describe, expect, it } from "vitest";
import { withGuard } from "../../src/files/guard.ts";
import { resolvePolicy } from "../../src/files/load-policy.ts";
import { PolicyError } from "../../src/model/errors.ts";
import type { PolicyContext } from "../../src/policies/policy.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const folder = temporaryFolders();

/** Module code, the call in a run (on line 2), and what the error calls it. */
const CALLS: [kept: string, call: string, name: string][] = [
  ["const { random } = Math;", "random()", "Math.random()"],
  ["const now = Date.now;", "now()", "Date.now()"],
  ["const D = Date;", "+new D()", "new Date()"],
  ["const day = new Date(0);", "+new day.constructor()", "new Date()"],
  ["const now = performance.now.bind(performance);", "now()", "performance.now()"],
  ["const { now } = Performance.prototype;", "now.call(performance)", "performance.now()"],
  ['import { performance } from "node:perf_hooks";', "performance.now()", "performance.now()"],
  ["const later = setTimeout;", "later(() => {}, 1)", "setTimeout()"],
  ['import { setTimeout } from "node:timers";', "setTimeout(() => {}, 1)", "setTimeout()"],
  ['import * as timers from "timers";', "timers.setImmediate(() => {})", "setImmediate()"],
  ['import { setTimeout } from "node:timers/promises";', "setTimeout(1)", "setTimeout()"],
  ['import { scheduler } from "node:timers/promises";', "scheduler.wait(1)", "scheduler.wait()"],
  ['import { randomInt } from "node:crypto";', "randomInt(5)", "crypto.randomInt()"],
  ['import crypto from "crypto";', "crypto.randomBytes(1)[0]", "crypto.randomBytes()"],
  ['import { randomUUID } from "node:crypto";', "randomUUID().length", "crypto.randomUUID()"],
  ['import { webcrypto } from "node:crypto";', "webcrypto.getRandomValues(new Uint8Array(1))[0]", "crypto.getRandomValues()"],
  ['import { getRandomValues } from "node:crypto";', "getRandomValues(new Uint8Array(1))[0]", "crypto.getRandomValues()"],
  ["const { bigint } = process.hrtime;", "Number(bigint())", "process.hrtime.bigint()"],
  ["const { uptime } = process;", "uptime()", "process.uptime()"],
  ["const { format } = new Intl.DateTimeFormat();", "format().length", "Intl.DateTimeFormat().format()"],
  ["const dates = new Intl.DateTimeFormat();", "dates.formatToParts().length", "Intl.DateTimeFormat().formatToParts()"],
  ["", "process.exit(0)", "process.exit()"],
  ["const { abort, kill } = process;", "abort()", "process.abort()"],
  ["const { abort, kill } = process;", "kill(process.pid)", "process.kill()"],
  ["", "process.reallyExit(0)", "process.reallyExit()"],
];

async function rankOf(kept: string, call: string, ending = "ts"): Promise<{ file: string; rank: () => unknown }> {
  const directory = folder({ [`kept.${ending}`]: `${kept}\nconst ask = () => ${call};\nexport default { name: "kept", rank: ask };\n` });
  const file = `${directory}/kept.${ending}`;
  const policy = (await resolvePolicy({ name: file, parameters: {} })).create({} as PolicyContext);
  return { file, rank: () => policy.rank?.({} as never, 0) };
}

describe("a policy's file", () => {
  it.each(CALLS)("is refused, with file and line: %s %s", async (kept, call, name) => {
    for (const ending of ["ts", "mjs"]) {
      const { file, rank } = await rankOf(kept, call, ending);
      const guarded = () => withGuard(rank);
      expect(guarded).toThrow(PolicyError);
      expect(guarded).toThrow(`${file}:2: ${name} was called`);
    }
  });

  it.each([
    ["Math.random()", "Math.random()"],
    ["Date.now()", "Date.now()"],
    ["new Date().getTime()", "new Date()"],
    ["setTimeout(() => {}, 1)", "setTimeout()"],
    ["performance.now()", "performance.now()"],
  ])("is refused %s while it is loaded too, for it is loaded for each run", async (call, name) => {
    for (const ending of ["ts", "mjs"]) {
      const loaded = rankOf(`const kept = ${call};`, "kept", ending);
      await expect(loaded).rejects.toThrow(PolicyError);
      await expect(loaded).rejects.toThrow(`kept.${ending}:1: ${name} was called`);
    }
    const imported = folder({
      "kept.ts": `export const kept = ${call};`,
      "p.ts": 'import { kept } from "./kept.ts"; export default { name: "p", rank: () => kept };',
    });
    await expect(resolvePolicy({ name: `${imported}/p.ts`, parameters: {} })).rejects.toThrow(`kept.ts:1: ${name} was called`);
    expect(Math.random()).toBeLessThan(1);
  });

  it.each(["Math.random()", "process.exit(0)"])("cannot swallow the refusal of %s", async (call) => {
    const { rank } = await rankOf("", `{ try { return ${call} } catch { return 1 } }`);
    expect(() => withGuard(rank)).toThrow(PolicyError);
    expect(withGuard(() => 1)).toBe(1);
  });

  it("has the host as it is outside of runs, and formats dates that it has", async () => {
    const { rank } = await rankOf("const { random } = Math;\nconst D = Date;", "random() + new D().getTime() + performance.now()");
    expect(rank()).toBeGreaterThan(Date.UTC(2020, 0));
    const dated = await rankOf('const { format } = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC" });', "format(Date.UTC(2020, 0))");
    expect(withGuard(dated.rank)).toBe("01/01/2020");
    expect([new Date() instanceof Date, Object.keys(globalThis).includes("Date")]).toEqual([true, false]);
  });
});
