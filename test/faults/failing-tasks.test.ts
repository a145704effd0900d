// Faults of tasks, as a scenario says them: what they do to whom, how often, and that nothing else changes.
import { describe, expect, test } from "vitest";
import { describeScenario } from "../../src/cli/scenario-description.ts";
import { scenarioFiles } from "../../src/files/write-scenario.ts";
import { compare, defineScenario, loadScenario, type ScenarioInput, simulate } from "../../src/index.ts";
import { at } from "../../src/model/columns.ts";
import { seedsOf } from "../../src/library/seeds.ts";
import type { World } from "../../src/model/world.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { temporaryFolders } from "../files/temporary-folder.ts";

const folder = temporaryFolders();

type Faults = NonNullable<ScenarioInput["faults"]>;

const BASE: ScenarioInput = {
  name: "struck",
  cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
  tasks: [
    { id: "a", duration: "10s" },
    { id: "b", duration: "4s" },
    { id: "c", duration: "1s", dependencies: ["a"] },
  ],
};

function log(faults: Faults, more: Partial<ScenarioInput> = {}): string[] {
  const { trace } = simulate(defineScenario({ ...BASE, ...more, faults }), { storeTrace: true });
  return [...schedulerLog(trace)].join("").split("\n").slice(0, -1);
}

function worldOf(input: ScenarioInput, seed = "1"): World {
  const scenario = defineScenario(input);
  return drawWorld(scenario, seedsOf({ seed }, scenario).roots);
}

/** The same tasks and nothing else, so many of them. */
const many = (count: number, more: Partial<ScenarioInput> = {}): ScenarioInput => ({
  name: "many",
  cluster: { workers: [{ id: "w", count: 4 }] },
  generate: { kind: "bag", count, duration: { distribution: "exponential", mean: "20s" } },
  ...more,
});

const column = (world: World, name: "failures" | "estimate" | "work" | "release") =>
  Array.from({ length: world.tasks.count }, (_, task) => at(world.tasks[name], task));

describe("transcripts", () => {
  test("a poison task fails at every attempt, and takes those along that depend on it", () => {
    expect(log([{ kind: "poison-task", task: "a" }], { scheduler: { retries: 1 } })).toEqual([
      "[0.000000] (scheduler) a submitted",
      "[0.000000] (scheduler) b submitted",
      "[0.000000] (scheduler) c submitted",
      "[0.000000] (w-1) a started, attempt 1 of 2",
      "[0.000000] (w-2) b started, attempt 1 of 2",
      "[4.000000] (w-2) b finished, attempt 1 of 2",
      "[10.000000] (w-1) a failed, attempt 1 of 2",
      "[10.000000] (scheduler) a to be retried, attempt 2 of 2",
      "[10.000000] (w-2) a started, attempt 2 of 2",
      "[20.000000] (w-2) a failed, attempt 2 of 2",
      "[20.000000] (scheduler) a failed for good, no attempts left after 2",
      "[20.000000] (scheduler) c skipped, because a failed",
    ]);
  });

  test("a wrong estimate has the longest task go first under sjf; its true time stays", () => {
    const cluster = { workers: [{ id: "w" }] };
    const lines = log([{ kind: "wrong-estimates", task: "a", factor: 0.1 }], { cluster, scheduler: { policy: "sjf" } });
    expect(lines.filter((line) => line.includes("started") || line.includes(" a finished"))).toEqual([
      "[0.000000] (w) a started, attempt 1 of 1",
      "[10.000000] (w) a finished, attempt 1 of 1",
      "[10.000000] (w) c started, attempt 1 of 1",
      "[11.000000] (w) b started, attempt 1 of 1",
    ]);
  });
});

