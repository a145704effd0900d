// Workers that join and leave while a run goes on, as a scenario says it: who takes what, when they are gone, and what is counted.
import { describe, expect, test } from "vitest";
import { describeScenario } from "../../src/cli/scenario-description.ts";
import { scenarioFiles } from "../../src/files/write-scenario.ts";
import { compare, defineScenario, loadScenario, type ScenarioInput, Simulation, simulate } from "../../src/index.ts";
import { WorkerUsage } from "../../src/metrics/worker-usage.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { temporaryFolders } from "../files/temporary-folder.ts";

const folder = temporaryFolders();

type Actions = NonNullable<ScenarioInput["actions"]>;

const BASE: ScenarioInput = {
  name: "changing",
  cluster: { workers: [{ id: "w", count: 2, cpu: 1, labels: { rack: "r" } }] },
  scheduler: { policy: "first-fit", heartbeat: { interval: "1s", timeout: "3s" }, lease: "6s" },
  tasks: [
    { id: "a", duration: "10s" },
    { id: "b", duration: "10s" },
    { id: "c", duration: "10s" },
  ],
};

function run(actions: Actions, more: Partial<ScenarioInput> = {}) {
  return simulate(defineScenario({ ...BASE, ...more, actions }), { storeTrace: true });
}

/** The log but for submissions and the starts and ends of first attempts on w-2. */
function log(actions: Actions, more: Partial<ScenarioInput> = {}): string[] {
  const lines = [...schedulerLog(run(actions, more).trace)].join("").split("\n").slice(0, -1);
  return lines.filter((line) => !/ submitted$|\(w-2\) b (?:started|finished), attempt 1 of 1/.test(line));
}

const LEAVES = { at: "2s", leave: "w-1" };
const ONE: Partial<ScenarioInput> = { tasks: [{ id: "a", duration: "10s" }] };

describe("joining", () => {
  test("a worker takes tasks from the pass of its instant on, under the ids of a group", () => {
    expect(log([{ at: "4s", join: { id: "n", count: 2, speed: 2 } }])).toEqual([
      "[0.000000] (w-1) a started, attempt 1 of 1",
      "[4.000000] (scheduler) n-1 registered, incarnation 1",
      "[4.000000] (scheduler) n-2 registered, incarnation 1",
      "[4.000000] (n-1) c started, attempt 1 of 1",
      "[9.000000] (n-1) c finished, attempt 1 of 1",
      "[10.000000] (w-1) a finished, attempt 1 of 1",
    ]);
  });

  test("what only a worker that joins can hold waits for it: by labels, by size, by a resource, by its times", () => {
    const join = { id: "n", cpu: 4, labels: { zone: "n" }, resources: { gpu: 1 } };
    for (const own of [{ requires: { zone: "n" } }, { cpu: 3 }, { resources: { gpu: 1 } }, { duration: { on: { n: "10s" } } }]) {
      const tasks = [{ id: "a", duration: "10s", ...own }];
      expect(log([{ at: "4s", join }], { tasks })[1]).toBe("[4.000000] (n) a started, attempt 1 of 1");
    }
  });

  test("positions go by the file, not by time; workers of the cluster come first", () => {
    const { trace } = run([
      { at: "4s", join: { id: "late" } },
      { at: "1s", join: { id: "early" } },
    ]);
    expect(trace.world.workers.names).toEqual(["w-1", "w-2", "late", "early"]);
  });

  test("a retry goes to it, if that is elsewhere: before it joined, there was nowhere else", () => {
    const more: Partial<ScenarioInput> = {
      cluster: { workers: [{ id: "w" }] },
      tasks: [{ id: "a", duration: "2s", fails: [1, 2], retries: 2 }],
    };
    const actions: Actions = [{ at: "3s", join: { id: "n" } }];
    expect(log(actions, more).filter((line) => line.includes("started"))).toEqual([
      "[0.000000] (w) a started, attempt 1 of 3",
      "[2.000000] (w) a started, attempt 2 of 3",
      "[4.000000] (n) a started, attempt 3 of 3",
    ]);
  });

  test("a fault that holds it then still does: it registers when it is up, and is as slow or unheard as it should be", () => {
    const join: Actions = [{ at: "4s", join: { id: "n" } }];
    const at = (kind: string, more: object = {}) => log(join, { faults: [{ kind, worker: "n", at: "1s", for: "6s", ...more }] });
    for (const kind of ["crash", "pause"]) {
      expect(at(kind).filter((line) => line.includes("n)") || line.includes(" n "))).toEqual([
        "[7.000000] (scheduler) n registered, incarnation 1",
        "[7.000000] (n) c started, attempt 1 of 1",
        "[17.000000] (n) c finished, attempt 1 of 1",
      ]);
    }
    expect(at("slow", { speed: 0.5 }).slice(1, 4)).toEqual([
      "[4.000000] (scheduler) n registered, incarnation 1",
      "[4.000000] (n) runs at 0.5 of its speed",
      "[4.000000] (n) c started, attempt 1 of 1",
    ]);
    expect(at("heartbeat-loss", { for: "1m" })).toEqual([
      "[0.000000] (w-1) a started, attempt 1 of 1",
      "[4.000000] (scheduler) n registered, incarnation 1",
      "[4.000000] (n) heartbeats are lost from now on",
      "[4.000000] (n) c started, attempt 1 of 1",
      "[7.000000] (scheduler) n suspected, nothing heard of it",
      "[10.000000] (w-1) a finished, attempt 1 of 1",
      "[10.000000] (n) c sent back to the queue when its lease was over, attempt 1 of 1",
      "[10.000000] (w-1) c started, attempt 2 of 2",
      "[20.000000] (w-1) c finished, attempt 2 of 2",
    ]);
    expect(log(join, { faults: [{ kind: "crash", worker: "n", at: "1s", for: "2s" }] })).toEqual(log(join));
  });
});

