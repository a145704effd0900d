// Clients of a scheduler of several replicas, by hand: what a call costs, and that whatever is lost, each is executed once.
import { describe, expect, test } from "vitest";
import { type Call, codeOfClient, answerOf, STATUS_CALL, TaskState } from "../../src/model/clients.ts";
import { CommandKind } from "../../src/model/command.ts";
import { DEFAULT_SETTINGS } from "../../src/model/settings.ts";
import { ControlState } from "../../src/replication/control-state.ts";
import type { ReplicaGroup } from "../../src/replication/replica-group.ts";
import { ClientDesk, type ClientRequest, type Reply } from "../../src/run/client-desk.ts";
import type { Tenure } from "../../src/run/tenure.ts";
import { defineScenario, EntryKind, Reason, type ScenarioInput, simulate, type Trace, type TraceEntry } from "../../src/index.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";

const { called, returned, applied, forgotten, led, submitted } = EntryKind;

/** Messages between replicas take 2 ms, their disks 3 ms, and those of clients 1 ms each way. */
const COMMIT = 7_000;
const TRIP = 2_000;

function traceOf(input: Partial<ScenarioInput>): Trace {
  const scenario = defineScenario({
    name: "clients",
    cluster: { workers: [{ id: "w", cpu: 4 }] },
    tasks: [{ id: "a", duration: "10s" }],
    scheduler: { replicas: { count: 3, latency: "2ms", sync: "3ms" } },
    clients: {},
    ...input,
    network: { ...input.network, clients: { latency: "1ms", ...input.network?.clients } },
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

const all = ({ entries }: Trace, kind: EntryKind): TraceEntry[] => [...entries].filter((entry) => entry.kind === kind);
const timeOf = (trace: Trace, kind: EntryKind, place = 0): number => all(trace, kind)[place]?.time ?? Number.NaN;
/** Calls that were executed, as client and number. */
const executed = (trace: Trace) =>
  all(trace, applied).flatMap(({ worker, attempt }) => (worker <= codeOfClient(0) ? [`${worker} ${attempt}`] : []));
const tasks = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `t${i + 1}`, duration: "10s" }));

describe("what a call costs", () => {
  test("a change: both ways, and what it takes to commit; where a task stands: both ways, while the leader holds a lease", () => {
    const trace = traceOf({ actions: [{ at: "5s", status: "a" }] });
    expect(timeOf(trace, returned) - timeOf(trace, called)).toBe(TRIP + COMMIT);
    expect(timeOf(trace, submitted) - timeOf(trace, called)).toBe(TRIP / 2 + COMMIT);
    expect(timeOf(trace, called, 1)).toBe(5_000_000);
    expect(timeOf(trace, returned, 1)).toBe(5_000_000 + TRIP);
    expect(answerOf(all(trace, returned)[1]?.amount ?? 0).state).toBe(TaskState.running);
  });

  test("without leases a read waits for a round", () => {
    const trace = traceOf({
      scheduler: { replicas: { count: 3, latency: "2ms", sync: "3ms", checkQuorum: false } },
      actions: [{ at: "5s", status: "a" }],
    });
    expect(timeOf(trace, returned, 1) - timeOf(trace, called, 1)).toBe(TRIP + 4_000);
  });

  test("what is wanted meanwhile goes together, up to a batch; one request after another, an interval apart", () => {
    const calls = (clients: ScenarioInput["clients"]) => all(traceOf({ tasks: tasks(5), clients }), called).map(({ time }) => time);
    const one = calls({});
    expect(new Set(one).size).toBe(5);
    expect((one[1] ?? 0) - (one[0] ?? 0)).toBe(TRIP + COMMIT);
    for (const [i, time] of one.slice(1).entries()) expect(time - (one[i] ?? 0)).toBeGreaterThanOrEqual(TRIP + COMMIT); // the disk may be busy
    const batched = calls({ batch: 3 });
    expect(batched.map((time) => time - (batched[0] ?? 0))).toEqual([0, 0, 0, TRIP + COMMIT, TRIP + COMMIT]);
    const apart = calls({ batch: 2, interval: "1s" });
    expect(apart.map((time) => time - (apart[0] ?? 0))).toEqual([0, 0, 1e6, 1e6, 2e6]);
  });

  test("tasks are their clients' in turn, and each asks how its own fare until it knows how they ended", () => {
    const trace = traceOf({ tasks: tasks(4), clients: { count: 2, status: "3s" } });
    for (const { task, worker } of all(trace, called)) expect(worker).toBe(codeOfClient(task % 2));
    const asked = all(trace, called).filter(({ amount, worker }) => amount === STATUS_CALL && worker === codeOfClient(0));
    expect(asked.map(({ task, time }) => [task, time / 1e6])).toEqual([
      [0, 3],
      [2, 6],
      [0, 9],
      [2, 12],
    ]);
  });
});