describe("a killer", () => {
  const scheduler = { heartbeat: { interval: "1s", timeout: "3s" }, lease: "6s", retries: { max: 1, countLost: true } };

  test("takes a worker down at every attempt, with all that runs there, until it has none left", () => {
    const tasks = [
      { id: "a", duration: "10s" },
      { id: "b", duration: "4s" },
    ];
    expect(log([{ kind: "killer-task", task: "a", after: 0.25, restart: "1s" }], { scheduler, tasks }).slice(4)).toEqual([
      "[2.500000] (w-1) crashed, incarnation 1, taken down by a",
      "[3.500000] (scheduler) w-1 registered, incarnation 2",
      "[3.500000] (w-1) a sent back to the queue since its worker has restarted, attempt 1 of 2",
      "[4.000000] (w-2) b finished, attempt 1 of 2",
      "[4.000000] (w-2) a started, attempt 2 of 2",
      "[6.500000] (w-2) crashed, incarnation 1, taken down by a",
      "[7.500000] (scheduler) w-2 registered, incarnation 2",
      "[7.500000] (w-2) a lost since its worker has restarted, attempt 2 of 2",
      "[7.500000] (scheduler) a failed for good, no attempts left after 2",
    ]);
  });

  test("does its work at the speed of the worker; a failure or a time limit before it saves the worker, one just then does not", () => {
    const cluster = { workers: [{ id: "w", speed: 2 }] };
    const first = (task: object, fault: object = {}) =>
      log([{ kind: "killer-task", task: "a", after: 0.5, ...fault }], {
        cluster,
        scheduler,
        tasks: [{ id: "a", duration: "10s", retries: 0, ...task }],
      })[2];
    expect(first({})).toBe("[2.500000] (w) crashed, incarnation 1, taken down by a");
    expect(first({ fails: "always", failsAfter: 0.4 })).toBe("[2.000000] (w) a failed, attempt 1 of 1");
    expect(first({ fails: "always", failsAfter: 0.5 })).toMatch(/crashed/);
    expect(first({ timeout: "2s" })).toBe("[2.000000] (w) a failed at its time limit, attempt 1 of 1");
    expect(first({ timeout: "2500ms" })).toMatch(/crashed/);
    expect(first({}, { after: 1 })).toBe("[5.000000] (w) crashed, incarnation 1, taken down by a");
  });

  test.each(["instant", "event"] as const)(
    "that works no longer than an instant comes after the heartbeat of that instant: pass %s",
    (pass) => {
      const cluster = { workers: [{ id: "w" }] };
      const [short, long] = [0, 2].map((duration) => [{ id: "a", duration, release: 2 - duration }]);
      const lines = (tasks: ScenarioInput["tasks"]) =>
        log([{ kind: "killer-task", task: "a" }], { cluster, tasks, scheduler: { ...scheduler, pass } }).filter((line) =>
          /crashed|suspect/.test(line),
        );
      expect(lines(short)).toEqual([
        "[2.000000] (w) crashed, incarnation 1, taken down by a",
        "[5.000000] (scheduler) w suspected, nothing heard of it",
      ]);
      expect(lines(long)).toEqual([
        "[2.000000] (w) crashed, incarnation 1, taken down by a",
        "[4.000000] (scheduler) w suspected, nothing heard of it",
      ]);
    },
  );

  test("that is not heard of any more still takes its worker down, with what runs there beside it", () => {
    const faults: Faults = [
      { kind: "heartbeat-loss", worker: "w-1", at: "1500ms" },
      { kind: "killer-task", task: "a", after: 0.6 },
    ];
    const suspicious = { ...scheduler, lease: "20s", requeue: "suspicion" as const, retries: 0 };
    expect(log(faults, { scheduler: suspicious, tasks: [{ id: "a", duration: "10s" }] }).slice(2, 8)).toEqual([
      "[1.500000] (w-1) heartbeats are lost from now on",
      "[4.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[4.000000] (w-1) a sent back to the queue since its worker is suspected, attempt 1 of 1",
      "[4.000000] (w-2) a started, attempt 2 of 2",
      "[6.000000] (w-1) crashed, incarnation 1, taken down by a",
      "[10.000000] (w-2) crashed, incarnation 1, taken down by a",
    ]);
  });

  test("whose lost attempts do not count is announced, and named where the run ends by it", async () => {
    const input = { ...BASE, tasks: [{ id: "a", duration: "1s" }] };
    const forGood = simulate(defineScenario({ ...input, faults: [{ kind: "killer-task", task: "a" }] })).ending;
    expect(forGood).toMatchObject({ kind: "starved", exitCode: 5 });
    expect(forGood.message).toContain('tasks have taken 2 of 2 workers down for good, task "a" the last of them');
    const restarts: Faults = [{ kind: "killer-task", task: "a", restart: "1s" }];
    const notes: string[] = [];
    const text = [...(scenarioFiles("x.yaml", defineScenario({ ...input, faults: restarts }))[0]?.parts ?? [])].join("");
    await loadScenario(`${folder({ "x.yaml": text })}/x.yaml`, { onNote: (note) => notes.push(note) });
    expect(notes.join()).toContain("lost do not count; scheduler: { retries: { countLost: true } } ends it");
    const counted = { retries: { max: 3, countLost: true } };
    const { ending, summary } = simulate(defineScenario({ ...input, scheduler: counted, faults: restarts }));
    expect([ending.kind, summary.failed, summary.attempts_lost]).toEqual(["complete", 1, 4]);
  });

  test("that goes round for ever ends the run in the end, with its name and what to do", () => {
    const faults: Faults = [{ kind: "killer-task", restart: "1s" }];
    const { ending } = simulate(
      defineScenario({ ...BASE, cluster: { workers: [{ id: "w" }] }, tasks: [{ id: "a", duration: "1s" }], faults }),
    );
    expect(ending).toMatchObject({ kind: "livelock", exitCode: 5 });
    expect(ending.message).toContain('task "a" was given up 1000000 times: it takes each of its workers down; scheduler: { retries:');
  });
});