describe("leaving", () => {
  test("a worker ends what it runs, takes nothing more, and is gone", () => {
    expect(log([LEAVES]).slice(1)).toEqual([
      "[2.000000] (scheduler) w-1 is to leave, and takes nothing more",
      "[10.000000] (w-1) a finished, attempt 1 of 1",
      "[10.000000] (scheduler) w-1 left",
      "[10.000000] (w-2) c started, attempt 1 of 1",
      "[20.000000] (w-2) c finished, attempt 1 of 1",
    ]);
    expect(log([{ ...LEAVES, leave: "w-2" }], ONE).slice(1, 3)).toEqual([
      "[2.000000] (scheduler) w-2 is to leave, and takes nothing more",
      "[2.000000] (scheduler) w-2 left",
    ]);
  });

  test("at its limit, what still runs is handed back, in the order of the starts; the task keeps its place and is not charged", () => {
    expect(log([{ ...LEAVES, limit: "3s" }]).slice(1)).toEqual([
      "[2.000000] (scheduler) w-1 is to leave, and takes nothing more",
      "[5.000000] (w-1) a sent back to the queue since its worker leaves, attempt 1 of 1",
      "[5.000000] (scheduler) w-1 left",
      "[10.000000] (w-2) a started, attempt 2 of 2",
      "[20.000000] (w-2) a finished, attempt 2 of 2",
      "[20.000000] (w-2) c started, attempt 1 of 1",
      "[30.000000] (w-2) c finished, attempt 1 of 1",
    ]);
    expect(log([{ ...LEAVES, limit: 0 }]).slice(1, 4)).toEqual([
      "[2.000000] (scheduler) w-1 is to leave, and takes nothing more",
      "[2.000000] (w-1) a sent back to the queue since its worker leaves, attempt 1 of 1",
      "[2.000000] (scheduler) w-1 left",
    ]);
    expect(log([{ ...LEAVES, limit: "8s" }]).slice(2, 4)).toEqual([
      "[10.000000] (w-1) a finished, attempt 1 of 1",
      "[10.000000] (scheduler) w-1 left",
    ]);
  });

  test("it counts as an attempt where lost ones count", () => {
    const scheduler = { ...BASE.scheduler, retries: { countLost: true } };
    expect(log([{ ...LEAVES, limit: "3s" }], { ...ONE, scheduler }).slice(2)).toEqual([
      "[5.000000] (w-1) a lost since its worker leaves, attempt 1 of 1",
      "[5.000000] (scheduler) a failed for good, no attempts left after 1",
      "[5.000000] (scheduler) w-1 left",
    ]);
  });

  test("a client that cancels or sends back the last task there lets it go", () => {
    for (const requeue of [false, true]) {
      const lines = log([LEAVES, { at: "3s", cancel: "a", requeue }]);
      expect(lines).toContain("[3.000000] (scheduler) w-1 left");
    }
  });

  test("policies that bind tasks to workers bind them anew, at once", () => {
    const scheduler = { ...BASE.scheduler, policy: "dispatch-round-robin" };
    expect(log([{ ...LEAVES, limit: "3s" }], { scheduler }).filter((line) => line.includes("assigned"))).toEqual([
      "[0.000000] (scheduler) a assigned to w-1",
      "[0.000000] (scheduler) b assigned to w-2",
      "[0.000000] (scheduler) c assigned to w-1",
      "[2.000000] (scheduler) c assigned to w-2",
      "[5.000000] (scheduler) a assigned to w-2",
    ]);
  });

  test("a start that was decided, and not begun, is given up", () => {
    const scheduler = { ...BASE.scheduler, decisionTime: { perPass: "3s" } };
    expect(log([LEAVES], { ...ONE, scheduler }).slice(0, 4)).toEqual([
      "[2.000000] (scheduler) w-1 is to leave, and takes nothing more",
      "[2.000000] (scheduler) a sent back to the queue since its worker leaves before its start",
      "[2.000000] (scheduler) w-1 left",
      "[6.000000] (w-2) a started, attempt 1 of 1",
    ]);
  });

  test("one that joined may leave, in the instant of its joining too", () => {
    const actions: Actions = [
      { at: "4s", join: { id: "n" } },
      { at: "4s", leave: "n" },
    ];
    expect(log(actions).slice(1, 4)).toEqual([
      "[4.000000] (scheduler) n registered, incarnation 1",
      "[4.000000] (scheduler) n is to leave, and takes nothing more",
      "[4.000000] (scheduler) n left",
    ]);
    const faults = [{ kind: "crash", worker: "n", at: "1s", for: "1h" }];
    expect(log(actions, { faults }).slice(1, 3)).toEqual([
      "[4.000000] (scheduler) n is to leave, and takes nothing more",
      "[4.000000] (scheduler) n left",
    ]);
  });
});

