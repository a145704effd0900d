// Clients that are told how their tasks ended: in the trace, in the log, and by a callback.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineScenario, InputError, type ScenarioInput, Simulation, simulate, type TaskNotification } from "../../src/index.ts";
import { DEFAULT_LIVENESS } from "../../src/model/settings.ts";
import type { NetworkSpec } from "../../src/model/scenario.ts";
import { scenarioFiles } from "../../src/files/write-scenario.ts";
import { eventsJsonl } from "../../src/report/events-jsonl.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { cases } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";

const INPUT: ScenarioInput = {
  name: "told",
  cluster: { workers: [{ id: "w" }] },
  scheduler: { notify: true },
  tasks: [
    { id: "good", duration: "10s" },
    { id: "bad", duration: "10s", retries: 1, fails: "always" },
    { id: "after", duration: "10s", dependencies: ["bad"] },
    { id: "unwanted", duration: "10s" },
  ],
  actions: [{ at: "5s", cancel: "unwanted" }],
};
const SCENARIO = defineScenario(INPUT);

/** What clients are told. */
function told(run: (onNotified: (notification: TaskNotification) => void) => unknown): TaskNotification[] {
  const all: TaskNotification[] = [];
  run((notification) => void all.push(notification));
  return all;
}

const EXPECTED: TaskNotification[] = [
  { task: "unwanted", status: "cancelled", attempts: 0, time_s: 5 },
  { task: "good", status: "completed", attempts: 1, time_s: 10 },
  { task: "bad", status: "failed", attempts: 2, time_s: 30, deadLetter: { worker: "w", reason: "execution" } },
  { task: "after", status: "skipped", attempts: 0, time_s: 30 },
];

describe("the trace", () => {
  const { trace, digest } = simulate(SCENARIO, { storeTrace: true });

  test("has an entry right after the end of each task, and the log a line", () => {
    const lines = [...schedulerLog(trace)].join("").split("\n");
    expect(lines.filter((line) => line.includes("client"))).toEqual([
      "[5.000000] (scheduler) unwanted cancelled by its client",
      "[5.000000] (scheduler) unwanted reported to its client: it was cancelled",
      "[10.000000] (scheduler) good reported to its client: it completed",
      "[30.000000] (scheduler) bad reported to its client: it failed, out of attempts",
      "[30.000000] (scheduler) after reported to its client: it was skipped",
    ]);
    expect([...eventsJsonl(trace)].join("")).toContain('{"time_s":30,"kind":"notified","task":"bad","attempt":2,"reason":"exhausted"}\n');
  });

  test("has none where nobody asked, and the digest is another", () => {
    const { scheduler: _, ...silent } = INPUT;
    const other = simulate(defineScenario(silent), { storeTrace: true });
    expect(other.trace.entries.length).toBe(trace.entries.length - 4);
    expect(other.digest).not.toBe(digest);
    expect(other.tasks()).toEqual(simulate(SCENARIO).tasks());
  });

  test("is asked for in a scenario that is written out", () => {
    const [file] = [...scenarioFiles("x.yaml", SCENARIO, { comments: [] })];
    expect([...(file?.parts ?? [])].join("")).toContain("notify: true");
  });
});

