// Preemption that suspends, over a network: what a victim gives back is given away when its worker has answered that it waits; it goes on
// when its worker has read that it may. Orders are numbered, so that none counts that a later one has overtaken.
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";
import { MessageFate, MessageKind } from "../../src/model/network.ts";
import type { Trace } from "../../src/model/trace.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;

const BASE: ScenarioInput = {
  name: "far suspension",
  cluster: { workers: [{ id: "w", cpu: 1 }] },
  scheduler: {
    policy: "preemptive-priority",
    preemption: { mode: "suspend" },
    heartbeat: { interval: "1s", timeout: "3s" },
    lease: "6s",
  },
  tasks: [
    { id: "a", duration: "10s", priority: 2 },
    { id: "b", duration: "2s", priority: 1, release: "4500ms" },
  ],
};

function run(detail: "folded" | "messages", faults: Faults, more: Partial<ScenarioInput> = {}): Trace {
  const scenario = defineScenario({ ...BASE, network: { latency: "100ms", detail }, ...more, faults });
  const { trace } = simulate(scenario, { storeTrace: true });
  expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  return trace;
}

/** The log from the moment at which a task is to make room; the same with each message by itself. */
function log(faults: Faults, more: Partial<ScenarioInput> = {}): string[] {
  const lines = (detail: "folded" | "messages") => [...schedulerLog(run(detail, faults, more))].join("").split("\n").slice(0, -1);
  const folded = lines("folded");
  expect(lines("messages")).toEqual(folded);
  return folded.slice(folded.findIndex((line) => line.includes("to make room")));
}

/** With other settings of preemption; the rest as it is. */
function preempting(preemption: object): Partial<ScenarioInput> {
  return { scheduler: { ...BASE.scheduler, preemption: { mode: "suspend", ...preemption } } };
}

/** Of all lines those about a task. */
function about(task: string, lines: readonly string[]): string[] {
  return lines.filter((line) => line.includes(`) ${task} `));
}

const chosen = "[4.500000] (w) a is to make room, attempt 1 of 1";

