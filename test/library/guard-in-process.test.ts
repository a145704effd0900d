// What the guard sees of code that is in the process already, as the README says: the globals, and no other way to the same things.
import { randomInt } from "node:crypto";
import timers, { setTimeout as imported } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { compare, definePolicy, defineScenario, simulate, TaskScheduler } from "../../src/index.ts";

const { random } = Math;
const { now } = Date;
const kept = setTimeout;

const SCENARIO = defineScenario({
  name: "two",
  cluster: { workers: [{ id: "w" }] },
  tasks: [
    { id: "a", duration: 3 },
    { id: "b", duration: 1 },
  ],
});

const under = (rank: () => number) => simulate(SCENARIO, { policy: definePolicy({ name: "mine", rank }) });

async function asTask(ask: () => number): Promise<string | undefined> {
  const scheduler = new TaskScheduler({ maxWorkers: 1 });
  scheduler.addTask("a", () => ask());
  return (await scheduler.run()).get("a")?.status;
}

function started(timer: NodeJS.Timeout): number {
  clearTimeout(timer);
  return 1;
}

describe("code in the process", () => {
  it.each<[string, () => number]>([
    ["Math.random", () => Math.random()],
    ["Date.now", () => Date.now()],
    ["performance.now", () => performance.now()],
    ["setTimeout", () => started(setTimeout(() => {}, 1))],
  ])("is refused %s by its name", async (name, ask) => {
    expect(() => under(ask)).toThrow(`${name}() was called during a run`);
    await expect(asTask(ask)).rejects.toThrow(`${name}() was called during a run`);
  });

  it.each<[string, () => number]>([
    ["Math.random kept", random],
    ["Date.now kept", now],
    ["a timer kept", () => started(kept(() => {}, 1))],
    ["node:timers", () => started(timers.setTimeout(() => {}, 1))],
    ["a name of node:timers", () => started(imported(() => {}, 1))],
    ["node:timers/promises", () => (void sleep(0), 1)],
    ["a name of node:crypto", () => randomInt(9)],
    ["process.uptime", () => process.uptime()],
  ])("is not seen to use %s", async (_, ask) => {
    expect(under(ask).summary).toMatchObject({ completed: 2 });
    expect(await asTask(ask)).toBe("success");
  });

  it("is found by the check of determinism", async () => {
    const chance = definePolicy({ name: "chance", rank: () => random() });
    const tasks = Array.from({ length: 30 }, (_, i) => ({ id: `t${i}`, duration: i + 1 }));
    const many = defineScenario({ name: "many", cluster: { workers: [{ id: "w" }] }, tasks });
    await expect(compare(many, { policies: [chance], seeds: 1, checkDeterminism: true })).rejects.toThrow("two runs differ");
  });
});
