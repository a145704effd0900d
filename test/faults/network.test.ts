// A network between the scheduler and its workers: when messages arrive, what becomes of those that do not, and who notices.
import { describe, expect, test } from "vitest";
import { scenarioFiles } from "../../src/files/write-scenario.ts";
import { compare, defineScenario, judge, loadScenario, type ScenarioInput, simulate } from "../../src/index.ts";
import { Network } from "../../src/cluster/network.ts";
import { IDEAL_LINK, type LinkQuality, MessageFate, MessageKind } from "../../src/model/network.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { temporaryFolders } from "../files/temporary-folder.ts";

const folder = temporaryFolders();

type Faults = NonNullable<ScenarioInput["faults"]>;

const BASE: ScenarioInput = {
  name: "far",
  cluster: { workers: [{ id: "w", count: 2, cpu: 1, labels: { zone: "a" } }] },
  scheduler: { heartbeat: { interval: "1s", timeout: "3s" }, lease: "6s" },
  tasks: [{ id: "a", duration: "10s" }],
  network: { latency: "100ms" },
};

function log(faults: Faults, more: Partial<ScenarioInput> = {}): string[] {
  const { trace } = simulate(defineScenario({ ...BASE, ...more, faults }), { storeTrace: true });
  return [...schedulerLog(trace)].join("").split("\n").slice(0, -1);
}