describe("each call is executed once", () => {
  test("though its answer is lost again and again", () => {
    const trace = traceOf({
      faults: [{ kind: "message-loss", clients: true, messages: ["accepted"], probability: 1, at: "1060ms", for: "5s" }],
    });
    expect(executed(trace)).toEqual([`${codeOfClient(0)} 1`]);
    expect(timeOf(trace, returned)).toBeGreaterThan(6_060_000);
    expect(trace.ending.kind).toBe("complete");
  });

  test.each([
    ["before it is on any disk", 2_000],
    ["before it is replicated", 4_500],
    ["when it is replicated, and nobody knows", 6_500],
    ["when it is executed, and before the answer", COMMIT],
  ])("though the leader goes down %s", (_, after) => {
    const input = {
      tasks: [{ id: "a", duration: "10s", release: "4s" }],
      scheduler: { replicas: { count: 3, latency: "2ms", sync: "3ms" } },
    };
    const calm = timeOf(traceOf(input), called);
    const at = `${calm + TRIP / 2 + after}us`;
    const trace = traceOf({ ...input, faults: [{ kind: "crash", replica: "leader", at, for: "30s" }] });
    expect(timeOf(trace, called)).toBe(calm);
    expect(executed(trace)).toEqual([`${codeOfClient(0)} 1`]);
    expect(all(trace, submitted)).toHaveLength(1);
    const [answer] = all(trace, returned);
    expect(answer?.reason).toBe(Reason.none);
    if (after < COMMIT) expect(answer?.time).toBeGreaterThan(timeOf(trace, led, 1));
    expect(trace.ending.kind).toBe("complete");
  });

  test("but what is called anew when a session has expired is another call", () => {
    const trace = traceOf({
      tasks: [{ id: "a", duration: "60s", release: "30s" }],
      clients: { session: "5s", backoff: { initial: "100ms", factor: 100, max: "10s" } },
      actions: [{ at: "32s", set: { task: "a", priority: 2 } }],
      faults: [{ kind: "partition", clients: true, direction: "to-worker", at: "32001ms", for: "9s" }],
    });
    const answers = all(trace, returned).map(({ attempt, reason }) => [attempt, reason]);
    expect(all(trace, forgotten).map(({ attempt }) => attempt)).toEqual([2]);
    expect(answers.at(-1)).toEqual([3, Reason.none]);
    expect(all(trace, EntryKind.changed)).toHaveLength(2); // each of its calls was executed once; that they are the same nobody knows
  });

  test.each(["100ms", "300ms"])("polls that tell nothing new, %s apart at least, keep no run from its end", (interval) => {
    const { ending, entries } = traceOf({
      tasks: tasks(4),
      clients: { count: 2, status: "155ms", interval },
      faults: [{ kind: "crash", worker: "w", at: "5s" }],
    });
    expect(ending.kind).toBe("starved");
    expect([...entries].at(-1)?.time).toBeLessThan(60_000_000);
  });

  test("clients that are cut off for good keep nobody waiting", () => {
    const { ending, entries } = traceOf({
      actions: [{ at: "5s", set: { task: "a", priority: 2 } }],
      faults: [{ kind: "partition", clients: true, at: "4s" }],
    });
    expect([...entries].some(({ kind }) => kind === EntryKind.finished)).toBe(true);
    expect(ending.kind).toBe("complete");
  });
});

