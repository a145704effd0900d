// What befalls the disks and clocks of replicas in runs, by hand: who comes back as whom, what is kept, and that no run waits for ever.
import { describe, expect, test } from "vitest";
import { defineScenario, EntryKind, judge, type ScenarioInput, simulate, type Trace, type TraceEntry } from "../../src/index.ts";

type Settings = Exclude<NonNullable<ScenarioInput["scheduler"]>["replicas"], number | undefined>;
type Faults = NonNullable<ScenarioInput["faults"]>;

/** A task each second, so that there is always something to decide. */
function traceOf(faults: Faults, replicas: Partial<Settings> = {}, seed = "1", more: Partial<ScenarioInput["scheduler"]> = {}): Trace {
  const scenario = defineScenario({
    name: "disks",
    cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
    network: { detail: "messages" },
    tasks: Array.from({ length: 40 }, (_, i) => ({ id: `t${i + 1}`, duration: "1500ms", release: `${i}s` })),
    scheduler: { replicas: { count: 3, latency: "2ms", sync: "3ms", ...replicas }, lease: "60s", ...more },
    faults,
  });
  return simulate(scenario, { storeTrace: true, seed }).trace;
}

const all = ({ entries }: Trace, ...kinds: EntryKind[]): TraceEntry[] => [...entries].filter(({ kind }) => kinds.includes(kind));
const violations = (trace: Trace) => judge(trace).flatMap(({ id, violation }) => (violation ? [`${id}: ${violation.message}`] : []));
const { memberAdded, memberPromoted, memberRemoved, replicaDiskLost, replicaRenewed, replicaRotten, replicaStarted, replicaTorn } =
  EntryKind;
const CHANGES = [replicaRenewed, memberRemoved, memberAdded, memberPromoted] as const;
const SECOND = 1_000_000;

describe("a lost disk", () => {
  test("its replica comes back as a new member: the old one is removed, it is added, and has a vote within a few rounds", () => {
    for (const seed of ["1", "2", "3", "4", "5"]) {
      const trace = traceOf([{ kind: "crash", replica: "r-2", at: "10s", for: "5s", loses: "disk" }], {}, seed);
      const changes = all(trace, ...CHANGES);
      expect(changes.map(({ kind, worker, attempt }) => [kind, worker, attempt])).toEqual([
        [replicaRenewed, -4, 1],
        [memberRemoved, -4, 0],
        [memberAdded, -4, 1],
        [memberPromoted, -4, 1],
      ]);
      expect(changes[3]?.time).toBeLessThan(15_000_000 + SECOND / 5);
      expect(trace.ending.kind).toBe("complete");
      expect(violations(trace)).toEqual([]);
    }
  });

  test("it is sent a snapshot where the log begins later, and may lead then", () => {
    const trace = traceOf(
      [
        { kind: "crash", replica: "r-2", at: "10s", for: "5s", loses: "disk" },
        { kind: "crash", replica: "r-1", at: "20s" },
        { kind: "partition", replica: "r-3", at: "20s", for: "4s" }, // no majority meanwhile
      ],
      { snapshotEvery: 5 },
    );
    expect(trace.ending.kind).toBe("complete");
    expect(violations(trace)).toEqual([]);
  });

  test("the next leader takes up what the last one has begun", () => {
    // The leader goes down at each moment of the change, for good: the two others are a majority of three, and not of what is left where one has no vote yet.
    for (let at = 15_000; at <= 15_040; at += 2) {
      const faults: Faults = [
        { kind: "crash", replica: "r-2", at: "10s", for: "5s", loses: "disk" },
        { kind: "pause", replica: "leader", at: `${at}ms`, for: "5s" },
      ];
      const trace = traceOf(faults, { count: 4 });
      expect(all(trace, memberPromoted).map(({ attempt }) => attempt)).toEqual([1]);
      expect(trace.ending.kind).toBe("complete");
      expect(violations(trace)).toEqual([]);
    }
  });

  test("again and again, of one and of all in turn", () => {
    const faults = [5, 12, 19, 26].map((at, i) => ({ kind: "crash", replica: `r-${(i % 3) + 1}`, at, for: 2, loses: "disk" as const }));
    const trace = traceOf(faults);
    expect(all(trace, memberPromoted).map(({ worker, attempt }) => [worker, attempt])).toEqual([
      [-3, 1],
      [-4, 1],
      [-5, 1],
      [-3, 2],
    ]);
    expect(all(trace, replicaDiskLost)).toHaveLength(4);
    expect(violations(trace)).toEqual([]);
  });

  test("with those of a majority the run says so, and ends", () => {
    const faults = (lost: number, down: number) => [
      ...["r-1", "r-2", "r-3"].slice(0, lost).map((replica) => ({ kind: "crash", replica, at: "5s", for: "5s", loses: "disk" as const })),
      ...["r-3"].slice(0, down).map((replica) => ({ kind: "crash", replica, at: "5s" })),
    ];
    const texts = [
      [2, 0, "2 of 3 replicas of the scheduler have lost their disks: no majority is left to take them back"],
      [3, 0, "3 of 3 replicas of the scheduler have lost their disks: no majority is left to take them back"],
      [1, 1, "1 of 3 replicas of the scheduler has lost its disk and 1 is down for good: no majority is left to take it back"],
    ] as const;
    for (const [lost, down, text] of texts) {
      const trace = traceOf(faults(lost, down));
      expect([trace.ending.kind, trace.ending.exitCode]).toEqual(["starved", 5]);
      expect(trace.ending.message).toContain(text);
      expect(violations(trace)).toEqual([]);
    }
  });
});