describe("transcripts", () => {
  test("a start and an end take their time to arrive", () => {
    expect(log([])).toEqual([
      "[0.000000] (scheduler) a submitted",
      "[0.000000] (w-1) a started, attempt 1 of 1",
      "[0.100000] (w-1) a began, attempt 1 of 1",
      "[10.100000] (w-1) a ended on its worker, attempt 1 of 1",
      "[10.200000] (w-1) a finished, attempt 1 of 1",
    ]);
  });

  test("a fault anchored to an attempt strikes by the work done on the worker, from when it began there", () => {
    const faults: Faults = [{ kind: "crash", worker: "its", when: { task: "a", progress: 0.5 }, restart: "1s" }];
    expect(log(faults).slice(2, 6)).toEqual([
      "[0.100000] (w-1) a began, attempt 1 of 1",
      "[5.100000] (w-1) a comes to where a fault is anchored, attempt 1 of 1",
      "[5.100000] (w-1) crashed, incarnation 1",
      "[6.200000] (scheduler) w-1 registered, incarnation 2",
    ]);
  });

  test("a worker that is cut off stops by its own clock, and its task starts elsewhere when the lease is over here; later it is heard again", () => {
    expect(log([{ kind: "partition", worker: "w-1", at: "2500ms", for: "10s" }]).slice(3)).toEqual([
      "[2.500000] (w-1) link is cut from here, cut to here",
      "[5.100000] (scheduler) w-1 suspected, nothing heard of it", // the heartbeat of 2 s arrived at 2.1 s
      "[8.000000] (w-1) a ended on its worker, for its lease is over, attempt 1 of 1", // it was renewed by the answer to that heartbeat
      "[8.100001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[8.100001] (w-2) a started, attempt 2 of 2",
      "[8.200001] (w-2) a began, attempt 2 of 2",
      "[12.500000] (w-1) link works again",
      "[13.100000] (scheduler) w-1 heard again",
      "[18.200001] (w-2) a ended on its worker, attempt 2 of 2",
      "[18.300001] (w-2) a finished, attempt 2 of 2",
    ]);
  });

  test("cut one way: the scheduler hears the worker, which hears nothing, and stops what it cannot renew", () => {
    expect(log([{ kind: "partition", worker: "w-1", direction: "to-worker", at: "2500ms", for: "10s" }]).slice(3)).toEqual([
      "[2.500000] (w-1) link is cut to here",
      "[8.000000] (w-1) a ended on its worker, for its lease is over, attempt 1 of 1",
      "[8.100000] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[8.100000] (w-2) a started, attempt 2 of 2",
      "[8.200000] (w-2) a began, attempt 2 of 2",
      "[12.500000] (w-1) link works again",
      "[18.200000] (w-2) a ended on its worker, attempt 2 of 2",
      "[18.300000] (w-2) a finished, attempt 2 of 2",
    ]);
  });

  test("a start that is lost is sent again when a heartbeat that was sent later does not know of it", () => {
    expect(log([{ kind: "lost-dispatch", worker: "w-1", at: "0s", for: "1500ms" }]).slice(2)).toEqual([
      "[0.000000] (w-1) a started, attempt 1 of 1",
      "[1.500000] (w-1) link works again",
      "[2.200000] (w-1) a began, attempt 1 of 1", // the heartbeat of 1 s arrived in vain, that of 2 s at 2.1 s
      "[12.200000] (w-1) a ended on its worker, attempt 1 of 1",
      "[12.300000] (w-1) a finished, attempt 1 of 1",
    ]);
  });

  test("what a client sends back goes to the queue when its worker has answered, or its lease is over: no attempt runs beside another", () => {
    const more: Partial<ScenarioInput> = { actions: [{ at: "2s", cancel: "a", requeue: true }] };
    expect(log([], more).slice(3, 8)).toEqual([
      "[2.000000] (w-1) a is to be sent back to the queue by its client, attempt 1 of 1",
      "[2.100000] (w-1) a stopped attempt 1, as told",
      "[2.200000] (w-1) a sent back to the queue by its client, attempt 1 of 1",
      "[2.200000] (w-1) a started, attempt 2 of 2",
      "[2.300000] (w-1) a began, attempt 2 of 2",
    ]);
    const cut: Faults = [{ kind: "partition", worker: "w-1", at: "1500ms", for: "20s" }];
    expect(log(cut, more).slice(5, 10)).toEqual([
      "[4.100000] (scheduler) w-1 suspected, nothing heard of it",
      "[7.000000] (w-1) a ended on its worker, for its lease is over, attempt 1 of 1",
      "[7.100001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[7.100001] (w-2) a started, attempt 2 of 2",
      "[7.200001] (w-2) a began, attempt 2 of 2",
    ]);
    const suspicion = { ...more, scheduler: { ...BASE.scheduler, requeue: "suspicion" as const } };
    expect(log([], suspicion).slice(3, 5)).toEqual([
      "[2.000000] (w-1) a sent back to the queue by its client, attempt 1 of 1",
      "[2.000000] (w-1) a started, attempt 2 of 2",
    ]);
  });

  test("an end that is lost is told again until it is answered; an answer that is lost changes nothing", () => {
    expect(log([{ kind: "lost-completion", at: "9s", for: "2500ms" }]).slice(3)).toEqual([
      "[9.000000] (w-1) link is losing messages",
      "[9.000000] (w-2) link is losing messages",
      "[10.100000] (w-1) a ended on its worker, attempt 1 of 1",
      "[11.500000] (w-1) link works again",
      "[11.500000] (w-2) link works again",
      "[12.100000] (w-1) a finished, attempt 1 of 1", // told again at 12 s, an interval or more after 10.1 s and 11.1 s
    ]);
    const more = {
      tasks: [
        { id: "a", duration: "10s" },
        { id: "b", duration: "4s", dependencies: ["a"] },
      ],
    };
    const told = log([{ kind: "lost-answer", at: "9s", for: "4s" }], more).filter((line) => line.includes(" a "));
    expect(told.slice(-2)).toEqual([
      "[10.100000] (w-1) a ended on its worker, attempt 1 of 1",
      "[10.200000] (w-1) a finished, attempt 1 of 1",
    ]);
  });

  test("what was sent before a cut arrives all the same where that is said, and what is sent during one does not, though it is over by then", () => {
    const faults: Faults = [{ kind: "partition", worker: "w-1", at: "10150ms", for: "100ms" }];
    expect(log(faults).slice(3)).toEqual([
      "[10.100000] (w-1) a ended on its worker, attempt 1 of 1",
      "[10.150000] (w-1) link is cut from here, cut to here",
      "[10.250000] (w-1) link works again",
      "[12.100000] (w-1) a finished, attempt 1 of 1", // the end of 10.1 s would have arrived at 10.2 s; told again at 12 s, an interval or more later
    ]);
    const network = { latency: "100ms", inFlight: "deliver" } as const;
    expect(log(faults, { network }).slice(4)).toEqual([
      "[10.150000] (w-1) link is cut from here, cut to here",
      "[10.200000] (w-1) a finished, attempt 1 of 1",
    ]);
    const before: Faults = [{ kind: "partition", worker: "w-1", at: "10050ms", for: "100ms" }];
    const told = (more: Partial<ScenarioInput>) => log(before, more).find((line) => line.includes("finished"));
    expect(told({})).toBe("[10.200000] (w-1) a finished, attempt 1 of 1"); // sent at 10.1 s, during the cut; it arrives after it
    expect(told({ network })).toBe("[12.100000] (w-1) a finished, attempt 1 of 1");
  });

  test("what is clogged arrives when that is over, in its order", () => {
    expect(log([{ kind: "clog", worker: "w-1", at: "9500ms", for: "2s" }]).slice(3)).toEqual([
      "[9.500000] (w-1) link is clogged",
      "[10.100000] (w-1) a ended on its worker, attempt 1 of 1",
      "[11.500000] (w-1) link works again",
      "[11.500000] (w-1) a finished, attempt 1 of 1",
    ]);
  });

  test("a worker that restarts registers again and again until it is answered", () => {
    const faults: Faults = [
      { kind: "crash", worker: "w-1", at: "2500ms", restart: "1s" },
      { kind: "message-loss", worker: "w-1", messages: ["register"], at: "3s", for: "2s" },
    ];
    expect(log(faults).slice(3, 10)).toEqual([
      "[2.500000] (w-1) crashed, incarnation 1",
      "[3.000000] (w-1) link is losing messages",
      "[5.000000] (w-1) link works again",
      "[5.100000] (scheduler) w-1 suspected, nothing heard of it",
      "[5.600000] (scheduler) w-1 registered, incarnation 2", // sent at 3.5 s, 4.5 s and 5.5 s
      "[5.600000] (w-1) a sent back to the queue since its worker has restarted, attempt 1 of 1",
      "[5.600000] (scheduler) w-1 heard again",
    ]);
  });
});