describe("failing while leaving", () => {
  const faults = (kind: string, lasting: string) => ({ ...ONE, faults: [{ kind, worker: "w-1", at: "2500ms", for: lasting }] });

  test("one that crashes is gone as soon as its attempts are given up, and does not come back", () => {
    for (const lasting of ["1s", "1h"]) {
      expect(log([LEAVES], faults("crash", lasting)).slice(2)).toEqual([
        "[2.500000] (w-1) crashed, incarnation 1",
        "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
        "[8.000001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
        "[8.000001] (scheduler) w-1 left",
        "[8.000001] (w-2) a started, attempt 2 of 2",
        "[18.000001] (w-2) a finished, attempt 2 of 2",
      ]);
    }
    expect(log([{ ...LEAVES, limit: "1s" }], faults("crash", "1h")).slice(3, 7)).toEqual([
      "[3.000000] (w-1) a is to be sent back to the queue since its worker leaves, attempt 1 of 1",
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[8.000001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[8.000001] (scheduler) w-1 left",
    ]);
  });

  test("one that crashed before does not come back either", () => {
    const lines = log([{ ...LEAVES, at: "4s" }], { ...ONE, faults: [{ kind: "crash", worker: "w-1", at: "1s", for: "5s" }] });
    expect(lines.filter((line) => line.includes("w-1"))).toEqual([
      "[0.000000] (w-1) a started, attempt 1 of 1",
      "[1.000000] (w-1) crashed, incarnation 1",
      "[3.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[4.000000] (scheduler) w-1 is to leave, and takes nothing more",
      "[6.000001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[6.000001] (scheduler) w-1 left",
    ]);
  });

  test("one that is paused for longer than its lease is gone with it, and what it held ends with it; shorter, and it goes on", () => {
    expect(log([LEAVES], faults("pause", "1h")).slice(2, 7)).toEqual([
      "[2.500000] (w-1) paused",
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[8.000001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1",
      "[8.000001] (w-1) a stopped attempt 1, as told",
      "[8.000001] (scheduler) w-1 left",
    ]);
    expect(log([LEAVES], faults("pause", "4s")).slice(2)).toEqual([
      "[2.500000] (w-1) paused",
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[6.500000] (w-1) goes on",
      "[6.500000] (scheduler) w-1 heard again",
      "[14.000000] (w-1) a finished, attempt 1 of 1",
      "[14.000000] (scheduler) w-1 left",
    ]);
  });

  test("attempts that are given up at suspicion end with their worker", () => {
    const scheduler = { ...BASE.scheduler, requeue: "suspicion" as const };
    expect(log([LEAVES], { ...faults("heartbeat-loss", "1h"), scheduler }).slice(3)).toEqual([
      "[5.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[5.000000] (w-1) a sent back to the queue since its worker is suspected, attempt 1 of 1",
      "[5.000000] (w-1) a stopped attempt 1, as told",
      "[5.000000] (scheduler) w-1 left",
      "[5.000000] (w-2) a started, attempt 2 of 2",
      "[15.000000] (w-2) a finished, attempt 2 of 2",
    ]);
  });
});

describe("what is counted", () => {
  const actions: Actions = [
    { at: "4s", join: { id: "n" } },
    { ...LEAVES, limit: "3s" },
  ];

  test("capacity is there from joining to leaving", () => {
    // w-1 is there for 5 s and w-2 for all 20; n for 16: c from 4 to 14. b runs on w-2 till 10, then a.
    const { summary, trace, ...result } = run(actions);
    expect(result.tasks().map(({ worker, finished_s }) => [worker, finished_s])).toEqual([
      ["w-2", 20],
      ["w-2", 10],
      ["n", 14],
    ]);
    expect(summary.cpu_utilization).toBeCloseTo(35 / 41, 12);
    expect(summary.wasted_cpu).toBeCloseTo(5 / 41, 12);
    const usage = new WorkerUsage(trace.world);
    for (const e of trace.entries) usage.entry(e.time, e.kind, e.task, e.worker, e.attempt);
    const rows = usage.rows({ origin: 0, end: 20e6 });
    expect(rows.map(({ busy, idle, utilization: [cpu] }) => [busy / 1e6, idle / 1e6, cpu])).toEqual([
      [5, 0, 1],
      [20, 0, 1],
      [10, 6, 10 / 16],
    ]);
  });

  test("a worker that never joins, or left before the first release, is no capacity", () => {
    const tasks = [{ id: "a", duration: "10s", release: "1m" }];
    const { summary } = run([{ at: "1h", join: { id: "n", cpu: 100 } }, LEAVES], { tasks });
    expect([summary.makespan_s, summary.cpu_utilization]).toEqual([10, 1]);
  });

  test("one that crashed and then left is missed once", () => {
    const faults = [{ kind: "crash", worker: "w-1", at: "2500ms", for: "1h" }];
    const { summary } = run([LEAVES], { ...ONE, faults });
    expect(summary.useful_cpu).toBeCloseTo(10 / (2.5 + 18.000001), 12);
  });

  test("the lower bound counts the largest capacity that was ever there, a limit to its end", () => {
    const tasks = Array.from({ length: 60 }, (_, i) => ({ id: `t${i}`, duration: "10s" }));
    const bound = (asked: Actions) => run(asked, { tasks }).summary.lower_bound_s;
    expect(bound([{ at: "10s", cancel: "none" } as never].slice(1))).toBe(300);
    expect(bound([{ at: "10s", join: { id: "n", count: 2 } }])).toBe(150);
    const replaced = (limit: object): Actions => [
      { at: "10s", leave: "w-1", ...limit },
      { at: "20s", join: { id: "n" } },
    ];
    expect([bound(replaced({})), bound(replaced({ limit: "10001ms" })), bound(replaced({ limit: "10s" }))]).toEqual([200, 200, 300]);
  });

  test("a load is generated for the cluster as it stands at the beginning", () => {
    const generate = { kind: "poisson", count: 50, duration: "10s", utilisation: 0.5 } as const;
    const releases = (asked: Actions) =>
      simulate(defineScenario({ name: "x", cluster: BASE.cluster, generate, actions: asked }))
        .tasks()
        .map(({ submitted_s }) => submitted_s);
    expect(releases([{ at: "1h", join: { id: "n", count: 8 } }])).toEqual(releases([]));
  });
});

describe("a run that has lost the workers that it needs", () => {
  test("ends as starved, and says which task waits", () => {
    const tasks = [{ id: "a", duration: "10s", requires: { zone: "n" } }];
    const { ending, summary } = run(
      [
        { at: "1s", join: { id: "n", labels: { zone: "n" } } },
        { at: "2s", leave: "n", limit: "1s" },
      ],
      { tasks },
    );
    expect([ending.kind, ending.exitCode, summary.unfinished]).toEqual(["starved", 5, 1]);
    expect(ending.message).toBe('1 task is unfinished and nothing is due: no worker is left that could hold task "a"');
  });

  test("under every kind of policy", () => {
    for (const policy of ["fcfs", "first-fit", "wfp3:blocking=true", "dispatch-pow2"]) {
      const asked: Actions = ["w-1", "w-2"].map((leave) => ({ at: "2s", leave, limit: 0 }));
      const { ending } = run(asked, { scheduler: { policy } });
      expect([ending.kind, ending.message]).toEqual([
        "starved",
        '3 tasks are unfinished and nothing is due: no worker is left that could hold task "a"',
      ]);
    }
  });
});

test("cycles do not go on for the sake of a limit that is still to come", () => {
  const scheduler = { policy: "wfp3:blocking=true", pass: { every: "1s" } };
  const tasks = [
    { id: "a", duration: "5s", estimate: "5s" },
    { id: "b", duration: { on: { "w-2": "10s" } }, estimate: "10s" },
  ];
  const asked: Actions = [
    { at: "1s", leave: "w-1", limit: "1000d" },
    { at: "1s", leave: "w-2", limit: 0 },
  ];
  const { ending } = run(asked, { scheduler, tasks });
  expect([ending.kind, ending.message.split(": ")[1]]).toEqual(["starved", 'no worker is left that could hold task "b"']);
});

describe("the same run", () => {
  const actions: Actions = [
    { at: "30s", join: { id: "n", count: 2, cpu: 2, resources: { gpu: 1 }, labels: { rack: "s" } } },
    { at: "20s", leave: "w-1", limit: "5s" },
    { at: "50s", leave: "n-1" },
  ];
  const tasks = Array.from({ length: 40 }, (_, i) => ({ id: `t${i}`, duration: 3 + (i % 7) }));
  const scenario = defineScenario({ ...BASE, tasks, actions, faults: [{ kind: "crash", mtbf: "30s", mttr: "3s" }] });

  test("for any number of jobs, step by step, and from a file that was written of it", async () => {
    const options = { policies: ["fcfs", "sjf", "dispatch-pow2"], seeds: "1..3" };
    const one = await compare(scenario, { ...options, jobs: 1 });
    const two = await compare(scenario, { ...options, jobs: 2, checkDeterminism: true });
    expect(one.runs.map(({ digest }) => digest)).toEqual(two.runs.map(({ digest }) => digest));
    const { digest } = simulate(scenario);
    expect(new Simulation(scenario).run().digest).toBe(digest);
    const text = [...(scenarioFiles("x.yaml", scenario)[0]?.parts ?? [])].join("");
    expect(text).toContain("- { at: 20s, leave: w-1, limit: 5s }\n  - { at: 50s, leave: n-1 }\n");
    const directory = folder({ "x.yaml": text });
    expect(simulate(await loadScenario(`${directory}/x.yaml`)).digest).toBe(digest);
  });

  test("faults of the others are drawn as if nobody joined", () => {
    const crashes = (asked: Actions) => {
      const input: ScenarioInput = { ...BASE, tasks, actions: asked, faults: [{ kind: "crash", mtbf: "30s", mttr: "3s" }] };
      const { trace } = simulate(defineScenario(input), { storeTrace: true });
      const lines = [...schedulerLog(trace)].join("").split("\n");
      return lines.filter((line) => line.includes("(w-2) crashed")).slice(0, 2);
    };
    expect(crashes([])).toHaveLength(2);
    expect(crashes(actions.slice(0, 1))).toEqual(crashes([]));
  });

  test("tasks that are submitted later may be for those who join", () => {
    const simulation = new Simulation(scenario);
    simulation.submit({ id: "late", duration: "1s", resources: { gpu: 1 } });
    simulation.run();
    expect(simulation.status("late")?.worker).toMatch(/^n-/);
  });
});

test("a trace that brings its own workers takes others too", async () => {
  const workflow = {
    name: "flow",
    schemaVersion: "1.5",
    workflow: {
      specification: { tasks: [{ name: "t", id: "t", parents: [], children: [] }], files: [] },
      execution: {
        makespanInSeconds: 5,
        executedAt: "",
        tasks: [{ id: "t", runtimeInSeconds: 5, coreCount: 1, machines: ["m"] }],
        machines: [{ nodeName: "m", cpu: { coreCount: 1 } }],
      },
    },
  };
  const text = `
version: 1
workload: { format: wfformat, file: flow.json }
tasks: [{ id: own, duration: 3s, resources: { gpu: 1 } }]
actions:
  - { at: 1s, join: { id: n, resources: { gpu: 1 } } }
  - { at: 2s, leave: m }
`;
  const directory = folder({ "x.yaml": text, "flow.json": JSON.stringify(workflow) });
  const { trace } = simulate(await loadScenario(`${directory}/x.yaml`), { storeTrace: true });
  expect(trace.world.workers.names).toEqual(["m", "n"]);
  expect([...schedulerLog(trace)].join("")).toContain("[1.000000] (n) own started");
});

test("validate counts them, and tells how silence is noticed", () => {
  const actions: Actions = [LEAVES, { at: "3s", join: { id: "n", count: 2 } }, { at: "3s", cancel: "a" }];
  const { heartbeat: _, lease: __, ...scheduler } = BASE.scheduler as Record<string, unknown>;
  const text = describeScenario(defineScenario({ ...BASE, scheduler, actions }), (_style, shown) => shown);
  expect(text).toMatch(/actions +1 request by clients, 2 workers join, 1 worker leaves\n/);
  expect(text).toContain("heartbeats every 1 s, suspected after 5 s, leases of 10 s");
});

test.each<[string, Actions, string]>([
  ["an id that is there", [{ at: 1, join: { id: "w-1" } }], 'actions[0].join.id: worker "w-1" is there already'],
  [
    "two of one id",
    [
      { at: 1, join: { id: "n", count: 2 } },
      { at: 1, join: { id: "n-2" } },
    ],
    'actions[1].join.id: worker "n-2" is there already',
  ],
  ["an unknown worker", [{ at: 1, leave: "w-3" }], 'actions[0].leave: leave names no worker "w-3"; did you mean "w-1"?'],
  ["a group that leaves", [{ at: 1, leave: "w" }], 'leave names no worker "w", but a group: they leave one by one, "w-1" and so on'],
  [
    "leaving twice",
    [
      { at: 2, leave: "w-1" },
      { at: 1, leave: "w-1" },
    ],
    'actions[0].leave: worker "w-1" leaves at 1 s already',
  ],
  [
    "leaving before joining",
    [
      { at: 2, join: { id: "n" } },
      { at: 1, leave: "n" },
    ],
    'actions[1].leave: worker "n" leaves at 1 s, before it joins at 2 s',
  ],
  [
    "leaving before joining, at one time",
    [
      { at: 2, leave: "n" },
      { at: 2, join: { id: "n" } },
    ],
    'worker "n" leaves at 2 s, before it joins at 2 s',
  ],
  ["a limit of nothing", [{ at: 1, cancel: "a", limit: 3 }], "actions[0].limit: limit goes with leave"],
  ["a bad limit", [{ at: 1, leave: "w-1", limit: "soon" }], '"soon"'],
  [
    "two things",
    [{ at: 1, leave: "w-1", join: { id: "n" } }],
    "an action asks for one thing: cancel, set, status, join, leave, shrink, grow or transfer",
  ],
  ["a misspelt worker", [{ at: 1, join: { id: "n", cpus: 3 } as never }], 'did you mean "cpu"?'],
  ["a resource that is none", [{ at: 1, join: { id: "n", resources: { memory: 3 } } }], "memory is not a named resource"],
])("refuses %s", (_, actions, message) => {
  expect(() => run(actions)).toThrow(message);
});

test("a task that no worker can hold is refused, be they there at the beginning or not", () => {
  const actions: Actions = [{ at: 1, join: { id: "n", cpu: 2 } }];
  expect(() => run(actions, { tasks: [{ id: "a", duration: 1, cpu: 3 }] })).toThrow(
    'task "a" requests 3 of cpu, more than any worker has; the largest, "n", has 2',
  );
});
