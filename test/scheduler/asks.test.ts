// Attempts that ask for more than they hold, or less, while they run; and deadlock, prevented, detected or left alone. Times by hand.
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";
import { EntryKind, Reason, type Trace } from "../../src/model/trace.ts";

const WORKER = { id: "w", cpu: 8, memory: "8GB" };

function runOf({ scheduler, ...more }: Partial<ScenarioInput>, seed = 1) {
  const run = simulate(
    defineScenario({ name: "asks", cluster: { workers: [WORKER] }, scheduler: { policy: "first-fit", ...scheduler }, ...more }),
    { storeTrace: true, seed },
  );
  expect(judge(run.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  return run;
}

const NAMES = Object.fromEntries(Object.entries(EntryKind).map(([name, kind]) => [kind, name]));

/** `seconds kind task` of entries of some kinds, with the number of the ask, or why. */
const told = ({ trace }: { trace: Trace }, ...kinds: (keyof typeof EntryKind)[]) =>
  [...trace.entries].flatMap(({ kind, time, task, amount, reason }) =>
    kinds.includes(NAMES[kind] as never)
      ? `${time / 1e6} ${NAMES[kind]} ${task}${amount === undefined ? "" : ` ${amount}`}${reason === Reason.deadlock ? " deadlock" : ""}`
      : [],
  );

describe("an attempt asks at parts of its work", () => {
  test("less is given back at once, and others have it; more is waited for with all that is held", () => {
    const run = runOf({
      tasks: [
        {
          id: "a",
          duration: "10s",
          memory: "6GB",
          asks: [
            { after: 0.2, memory: "2GB" },
            { after: 0.5, memory: "7GB" },
          ],
        },
        { id: "b", duration: "10s", memory: "4GB" },
      ],
    });
    expect(told(run, "started", "asking", "asked", "allowed", "granted", "finished")).toEqual([
      "0 started 0",
      "2 asking 0 1",
      "2 asked 0 1",
      "2 granted 0",
      "2 started 1",
      "5 asking 0 2",
      "5 asked 0 2",
      "12 finished 1",
      "12 allowed 0 2",
      "12 granted 0",
      "17 finished 0",
    ]);
  });

  test("what waits keeps what is free and not enough, and nothing ready takes it; what is met later may be met earlier", () => {
    const run = runOf({
      tasks: [
        { id: "a", duration: "10s", memory: "2GB", asks: [{ after: 0.1, memory: "6GB" }] },
        { id: "b", duration: "6s", memory: "3GB" },
        { id: "c", duration: "10s", memory: "1GB", asks: [{ after: 0.2, memory: "2GB" }] },
        { id: "d", duration: "1s", memory: "1GB", release: "3s" },
      ],
    });
    // a lacks 4 and 2 are free; c takes 1 of them at 2 s; the other is kept for a, and d waits till both have what they want.
    expect(told(run, "started", "allowed", "finished")).toEqual([
      "0 started 0",
      "0 started 1",
      "0 started 2",
      "2 allowed 2 1",
      "6 finished 1",
      "6 allowed 0 1",
      "10 finished 2",
      "10 started 3",
      "11 finished 3",
      "15 finished 0",
    ]);
  });

  test("goes on from work that was saved with the last of the asks that lie behind it", () => {
    const run = runOf({
      cluster: { workers: [{ ...WORKER, cpu: 1 }] },
      faults: [{ kind: "crash", worker: "w", at: "7s", for: "1s" }],
      checkpoint: { every: "6s", cost: "0s", restore: "0s" },
      tasks: [
        {
          ...{ id: "a", duration: "10s", memory: "1GB" },
          asks: [
            { after: 0.2, memory: "2GB" },
            { after: 0.5, memory: "3GB" },
            { after: 0.8, memory: "1GB" },
          ],
        },
      ],
    });
    expect(told(run, "asking", "crashed", "recovering", "finished")).toEqual([
      "2 asking 0 1",
      "5 asking 0 2",
      "7 crashed -1",
      "8 recovering 0",
      "8 asking 0 2",
      "10 asking 0 3",
      "12 finished 0",
    ]);
  });

  test("its time limit runs on while it waits", () => {
    const run = runOf({
      tasks: [
        { id: "a", duration: "10s", memory: "2GB", timeout: "12s", asks: [{ after: 0.5, memory: "6GB" }] },
        { id: "b", duration: "60s", memory: "4GB" },
      ],
    });
    expect(told(run, "asking", "allowed", "failed")).toEqual(["5 asking 0 1", "12 failed 0"]);
  });
});

/** Two of which each holds half at first, and is to hold more than that. */
const HALVES: ScenarioInput["tasks"] = [
  { id: "a", duration: "10s", cpu: 2, memory: "4GB", claim: { memory: "6GB" }, asks: [{ after: 0.5, memory: "6GB" }] },
  { id: "b", duration: "10s", cpu: 1, memory: "4GB", claim: { memory: "6GB" }, asks: [{ after: 0.5, memory: "6GB" }], release: "1s" },
];

describe("attempts that wait for one another", () => {
  test("are found as the ring closes, and the one that has cost least runs again", () => {
    const run = runOf({ tasks: HALVES });
    expect(told(run, "started", "asking", "allowed", "deadlocked", "requeued", "finished")).toEqual([
      "0 started 0",
      "1 started 1",
      "5 asking 0 1",
      "6 asking 1 1",
      "6 deadlocked 0",
      "6 deadlocked 1",
      "6 requeued 1 deadlock",
      "6 allowed 0 1",
      "11 finished 0",
      "11 started 1",
      "16 asking 1 1",
      "16 allowed 1 1",
      "21 finished 1",
    ]);
  });

  test("what one has cost is the cores that it had, for as long as it had them", () => {
    const run = runOf({
      cluster: { workers: [{ id: "w", cpu: 16, resources: { r: 1, s: 1 } }] },
      tasks: [
        {
          ...{ id: "a", duration: "40s", cpu: 1, resources: { r: 1 } },
          asks: [
            { after: 0.25, cpu: 8 },
            { after: 0.5, resources: { s: 1 } },
          ],
        },
        { id: "b", duration: "40s", cpu: 2, resources: { s: 1 }, asks: [{ after: 0.5, resources: { r: 1 } }] },
      ],
    });
    // a: 10 s of one core and 10 s of eight; b: 20 s of two.
    expect(told(run, "deadlocked", "requeued")).toEqual(["20 deadlocked 0", "20 deadlocked 1", "20 requeued 1 deadlock"]);
  });

  test("a ring that resolves itself kills nobody", () => {
    // Both lack 2 GB, and c will free 4: neither is stuck for good.
    const smaller = (HALVES ?? []).map((task) => ({ ...task, memory: "2GB", asks: [{ after: 0.5, memory: "4GB" }] }));
    const run = runOf({ tasks: [...smaller, { id: "c", duration: "30s", memory: "4GB" }] });
    expect(told(run, "asking", "deadlocked", "requeued", "allowed")).toEqual([
      "5 asking 0 1",
      "6 asking 1 1",
      "30 allowed 0 1",
      "30 allowed 1 1",
    ]);
  });

  test("are prevented where all claim what they may come to hold", () => {
    const run = runOf({ scheduler: { deadlock: "prevent" }, tasks: HALVES });
    expect(told(run, "started", "asking", "allowed", "deadlocked", "requeued", "finished")).toEqual([
      "0 started 0",
      "5 asking 0 1",
      "5 allowed 0 1",
      "10 finished 0",
      "10 started 1",
      "15 asking 1 1",
      "15 allowed 1 1",
      "20 finished 1",
    ]);
  });

  test("wait for ever where nobody looks, and the run ends with that", () => {
    const run = runOf({ scheduler: { deadlock: "none" }, tasks: HALVES });
    expect(told(run, "deadlocked", "allowed", "finished")).toEqual([]);
    expect(run.ending).toMatchObject({
      kind: "starved",
      message:
        '2 tasks are unfinished and nothing is due: the attempts of "a" and "b" on w wait for what the others hold; scheduler: { deadlock: detect } has one of them run again',
    });
  });
});

test.each(["detect", "prevent", "none"] as const)(
  "one that asks for more than its shrunk worker has waits till that grows: %s",
  (deadlock) => {
    const asking = (id: string, from: string, to: string) => ({
      ...{ id, duration: "40s", cpu: 1, memory: from, claim: { memory: "6GB" } },
      asks: [{ after: 0.5, memory: to }],
    });
    const shrunk = (lasting?: string) =>
      runOf({
        scheduler: { deadlock },
        tasks: [asking("a", "2GB", "6GB"), asking("b", "2GB", "3500MB")],
        faults: [{ kind: "shrink", worker: "w", at: "10s", memory: "5GB", ...(lasting !== undefined && { for: lasting }) }],
      });
    expect(shrunk("1m").ending.kind).toBe("complete");
    const left = shrunk();
    expect(left.ending).toMatchObject({ kind: "starved", exitCode: 5 });
    expect(left.ending.message).toMatch(
      /the attempt of "a" on w waits for more than that has since it has shrunk; a time limit \(timeout\) ends what waits too long$/,
    );
  },
);

describe("over a network", () => {
  const network = { latency: "10ms", loss: 0.3 } as const;
  test.each(["folded", "messages"] as const)("asks and what answers them may be lost, and are told again: %s", (detail) => {
    for (let seed = 1; seed <= 20; seed++) {
      const run = runOf({ tasks: HALVES, network: { ...network, detail } }, seed);
      expect(run.ending.kind).toBe("complete");
    }
  });

  test("as heartbeats are simulated one by one or not, the run is the same", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const digests = (["folded", "messages"] as const).map(
        (detail) => runOf({ tasks: HALVES, network: { ...network, detail } }, seed).digest,
      );
      expect(digests[0]).toBe(digests[1]);
    }
  });
});
