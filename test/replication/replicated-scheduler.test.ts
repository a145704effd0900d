// A scheduler of several replicas, by hand: what each decision costs, who leads when, and what is kept when one fails.
import { describe, expect, test } from "vitest";
import { codeOfReplica } from "../../src/model/replication.ts";
import { defineScenario, EntryKind, judge, Reason, type ScenarioInput, simulate, type Trace, type TraceEntry } from "../../src/index.ts";

type Settings = Exclude<NonNullable<ScenarioInput["scheduler"]>["replicas"], number | undefined>;

/** Messages between replicas take 2 ms, their disks 3 ms: so that what is proposed is committed after 3 + 2 + 2 ms where followers are as fast, and no faster. */
const REPLICAS: Settings = { count: 3, latency: "2ms", sync: "3ms" };
const COMMIT = 7_000;

function traceOf(input: Partial<ScenarioInput>, replicas: Settings = REPLICAS, more: Partial<ScenarioInput["scheduler"]> = {}): Trace {
  const scenario = defineScenario({
    name: "replicated",
    cluster: { workers: [{ id: "w", cpu: 1 }] },
    tasks: [{ id: "a", duration: "10s" }],
    ...input,
    scheduler: { replicas, ...more },
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

const all = ({ entries }: Trace, kind: EntryKind): TraceEntry[] => [...entries].filter((entry) => entry.kind === kind);
const timeOf = (trace: Trace, kind: EntryKind, place = 0): number => all(trace, kind)[place]?.time ?? Number.NaN;

describe("what a decision costs", () => {
  test("each takes effect when a majority has it on disk", () => {
    const trace = traceOf({});
    const led = timeOf(trace, EntryKind.led);
    expect(led - timeOf(trace, EntryKind.elected)).toBe(COMMIT); // the first entry of its term
    expect(timeOf(trace, EntryKind.submitted)).toBe(led + COMMIT);
    expect(timeOf(trace, EntryKind.started)).toBe(led + 2 * COMMIT);
    expect(timeOf(trace, EntryKind.began)).toBe(led + 2 * COMMIT);
    expect(timeOf(trace, EntryKind.ended)).toBe(led + 2 * COMMIT + 10_000_000);
    expect(timeOf(trace, EntryKind.finished)).toBe(led + 3 * COMMIT + 10_000_000);
  });

  test("what comes while the leader's disk is busy goes together when it is done", () => {
    const input = {
      cluster: { workers: [{ id: "w", cpu: 4 }] },
      tasks: [
        { id: "a", duration: "10s", release: "5s" },
        { id: "b", duration: "10s", release: "5.001s" },
        { id: "c", duration: "10s", release: "5.002s" },
      ],
    };
    const trace = traceOf(input);
    expect(all(trace, EntryKind.submitted).map(({ time }) => time)).toEqual([5_000_000, 5_003_000, 5_003_000].map((time) => time + COMMIT));
  });

  test("one replica is one process: it costs nothing", () => {
    const digest = (replicas: number | undefined) =>
      simulate(
        defineScenario({
          cluster: { workers: [{ id: "w" }] },
          tasks: [{ id: "a", duration: 3 }],
          scheduler: { ...(replicas && { replicas }) },
        }),
      ).summary;
    expect(digest(1)).toEqual(digest(undefined));
    expect(digest(1).elections).toBeNull();
  });
});

describe("who leads", () => {
  test("another does within two election timeouts and a few rounds of a crash", () => {
    for (const seed of ["1", "2", "3", "4", "5"]) {
      const scenario = defineScenario({
        cluster: { workers: [{ id: "w" }] },
        tasks: [{ id: "a", duration: "30s" }],
        scheduler: { replicas: REPLICAS },
        faults: [{ kind: "crash", replica: "leader", at: "10s", for: "5s" }],
      });
      const { trace, summary } = simulate(scenario, { storeTrace: true, seed });
      expect(timeOf(trace, EntryKind.replicaCrashed)).toBe(10_000_000);
      expect(timeOf(trace, EntryKind.led, 1)).toBeGreaterThan(10_900_000);
      expect(timeOf(trace, EntryKind.led, 1)).toBeLessThan(14_000_000);
      expect(timeOf(trace, EntryKind.replicaStarted)).toBe(15_000_000);
      expect([summary.elections, summary.completed, summary.attempts]).toEqual([2, 1, 1]);
      expect(summary.failover_p50_s).toBe((timeOf(trace, EntryKind.led, 1) - 10_000_000) / 1e6);
      expect(summary.leaderless_s).toBeCloseTo((timeOf(trace, EntryKind.led, 1) - 10_000_000 + timeOf(trace, EntryKind.led)) / 1e6, 9);
    }
  });

  test("a leader that is cut off steps down an election timeout later, and decides nothing meanwhile", () => {
    const trace = traceOf({
      cluster: { workers: [{ id: "w", cpu: 2 }] },
      tasks: [
        { id: "a", duration: "10s" },
        { id: "b", duration: "1s", release: "5.5s" },
      ],
      faults: [{ kind: "partition", replica: "leader", at: "5s", for: "20s" }],
    });
    const [first, second] = all(trace, EntryKind.led);
    const deposed = timeOf(trace, EntryKind.deposed);
    expect(deposed).toBeGreaterThan(5_000_000);
    expect(deposed).toBeLessThan(7_100_000);
    expect(second?.worker).not.toBe(first?.worker);
    expect(timeOf(trace, EntryKind.submitted, 1)).toBe((second?.time ?? 0) + COMMIT); // its client asks again whoever leads
  });

  test("two that are cut off from three lead no more, and the three go on", () => {
    for (const seed of ["1", "2", "3"]) {
      const scenario = defineScenario({
        cluster: { workers: [{ id: "w", cpu: 4 }] },
        tasks: [
          { id: "a", duration: "10s" },
          { id: "b", duration: "1s", release: "8s" },
        ],
        scheduler: { replicas: { count: 5 } },
        faults: ["r-1", "r-2"].map((replica) => ({ kind: "partition", replica, peers: ["r-3", "r-4", "r-5"], at: "5s", for: "60s" })),
      });
      const { trace } = simulate(scenario, { storeTrace: true, seed });
      const last = all(trace, EntryKind.led).at(-1);
      expect([-5, -6, -7]).toContain(last?.worker); // r-3 to r-5
      expect(timeOf(trace, EntryKind.submitted, 1)).toBeLessThan(9_000_000);
    }
  });

  test.each([
    ["a follower's, for long: it disturbs nobody", "r-3", "5s", 0],
    ["the leader's, for less than an election timeout: it goes on", "r-2", "400ms", 0],
    ["the leader's, for longer: another leads", "r-2", "5s", 1],
  ])("links that flap, %s", (_, replica, mttr, others) => {
    const trace = traceOf({
      network: { detail: "messages" },
      tasks: Array.from({ length: 30 }, (_, i) => ({ id: `t${i + 1}`, duration: "500ms", release: i })),
      faults: [{ kind: "partition", replica, mtbf: "2s", mttr, distribution: "constant" }],
    });
    expect(all(trace, EntryKind.led)[0]?.worker).toBe(codeOfReplica(1));
    expect(all(trace, EntryKind.elected)).toHaveLength(1 + others);
    expect(all(trace, EntryKind.finished)).toHaveLength(30);
    expect(all(trace, EntryKind.requeued)).toEqual([]);
    expect(judge(trace).filter(({ violation }) => violation !== undefined)).toEqual([]);
  });

  test("two that do not hear one another are led by one, for a third hears both", () => {
    const trace = traceOf({ faults: [{ kind: "partition", replica: "r-1", peers: "r-2", at: "5s", for: "60s" }] });
    const late = all(trace, EntryKind.elected).filter(({ time }) => time > 5_000_000);
    expect(late.length).toBeLessThanOrEqual(1);
    expect(timeOf(trace, EntryKind.finished)).toBeLessThan(13_000_000);
  });

  test("without a majority nothing is decided, and when it is back all goes on", () => {
    const trace = traceOf(
      {
        tasks: [
          { id: "a", duration: "10s" },
          { id: "b", duration: "1s" },
        ],
        faults: [
          { kind: "crash", replica: "r-1", at: "5s", for: "40s" },
          { kind: "crash", replica: "r-2", at: "5s", for: "30s" },
        ],
      },
      REPLICAS,
      { lease: "60s" },
    );
    const quiet = [...trace.entries].filter(({ time }) => time > 8_000_000 && time < 35_000_000).map(({ kind }) => kind);
    expect(quiet.filter((kind) => kind !== EntryKind.ended)).toEqual([]);
    expect(timeOf(trace, EntryKind.finished)).toBeGreaterThan(35_000_000);
    expect(all(trace, EntryKind.started)).toHaveLength(2);
    expect(trace.ending.kind).toBe("complete");
  });

  test("with the majority gone for good the run says so, and ends", () => {
    const trace = traceOf({
      tasks: [
        { id: "a", duration: "10s" },
        { id: "b", duration: "1s", release: "20s" },
      ],
      faults: ["r-1", "r-2"].map((replica) => ({ kind: "crash", replica, at: "5s" })),
    });
    expect(trace.ending.kind).toBe("starved");
    expect(trace.ending.message).toContain("2 of 3 replicas of the scheduler are down for good");
  });
});

describe("a leader that is to hand over", () => {
  /** Whom it is to hand over to, by name, at 5 s; r-2 leads then. */
  const handing = (transfer: string, more: Partial<ScenarioInput> = {}) => traceOf({ ...more, actions: [{ at: "5s", transfer }] });

  test("does so in a round and a half: the other stands for election at once, and who voted hears of it", () => {
    const trace = handing("r-1");
    expect(all(trace, EntryKind.led)[0]?.worker).toBe(codeOfReplica(1));
    expect(all(trace, EntryKind.transferred)).toMatchObject([
      { time: 5_000_000, worker: codeOfReplica(0), attempt: 2, reason: Reason.none },
    ]);
    // It is told, writes its vote and its term, and asks; who votes writes that, and answers.
    const elected = 5_000_000 + 2_000 + 3_000 + 2_000 + 3_000 + 2_000;
    expect(all(trace, EntryKind.elected)[1]).toMatchObject({ worker: codeOfReplica(0), attempt: 2, time: elected });
    expect(timeOf(trace, EntryKind.led, 1)).toBe(elected + COMMIT);
    expect(all(trace, EntryKind.finished).length).toBe(1);
    expect(all(trace, EntryKind.started).length).toBe(1);
  });

  test.each([
    ["to itself", "r-2", {}],
    [
      "to one that lacks what is committed, for an election timeout",
      "r-1",
      { faults: [{ kind: "crash", replica: "r-1", at: "1s", for: "9s" }] },
    ],
    ["when it is paused", "r-1", { faults: [{ kind: "pause", replica: "r-2", at: "4900ms", for: "500ms" }] }],
  ] as const)("does not %s", (_, to, more) => {
    const trace = handing(to, more as Partial<ScenarioInput>);
    expect(all(trace, EntryKind.transferred).length).toBe(1);
    expect(all(trace, EntryKind.elected).length).toBe(1);
    expect(all(trace, EntryKind.finished).length).toBe(1);
  });

  test("stands for election again where nothing comes of it, since only then may it renew leases again", () => {
    const cut = { kind: "partition", replica: "r-1", at: "5001ms", for: "10s" } as const;
    const trace = traceOf({ tasks: [{ id: "a", duration: "100s" }], actions: [{ at: "5s", transfer: "r-1" }], faults: [cut] }, REPLICAS, {
      lease: "10s",
    });
    const [first, second] = all(trace, EntryKind.elected);
    expect([first?.worker, second?.worker]).toEqual([codeOfReplica(1), codeOfReplica(1)]);
    expect(second?.time).toBeLessThan(5_000_000 + 2_000_000 + 20_000); // it looks once in an election timeout, of 1 s at least
    expect(timeOf(trace, EntryKind.led, 1) - timeOf(trace, EntryKind.deposed)).toBe(3_000 + 2_000 + 3_000 + 2_000 + COMMIT);
    expect(all(trace, EntryKind.started)).toHaveLength(1);
    expect(all(trace, EntryKind.finished)).toHaveLength(1);
  });

  test("nobody is asked where nobody leads, and the trace says so", () => {
    const trace = traceOf({ actions: [{ at: "100ms", transfer: "r-3" }] });
    expect(all(trace, EntryKind.transferred)).toMatchObject([{ worker: codeOfReplica(2), attempt: 0, reason: Reason.nothing }]);
  });

  test("a restart costs a few rounds in place of an election timeout", async () => {
    const restart = (actions: ScenarioInput["actions"]) =>
      simulate(
        defineScenario({
          cluster: { workers: [{ id: "w" }] },
          tasks: [{ id: "a", duration: "30s" }],
          scheduler: { replicas: 3 },
          ...(actions && { actions }),
          faults: [{ kind: "crash", replica: "r-2", at: "10s", for: "5s" }],
        }),
      ).summary;
    const first = restart(undefined);
    const handed = restart([{ at: "9s", transfer: "r-1" }]);
    expect([first.elections, handed.elections]).toEqual([2, 2]);
    expect(first.failover_p50_s).toBeGreaterThan(1);
    expect(handed.failover_p50_s).toBeLessThan(0.05);
  });
});

test("a worker that registers in vain, till its link is better, is waited for", () => {
  const trace = traceOf(
    {
      cluster: { workers: [{ id: "w", cpu: 2 }] },
      network: { latency: "1ms" },
      tasks: [
        { id: "a", duration: "4s" },
        { id: "b", duration: "4s" },
      ],
      actions: [{ at: "12s", cancel: "a" }],
      faults: [
        { kind: "crash", worker: "w", at: "3s", for: "2s" },
        { kind: "message-loss", worker: "w", messages: ["register"], probability: 0.99, at: "3s", for: "20s" },
      ],
    },
    { count: 3 },
  );
  expect(trace.ending.kind).toBe("complete");
});

describe("what a leader was about to do", () => {
  const crashed = (at: string, more: Record<string, string>): Partial<ScenarioInput> => ({
    cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
    tasks: Array.from({ length: 6 }, (_, i) => ({ id: `t${i + 1}`, duration: "20s" })),
    faults: [
      { kind: "crash", worker: "w-1", at: "10s" },
      { kind: more.kind ?? "pause", replica: "leader", at, for: more.for ?? "600ms" },
    ],
  });

  test("it does when it wakes, where it was due while it was paused", () => {
    const trace = traceOf(crashed("14s", {}), REPLICAS, { heartbeat: { interval: "1s", timeout: "5s" }, lease: "5s" });
    expect(all(trace, EntryKind.suspected).map(({ time }) => time)).toEqual([14_600_000 + COMMIT]);
    expect(all(trace, EntryKind.requeued).map(({ time }) => time)).toEqual([14_600_000 + COMMIT]);
    expect(all(trace, EntryKind.elected)).toHaveLength(1);
    expect(trace.ending.kind).toBe("complete");
  });

  test("is done with the suspicion of a worker, or not at all: whenever the leader is lost", () => {
    for (let at = 13_990; at <= 14_040; at += 2) {
      const settings = { heartbeat: { interval: "1s", timeout: "5s" }, lease: "10m", requeue: "suspicion" as const };
      const trace = traceOf(crashed(`${at}ms`, { kind: "crash", for: "5s" }), REPLICAS, settings);
      const given = timeOf(trace, EntryKind.requeued);
      expect(given).toBe(timeOf(trace, EntryKind.suspected));
      expect(given).toBeLessThan(25_000_000);
    }
  });

  test.each([
    ["crash", "20s", "crash"],
    ["pause", undefined, "partition"],
  ])("is settled where the next leader finds it in its log, after a %s, and keeps no run from its end", (kind, during, ofWorkers) => {
    for (let at = 9_990; at <= 10_030; at += 2) {
      const trace = traceOf(
        {
          cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
          tasks: [
            { id: "a", duration: "50s" },
            { id: "b", duration: "50s", release: "10s" },
            { id: "c", duration: "50s", release: "11s" },
          ],
          faults: [
            { kind, replica: "leader", at: `${at}ms`, ...(during !== undefined && { for: during }) },
            { kind: ofWorkers, at: "20s" },
          ],
        },
        REPLICAS,
        { heartbeat: { interval: "1s", timeout: "5s" }, lease: "5s" },
      );
      expect(all(trace, EntryKind.submitted)).toHaveLength(3);
      expect(trace.ending.message).toContain("no worker is left that could hold task");
      expect(trace.ending.time).toBeLessThan(31_000_000);
    }
  });
});

describe("what holds of a run is judged by what its leaders knew", () => {
  const violations = (trace: Trace) => judge(trace).flatMap(({ id, violation }) => (violation ? [`${id}: ${violation.message}`] : []));
  const messages: Partial<ScenarioInput> = { network: { detail: "messages" } };

  test("one that was paused and cut off retries nothing for the next, whose wait is longer", () => {
    const trace = traceOf(
      {
        ...messages,
        tasks: [{ id: "a", duration: "1s", release: "8s", retries: 5, fails: [1, 2] }],
        faults: [
          { kind: "pause", replica: "r-2", at: "9500ms", for: "10s" },
          { kind: "partition", replica: "r-2", at: "9500ms", for: "20s" },
        ],
      },
      REPLICAS,
      { lease: "10s", retries: { max: 5, backoff: { initial: "1s", factor: 60, max: "1000s" } } },
    );
    const ended = all(trace, EntryKind.ended).map(({ time }) => time);
    expect(all(trace, EntryKind.elected)).toHaveLength(2);
    expect(all(trace, EntryKind.retried)[1]?.time).toBe((ended[1] as number) + 60_000_000 + COMMIT);
    expect(violations(trace)).toEqual([]);
  });

  test("an attempt that was given up may end long after the task has failed in another", () => {
    const trace = traceOf(
      {
        network: {},
        cluster: { workers: [{ id: "w", count: 2 }] },
        tasks: [{ id: "a", duration: 2.049, fails: [1, 2, 3] }],
        faults: [{ kind: "message-delay", worker: "w-1", at: "22s", for: "9s", by: "10s" }],
      },
      { count: 3 },
      { lease: "15s", requeue: "suspicion", retries: { max: 4, backoff: { initial: 2.087, factor: 8, max: 60 } } },
    );
    const [first, second] = [EntryKind.failed, EntryKind.ended].map((kind) => all(trace, kind).map(({ attempt }) => attempt));
    expect(second).not.toEqual(first);
    expect(violations(trace)).toEqual([]);
  });

  test("the order of a leader of before may be refused when its task has been cancelled", () => {
    const trace = traceOf(
      {
        ...messages,
        tasks: [
          { id: "a", duration: "20s" },
          { id: "b", duration: "1s", release: "20s" },
        ],
        faults: [{ kind: "pause", replica: "leader", at: "6785ms", for: "7s" }],
        actions: [{ at: "6718ms", cancel: "a" }],
      },
      { count: 3, latency: "25ms", sync: "20ms" },
    );
    expect(timeOf(trace, EntryKind.fenced)).toBeGreaterThan(timeOf(trace, EntryKind.cancelled));
    expect(violations(trace)).toEqual([]);
  });

  test.each(["32984ms", "32987ms", "32990ms", "32993ms"])("nobody need lead while one hands over, at %s", (at) => {
    const trace = traceOf({ network: {}, tasks: [{ id: "a", duration: "60s" }], actions: [{ at, transfer: "r-1" }] }, { count: 3 });
    expect(all(trace, EntryKind.transferred)).toMatchObject([{ reason: Reason.none }]);
    expect(violations(trace)).toEqual([]);
  });
});

describe("what is kept", () => {
  test("a failure's wait is carried by its command, and goes on under the next leader", () => {
    const trace = traceOf(
      {
        tasks: [{ id: "a", duration: "2s", fails: [1], retries: 1 }],
        faults: [{ kind: "crash", replica: "leader", at: "5s", for: "30s" }],
      },
      REPLICAS,
      { retries: { max: 1, backoff: { initial: "10s" } } },
    );
    expect(all(trace, EntryKind.retried).map(({ time }) => time)).toEqual([timeOf(trace, EntryKind.ended) + 10_000_000 + COMMIT]);
    expect(all(trace, EntryKind.finished)).toHaveLength(1);
  });

  test("an attempt is not given up when the leader changes, but waited for as long as its lease may last", () => {
    const input: Partial<ScenarioInput> = {
      cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
      tasks: [{ id: "a", duration: "20s" }],
      faults: [
        { kind: "crash", replica: "leader", at: "5s", for: "60s" },
        { kind: "crash", worker: "w-1", at: "5.1s" },
      ],
    };
    const trace = traceOf(input, REPLICAS, { lease: "8s", heartbeat: { interval: "1s", timeout: "3s" } });
    const took = timeOf(trace, EntryKind.led, 1);
    expect(timeOf(trace, EntryKind.requeued)).toBe(took + 8_000_000 + 1 + COMMIT); // a whole lease from when it took over
    expect(all(trace, EntryKind.finished)).toHaveLength(1);
  });
});
