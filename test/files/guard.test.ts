import nodeCrypto from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { callerOf, withGuard } from "../../src/files/guard.ts";
import { resolvePolicy } from "../../src/files/load-policy.ts";
import { InputError, PolicyError } from "../../src/model/errors.ts";
import type { PolicyContext } from "../../src/policies/policy.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const folder = temporaryFolders();

const CALLS: Record<string, () => unknown> = {
  "Math.random()": () => Math.random(),
  "new Date()": () => new Date(),
  "Date()": () => Date(),
  "Date.now()": () => Date.now(),
  "performance.now()": () => performance.now(),
  "setTimeout()": () => setTimeout(() => {}, 0),
  "setInterval()": () => setInterval(() => {}, 1000),
  "setImmediate()": () => setImmediate(() => {}),
  "queueMicrotask()": () => queueMicrotask(() => {}),
  "crypto.randomUUID()": () => crypto.randomUUID(),
  "crypto.getRandomValues()": () => crypto.getRandomValues(new Uint8Array(1)),
  "crypto.randomBytes()": () => nodeCrypto.randomBytes(1),
  "crypto.randomInt()": () => nodeCrypto.randomInt(5),
  "process.hrtime()": () => process.hrtime(),
  "process.hrtime.bigint()": () => process.hrtime.bigint(),
};

/** Everything that the guard replaces. */
function properties(): unknown[] {
  const { random } = Math;
  return [
    random,
    Date,
    Date.now,
    performance.now,
    setTimeout,
    setInterval,
    setImmediate,
    queueMicrotask,
    crypto.randomUUID,
    crypto.getRandomValues,
    nodeCrypto.randomBytes,
    nodeCrypto.randomInt,
    process.hrtime,
    Object.keys(performance),
    Object.keys(crypto),
  ];
}

describe("the guard", () => {
  it.each(Object.keys(CALLS))("refuses %s, naming file and line", (name) => {
    const call = CALLS[name] as () => unknown;
    expect(() => withGuard(call)).toThrow(PolicyError);
    expect(() => withGuard(call)).toThrow(
      new RegExp(`^test/files/guard\\.test\\.ts:\\d+: ${name.replace(/[.()]/g, "\\$&")} was called during a run`),
    );
    expect(call).not.toThrow();
  });

  it("leaves everything as it was, also when what it guards throws", () => {
    const before = properties();
    expect(withGuard(() => 7)).toBe(7);
    expect(properties()).toEqual(before);
    expect(() => withGuard(() => Math.random())).toThrow(PolicyError);
    expect(properties()).toEqual(before);
    expect(properties()[0]).toBe(before[0]);
    expect(() => withGuard(() => withGuard(() => Math.random()))).toThrow(PolicyError);
    expect(properties()).toEqual(before);
  });

  it("stays on after a guarded call within it", () => {
    expect(() =>
      withGuard(() => {
        withGuard(() => 1);
        return Math.random();
      }),
    ).toThrow(PolicyError);
  });

  it("allows what depends on no clock", () => {
    expect(withGuard(() => [Math.floor(1.5), Date.UTC(2000, 0), new Map([[1, 2]]).size])).toEqual([1, 946684800000, 1]);
  });

  it("makes what a user's code throws the policy's error, and lets Makespan's own through", () => {
    const broken = () => (undefined as unknown as { rank: number }).rank;
    expect(() => withGuard(broken)).toThrow(PolicyError);
    expect(() => withGuard(broken)).toThrow(/^test\/files\/guard\.test\.ts:\d+: TypeError: Cannot read properties of undefined/);
    const wrapped = () => {
      try {
        return broken();
      } catch (error) {
        throw new PolicyError("policy x threw at 3 s (seed 7): it broke", { cause: error });
      }
    };
    expect(() => withGuard(wrapped)).toThrow(/^test\/files\/guard\.test\.ts:\d+: policy x threw at 3 s \(seed 7\): it broke$/);
    const input = new InputError([{ message: "x" }]);
    expect(() =>
      withGuard(() => {
        throw input;
      }),
    ).toThrow(input);
  });

  it("names the line of a policy's file, as it was written", async () => {
    const path = folder();
    const file = join(path, "chance.ts");
    writeFileSync(
      file,
      `import { definePolicy } from "makespan";
interface Unused { a: number }

export default definePolicy({
  name: "chance",
  rank: () => {
    return Math.random();
  },
});
`,
    );
    const policy = (await resolvePolicy({ name: file, parameters: {} })).create({} as PolicyContext);
    expect(() => withGuard(() => policy.rank?.({} as never, 0))).toThrow(`${file}:7: Math.random() was called`);
  });
});

describe("callerOf", () => {
  it("passes over Makespan's own frames, Node's and libraries'", () => {
    const own = join(process.cwd(), "src/simulation.ts");
    const stack = (...frames: string[]) => ["Error", ...frames.map((frame) => `    at ${frame}`)].join("\n");
    expect(
      callerOf(
        stack(`f (${own}:1:2)`, "node:internal/x:3:4", "lib (/x/node_modules/lib/index.js:5:6)", "async Object.rank (file:///x/my.ts:7:8)"),
      ),
    ).toBe("/x/my.ts:7");
    expect(callerOf(stack(`f (${own}:1:2)`, "/x/node_modules/lib/index.js:5:6"))).toBe("/x/node_modules/lib/index.js:5");
    expect(callerOf(stack(`f (${own}:1:2)`))).toBeUndefined();
    expect(callerOf("")).toBeUndefined();
  });
});