describe("transcripts", () => {
  test("the victim waits when the order arrives, and the other starts when the answer has; it goes on likewise, with what is left", () => {
    expect(log([])).toEqual([
      chosen,
      "[4.600000] (w) a waits on its worker, as told, attempt 1 of 1", // it began at 0.1 s: 4.5 s are done
      "[4.700000] (w) a suspended to make room, attempt 1 of 1",
      "[4.700000] (w) b started, attempt 1 of 1",
      "[4.800000] (w) b began, attempt 1 of 1",
      "[6.800000] (w) b ended on its worker, attempt 1 of 1",
      "[6.900000] (w) b finished, attempt 1 of 1",
      "[6.900000] (w) a goes on, attempt 1 of 1",
      "[7.000000] (w) a runs again, as told, attempt 1 of 1",
      "[12.500000] (w) a ended on its worker, attempt 1 of 1",
      "[12.600000] (w) a finished, attempt 1 of 1",
    ]);
  });

  test("after its grace", () => {
    expect(log([], preempting({ grace: "1s" })).slice(0, 4)).toEqual([
      chosen,
      "[5.600000] (w) a waits on its worker, as told, attempt 1 of 1",
      "[5.700000] (w) a suspended to make room, attempt 1 of 1",
      "[5.700000] (w) b started, attempt 1 of 1",
    ]);
  });

  test("a completion that was under way when the order was sent counts, and makes room too", () => {
    const tasks = [{ ...BASE.tasks![0]!, duration: "4450ms" }, BASE.tasks![1]!];
    expect(log([], { tasks }).slice(0, 4)).toEqual([
      chosen,
      "[4.550000] (w) a ended on its worker, attempt 1 of 1",
      "[4.650000] (w) a finished, attempt 1 of 1",
      "[4.650000] (w) b started, attempt 1 of 1",
    ]);
  });

  test("a lost order is repeated for heartbeats that do not tell of it; a lost answer is made up for by one that does", () => {
    expect(log([{ kind: "message-loss", messages: ["suspend"], at: "4s", for: "1500ms" }]).slice(0, 4)).toEqual([
      chosen,
      "[5.500000] (w) link works again",
      "[6.200000] (w) a waits on its worker, as told, attempt 1 of 1", // the heartbeat of 5 s had it told in vain, that of 6 s arrived at 6.1 s
      "[6.300000] (w) a suspended to make room, attempt 1 of 1",
    ]);
    expect(log([{ kind: "message-loss", messages: ["suspended"], at: "4s", for: "1500ms" }]).slice(0, 4)).toEqual([
      chosen,
      "[4.600000] (w) a waits on its worker, as told, attempt 1 of 1",
      "[5.100000] (w) a suspended to make room, attempt 1 of 1",
      "[5.100000] (w) b started, attempt 1 of 1",
    ]);
  });

  test("so is a lost order to go on", () => {
    expect(log([{ kind: "message-loss", messages: ["proceed"], at: "6s", for: "1500ms" }]).slice(7)).toEqual([
      "[6.900000] (w) b finished, attempt 1 of 1",
      "[6.900000] (w) a goes on, attempt 1 of 1",
      "[7.500000] (w) link works again", // the heartbeat of 7 s had it told in vain
      "[8.200000] (w) a runs again, as told, attempt 1 of 1",
      "[13.700000] (w) a ended on its worker, attempt 1 of 1",
      "[13.800000] (w) a finished, attempt 1 of 1",
    ]);
  });

  test("a victim whose start was lost is started once more, and waits from the beginning", () => {
    expect(log([{ kind: "message-loss", messages: ["start"], at: 0, for: "4800ms" }]).slice(0, 6)).toEqual([
      chosen,
      "[4.800000] (w) link works again",
      "[5.200000] (w) a began, attempt 1 of 1",
      "[5.200000] (w) a waits on its worker, as told, attempt 1 of 1",
      "[5.300000] (w) a suspended to make room, attempt 1 of 1",
      "[5.300000] (w) b started, attempt 1 of 1",
    ]);
  });

  test("an order that a later one has overtaken counts for nothing", () => {
    const late: Faults[number] = { kind: "message-delay", messages: ["suspend"], by: "3s", at: "4s", for: "600ms" };
    const tasks = [BASE.tasks![0]!, { ...BASE.tasks![1]!, duration: "1s" }];
    const network = { latency: "100ms", reorder: true, detail: "messages" as const };
    const trace = run("messages", [late], { tasks, network });
    expect(about("a", [...schedulerLog(trace)].join("").split("\n")).slice(3)).toEqual([
      chosen,
      "[5.200000] (w) a waits on its worker, as told, attempt 1 of 1", // repeated for the heartbeat of 5 s: 5.1 s are done
      "[5.300000] (w) a suspended to make room, attempt 1 of 1",
      "[6.500000] (w) a goes on, attempt 1 of 1",
      "[6.600000] (w) a runs again, as told, attempt 1 of 1",
      "[11.500000] (w) a ended on its worker, attempt 1 of 1", // though the first order arrives at 7.6 s
      "[11.600000] (w) a finished, attempt 1 of 1",
    ]);
    const orders = trace.messages!.filter(({ kind, fate }) => kind === MessageKind.suspend && fate === MessageFate.delivered);
    expect(orders.map(({ time }) => time)).toEqual([5_200_000, 7_600_000]);
  });

  test("a worker that is cut off: the victim is given up when its lease is over, whether it runs there or waits", () => {
    expect(log([{ kind: "partition", at: "4s", for: "8s" }]).slice(0, 7)).toEqual([
      chosen,
      "[6.100000] (scheduler) w suspected, nothing heard of it", // the heartbeat of 3 s was the last to arrive, at 3.1 s
      "[9.000000] (w) a ended on its worker, for its lease is over, attempt 1 of 1",
      "[9.100001] (w) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[12.000000] (w) link works again",
      "[12.100000] (scheduler) w heard again",
      "[12.100000] (w) b started, attempt 1 of 1",
    ]);
    expect(about("a", log([{ kind: "partition", at: "5s", for: "8s" }])).slice(2, 5)).toEqual([
      "[4.700000] (w) a suspended to make room, attempt 1 of 1",
      "[10.000000] (w) a ended on its worker, for its lease is over, attempt 1 of 1",
      "[10.100001] (w) a sent back to the queue when its lease was over, attempt 1 of 1",
    ]);
  });

  test("what waits on a worker that restarts is lost with it, and what waits on one that is suspected where the settings say so", () => {
    expect(about("a", log([{ kind: "crash", worker: "w", at: "5s", restart: "2s" }])).slice(2, 5)).toEqual([
      "[4.700000] (w) a suspended to make room, attempt 1 of 1",
      "[7.100000] (w) a sent back to the queue since its worker has restarted, attempt 1 of 1",
      "[9.300000] (w) a started, attempt 2 of 2",
    ]);
    const scheduler = { ...BASE.scheduler, requeue: "suspicion" as const };
    const lines = about("a", log([{ kind: "partition", at: "5s", for: "8s" }], { scheduler }));
    expect(lines.slice(2, 5)).toEqual([
      "[4.700000] (w) a suspended to make room, attempt 1 of 1",
      "[7.100000] (w) a sent back to the queue since its worker is suspected, attempt 1 of 1",
      "[10.000000] (w) a ended on its worker, for its lease is over, attempt 1 of 2",
    ]);
  });

  test("a worker that is paused reads the order when it goes on, and nothing runs there before", () => {
    expect(log([{ kind: "pause", worker: "w", at: "4550ms", for: "2s" }]).slice(1, 6)).toEqual([
      "[4.550000] (w) paused",
      "[6.550000] (w) goes on",
      "[6.550000] (w) a waits on its worker, as told, attempt 1 of 1",
      "[6.650000] (w) a suspended to make room, attempt 1 of 1",
      "[6.650000] (w) b started, attempt 1 of 1",
    ]);
  });

  test("on a worker that leaves, what is suspended goes on there till the limit, and is handed back then", () => {
    const cluster = { workers: [{ id: "w", count: 2, cpu: 1 }] };
    const tasks = [{ id: "x", duration: "30s", priority: 0 }, ...BASE.tasks!];
    expect(about("a", log([], { cluster, tasks, actions: [{ at: "5s", leave: "w-2", limit: "4s" }] })).slice(2, 8)).toEqual([
      "[4.700000] (w-2) a suspended to make room, attempt 1 of 1",
      "[6.900000] (w-2) a goes on, attempt 1 of 1",
      "[7.000000] (w-2) a runs again, as told, attempt 1 of 1",
      "[9.000000] (w-2) a is to be sent back to the queue since its worker leaves, attempt 1 of 1",
      "[9.100000] (w-2) a stopped attempt 1, as told",
      "[9.200000] (w-2) a sent back to the queue since its worker leaves, attempt 1 of 1",
    ]);
  });

  test("a time limit counts running time only: that on its worker", () => {
    const tasks = [{ ...BASE.tasks![0]!, timeout: "7s" }, BASE.tasks![1]!];
    expect(about("a", log([], { tasks })).slice(4, 6)).toEqual([
      "[7.000000] (w) a runs again, as told, attempt 1 of 1",
      "[9.500000] (w) a ended on its worker at its time limit, attempt 1 of 1", // 4.5 s and 2.5 s
    ]);
  });

  test("a victim that its client cancels meanwhile is so, and no order brings it back", () => {
    const actions = [{ at: "4550ms", cancel: "a" }];
    expect(log([], { actions }).slice(0, 5)).toEqual([
      chosen,
      "[4.550000] (w) a cancelled by its client, attempt 1 of 1",
      "[4.550000] (w) b started, attempt 1 of 1",
      "[4.600000] (w) a waits on its worker, as told, attempt 1 of 1",
      "[4.650000] (w) a stopped attempt 1, as told",
    ]);
    const confirmed = { scheduler: { ...BASE.scheduler, cancel: "confirmed" as const }, actions: [{ at: "5s", cancel: "a" }] };
    expect(about("a", log([], confirmed)).slice(2)).toEqual([
      "[4.700000] (w) a suspended to make room, attempt 1 of 1",
      "[5.000000] (w) a is to be cancelled, its client asks, attempt 1 of 1",
      "[5.100000] (w) a stopped attempt 1, as told",
      "[5.200000] (w) a cancelled by its client, attempt 1 of 1",
    ]);
  });

  test("what is suspended keeps its memory: nobody gets that, and it goes on where it is", () => {
    const cluster = { workers: [{ id: "w", cpu: 1, memory: "4GiB" }] };
    const memory = (amount: string, i: number) => ({ ...BASE.tasks![i]!, memory: amount });
    const both = [memory("3GiB", 0), memory("1GiB", 1)];
    expect(log([], { cluster, tasks: both }).slice(2, 4)).toEqual([
      "[4.700000] (w) a suspended to make room, attempt 1 of 1",
      "[4.700000] (w) b started, attempt 1 of 1",
    ]);
    const lines = [...schedulerLog(run("folded", [], { cluster, tasks: [memory("3GiB", 0), memory("2GiB", 1)] }))].join("");
    expect(lines).not.toContain("make room");
  });

  test("on its worker too: what needs that memory begins when it is free there, though the scheduler has given the other up before", () => {
    const cluster = { workers: [{ id: "w", cpu: 1, memory: "4GiB" }] };
    const needing = (index: number, memory: string) => ({ ...BASE.tasks![index]!, memory });
    const tasks = [needing(0, "3GiB"), needing(1, "1GiB"), { id: "c", duration: "1s", memory: "2GiB", priority: 3, release: "5s" }];
    const lost: Faults[number] = { kind: "message-loss", messages: ["stop"], at: "5s", for: "3500ms" };
    expect(log([lost], { cluster, tasks, actions: [{ at: "5200ms", cancel: "a" }] }).slice(7)).toEqual([
      "[5.200000] (w) a cancelled by its client, attempt 1 of 1",
      "[6.800000] (w) b ended on its worker, attempt 1 of 1",
      "[6.900000] (w) b finished, attempt 1 of 1",
      "[6.900000] (w) c started, attempt 1 of 1",
      "[8.500000] (w) link works again",
      "[9.200000] (w) a stopped attempt 1, as told", // for the heartbeat of 9 s
      "[9.200000] (w) c began, attempt 1 of 1",
      "[10.200000] (w) c ended on its worker, attempt 1 of 1",
      "[10.300000] (w) c finished, attempt 1 of 1",
    ]);
  });

  test("a heartbeat tells what was so when it was sent", () => {
    const tasks = [BASE.tasks![0]!, { ...BASE.tasks![1]!, release: "4950ms" }];
    expect(log([], { tasks }).slice(1, 3)).toEqual([
      "[5.050000] (w) a waits on its worker, as told, attempt 1 of 1",
      "[5.150000] (w) a suspended to make room, attempt 1 of 1", // the heartbeat of 5 s arrives before that
    ]);
  });

  test("on its worker it goes on when there is room: what was to stop there first may not have read that", () => {
    const tasks = [...BASE.tasks!.map((task) => (task.id === "b" ? { ...task, duration: "9s" } : task))];
    const lost: Faults[number] = { kind: "message-loss", messages: ["stop"], at: "5s", for: "1s" };
    expect(log([lost], { tasks, actions: [{ at: "5200ms", cancel: "b" }] }).slice(4)).toEqual([
      "[4.800000] (w) b began, attempt 1 of 1",
      "[5.000000] (w) link is losing messages",
      "[5.200000] (w) b cancelled by its client, attempt 1 of 1",
      "[5.200000] (w) a goes on, attempt 1 of 1", // its order arrives at 5.3 s, and b is there
      "[6.000000] (w) link works again",
      "[6.200000] (w) b stopped attempt 1, as told", // for the heartbeat of 6 s
      "[6.200000] (w) a runs again, as told, attempt 1 of 1",
      "[11.700000] (w) a ended on its worker, attempt 1 of 1",
      "[11.800000] (w) a finished, attempt 1 of 1",
    ]);
  });

  test("turns are taken over a network too", () => {
    const scheduler = { ...BASE.scheduler, policy: { name: "time-slice", quantum: "2s" } };
    const tasks = [
      { id: "a", duration: "3s" },
      { id: "b", duration: "3s" },
    ];
    expect(log([], { scheduler, tasks })).toEqual([
      "[2.000000] (w) a is to make room, attempt 1 of 1",
      "[2.100000] (w) a waits on its worker, as told, attempt 1 of 1", // after 2 s
      "[2.200000] (w) a suspended to make room, attempt 1 of 1",
      "[2.200000] (w) b started, attempt 1 of 1",
      "[2.300000] (w) b began, attempt 1 of 1",
      "[4.200000] (w) b is to make room, attempt 1 of 1",
      "[4.300000] (w) b waits on its worker, as told, attempt 1 of 1",
      "[4.400000] (w) b suspended to make room, attempt 1 of 1",
      "[4.400000] (w) a goes on, attempt 1 of 1",
      "[4.500000] (w) a runs again, as told, attempt 1 of 1",
      "[5.500000] (w) a ended on its worker, attempt 1 of 1",
      "[5.600000] (w) a finished, attempt 1 of 1",
      "[5.600000] (w) b goes on, attempt 1 of 1",
      "[5.700000] (w) b runs again, as told, attempt 1 of 1",
      "[6.700000] (w) b ended on its worker, attempt 1 of 1",
      "[6.800000] (w) b finished, attempt 1 of 1",
    ]);
  });
});

test("without latency or loss, where only a link is disturbed at another time, times are those of messages that arrive at once", () => {
  const ends = (trace: Trace) => [...schedulerLog(trace)].join("").match(/\[.*finished.*/g);
  const later = { kind: "clog", at: "20s", for: "1s" } as const;
  const network = { latency: 0, detail: "folded" as const };
  const far = run("folded", [later], { network });
  const { network: _, ...near } = { ...BASE, network };
  const { trace } = simulate(defineScenario(near), { storeTrace: true });
  expect(ends(far)).toEqual(ends(trace));
  expect(ends(far)).toEqual(["[6.500000] (w) b finished, attempt 1 of 1", "[12.000000] (w) a finished, attempt 1 of 1"]);
});
