// Workers that leave where a network lies between: they are told, refuse what they read after that, and go when they are told that they may.
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate, type TracedResult } from "../../src/index.ts";
import { MessageFate, MessageKind } from "../../src/model/network.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;
type Actions = NonNullable<ScenarioInput["actions"]>;

const BASE: ScenarioInput = {
  name: "far leaving",
  cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
  scheduler: { policy: "first-fit", heartbeat: { interval: "1s", timeout: "3s" }, lease: "6s" },
  tasks: [
    { id: "a", duration: "10s" },
    { id: "b", duration: "10s" },
    { id: "c", duration: "3s" },
  ],
};

/** What is taken back may run anywhere else at once. */
const AT_ONCE: Partial<ScenarioInput> = { scheduler: { ...BASE.scheduler, requeue: "suspicion" } };

const LEAVES: Actions[number] = { at: "2s", leave: "w-1" };

/** One run with each message by itself, which the folded one is like, and in which nothing is broken. */
function run(actions: Actions, faults: Faults = [], more: Partial<ScenarioInput> = {}): TracedResult {
  const of = (detail: "folded" | "messages") => {
    const scenario = defineScenario({ ...BASE, ...more, network: { latency: "100ms", ...more.network, detail }, actions, faults });
    const result = simulate(scenario, { storeTrace: true });
    expect(judge(result.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
    return result;
  };
  const [folded, each] = [of("folded"), of("messages")];
  expect([...each.trace.entries]).toEqual([...folded.trace.entries]);
  expect(each.ending).toEqual(folded.ending);
  return each;
}

/** Its log from a line on, but for what is said of the links. */
function log(from: string, ...[actions, faults, more]: Parameters<typeof run>): string[] {
  const lines = [...schedulerLog(run(actions, faults, more).trace)].join("").split("\n").slice(0, -1);
  return lines.slice(lines.findIndex((line) => line.startsWith(from))).filter((line) => !line.includes(") link "));
}

/** What became of the orders to drain, with their times in seconds. */
function orders(...of: Parameters<typeof run>): string[] {
  const names = Object.fromEntries(Object.entries(MessageFate).map(([name, fate]) => [fate, name]));
  const messages = run(...of).trace.messages?.filter(({ kind }) => kind === MessageKind.drain) ?? [];
  return messages.map(({ fate, time }) => `${names[fate]} ${time / 1e6}`);
}

const lost = (messages: ("drain" | "start" | "stop")[], from: string, to: number): Faults[number] => ({
  kind: "message-loss",
  messages,
  at: from,
  for: `${to - Number.parseFloat(from)}s`,
});

describe("the order to drain", () => {
  test("what runs there goes on, and when the scheduler knows that it has ended, the worker may go", () => {
    expect(log("[2.", [LEAVES]).slice(0, 8)).toEqual([
      "[2.000000] (scheduler) w-1 is to leave, and takes nothing more",
      "[10.100000] (w-1) a ended on its worker, attempt 1 of 1",
      "[10.100000] (w-2) b ended on its worker, attempt 1 of 1",
      "[10.200000] (w-1) a finished, attempt 1 of 1",
      "[10.200000] (scheduler) w-1 left",
      "[10.200000] (w-2) b finished, attempt 1 of 1",
      "[10.200000] (w-2) c started, attempt 1 of 1",
      "[10.300000] (w-1) is gone, as told",
    ]);
    expect(orders([LEAVES])).toEqual(["sent 2", "delivered 2.1", "sent 10.2", "delivered 10.3"]);
  });

  test("of a worker with nothing on it, that it may go is all that it is told", () => {
    const more: Partial<ScenarioInput> = { tasks: [{ id: "a", duration: "10s" }] };
    expect(log("[2.", [{ ...LEAVES, leave: "w-2" }], [], more).slice(0, 3)).toEqual([
      "[2.000000] (scheduler) w-2 is to leave, and takes nothing more",
      "[2.000000] (scheduler) w-2 left",
      "[2.100000] (w-2) is gone, as told",
    ]);
    expect(orders([{ ...LEAVES, leave: "w-2" }], [], more)).toEqual([
      "sent 2",
      "sent 2.1", // for a heartbeat that was under way
      "delivered 2.1",
      "undeliverable 2.2",
    ]);
  });

  test("at the limit what runs there is taken back, and goes back to the queue when the worker has answered that it has stopped", () => {
    expect(log("[5.", [{ ...LEAVES, limit: "3s" }]).slice(0, 5)).toEqual([
      "[5.000000] (w-1) a is to be sent back to the queue since its worker leaves, attempt 1 of 1",
      "[5.100000] (w-1) a stopped attempt 1, as told",
      "[5.200000] (w-1) a sent back to the queue since its worker leaves, attempt 1 of 1",
      "[5.200000] (scheduler) w-1 left",
      "[5.300000] (w-1) is gone, as told",
    ]);
  });

  test("the order to stop is repeated for a heartbeat that still tells of the attempt", () => {
    expect(log("[5.", [{ ...LEAVES, limit: "3s" }], [lost(["stop"], "4.9s", 5.05)]).slice(1, 3)).toEqual([
      "[5.200000] (w-1) a stopped attempt 1, as told", // told at 5.1 s, for the heartbeat of 5 s
      "[5.300000] (w-1) a sent back to the queue since its worker leaves, attempt 1 of 1",
    ]);
  });

  test("of a worker that does not answer, what is taken back goes back when its lease is over; what ends first has ended", () => {
    const cut: Faults = [{ kind: "partition", worker: "w-1", at: "4500ms", for: "30s" }];
    expect(log("[7.", [{ ...LEAVES, limit: "3s" }], cut).slice(0, 4)).toEqual([
      "[7.100000] (scheduler) w-1 suspected, nothing heard of it", // the heartbeat of 4 s arrived last, at 4.1 s
      "[10.000000] (w-1) a ended on its worker, for its lease is over, attempt 1 of 1",
      "[10.100000] (w-2) b ended on its worker, attempt 1 of 1",
      "[10.100001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
    ]);
    const late = log("[10.", [{ ...LEAVES, limit: "8050ms" }]);
    expect(late.slice(0, 5)).toEqual([
      "[10.050000] (w-1) a is to be sent back to the queue since its worker leaves, attempt 1 of 1",
      "[10.100000] (w-1) a ended on its worker, attempt 1 of 1",
      "[10.100000] (w-2) b ended on its worker, attempt 1 of 1",
      "[10.200000] (w-1) a finished, attempt 1 of 1", // the order to stop was sent at 10.05 s
      "[10.200000] (scheduler) w-1 left",
    ]);
  });

  test("where attempts are given up at suspicions, what is taken back goes back at once", () => {
    expect(log("[5.", [{ ...LEAVES, limit: "3s" }], [], AT_ONCE).slice(0, 4)).toEqual([
      "[5.000000] (w-1) a sent back to the queue since its worker leaves, attempt 1 of 1",
      "[5.000000] (scheduler) w-1 left",
      "[5.100000] (w-1) a stopped attempt 1, as told",
      "[5.100000] (w-1) is gone, as told",
    ]);
  });

  test("it is repeated for a heartbeat that was sent after it and does not say that the worker has read it", () => {
    expect(orders([LEAVES], [lost(["drain"], "1.9s", 2.5)])).toEqual([
      "sent 2",
      "lost 2",
      "sent 3.1", // for the heartbeat of 3 s; that of 2 s was sent before it
      "delivered 3.2",
      "sent 10.2",
      "delivered 10.3",
    ]);
  });
});

test("where nothing lies between, it is read when it is sent, and nothing else is to tell", () => {
  const near: Partial<ScenarioInput> = { network: { latency: 0 } };
  expect(orders([LEAVES], [], near)).toEqual(["sent 2", "delivered 2", "sent 10", "delivered 10"]);
  expect(log("[10.", [LEAVES], [], near).slice(0, 2)).toEqual([
    "[10.000000] (w-1) a finished, attempt 1 of 1",
    "[10.000000] (scheduler) w-1 left",
  ]);
  const alone = simulate(defineScenario({ ...BASE, actions: [LEAVES] }));
  expect(run([LEAVES], [], near).digest).toBe(alone.digest);
});

describe("a start that is under way", () => {
  const late: Actions = [{ at: "10300ms", leave: "w-1", limit: "1m" }]; // c was sent to w-1 at 10.2 s
  const delayed = (by: string): Faults => [
    { kind: "message-delay", worker: "w-1", messages: ["start"], by, at: "10s", for: "1s" },
    { kind: "message-reordering", worker: "w-1", at: "10s", for: "5s" },
  ];

  test("counts where it is read before the order", () => {
    expect(log("[10.2", late).slice(2)).toEqual([
      "[10.200000] (w-1) c started, attempt 1 of 1",
      "[10.300000] (w-1) c began, attempt 1 of 1",
      "[10.300000] (scheduler) w-1 is to leave, and takes nothing more",
      "[13.300000] (w-1) c ended on its worker, attempt 1 of 1",
      "[13.400000] (w-1) c finished, attempt 1 of 1",
      "[13.400000] (scheduler) w-1 left",
    ]);
  });

  test("is refused where the order has overtaken it", () => {
    expect(log("[10.3", late, delayed("600ms")).slice(0, 8)).toEqual([
      "[10.300000] (scheduler) w-1 is to leave, and takes nothing more",
      "[10.900000] (w-1) c refused by its worker, which is to leave, attempt 1 of 1",
      "[11.000000] (w-1) c sent back to the queue since its worker leaves, attempt 1 of 1",
      "[11.000000] (scheduler) w-1 left",
      "[11.000000] (w-2) c started, attempt 2 of 2",
      "[11.100000] (w-1) is gone, as told",
      "[11.100000] (w-2) c began, attempt 2 of 2",
      "[14.100000] (w-2) c ended on its worker, attempt 2 of 2",
    ]);
  });

  test("is given up for a heartbeat that knows the order and not the start, be that late or lost", () => {
    const given = (faults: Faults) => log("[10.3", late, faults).slice(0, 7);
    const expected = [
      "[10.300000] (scheduler) w-1 is to leave, and takes nothing more",
      "[11.100000] (w-1) c sent back to the queue since its worker leaves, attempt 1 of 1", // sent at 11 s
      "[11.100000] (scheduler) w-1 left",
      "[11.100000] (w-2) c started, attempt 2 of 2",
      "[11.200000] (w-1) is gone, as told",
      "[11.200000] (w-2) c began, attempt 2 of 2",
      "[14.200000] (w-2) c ended on its worker, attempt 2 of 2",
    ];
    expect(given(delayed("2s"))).toEqual(expected);
    expect(given([lost(["start"], "10.1s", 11)])).toEqual(expected);
    expect(given(delayed("900ms")).slice(4, 6)).toEqual([
      "[11.200000] (w-1) c refused by its worker, which is to leave, attempt 1 of 2",
      "[11.200000] (w-1) is gone, as told",
    ]);
  });

  test("is not sent again: where the order is lost as well, that is repeated first", () => {
    expect(log("[10.3", late, [lost(["start", "drain"], "10.1s", 11.05)]).slice(1, 5)).toEqual([
      "[12.100000] (w-1) c sent back to the queue since its worker leaves, attempt 1 of 1", // told at 11.1 s, read at 11.2 s, said at 12 s
      "[12.100000] (scheduler) w-1 left",
      "[12.100000] (w-2) c started, attempt 2 of 2",
      "[12.200000] (w-1) is gone, as told",
    ]);
  });

  test("may be cancelled: that it does not run there is answered", () => {
    const scheduler = { ...BASE.scheduler, cancel: "confirmed" as const };
    const actions: Actions = [...late, { at: "10350ms", cancel: "c" }];
    expect(
      log("[10.35", actions, delayed("600ms"), { scheduler, tasks: [...BASE.tasks!, { id: "d", duration: "20s" }] }).slice(0, 4),
    ).toEqual([
      "[10.350000] (w-1) c is to be cancelled, its client asks, attempt 1 of 1",
      "[10.550000] (w-1) c cancelled by its client, attempt 1 of 1",
      "[10.550000] (scheduler) w-1 left",
      "[10.650000] (w-1) is gone, as told",
    ]);
  });
});

describe("that it may go", () => {
  test("is told once more for each heartbeat until it is read", () => {
    expect(log("[10.2", [LEAVES], [lost(["drain"], "10.1s", 11.6)]).slice(1, 6)).toEqual([
      "[10.200000] (scheduler) w-1 left",
      "[10.200000] (w-2) b finished, attempt 1 of 1",
      "[10.200000] (w-2) c started, attempt 1 of 1",
      "[10.300000] (w-2) c began, attempt 1 of 1",
      "[12.200000] (w-1) is gone, as told", // for the heartbeat of 12 s; for that of 11 s it was lost again
    ]);
  });

  test("stops what it still runs, where the order to stop was lost", () => {
    expect(log("[5.", [{ ...LEAVES, limit: "3s" }], [lost(["stop"], "4.9s", 6)], AT_ONCE).slice(0, 4)).toEqual([
      "[5.000000] (w-1) a sent back to the queue since its worker leaves, attempt 1 of 1",
      "[5.000000] (scheduler) w-1 left",
      "[5.100000] (w-1) a stopped attempt 1, as told",
      "[5.100000] (w-1) is gone, as told",
    ]);
  });

  test("its leases are not renewed meanwhile", () => {
    expect(log("[5.", [{ ...LEAVES, limit: "3s" }], [lost(["stop", "drain"], "4.9s", 15.5)], AT_ONCE).slice(0, 9)).toEqual([
      "[5.000000] (w-1) a sent back to the queue since its worker leaves, attempt 1 of 1",
      "[5.000000] (scheduler) w-1 left",
      "[10.000000] (w-1) a ended on its worker, for its lease is over, attempt 1 of 2", // the heartbeat of 4 s was answered last
      "[10.100000] (w-2) b ended on its worker, attempt 1 of 1",
      "[10.200000] (w-2) b finished, attempt 1 of 1",
      "[10.200000] (w-2) a started, attempt 2 of 2",
      "[10.300000] (w-2) a began, attempt 2 of 2",
      "[16.200000] (w-1) is gone, as told",
      "[20.300000] (w-2) a ended on its worker, attempt 2 of 2",
    ]);
  });

  test("a worker that crashes before it has read it registers again, and goes then", () => {
    const crash: Faults = [{ kind: "crash", worker: "w-1", at: "2050ms", restart: "2s" }];
    expect(log("[2.", [{ ...LEAVES, limit: 0 }], crash, AT_ONCE).slice(0, 5)).toEqual([
      "[2.000000] (scheduler) w-1 is to leave, and takes nothing more",
      "[2.000000] (w-1) a sent back to the queue since its worker leaves, attempt 1 of 1",
      "[2.000000] (scheduler) w-1 left",
      "[2.050000] (w-1) crashed, incarnation 1",
      "[4.250000] (w-1) is gone, as told",
    ]);
  });

  test("one that crashes while it drains is known again, and has left with that", () => {
    const crash: Faults = [{ kind: "crash", worker: "w-1", at: "4s", restart: "2s" }];
    expect(log("[4.", [LEAVES], crash).slice(0, 5)).toEqual([
      "[4.000000] (w-1) crashed, incarnation 1",
      "[6.100000] (scheduler) w-1 registered, incarnation 2",
      "[6.100000] (w-1) a sent back to the queue since its worker has restarted, attempt 1 of 1",
      "[6.100000] (scheduler) w-1 left",
      "[6.200000] (w-1) is gone, as told",
    ]);
  });

  test("faults strike a worker that has left until it has gone, and none after that", () => {
    const faults = (at: string): Faults => [
      { kind: "slow", worker: "w-1", at, for: "1s", speed: 0.5 },
      { kind: "pause", worker: "w-1", at: "10250ms", for: "2s" },
    ];
    expect(log("[10.25", [LEAVES], faults("11s")).slice(0, 5)).toEqual([
      "[10.250000] (w-1) paused",
      "[10.300000] (w-2) c began, attempt 1 of 1",
      "[11.000000] (w-1) runs at 0.5 of its speed",
      "[12.000000] (w-1) runs at full speed again",
      "[12.250000] (w-1) goes on",
    ]);
    expect(log("[12.25", [LEAVES], faults("12500ms"))).toEqual([
      "[12.250000] (w-1) goes on",
      "[12.250000] (w-1) is gone, as told",
      "[13.300000] (w-2) c ended on its worker, attempt 1 of 1",
      "[13.400000] (w-2) c finished, attempt 1 of 1",
    ]);
  });

  test("one that is to leave before its registration has come goes as well", () => {
    const actions: Actions = [
      { at: "4s", join: { id: "n" } },
      { at: "4050ms", leave: "n" },
    ];
    expect(log("[4.", actions).slice(0, 3)).toEqual([
      "[4.050000] (scheduler) n is to leave, and takes nothing more",
      "[4.050000] (scheduler) n left",
      "[4.150000] (n) is gone, as told",
    ]);
    expect(log("[4.", actions, [lost(["drain"], "4s", 4.08)]).slice(2, 3)).toEqual(["[4.200000] (n) is gone, as told"]); // it registered at 4 s
  });

  test("capacity counts until the scheduler has let it go", () => {
    const spent = (faults: Faults) => run([LEAVES], faults).summary["cpu_utilization"];
    expect(spent([])).toBeGreaterThan(0);
    expect(spent([lost(["drain"], "10.1s", 11.6)])).toBe(spent([]));
  });
});

test("what is suspended on a worker that drains goes on there", () => {
  const more: Partial<ScenarioInput> = {
    cluster: { workers: [{ id: "w-1", cpu: 1 }] },
    scheduler: { ...BASE.scheduler, policy: "preemptive-priority", preemption: { mode: "suspend" } },
    tasks: [
      { id: "a", duration: "10s", priority: 2 },
      { id: "b", duration: "5s", priority: 1, release: "1s" },
    ],
  };
  expect(log("[1.2", [LEAVES], [], more)).toEqual([
    "[1.200000] (w-1) a suspended to make room, attempt 1 of 1",
    "[1.200000] (w-1) b started, attempt 1 of 1",
    "[1.300000] (w-1) b began, attempt 1 of 1",
    "[2.000000] (scheduler) w-1 is to leave, and takes nothing more",
    "[6.300000] (w-1) b ended on its worker, attempt 1 of 1",
    "[6.400000] (w-1) b finished, attempt 1 of 1",
    "[6.400000] (w-1) a goes on, attempt 1 of 1",
    "[6.500000] (w-1) a runs again, as told, attempt 1 of 1",
    "[15.500000] (w-1) a ended on its worker, attempt 1 of 1", // it had run for 1 s
    "[15.600000] (w-1) a finished, attempt 1 of 1",
    "[15.600000] (scheduler) w-1 left", // and all is done: nobody waits for it to go
  ]);
});

test("a run in which nothing else is left goes on until a worker that hears has gone", () => {
  const more: Partial<ScenarioInput> = { tasks: [{ id: "d", duration: "1s", requires: { on: "w-1" }, release: "2500ms" }] };
  const cluster: ScenarioInput["cluster"] = { workers: [{ id: "w-1", labels: { on: "w-1" } }, { id: "w-2" }] };
  expect(log("[2.", [LEAVES], [lost(["drain"], "1.9s", 2.2)], { ...more, cluster })).toEqual([
    "[2.000000] (scheduler) w-1 is to leave, and takes nothing more",
    "[2.000000] (scheduler) w-1 left",
    "[2.500000] (scheduler) d submitted",
    "[3.200000] (w-1) is gone, as told", // for the heartbeat of 3 s
  ]);
});

describe("a worker that hears nothing for ever keeps no run alive", () => {
  const cluster = { workers: [{ id: "w-1", cpu: 2 }, { id: "w-2" }] };
  const scheduler = { ...AT_ONCE.scheduler, lease: "9s" };
  const tasks = [...BASE.tasks!, { id: "d", duration: "1s", cpu: 2, release: "3s" }]; // w-1 alone could hold it

  test.each([
    ["cut off", [{ kind: "partition", worker: "w-1", at: "1s" }]],
    ["cut off on the way there", [{ kind: "partition", worker: "w-1", direction: "to-worker", at: "1s" }]],
    ["cut off on the way back", [{ kind: "partition", worker: "w-1", direction: "from-worker", at: "1s" }, lost(["drain"], "1.9s", 2.1)]],
    ["behind a link that loses all that it is told", [{ kind: "message-loss", worker: "w-1", messages: ["drain"], at: "1s" }]],
    ["down", [{ kind: "crash", worker: "w-1", at: "2050ms" }]],
    ["paused", [{ kind: "pause", worker: "w-1", at: "2050ms" }]],
    [
      "restarted behind a cut",
      [
        { kind: "crash", worker: "w-1", at: "2050ms", restart: "1s" },
        { kind: "partition", worker: "w-1", direction: "to-worker", at: "2s" },
      ],
    ],
  ] as [string, Faults][])("%s", (_, faults) => {
    const ended = (latency: string) => run([{ ...LEAVES, limit: 0 }], faults, { cluster, scheduler, tasks, network: { latency } });
    const { ending, trace } = ended("100ms");
    expect(ending).toMatchObject({ kind: "starved", message: expect.stringContaining('no worker is left that could hold task "d"') });
    expect([...trace.entries].at(-1)?.time).toBeGreaterThan(20e6); // a, b and c run on w-2
    expect(ended("2500ms").ending.kind).toBe("starved"); // messages are always under way
  });
});