describe("a burst", () => {
  const tasks = [1, 2, 3, 4, 5].map((release) => ({ id: `t${release}`, duration: "1s", release }));
  const releases = (fault: object) =>
    column(worldOf({ ...BASE, tasks, faults: [{ kind: "burst", ...fault } as Faults[number]] }), "release").map((time) => time / 1e6);

  test("moves the releases of all, of those within a time, both ends included, or of one to an instant", () => {
    expect(releases({ at: "3s" })).toEqual([3, 3, 3, 3, 3]);
    expect(releases({ at: "2s", for: "2s" })).toEqual([1, 2, 2, 2, 5]);
    expect(releases({ at: "9s", task: "t2" })).toEqual([1, 9, 3, 4, 5]);
  });

  test("adds no task, and takes due dates along", () => {
    const due = tasks.map((task) => ({ ...task, due: "1s" }));
    const { summary } = simulate(defineScenario({ ...BASE, tasks: due, faults: [{ kind: "burst", at: "3s" }] }));
    // Five tasks of 1 s on two workers from 3 s on: they are late by 0, 0, 1, 1 and 2 s.
    expect([summary.completed, summary.makespan_s, summary.mean_tardiness_s]).toEqual([5, 3, 0.8]);
  });
});

describe("a storm of cancellations", () => {
  const tasks = [
    { id: "done", duration: "2s" },
    { id: "runs", duration: "10s" },
    { id: "waits", duration: "10s", cpu: 2 },
    { id: "after", duration: "1s", dependencies: ["waits"] },
    { id: "now", duration: "1s", release: "5s" },
    { id: "later", duration: "1s", release: "5001ms" },
  ];
  const cluster = { workers: [{ id: "w", cpu: 2 }] };

  test("cancels what runs, waits and arrives just then; what has ended, or comes later, stays", () => {
    expect(log([{ kind: "cancel-storm", at: "5s" }], { cluster, tasks }).slice(6)).toEqual([
      "[2.000000] (w) done finished, attempt 1 of 1",
      "[5.000000] (scheduler) now submitted",
      "[5.000000] (w) runs cancelled by its client, attempt 1 of 1",
      "[5.000000] (scheduler) waits cancelled by its client",
      "[5.000000] (scheduler) after skipped, because waits was cancelled",
      "[5.000000] (scheduler) now cancelled by its client",
      "[5.001000] (scheduler) later submitted",
      "[5.001000] (w) later started, attempt 1 of 1",
      "[6.001000] (w) later finished, attempt 1 of 1",
    ]);
  });

  test("or only sends back to the queue what runs", () => {
    const lines = log([{ kind: "cancel-storm", at: "5s", requeue: true }], { cluster, tasks });
    expect(lines.filter((line) => line.includes("sent back"))).toEqual([
      "[5.000000] (w) runs sent back to the queue by its client, attempt 1 of 1",
    ]);
    expect(lines.filter((line) => line.includes("finished"))).toHaveLength(6);
  });

  test("meets those that a burst has moved, whichever stands first, and comes after what is written for the same time", () => {
    const storm = { kind: "cancel-storm", task: "later", at: "6s" };
    const burst = { kind: "burst", task: "later", at: "7s" };
    for (const faults of [
      [storm, burst],
      [burst, storm],
    ])
      expect(log(faults, { cluster, tasks }).at(-1)).toMatch(/later finished/);
    const actions = [{ at: "5s", set: { task: "waits", priority: 2 } }];
    const lines = log([{ kind: "cancel-storm", at: "5s" }], { cluster, tasks, actions });
    expect(lines.findIndex((line) => line.includes("changed"))).toBeLessThan(lines.findIndex((line) => line.includes("cancelled")));
  });
});