describe("who leads", () => {
  const scenario = defineScenario({ cluster: { workers: [{ id: "w" }] }, tasks: tasks(2) });
  const state = new ControlState(drawWorld(scenario, { workload: "1", faults: "1", policy: "1" }), DEFAULT_SETTINGS, { answers: true });
  const replies: Reply[] = [];
  const node = { isFrozen: false, leader: 0, state, unread: [], handle: () => true };
  let index = 0;
  const desk: ClientDesk = new ClientDesk("linearizable", 1000, {
    now: 0,
    group: { node: () => node } as unknown as ReplicaGroup,
    tenureOf: () => tenure,
    planSessions: () => {},
    replies: (_replica, _request, reply) => replies.push(reply),
    notes: () => {},
  });
  const tenure = {
    ...{ replica: 0, term: 1, calls: new Map() },
    request: (command: Parameters<Tenure["request"]>[0]) => {
      index += 1;
      state.apply(command, index);
      later.push(() => desk.applied(tenure, command, index));
    },
  } as unknown as Tenure;
  const later: (() => void)[] = [];
  let turn = 10;
  const ask = (request: Partial<ClientRequest>): Reply | undefined => {
    turn += 1;
    desk.receives(0, { client: 0, turn, session: 1, acknowledged: 0, calls: [], ...request });
    for (const each of later.splice(0)) each();
    return replies.pop();
  };
  const submits = (number: number, task: number): Call => ({ number, kind: CommandKind.submit, task, action: -1 });

  test("answers a call that comes again as before, and refuses another of its number", () => {
    expect(ask({})).toEqual({ kind: "opened", session: 1 });
    const first = ask({ calls: [submits(1, 0)] });
    expect(first).toMatchObject({ kind: "answered", answers: [{ number: 1, reason: Reason.none, state: TaskState.waiting, index: 2 }] });
    expect(ask({ calls: [submits(1, 0)] })).toEqual(first);
    expect(ask({ calls: [submits(1, 1)] })).toEqual({ kind: "refused" });
    expect(index).toBe(2);
  });

  test("does not let a request that was on its way for long displace a later one", () => {
    desk.receives(0, { client: 1, turn: 5, session: 99, acknowledged: 0, calls: [submits(9, 1)] });
    const before = index;
    desk.receives(0, { client: 1, turn: 4, session: 99, acknowledged: 0, calls: [submits(8, 1)] });
    expect(index).toBe(before);
    for (const each of later.splice(0)) each();
    expect(replies.splice(0)).toEqual([{ kind: "expired" }]); // the later one's
  });

  test("executes nothing of a session that has expired, or never was", () => {
    expect(ask({ session: 77, calls: [submits(5, 1)] })).toEqual({ kind: "expired" });
    expect(state.answer(0, 1).state).toBe(TaskState.unsubmitted);
    desk.leads(tenure);
    state.apply({ kind: CommandKind.expire, task: -1, worker: -1, attempt: 0, reason: Reason.none, time: 0, value: 1 }, ++index);
    expect(state.sessions.has(1)).toBe(true); // it was used since
    state.apply({ kind: CommandKind.expire, task: -1, worker: -1, attempt: 1, reason: Reason.none, time: 0, value: 1 }, ++index);
    expect(ask({ calls: [submits(3, 1)] })).toEqual({ kind: "expired" });
    expect(state.answer(0, 1).state).toBe(TaskState.unsubmitted);
  });
});