describe("an entry that rots", () => {
  test("is noticed at the next start: it is no shorter log to vote with, but a lost disk", () => {
    const trace = traceOf([{ kind: "crash", replica: "r-3", at: "10s", for: "5s", loses: "entry" }]);
    expect(all(trace, replicaRotten)).toHaveLength(1);
    expect(all(trace, ...CHANGES).map(({ kind }) => kind)).toEqual([...CHANGES]);
    expect(violations(trace)).toEqual([]);
  });

  test("where nothing is on disk, nothing does", () => {
    const trace = traceOf([{ kind: "crash", replica: "r-3", at: 0, for: "5s", loses: "entry" }]);
    expect(all(trace, replicaRotten, ...CHANGES)).toEqual([]);
  });
});

describe("a torn sync", () => {
  test("leaves its beginning, which its replica keeps, as the member that it was", () => {
    const torn = new Set<number>();
    for (let at = 10_000; at <= 10_012; at += 1) {
      const trace = traceOf([{ kind: "crash", replica: "leader", at: `${at}ms`, for: "5s", loses: "tail" }], { sync: "4ms" }, String(at));
      for (const { attempt } of all(trace, replicaTorn)) torn.add(attempt);
      expect(all(trace, replicaStarted)).toHaveLength(1);
      expect(all(trace, ...CHANGES)).toEqual([]);
      expect(violations(trace)).toEqual([]);
    }
    expect([...torn].sort((a, b) => a - b).slice(0, 2)).toEqual([0, 1]);
  });
});

describe("a disk that finishes nothing", () => {
  test("a leader hands over after an election timeout; a follower is not missed", () => {
    const faults = (replica: string): Faults => [{ kind: "slow", replica, at: "10s", for: "10s", speed: 0 }];
    const first = all(traceOf([]), EntryKind.led)[0]?.worker as number;
    for (const seed of ["1", "2", "3"]) {
      const trace = traceOf(faults("leader"), {}, seed);
      const [, second] = all(trace, EntryKind.elected);
      expect(second?.time).toBeGreaterThan(11 * SECOND);
      expect(second?.time).toBeLessThan(11.2 * SECOND);
      expect(trace.ending.kind).toBe("complete");
      expect(violations(trace)).toEqual([]);
    }
    const other = traceOf(faults(`r-${((-2 - first) % 3) + 1}`));
    expect(all(other, EntryKind.elected)).toHaveLength(1);
    expect(other.ending.time).toBe(traceOf([]).ending.time);
  });

  test("what it was writing is done over when it goes on", () => {
    const trace = traceOf([{ kind: "slow", replica: "leader", at: "10s", for: "500ms", speed: 0 }], { sync: "3ms" });
    expect(all(trace, EntryKind.elected)).toHaveLength(1);
    // Its followers have the first decision without it; the next waits for its disk.
    const times = (kind: EntryKind) => all(trace, kind).map(({ time }) => time);
    expect(times(EntryKind.submitted)[10]).toBe(10_000_000 + 7_000);
    expect(times(EntryKind.started)[10]).toBe(10_500_000 + 3_000 + 7_000);
  });

  test("those of a majority for good: the run ends", () => {
    const trace = traceOf(["r-1", "r-2"].map((replica) => ({ kind: "slow", replica, at: "10s", speed: 0 })));
    expect(trace.ending.kind).toBe("starved");
    expect(trace.ending.message).toContain("no replica of the scheduler leads, however long one waits");
    expect(violations(trace)).toEqual([]);
  });
});