describe("what is drawn", () => {
  const COUNT = 20_000;
  /** Whether a number of so many tries is one that chance gives: within four standard deviations. */
  const isLikely = (hits: number, probability: number, tries = COUNT) =>
    Math.abs(hits - tries * probability) < 4 * Math.sqrt(tries * probability * (1 - probability));

  test("as many tasks are poison as asked, and for another seed others are", () => {
    const input = many(COUNT, { faults: [{ kind: "poison-task", probability: 0.01 }] });
    const poison = (seed: string) => column(worldOf(input, seed), "failures").flatMap((failures, task) => (failures > 0 ? [task] : []));
    expect(isLikely(poison("1").length, 0.01)).toBe(true);
    expect(isLikely(poison("2").length, 0.01)).toBe(true);
    expect(poison("2")).not.toEqual(poison("1"));
    expect(worldOf(input).drawn.faults).toBe(true);
  });

  test("as many estimates are wrong as asked; noise has mean 1 and the variation asked for, a bias moves all", () => {
    const world = worldOf(many(COUNT, { faults: [{ kind: "wrong-estimates", probability: 0.3, factor: 2, noise: 0.5 }] }));
    const work = column(world, "work");
    const factors = column(world, "estimate").flatMap((told, task) => {
      const truth = work[task] as number;
      return told === truth || truth < 1000 ? [] : [told / truth];
    });
    expect(isLikely(factors.length, 0.3)).toBe(true);
    const mean = factors.reduce((sum, factor) => sum + factor, 0) / factors.length;
    const deviation = Math.sqrt(factors.reduce((sum, factor) => sum + (factor - mean) ** 2, 0) / factors.length);
    expect(Math.abs(mean - 2)).toBeLessThan((4 * 2 * 0.5) / Math.sqrt(factors.length));
    expect(deviation / mean).toBeCloseTo(0.5, 1);
  });

  test("as many tasks arrive at the burst as asked, of those that it may move", () => {
    const input = many(COUNT, { generate: { kind: "poisson", count: COUNT, interarrival: "1s", duration: "1s" } });
    const plain = column(worldOf(input), "release");
    const burst = column(worldOf({ ...input, faults: [{ kind: "burst", at: "1000s", for: "9000s", probability: 0.4 }] }), "release");
    const within = plain.filter((time) => time >= 1e9 && time <= 1e10).length;
    const moved = burst.filter((time, task) => time !== plain[task]);
    expect(within).toBeGreaterThan(5000);
    expect(moved.every((time) => time === 1e9)).toBe(true);
    expect(isLikely(moved.length, 0.4, within)).toBe(true);
  });

  test("as many tasks kill as asked, and of two faults the one that comes first in their work", () => {
    const faults: Faults = [
      { kind: "killer-task", probability: 0.02, after: 0.5 },
      { kind: "killer-task", task: "t7", after: 0.3, restart: "3s" },
      { kind: "killer-task", task: "t7", after: 0.4 },
    ];
    const killers = worldOf(many(COUNT, { faults })).faults?.killers ?? [];
    expect(isLikely(killers.length, 0.02)).toBe(true);
    expect(killers.filter(({ task }) => task === 6)).toEqual([{ task: 6, after: 0.3, lasting: 3e6 }]);
  });

  test("as many of the tasks that are there are cancelled as asked", () => {
    const input = many(COUNT, { generate: { kind: "poisson", count: COUNT, interarrival: "1s", duration: "1s" } });
    const world = worldOf({ ...input, faults: [{ kind: "cancel-storm", at: "10000s", probability: 0.3 }] });
    const there = column(world, "release").filter((time) => time <= 1e10).length;
    expect(there).toBeGreaterThan(5000);
    expect(isLikely(world.actions?.length ?? 0, 0.3, there)).toBe(true);
  });

  test("hangs on the task's name alone: other tasks, faults and draws change nothing", () => {
    const drawn = { kind: "poison-task", probability: 0.2 };
    const poison = (input: ScenarioInput) => column(worldOf(input), "failures").map((failures) => failures > 0);
    const alone = poison(many(500, { faults: [drawn] }));
    expect(alone.filter(Boolean).length).toBeGreaterThan(50);
    expect(poison(many(900, { faults: [drawn] })).slice(0, 500)).toEqual(alone);
    const others: Faults = [
      { kind: "wrong-estimates", noise: 0.5 },
      { kind: "crash", mtbf: "1m", mttr: "1s" },
    ];
    expect(poison(many(500, { faults: [...others, drawn] }))).toEqual(alone);
    // A second one of its kind draws for itself.
    const both = poison(many(500, { faults: [drawn, drawn] }));
    expect(alone.every((isPoison, task) => !isPoison || both[task])).toBe(true);
    expect(both.filter(Boolean).length).toBeGreaterThan(alone.filter(Boolean).length);
    expect(column(worldOf(many(500, { faults: [drawn] })), "work")).toEqual(column(worldOf(many(500)), "work"));
  });

  test("per-worker times are told wrong by one factor, beside that of the scenario", () => {
    const tasks = [{ id: "a", duration: { on: { "w-1": "10s", "w-2": "20s" } }, estimate: { factor: 2 } }];
    const { tasks: told } = worldOf({ ...BASE, tasks, faults: [{ kind: "wrong-estimates", factor: 1.5 }] });
    expect([...(told.estimateTables[at(told.estimateTable, 0)] as Float64Array)]).toEqual([30e6, 60e6]);
    expect([at(told.estimate, 0), at(told.estimateFactor, 0)]).toEqual([45e6, 3]);
  });

  test("is the same for every policy, any number of jobs, and a scenario that was written and read again", async () => {
    const faults: Faults = [
      { kind: "poison-task", probability: 0.1 },
      { kind: "wrong-estimates", probability: 0.5, factor: 3 },
      { kind: "wrong-estimates", noise: 0.4 },
      { kind: "burst", at: "5s", probability: 0.5 },
      { kind: "cancel-storm", at: "40s", probability: 0.2, requeue: true },
      { kind: "killer-task", probability: 0.05, after: 0.5, restart: "5s" },
    ];
    const scenario = defineScenario(many(60, { faults, scheduler: { retries: { max: 9, countLost: true } } }));
    const options = { policies: ["fcfs", "sjf", "dispatch-least-work"], seeds: "1..3" };
    const [one, two] = [
      await compare(scenario, { ...options, jobs: 1 }),
      await compare(scenario, { ...options, jobs: 2, checkDeterminism: true }),
    ];
    expect(one.runs.map(({ digest }) => digest)).toEqual(two.runs.map(({ digest }) => digest));
    for (const seed of ["1", "2", "3"]) {
      const failed = one.runs.filter((run) => run.seed === seed).map((run) => run.failed);
      expect(new Set(failed).size).toBe(1);
    }
    const text = [...(scenarioFiles("x.yaml", scenario)[0]?.parts ?? [])].join("");
    const directory = folder({ "x.yaml": text });
    expect(simulate(await loadScenario(`${directory}/x.yaml`)).digest).toBe(simulate(scenario).digest);
  });
});