test.each<[Faults[number]]>([
  [{ kind: "message-loss", at: "5s", probability: 1 }],
  [{ kind: "message-loss", at: "5s", probability: 1, messages: ["start"] }],
  [{ kind: "lost-dispatch", at: 0 }],
  [{ kind: "partition", at: "5s" }],
  [{ kind: "partition", at: 0, direction: "to-worker" }],
  [{ kind: "message-loss", at: "5s", messages: ["ended"] }],
  [{ kind: "message-delay", at: "5s", by: "20s" }],
])("what waits for messages that are lost for ever ends the run, folded or message by message at the same time: %j", (fault) => {
  const tasks = ["a", "b", "c"].map((id) => ({ id, duration: "30s" }));
  const [folded, single] = ["folded", "messages"].map((detail) => {
    const network = { ...BASE.network, detail: detail as "folded" };
    const { ending, digest, summary } = simulate(defineScenario({ ...BASE, network, tasks, faults: [fault] }));
    return { ending, digest, summary };
  });
  expect(folded?.ending.kind).toBe("starved");
  expect(folded?.ending.message).toMatch(/unfinished and nothing is due|unfinished, and nothing comes of the messages/);
  expect(single).toEqual(folded);
});

describe("folded and message by message, the same at the same time", () => {
  function both(scenario: ScenarioInput): string[] {
    const [folded, single] = (["folded", "messages"] as const).map((detail) => {
      const { trace, ending, summary } = simulate(defineScenario({ ...scenario, network: { ...scenario.network, detail } }), {
        storeTrace: true,
      });
      expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
      return { log: [...schedulerLog(trace)].join("").split("\n").slice(0, -1), ending, summary };
    });
    expect(single).toEqual(folded);
    return folded?.log ?? [];
  }

  test("a worker that goes down before its first heartbeat has arrived was never heard", () => {
    const faults: Faults = [{ kind: "crash", worker: "w-1", at: "151ms" }];
    expect(both({ ...BASE, network: { latency: "300ms" }, faults })).toContain("[3.000000] (scheduler) w-1 suspected, nothing heard of it");
  });

  test("a run in which nothing fits any more ends when that is so", () => {
    const tasks = [{ id: "a", duration: "20s", cpu: 2 }];
    const cluster = { workers: [{ id: "w", cpu: 2 }] };
    const log = both({ cluster, tasks, faults: [{ kind: "shrink", cpu: 1, at: "16500ms" }] });
    expect(log.at(-1)).toMatch(/^\[16.500000\]/);
  });

  test("a worker that joins while it is paused registers when that is over", () => {
    const actions = [{ at: "2s", join: { id: "late" } }];
    const log = both({ ...BASE, actions, faults: [{ kind: "pause", worker: "late", at: "1s", for: "5s" }] });
    expect(log.filter((line) => line.includes("late"))).toEqual(["[6.100000] (scheduler) late registered, incarnation 1"]);
  });

  test("a worker shrinks as soon as what is to stop there has: no start comes between", () => {
    const scenario: ScenarioInput = {
      cluster: { workers: [{ id: "w", cpu: 2 }] },
      scheduler: { cancel: "confirmed" },
      network: { latency: "1s" },
      tasks: [
        { id: "a", duration: "30s" },
        { id: "b", duration: "30s" },
        { id: "c", duration: "9s" },
      ],
      actions: [
        { at: "6s", cancel: "a" },
        { at: "6500ms", shrink: "w", cpu: 1 },
      ],
    };
    const log = both(scenario);
    expect(log.filter((line) => line.startsWith("[8.000000]"))).toHaveLength(2);
    expect(log).toContain("[32.000000] (w) c started, attempt 1 of 1"); // when b has ended
  });
});