describe("a disk that is slow", () => {
  const slow = (at: string, during: string, speed: number): Faults =>
    ["r-1", "r-2", "r-3"].map((replica) => ({ kind: "slow", replica, at, for: during, speed }));
  const started = (trace: Trace) => all(trace, EntryKind.started).map(({ time }) => time)[10];

  test("does what is left of a sync at the speed that it has then", () => {
    expect(started(traceOf([]))).toBe(10_000_000 + 7_000 + 7_000);
    // Each sync takes 30 ms meanwhile.
    expect(started(traceOf(slow("9.9s", "3s", 0.1)))).toBe(10_000_000 + 2 * (30_000 + 4_000));
    // Its followers begin to write at 10.002, and have 0.2 ms left when they are well again; the leader, which had begun before, is done by then.
    expect(started(traceOf(slow("10001ms", "29ms", 0.1)))).toBe(10_030_000 + 200 + 2_000 + 7_000);
  });

  test("is well when the fault is over, however long its sync would have taken", () => {
    const scenario = defineScenario({
      cluster: { workers: [{ id: "w" }] },
      network: { detail: "messages" },
      tasks: [
        { id: "a", duration: "30s" },
        { id: "b", duration: "5s", release: "10s" },
      ],
      scheduler: { lease: "5s", replicas: { count: 2, electionTimeout: { from: "300ms" } } },
      faults: [{ kind: "slow", replica: "r-1", at: "9s", for: "2s", speed: 0.001 }],
    });
    const { trace } = simulate(scenario, { storeTrace: true });
    expect(all(trace, EntryKind.led).at(-1)?.time).toBeLessThan(12.5 * SECOND);
    expect(all(trace, EntryKind.started)).toHaveLength(2);
    expect(violations(trace)).toEqual([]);
  });

  test("does not stand for election again before its vote is on disk: when it can write it disturbs nobody", () => {
    const trace = traceOf([
      { kind: "slow", replica: "r-1", at: "9s", for: "21s", speed: 0 },
      { kind: "crash", replica: "r-2", at: "10s", for: "10s" },
    ]);
    const terms = all(trace, EntryKind.elected).map(({ attempt }) => attempt);
    expect(terms).toEqual([1, 2]);
    expect(all(trace, EntryKind.deposed).filter(({ time }) => time > 25 * SECOND)).toEqual([]);
    expect(violations(trace)).toEqual([]);
  });
});

describe("clocks of replicas", () => {
  const drifting = (drift: number, bound: number) =>
    traceOf(
      [
        { kind: "clock-drift", replica: "leader", at: "10s", drift: -drift },
        { kind: "clock-drift", replica: "r-1", at: "10s", drift },
        { kind: "clock-drift", replica: "r-3", at: "10s", drift },
        { kind: "partition", replica: "leader", at: "20s", for: "20s" },
        { kind: "message-delay", messages: ["leads"], by: "5s", at: "20s", for: "5s" }, // workers learn late of the next
      ],
      { drift: bound },
      "1",
      { heartbeat: { interval: "100ms", timeout: "9s" } },
    );

  test("timers run by them: a clock twice as slow beats half as often", () => {
    const beats = (faults: Faults) => (traceOf(faults).log ?? []).length;
    const elections = (drift: number) => {
      const [, second] = all(
        traceOf([
          { kind: "clock-drift", replica: "leader", at: 0, drift },
          { kind: "clock-drift", replica: "r-3", at: 0, drift },
          { kind: "crash", replica: "r-2", at: "10s" },
        ]),
        EntryKind.elected,
      );
      return second?.time ?? Number.NaN;
    };
    expect(beats([])).toBeGreaterThan(0);
    expect(elections(-0.5)).toBeGreaterThan(elections(0));
  });

  test("leases hold as long as they drift by no more than is allowed for", () => {
    for (const drift of [0.05, 0.2, 0.4]) expect(violations(drifting(drift, drift))).toEqual([]);
  });

  test("where they drift by more, two may hold one at a time: that is told as an assumption that does not hold", () => {
    const broken = violations(drifting(0.4, 0)).filter((line) => line.startsWith("L8"));
    expect(broken).toEqual([expect.stringMatching(/^L8: assumption violated, clocks of replicas drift by more than leases allow for: /)]);
  });
});