test("a fault of tasks alone lets no worker fail: nothing is spent on heartbeats", () => {
  expect(defineScenario({ ...BASE, faults: [{ kind: "poison-task", task: "a" }] }).scheduler.liveness).toBeUndefined();
});

test("validate tells of them", () => {
  const faults: Faults = [
    { kind: "crash", at: 1 },
    { kind: "poison-task", task: "a" },
    { kind: "poison-task", probability: 0.1 },
  ];
  expect(describeScenario(defineScenario({ ...BASE, faults }), (_, shown) => shown)).toMatch(
    /faults +1 fault of workers; 2 faults of tasks, 1 by chance\n/,
  );
});

test.each<[string, object, string]>([
  ["an unknown task", { kind: "poison-task", task: "aa" }, 'faults[0]: task "aa" is not there; did you mean "a"?'],
  ["a worker", { kind: "poison-task", worker: "w-1" }, "fault poison-task takes no worker: it strikes tasks"],
  ["a time", { kind: "poison-task", at: 3 }, "fault poison-task takes no at: it strikes tasks"],
  ["both ways to say whom", { kind: "poison-task", task: "a", probability: 0.1 }, "two ways to say whom"],
  ["a probability above 1", { kind: "poison-task", probability: 1.5 }, "probability"],
  ["a task of a worker's fault", { kind: "crash", task: "a", at: 1 }, "fault crash takes no task: it strikes workers"],
  ["a burst without its instant", { kind: "burst", for: 3 }, "fault burst needs at"],
  ["a storm without its instant", { kind: "cancel-storm", requeue: true }, "fault cancel-storm needs at"],
  ["a part of work above 1", { kind: "killer-task", task: "a", after: 1.5 }, "after"],
  ["a killer that lasts", { kind: "killer-task", task: "a", for: 3 }, "fault killer-task takes no for"],
  ["nothing that is wrong", { kind: "wrong-estimates" }, "fault wrong-estimates needs factor or noise"],
])("refuses %s", (_, fault, message) => {
  expect(() => simulate(defineScenario({ ...BASE, faults: [fault as Faults[number]] }))).toThrow(message);
});

test("refuses wrong estimates where none are told, and says all that is missing at once", () => {
  const scheduler = { estimates: "none" as const };
  const wrong: Faults = [{ kind: "wrong-estimates", factor: 2 }];
  expect(() => defineScenario({ ...BASE, scheduler, faults: wrong })).toThrow("scheduler.estimates is none");
  const missing: Faults = [
    { kind: "poison-task", task: "x" },
    { kind: "crash", worker: "y", at: 1 },
  ];
  const all = () => simulate(defineScenario({ ...BASE, faults: missing, actions: [{ at: 1, cancel: "z" }] }));
  for (const name of ["x", "y", "z"]) expect(all).toThrow(`"${name}"`);
});
