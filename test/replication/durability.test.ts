// Leaders that acknowledge what they alone have on disk: sooner; and what the others have not got is lost with them, and counted.
import { describe, expect, test } from "vitest";
import { answerOf, codeOfClient, TaskState } from "../../src/model/clients.ts";
import { defineScenario, EntryKind, type ScenarioInput, simulate, type Trace, type TraceEntry } from "../../src/index.ts";
import { judge } from "../../src/oracle/index.ts";
import { searchLinearizations } from "../../src/oracle/linearizability.ts";

const { called, returned, submitted, started, forgone, led, finished, cancelled, applied } = EntryKind;

/** Messages between replicas take 2 ms, their disks 3 ms, and those of clients 1 ms each way. */
const SYNC = 3_000;
const COMMIT = 7_000;
const TRIP = 2_000;

function run(input: Partial<ScenarioInput>, replicas: object = {}) {
  const scenario = defineScenario({
    name: "durability",
    cluster: { workers: [{ id: "w", cpu: 4 }] },
    tasks: [{ id: "a", duration: "10s" }],
    clients: {},
    ...input,
    scheduler: { replicas: { count: 3, latency: "2ms", sync: "3ms", durability: "leader", ...replicas }, ...input.scheduler },
    network: { ...input.network, clients: { latency: "1ms", ...input.network?.clients } },
  });
  const result = simulate(scenario, { storeTrace: true });
  for (const { id, violation } of judge(result.trace)) expect([id, violation]).toEqual([id, undefined]);
  return result;
}

const all = ({ entries }: Trace, kind: EntryKind): TraceEntry[] => [...entries].filter((entry) => entry.kind === kind);
const timeOf = (trace: Trace, kind: EntryKind, place = 0): number => all(trace, kind)[place]?.time ?? Number.NaN;
const stateOf = (entry: TraceEntry | undefined) => answerOf(entry?.amount ?? -1).state;

/** Cut off from the others from 5 s on, for 10 s, the leader leads on for at least 800 ms. */
const CUT = [{ kind: "partition" as const, replica: "leader" as const, at: "5s", for: "10s" }];