describe("onNotified", () => {
  test("is called in order, in a run and step by step, and asks for the entries by itself", () => {
    const { scheduler: _, ...silent } = INPUT;
    for (const scenario of [SCENARIO, defineScenario(silent)]) {
      expect(told((onNotified) => simulate(scenario, { onNotified }))).toEqual(EXPECTED);
      expect(told((onNotified) => new Simulation(scenario, { onNotified }).run())).toEqual(EXPECTED);
      expect(simulate(scenario, { onNotified: () => {} }).digest).toBe(simulate(SCENARIO).digest);
    }
    const simulation = new Simulation(SCENARIO, { onNotified: ({ time_s }) => expect(simulation.now).toBe(time_s) });
    while (simulation.step());
    expect(simulation.digest).toBe(simulate(SCENARIO).digest);
  });

  test("may submit and cancel tasks of a simulation: a client that reacts", () => {
    const simulation: Simulation = new Simulation(defineScenario({ ...INPUT, tasks: [{ id: "t1", duration: "10s" }], actions: [] }), {
      onNotified: ({ task, time_s }) => {
        const number = Number(task.slice(1));
        if (number < 3) simulation.submit({ id: `t${number + 1}`, duration: "10s", release: time_s + 5 });
      },
    });
    const rows = simulation
      .run()
      .tasks()
      .map(({ task, started_s, finished_s }) => `${task} ${started_s}-${finished_s}`);
    expect(rows).toEqual(["t1 0-10", "t2 15-25", "t3 30-40"]);
  });

  test("may ask for the host's time, which the run must not", () => {
    const times: number[] = [];
    simulate(SCENARIO, { onNotified: () => void times.push(Date.now()) });
    expect(times).toHaveLength(4);
  });

  test("what it throws is named; the simulation goes on, and the others are told", () => {
    const broken = () => {
      throw new Error("no such address");
    };
    expect(() => simulate(SCENARIO, { onNotified: broken })).toThrow('onNotified, told at 5 s of task "unwanted": no such address');
    let calls = 0;
    const simulation = new Simulation(SCENARIO, { onNotified: () => void ((calls += 1) === 3 && broken()) });
    expect(() => simulation.run()).toThrow('onNotified, told at 30 s of task "bad": no such address');
    expect(simulation.run().digest).toBe(simulate(SCENARIO).digest);
    expect(calls).toBe(4);
  });

  test("is refused where it is no function, or one that gives a promise", () => {
    expect(() => simulate(SCENARIO, { onNotified: "yes" as never })).toThrow(
      new InputError([{ message: 'simulate: onNotified is a function, not "yes"' }]),
    );
    expect(() => new Simulation(SCENARIO, { onNotified: 1 as never })).toThrow("onNotified is a function, not 1");
    expect(() => simulate(SCENARIO, { onNotified: (() => Promise.resolve()) as () => void })).toThrow(/task "unwanted", gave a promise/);
    expect(() => simulate(SCENARIO, { onNotifed: () => {} } as never)).toThrow("onNotified");
  });

  test("tells each client of its own task, though others end while the word is under way", () => {
    const scenario = defineScenario({
      cluster: { workers: [{ id: "w", count: 2 }] },
      scheduler: { notify: true },
      network: { clients: { latency: "100ms" } },
      tasks: [
        { id: "good", duration: "5s" },
        { id: "bad", duration: "5.01s", fails: "always" },
        { id: "slow", duration: "20ms", timeout: "10ms" },
        { id: "after", duration: "1s", dependencies: ["bad"] },
      ],
    });
    // They are submitted at 0.1 s. `slow` runs after `good`, and is cut when `bad` fails: the word of `good` is still under way then.
    expect(told((onNotified) => simulate(scenario, { onNotified }))).toEqual([
      { task: "good", status: "completed", attempts: 1, time_s: 5.2 },
      { task: "bad", status: "failed", attempts: 1, time_s: 5.21, deadLetter: { worker: "w-2", reason: "execution" } },
      { task: "after", status: "skipped", attempts: 0, time_s: 5.21 },
      { task: "slow", status: "failed", attempts: 1, time_s: 5.21, deadLetter: { worker: "w-1", reason: "timeout" } },
    ]);
  });

  const link = fc
    .record({ latency: fc.constantFrom(0, 1_000, 2_000_000), loss: fc.constantFrom(0, 0.4), reorder: fc.boolean() })
    .map((clients): NetworkSpec => ({ links: [], clients: { ...clients, repeat: 5_000_000 }, detail: "folded", inFlight: "drop" }));

  test("is called once for each task that ends, with the status of its row and the last of its attempts", () => {
    fc.assert(
      fc.property(cases(), fc.option(link, { nil: undefined }), ({ scenario: near, seeds }, network) => {
        const all: TaskNotification[] = [];
        const scheduler = { ...near.scheduler, liveness: DEFAULT_LIVENESS };
        const scenario = network === undefined ? near : { ...near, scheduler, network };
        const result = simulate(scenario, { seed: seeds.policy, storeTrace: true, onNotified: (one) => void all.push(one) });
        const last = new Map(result.attempts().map(({ task, worker, reason }) => [task, { worker, reason }]));
        for (const { task, deadLetter } of all) if (deadLetter !== undefined) expect(deadLetter).toEqual(last.get(task));
        const ended = result.tasks().filter(({ status }) => status !== "unfinished");
        const text = ({ task, status, attempts }: Pick<TaskNotification, "task" | "status" | "attempts">) =>
          `${task} ${status} ${attempts}`;
        expect(all.map(text).sort()).toEqual(
          ended.map((row) => text(row as Pick<TaskNotification, "task" | "status" | "attempts">)).sort(),
        );
      }),
      { seed: seed(71), numRuns: runs(60) },
    );
  });
});