describe("what a message draws", () => {
  const lossy: LinkQuality = {
    ...IDEAL_LINK,
    latency: { distribution: "exponential", mean: 1000 },
    loss: 0.2,
    duplicate: 0.1,
    reorder: true,
  };

  test("losses, duplicates and delays come as often and are as long as asked", () => {
    const network = new Network({ seed: "7", links: [lossy], detail: "folded", inFlight: "drop" });
    const count = 20_000;
    let [lost, doubled, sum] = [0, 0, 0];
    for (let attempt = 1; attempt <= count; attempt++) {
      network.send({ kind: MessageKind.start, worker: 0, high: 1, low: 2, count: attempt, repeat: 0 }, 0);
      if (Number.isNaN(network.first)) lost += 1;
      else sum += network.first;
      if (!Number.isNaN(network.second)) doubled += 1;
    }
    const within = (observed: number, p: number, n: number) =>
      expect(Math.abs(observed - p * n)).toBeLessThan(4 * Math.sqrt(n * p * (1 - p)));
    within(lost, 0.2, count);
    within(doubled, 0.1, count - lost);
    expect(Math.abs(sum / (count - lost) - 1000)).toBeLessThan((4 * 1000) / Math.sqrt(count - lost));
  });

  test("is the message's own: others sent before, or another seed of the policy, change nothing", () => {
    const arrivals = (others: number) => {
      const network = new Network({ seed: "7", links: [lossy], detail: "folded", inFlight: "drop" });
      for (let i = 0; i < others; i++) network.send({ kind: MessageKind.stop, worker: 0, high: 5, low: i, count: 1, repeat: 0 }, 0);
      return Array.from({ length: 50 }, (_, i) => {
        network.send({ kind: MessageKind.start, worker: 0, high: 1, low: i, count: 1, repeat: 0 }, 0);
        return [network.first, network.second];
      });
    };
    expect(arrivals(13)).toEqual(arrivals(0));
  });

  test("messages keep their order unless they may overtake one another", () => {
    const overtakes = (reorder: boolean) => {
      const network = new Network({ seed: "7", links: [{ ...lossy, loss: 0, duplicate: 0, reorder }], detail: "folded", inFlight: "drop" });
      const arrivals = Array.from({ length: 200 }, (_, i) => {
        network.send({ kind: MessageKind.start, worker: 0, high: 1, low: i, count: 1, repeat: 0 }, i * 100);
        return network.first;
      });
      return arrivals.filter((time, i) => time < (arrivals[i - 1] ?? 0)).length;
    };
    expect(overtakes(false)).toBe(0);
    expect(overtakes(true)).toBeGreaterThan(20);
  });
});

