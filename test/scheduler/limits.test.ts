// What ends a run before its work is done: budgets, the clock, and time that does not move.
import { describe, expect, test } from "vitest";
import { defineScenario, Simulation, simulate, TaskScheduler } from "../../src/index.ts";

const worker = (cpu: number) => ({ workers: [{ id: "w", cpu }] });
const zeros = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `t${i}`, duration: 0 }));

describe("events", () => {
  test.each([1, 2, 3, 4, 5])("a budget of %i is kept exactly", (maxEvents) => {
    const scenario = defineScenario({ name: "five", cluster: worker(1), tasks: zeros(5) }); // 5 submissions, then 5 ends one by one
    const { ending, trace } = simulate(scenario, { maxEvents, storeTrace: true });
    expect(ending).toMatchObject({ kind: "max-events", exitCode: 5 });
    expect(ending.message).toMatch(new RegExp(`^the limit of ${maxEvents} events? set by maxEvents was reached$`));
    expect(trace?.entries.length).toBe(maxEvents === 5 ? 6 : maxEvents); // with all five there, a pass starts the first
  });

  test("a budget of time is called what the library calls it", () => {
    const scenario = defineScenario({ name: "one", cluster: worker(1), tasks: [{ id: "a", duration: 9 }] });
    expect(simulate(scenario, { maxTime: 5 }).ending.message).toBe("virtual time reached the limit set by maxTime, 5 s");
    const steps = new Simulation(scenario, { maxEvents: 1 });
    steps.run();
    expect(() => steps.submit([{ id: "b", duration: 1 }])).toThrow("the limit of 1 event set by maxEvents was reached");
  });

  test("the end of an attempt that was cancelled is none", () => {
    const simulation = new Simulation(defineScenario({ name: "one", cluster: worker(2), tasks: [{ id: "a", duration: "1000s" }] }), {
      maxTime: "100s",
    });
    simulation.step();
    simulation.cancel("a");
    expect(simulation.run().ending.kind).toBe("complete");
    expect([simulation.now, simulation.nextTime]).toEqual([0, undefined]);
  });
});

describe("time that does not move", () => {
  test("ends the run, naming the task that ended last", () => {
    const tasks = [
      { id: "long", duration: "100s" },
      { id: "looper", duration: 0, retries: 20_000, fails: "always" as const },
    ];
    const { ending } = simulate(defineScenario({ name: "loop", cluster: worker(2), tasks }), { policy: "fcfs" });
    expect(ending).toMatchObject({ kind: "livelock", exitCode: 5 });
    expect(ending.message).toBe(
      'more than 10000 rounds of events at 0 s under policy fcfs, where task "looper" ended last: time does not move',
    );
  });

  test("does not end a run that is over", () => {
    expect(simulate(defineScenario({ name: "zeros", cluster: worker(1), tasks: zeros(10_000) }), {}).ending.kind).toBe("complete");
  });

  test("is not what a client does who submits again and again", () => {
    const simulation = new Simulation(defineScenario({ name: "client", cluster: worker(8) }));
    for (let i = 0; i < 10_100; i++) {
      simulation.submit({ id: `t${i}`, duration: "5s" });
      simulation.runUntil(0);
    }
    expect(simulation.run().ending.kind).toBe("complete");
  });

  test("is not what functions do that take no time", async () => {
    const scheduler = new TaskScheduler({ seed: "7" });
    for (let i = 0; i < 10_100; i++) scheduler.addTask(`t${i}`, () => i);
    const results = await scheduler.run();
    expect([results.size, results.get("t10099")?.status]).toEqual([10_100, "success"]);
  });
});

test("the clock ends at 2^53 µs: what takes decisions beyond that is stopped", () => {
  const scenario = defineScenario({
    name: "slow",
    cluster: worker(1),
    scheduler: { decisionTime: { perTask: "400000h" } },
    tasks: zeros(6),
  });
  expect(simulate(scenario, {}).ending).toMatchObject({
    kind: "max-time",
    exitCode: 5,
    message: "virtual time reached the end of the clock, 2^53 µs or 285 years",
  });
});

test("a head that waits is judged at the time at which it is asked, however near the ranks", () => {
  const HOUR = 3_600_000_000;
  for (let k = 0; k < 40; k++) {
    const release = 864_000_000_000 + k * 77_777_777;
    const tasks = [
      { id: "busy", duration: `${release + 50_000}us` },
      { id: "A", release: `${release}us`, duration: 1, estimate: `${HOUR + k * 1_000_003 + 1}us` },
      { id: "B", release: `${release}us`, duration: 1, estimate: `${HOUR + k * 1_000_003}us` },
    ];
    const scenario = defineScenario({ name: "near", cluster: worker(1), tasks });
    expect(simulate(scenario, { policy: "wfp3:blocking=true" }).digest).toBe(simulate(scenario, { policy: "wfp3" }).digest);
  }
});