describe("durability: leader", () => {
  test("a call is noted when the leader has it on disk, as of its entry there, and takes effect when a majority has", () => {
    const { trace, summary } = run({});
    expect(timeOf(trace, returned) - timeOf(trace, called)).toBe(TRIP + SYNC);
    expect(timeOf(trace, submitted) - timeOf(trace, called)).toBe(TRIP / 2 + COMMIT);
    expect(answerOf(all(trace, returned)[0]?.amount ?? 0)).toEqual({
      index: all(trace, applied).find(({ worker }) => worker === codeOfClient(0))?.amount,
      state: TaskState.noted,
    });
    expect(summary.lost_commands).toBe(0);
    const slow = run({}, { durability: "quorum" }).trace;
    expect(timeOf(slow, returned) - timeOf(slow, called)).toBe(TRIP + COMMIT);
  });

  test("a batch is noted when all of it is", () => {
    const tasks = Array.from({ length: 3 }, (_, i) => ({ id: `t${i + 1}`, duration: "1s" }));
    const { trace } = run({ tasks, clients: { batch: 3 } });
    expect(all(trace, returned).map(({ time }) => time - timeOf(trace, called))).toEqual(new Array(3).fill(TRIP + SYNC));
  });

  test("a read waits for what was noted before it", () => {
    const { trace } = run({
      actions: [
        { at: "3s", cancel: "a" },
        { at: "3s", status: "a" },
      ],
    });
    const [, cancel, read] = all(trace, returned);
    expect((cancel?.time ?? 0) - 3_000_000).toBe(TRIP + SYNC);
    // It is asked when the cancellation is noted, and the leader has applied that 4 ms later than it said so.
    expect((read?.time ?? 0) - (cancel?.time ?? 0)).toBe(COMMIT - SYNC);
    expect(stateOf(read)).toBe(TaskState.cancelled);
    expect(searchLinearizations(trace, 1000).verdict).toBe("held");
  });

  test("a submission that only a leader had is lost with it: nobody knows the task, and the run says so", () => {
    const { trace, summary, ending } = run({
      tasks: [
        { id: "a", duration: "10s" },
        { id: "b", duration: "1s", release: "5500ms" },
      ],
      clients: { status: "500ms" },
      faults: CUT,
    });
    expect(stateOf(all(trace, returned).find(({ task }) => task === 1))).toBe(TaskState.noted);
    expect(all(trace, forgone)).toMatchObject([
      { task: 1, worker: codeOfClient(0), attempt: all(trace, called).find(({ task }) => task === 1)?.attempt },
    ]);
    expect(timeOf(trace, forgone)).toBe(timeOf(trace, led, 1));
    expect(all(trace, submitted).map(({ task }) => task)).toEqual([0]);
    expect(summary).toMatchObject({ lost_commands: 1, stale_answers: 0, wrong_answers: 0, completed: 1, unfinished: 1 });
    expect(ending).toMatchObject({ kind: "starved", exitCode: 5 });
    expect(ending.message).toBe("1 task is unfinished and nothing is due; one submission was noted by a leader alone, and lost with it");
    // Who takes the leader at its word was lied to: the search says so.
    expect(searchLinearizations(trace, 1000).verdict).toBe("broken");
    // A majority's word is not broken: the client asks again until it has it.
    const { summary: safe } = run(
      {
        tasks: [
          { id: "a", duration: "10s" },
          { id: "b", duration: "1s", release: "5500ms" },
        ],
        faults: CUT,
      },
      { durability: "quorum" },
    );
    expect(safe).toMatchObject({ lost_commands: 0, completed: 2 });
  });

  test("likewise where clients are where the leader is; what else they ask about the task is lost with it", () => {
    const scenario: Partial<ScenarioInput> = {
      tasks: [
        { id: "a", duration: "10s" },
        { id: "b", duration: "1s", release: "5500ms" },
      ],
      actions: [{ at: "5600ms", cancel: "b" }],
      faults: CUT,
    };
    const run = (durability: "leader" | "quorum") =>
      simulate(
        defineScenario({
          name: "beside",
          cluster: { workers: [{ id: "w", cpu: 4 }] },
          scheduler: { replicas: { count: 3, durability } },
          ...scenario,
        } as ScenarioInput),
        { storeTrace: true },
      );
    const { trace, summary, ending } = run("leader");
    expect(all(trace, forgone)).toMatchObject([{ task: 1, worker: -1 }]);
    expect(summary.lost_commands).toBe(1);
    expect(ending.message).toContain("one submission was noted by a leader alone");
    expect(run("quorum").summary).toMatchObject({ lost_commands: 0, cancelled: 1, completed: 1 });
  });

  test("what one noted call does to the task of another stands in the log before it is executed, and the search knows", () => {
    const { trace } = run({
      tasks: [
        { id: "a", duration: "10s" },
        { id: "b", duration: "10s", dependencies: ["a"] },
        { id: "c", duration: "10s" },
      ],
      clients: { batch: 2 },
      actions: [
        { at: "2999ms", set: { task: "c", priority: 1 } }, // both others are asked for when that is answered
        { at: "3s", cancel: "a" },
        { at: "3s", cancel: "b" },
        { at: "4s", status: "b" },
      ],
    });
    expect(stateOf(all(trace, returned).at(-1))).toBe(TaskState.skipped);
    expect(searchLinearizations(trace, 1000).verdict).toBe("held");
  });

  test("a lost cancellation: the task goes on", () => {
    const { trace, summary } = run({ actions: [{ at: "5500ms", cancel: "a" }], faults: CUT });
    expect(all(trace, cancelled)).toEqual([]);
    expect(summary).toMatchObject({ lost_commands: 1, completed: 1 });
  });

  test("the end of an attempt: its worker forgets it, the next leader takes it for running until that is told, and it runs again", () => {
    const { trace, summary } = run({ tasks: [{ id: "a", duration: "4s" }], faults: CUT });
    expect(all(trace, forgone)).toMatchObject([{ task: 0, worker: 0, attempt: 1 }]);
    expect(all(trace, started).length).toBe(2);
    expect(all(trace, finished)).toMatchObject([{ attempt: 2 }]);
    expect(summary).toMatchObject({ lost_commands: 1, completed: 1, attempts: 2 });
    expect(run({ tasks: [{ id: "a", duration: "4s" }], faults: CUT }, { durability: "quorum" }).summary).toMatchObject({
      lost_commands: 0,
      attempts: 1,
    });
  });

  test("what is told again, since its answer was lost as well, is done after all, and not counted", () => {
    const { trace, summary } = run({
      tasks: [
        { id: "a", duration: "10s" },
        { id: "b", duration: "1s", release: "5500ms" },
      ],
      faults: [...CUT, { kind: "message-loss", clients: true, messages: ["accepted"], probability: 1, at: "5400ms", for: "1s" }],
    });
    expect(all(trace, forgone).length).toBe(1);
    expect(summary).toMatchObject({ lost_commands: 0, completed: 2 });
  });

  test("a call that is asked for again, since the answer was lost, is noted again", () => {
    const { trace } = run({
      network: { clients: { repeat: "100ms" } },
      actions: [{ at: "5100ms", cancel: "a" }],
      faults: [
        ...CUT,
        { kind: "message-loss", clients: true, messages: ["accepted"], probability: 1, at: "5050ms", for: "100ms" },
        { kind: "partition", clients: true, direction: "from-worker", at: "0s", for: "1us" },
      ],
    });
    expect(all(trace, returned)[1]).toMatchObject({ attempt: 2 });
    expect(stateOf(all(trace, returned)[1])).toBe(TaskState.noted);
    expect(timeOf(trace, returned, 1)).toBeLessThan(timeOf(trace, led, 1));
  });

  test("clients beside the leader are beside the one that leads last: another notes nothing for them", () => {
    const { trace, summary } = simulate(
      defineScenario({
        name: "late",
        cluster: { workers: [{ id: "w", cpu: 4 }] },
        scheduler: { replicas: { count: 3, sync: "20ms", durability: "leader", checkQuorum: false } },
        tasks: [
          { id: "a", duration: "10s" },
          { id: "b", duration: "5s", release: "6280ms" },
        ],
        actions: [{ at: "6295ms", cancel: "b" }],
        faults: [{ kind: "partition", replica: "leader", at: "5s", for: "20s" }],
      }),
      { storeTrace: true },
    );
    expect(all(trace, forgone)).toEqual([]);
    expect(summary).toMatchObject({ lost_commands: 0, completed: 1, cancelled: 1 });
  });

  test("a run that ends for another reason says both; what was lost and done after all it does not", () => {
    const tasks = [
      { id: "a", duration: "10s" },
      { id: "b", duration: "1s", release: "5500ms" },
    ];
    const gone = { kind: "crash" as const, worker: "w", at: "8500ms" };
    expect(run({ tasks, faults: [...CUT, gone] }).ending.message).toBe(
      '2 tasks are unfinished and nothing is due: no worker is left that could hold task "a"; one submission was noted by a leader alone, and lost with it',
    );
    const deaf = { kind: "message-loss" as const, clients: true, messages: ["accepted" as const], probability: 1, at: "5400ms", for: "1s" };
    expect(run({ tasks, faults: [...CUT, deaf, gone] }).ending.message).toBe(
      '1 task is unfinished and nothing is due: no worker is left that could hold task "a"',
    );
  });

  test("what is asked later about a task that nobody knows keeps no run from its end", () => {
    const { trace, ending } = simulate(
      defineScenario({
        name: "later",
        cluster: { workers: [{ id: "w", cpu: 4 }] },
        scheduler: { replicas: { count: 3, durability: "leader" } },
        tasks: [
          { id: "a", duration: "10s" },
          { id: "b", duration: "1s", release: "5500ms" },
        ],
        actions: [{ at: "9s", cancel: "b" }],
        faults: CUT,
      }),
      { storeTrace: true },
    );
    expect(ending.kind).toBe("starved");
    expect(Math.max(...all(trace, EntryKind.spoke).map(({ time }) => time))).toBeLessThan(60_000_000);
  });

  test("what reaches a leader's disk when another leads already is lost at once", () => {
    // The disk of r-1 is stuck while it is cut off, and does not know yet that it leads no more when it has written what was asked.
    const { trace } = run(
      {
        tasks: [
          { id: "a", duration: "10s" },
          { id: "b", duration: "1s", release: "5100ms" },
        ],
        network: { clients: { repeat: "20s" } },
        faults: [...CUT, { kind: "slow", replica: "leader", speed: 0, at: "5050ms", for: "3s" }],
      },
      { checkQuorum: false },
    );
    expect(all(trace, forgone).length).toBe(1);
    expect(timeOf(trace, forgone)).toBeGreaterThan(timeOf(trace, led, 1));
  });

  test("a leader that crashes before another has it has it still when it leads again, as of two none else can", () => {
    const tasks = [
      { id: "a", duration: "10s" },
      { id: "b", duration: "1s", release: "5s" },
    ];
    const { trace, summary } = run({ tasks, faults: [{ kind: "crash", replica: "leader", at: "5004500us", for: "100ms" }] }, { count: 2 });
    expect(stateOf(all(trace, returned)[1])).toBe(TaskState.noted);
    expect(timeOf(trace, submitted, 1)).toBeGreaterThan(timeOf(trace, led, 1) - 1);
    expect(summary).toMatchObject({ completed: 2, lost_commands: 0 });
    expect(all(trace, forgone)).toEqual([]);
  });
});