describe("a network in a scenario", () => {
  const FLAKY: ScenarioInput = {
    ...BASE,
    tasks: Array.from({ length: 30 }, (_, i) => ({ id: `t${i}`, duration: "2s", retries: 1 })),
    network: {
      latency: { distribution: "lognormal", mean: "50ms", cv: 2 },
      loss: 0.05,
      duplicate: 0.05,
      links: [
        { where: { zone: "a" }, reorder: true },
        { worker: "w-2", latency: "200ms" },
      ],
    },
    faults: [
      { kind: "partition", mtbf: "20s", mttr: "2s" },
      { kind: "crash", worker: "w-2", at: "5050ms", restart: "1s" },
      { kind: "message-loss", messages: ["heartbeat", "ended"], probability: 0.5, mtbf: "20s", mttr: "5s" },
      { kind: "message-delay", by: "300ms", worker: "w-1", at: "10s", for: "5s" },
      { kind: "message-duplication", probability: 0.3, at: "10s", for: "5s" },
      { kind: "message-reordering", direction: "to-worker", at: "1s" },
    ],
  };

  test("the seed of the network alone changes what messages draw; all is repeated by its seed", () => {
    const scenario = defineScenario(FLAKY);
    const digest = (seeds: object) => simulate(scenario, { seed: "1", seeds }).digest;
    expect(digest({ network: "2" })).not.toBe(digest({}));
    expect(digest({ network: "2" })).toBe(digest({ network: "2" }));
  });

  test("is written as it was read, faults and all", async () => {
    const scenario = defineScenario({ ...FLAKY, network: { ...FLAKY.network, inFlight: "deliver" } });
    const directory = folder({});
    const [file] = scenarioFiles("far.yaml", scenario);
    const path = `${directory}/far.yaml`;
    (await import("node:fs")).writeFileSync(path, [file?.parts ?? ""].flat().join(""));
    const again = await loadScenario(path);
    expect(again.network).toMatchObject({ inFlight: "deliver" });
    for (const seed of ["1", "2"]) expect(simulate(again, { seed }).digest).toBe(simulate(scenario, { seed }).digest);
  });

  test("every policy meets the same, and every task ends", async () => {
    const { runs } = await compare(defineScenario(FLAKY), { policies: ["fcfs", "sjf"], seeds: "1..4" });
    for (const { completed, failed, unfinished } of runs) expect([completed, failed, unfinished]).toEqual([30, 0, 0]);
  });

  test("messages are recorded where that is asked for, and change nothing", () => {
    const quiet = simulate(defineScenario(FLAKY), { storeTrace: true });
    const told = simulate(defineScenario({ ...FLAKY, network: { ...FLAKY.network, detail: "messages" } }), { storeTrace: true });
    expect(told.digest).toBe(quiet.digest);
    expect(quiet.trace.messages).toBeUndefined();
    const fates = new Set(told.trace.messages?.map(({ fate }) => fate));
    expect([...fates].sort((a, b) => a - b)).toEqual(Object.values(MessageFate));
  });

  test.each<[string, Partial<ScenarioInput>, RegExp]>([
    [
      "a lease that no answer can renew",
      { network: { latency: "3s" } },
      /leases end before an answer can renew them: scheduler.lease must be above 7 s/,
    ],
    [
      "heartbeats that arrive too late",
      { network: { latency: "3s" }, scheduler: { lease: "1m", heartbeat: { timeout: "2s" } } },
      /every worker is suspected before a heartbeat can arrive/,
    ],
    ["a probability beyond 1", { network: { loss: 1.5 } }, /loss 1.5 is not a number of at least 0 and at most 1/],
    ["a worker that is not there", { network: { links: [{ worker: "w-3", loss: 1 }] } }, /worker "w-3" is not there; did you mean "w-1"\?/],
    [
      "a kind of message that there is not",
      { faults: [{ kind: "message-loss", messages: ["heartbeats" as "heartbeat"], at: "1s" }] },
      /"heartbeats" is not known; did you mean "heartbeat"\?/,
    ],
    [
      "messages that go the other way",
      { faults: [{ kind: "message-loss", direction: "from-worker", messages: ["start", "ended", "resized"], at: "1s" }] },
      /messages start, resized: direction from-worker never strikes what goes to-worker; that direction has register, heartbeat, started, ended, stopped, suspended, resize/,
    ],
    [
      "messages that go the other way, by chance",
      { faults: [{ kind: "message-delay", by: 1, direction: "to-worker", messages: ["heartbeat"], mtbf: 9, mttr: 1 }] },
      /messages heartbeat: direction to-worker never strikes what goes from-worker; that direction has registered, heard, start, stop, noted, suspend, proceed, resized/,
    ],
    ["a delay without its length", { faults: [{ kind: "message-delay", at: "1s" }] }, /fault message-delay needs by/],
    ["a direction of a crash", { faults: [{ kind: "crash", direction: "both", at: "1s" }] }, /fault crash takes no direction/],
  ])("refuses %s", (_what, more, message) => {
    expect(() => simulate(defineScenario({ ...BASE, ...more }))).toThrow(message);
  });

  test("a run that can go no further ends, though heartbeats go on", () => {
    const stuck = defineScenario({
      ...BASE,
      cluster: {
        workers: [
          { id: "w", cpu: 1 },
          { id: "v", cpu: 2 },
        ],
      },
      tasks: [{ id: "a", duration: "2s", cpu: 2 }],
      faults: [{ kind: "partition", worker: "v", at: "500ms" }],
    });
    expect(simulate(stuck).ending).toMatchObject({ kind: "starved", exitCode: 5 });
  });
});
