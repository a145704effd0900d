// A run written as a scenario in which nothing is left to draw: run, it is the same run.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { policyFrom, requireExplicable } from "../../src/files/explicit-scenario.ts";
import { scenarioFrom } from "../../src/files/load-scenario.ts";
import type {
  ActionSpec,
  GenerateSpec,
  Scenario,
  Seeds,
  TaskFaultSpec,
  TaskSpec,
  WorkerFaultOptions,
  WorkerFaultSpec,
} from "../../src/model/scenario.ts";
import type { LivenessSettings } from "../../src/model/settings.ts";
import { WORKER_FAULTS } from "../../src/faults/index.ts";
import { LIFETIMES } from "../../src/model/world.ts";
import { applies } from "../../src/policies/index.ts";
import { mayFailToStart, mayStraggle } from "../../src/model/task-profile.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { type Case, cases, settingsFor } from "../arbitraries.ts";
import { EXPRESSIONS, NAMED_POLICIES } from "../expressions.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { misfortunes } from "../laws/running.ts";
import { runTwice } from "./explicit-runs.ts";

const lifetimes = fc
  .record({ mean: fc.integer({ min: 3, max: 12 }), distribution: fc.constantFrom(...LIFETIMES) })
  .map(({ mean, distribution }) => ({
    distribution,
    mean,
    ...((distribution === "weibull" || distribution === "gamma") && { shape: 1.5 }),
    ...(distribution === "lognormal" && { cv: 1 }),
  }));

/** Faults of all kinds but those of links, by schedule and by chance, of one worker, of a zone or of all. */
const faults: fc.Arbitrary<WorkerFaultSpec[]> = fc.array(
  fc
    .record({
      kind: fc.constantFrom(...WORKER_FAULTS.filter(({ effect }) => effect({}).kind !== "link").map(({ name }) => name)),
      whom: fc.constantFrom<Partial<WorkerFaultSpec>>({}, { worker: "w-1" }, { where: {} }),
      when: fc.oneof<fc.Arbitrary<WorkerFaultSpec["when"]>[]>(
        fc.record({ at: fc.nat(15), lasting: fc.oneof(fc.nat(12), fc.constant(Number.POSITIVE_INFINITY)) }),
        lifetimes.map((between) => ({ between, lasting: { ...between, mean: 3 } })),
        lifetimes.map((between) => ({ between })),
        fc.record({
          anchor: fc.record({
            task: fc.nat(9).map(String),
            attempt: fc.integer({ min: 1, max: 2 }),
            progress: fc.constantFrom(0, 0.3, 0.5),
          }),
          lasting: fc.oneof(fc.nat(12), fc.constant(Number.POSITIVE_INFINITY)),
        }),
      ),
      loses: fc.constantFrom<WorkerFaultOptions>({}, { loses: "disk" }),
      least: fc.constantFrom(0, 300),
      together: fc.boolean(),
    })
    .map(({ kind, whom, when, together, loses, least }) => ({
      kind,
      ...whom,
      when,
      ...(together && "between" in when && { per: "zone" }),
      options: optionsOf(kind, loses, least),
    })),
  { maxLength: 4 },
);

/** Workers have from half a core to four. */
function optionsOf(kind: string, loses: WorkerFaultOptions, least: number): WorkerFaultOptions {
  if (kind === "slow") return { speed: 0.333 };
  if (kind === "clock-drift") return { drift: -0.300001 };
  if (kind === "flapping") return { cycle: { on: 2, off: 1 } };
  if (kind === "shrink") return { capacity: [least, undefined, 4, 1] };
  if (kind === "grow") return { capacity: [5000 + least, 9_000_000_000, undefined, 7] };
  return kind === "crash" ? loses : {};
}

/** Faults of tasks, of one, of some or of all. */
const taskFaults: fc.Arbitrary<TaskFaultSpec[]> = fc.array(
  fc
    .record({
      whom: fc.constantFrom({}, { task: "t1" }, { probability: 0.5 }),
      what: fc.constantFrom<Pick<TaskFaultSpec, "kind" | "options">>(
        { kind: "poison-task", options: {} },
        { kind: "wrong-estimates", options: { factor: 1.7 } },
        { kind: "wrong-estimates", options: { noise: 0.6 } },
        { kind: "burst", options: { at: 3 } },
        { kind: "burst", options: { at: 1, for: 2 } },
        { kind: "killer-task", options: { after: 0.5, restart: 4 } },
        { kind: "killer-task", options: {} },
        { kind: "cancel-storm", options: { at: 3 } },
        { kind: "cancel-storm", options: { at: 4, requeue: true } },
      ),
    })
    .map(({ whom, what }) => ({ ...whom, ...what })),
  { maxLength: 3 },
);

const scaledWhen = (when: WorkerFaultSpec["when"], scale: number): WorkerFaultSpec["when"] =>
  "at" in when
    ? { at: when.at * scale, lasting: when.lasting * scale }
    : "anchor" in when
      ? { ...when, lasting: when.lasting * scale }
      : {
          between: { ...when.between, mean: when.between.mean * scale },
          ...(when.lasting && { lasting: { ...when.lasting, mean: when.lasting.mean * scale } }),
        };

function scaledFault(fault: WorkerFaultSpec, scale: number, dimensions: number): WorkerFaultSpec {
  const { capacity, ...options } = fault.options;
  const amounts = capacity && { capacity: Array.from({ length: dimensions }, (_, d) => capacity[d]) };
  return { ...fault, when: scaledWhen(fault.when, scale), options: { ...options, ...amounts } };
}

/** An anchor is one to a task that is there; none is left where there is no task. */
function anchoredTo(ids: readonly string[], fault: WorkerFaultSpec): WorkerFaultSpec[] {
  const { when, per: _, ...rest } = fault;
  if (!("anchor" in when)) return [fault];
  const task = ids[Number(when.anchor.task) % ids.length];
  const whom = rest.worker === undefined && rest.where === undefined && when.anchor.attempt === 1 ? { worker: "its" } : {};
  return task === undefined ? [] : [{ ...rest, ...whom, when: { ...when, anchor: { ...when.anchor, task } } }];
}

/** Clocks may be as slow as they like. */
const scaledLiveness = ({ heartbeat, lease, ...others }: LivenessSettings, scale: number): LivenessSettings => ({
  ...others,
  drift: 900_000,
  heartbeat: { interval: heartbeat.interval * scale, timeout: heartbeat.timeout * scale },
  lease: lease * scale,
});

/** Tasks like those of the case, of which a generator makes as many as it likes. */
function generated({ sources, dimensions }: Scenario, kind: string): GenerateSpec {
  const [first] = sources[0]?.kind === "tasks" ? sources[0].tasks : [];
  const request = dimensions.map((name) => (name === "slots" ? 1 : 0));
  const plain = { request, priority: 0, weight: 1, retries: 2, failsAfter: 0.5, requires: {}, release: 0 };
  const duration = first?.duration ?? { distribution: "exponential", mean: 5 };
  return { kind, options: { count: 5, prefix: "g" }, template: { ...plain, duration, fails: 0.4, job: "made", status: "1" } };
}

const drawnRuns = fc.record({
  drawn: cases({ maxTasks: 10 }),
  scale: fc.constantFrom(1, 1000, 333_333),
  faults: fc.option(faults, { nil: undefined }),
  taskFaults: fc.oneof(fc.constant<TaskFaultSpec[]>([]), taskFaults),
  liveness: misfortunes.map(({ liveness }) => liveness),
  actions: fc.array(
    fc.record({ at: fc.nat(12), task: fc.nat(9), kind: fc.constantFrom("cancel", "requeue", "set"), priority: fc.nat(3) }),
    { maxLength: 3 },
  ),
  generator: fc.constantFrom(undefined, "bag", "layered", "chain"),
  estimates: fc.constantFrom(undefined, { noise: 0.5 }),
  factor: fc.constantFrom(undefined, 0.7, 2),
  seeds: fc.constantFrom<Partial<Seeds>>({}, { policy: "p" }, { faults: "007", policy: "1e3" }),
  policy: fc.constantFrom(...NAMED_POLICIES, ...EXPRESSIONS),
  json: fc.boolean(),
});

type DrawnRun = typeof drawnRuns extends fc.Arbitrary<infer Value> ? Value : never;

function scenarioOf({ drawn, scale, faults: struck, taskFaults, liveness, actions, generator, estimates, factor }: DrawnRun): Case {
  const { scenario } = drawn;
  const sources = scenario.sources.map((source) =>
    source.kind === "tasks" ? { ...source, tasks: source.tasks.map((task) => possible(task, factor)) } : source,
  );
  const ids = sources.flatMap((source) => (source.kind === "tasks" ? source.tasks.map(({ id }) => id) : []));
  const asked = actions.flatMap(({ at, task, kind, priority }): ActionSpec[] => {
    const id = ids[task % ids.length];
    if (id === undefined) return [];
    return [{ at: at * scale, ...(kind === "set" ? { set: { task: id, priority } } : { cancel: id, requeue: kind === "requeue" }) }];
  });
  if (generator !== undefined) sources.unshift({ kind: "generate", generate: generated(scenario, generator) });
  const known = taskFaults.filter(({ task }) => task === undefined || ids.includes(task));
  const all = [...(struck ?? []).flatMap((fault) => anchoredTo(ids, scaledFault(fault, scale, scenario.dimensions.length))), ...known];
  const scheduler = {
    ...scenario.scheduler,
    ...(estimates && { estimates }),
    ...((struck || taskFaults.some(({ kind }) => kind === "killer-task")) && { liveness: scaledLiveness(liveness, scale) }),
  };
  return {
    ...drawn,
    scenario: {
      ...scenario,
      sources,
      scheduler,
      ...(asked.length > 0 && { actions: asked }),
      ...((struck || known.length > 0) && { faults: all }),
    },
  };
}

/** A limit of 0 cannot be written. */
function possible(task: TaskSpec, factor: number | undefined): TaskSpec {
  const { timeout, ...rest } = task;
  const estimate = factor !== undefined && task.priority === 0 ? { estimate: { factor } } : {};
  return { ...rest, ...(timeout !== undefined && timeout !== 0 && { timeout }), ...estimate };
}

describe("a run that was written explicitly", () => {
  it("is the same run again, with nothing drawn but by the policy, and as environments fail and executions straggle", async () => {
    let [struck, elastic, asking] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(drawnRuns, async (raw) => {
        const drawn = scenarioOf(raw);
        const { policy: spec } = settingsFor(raw.policy, drawn);
        const seeds = { ...drawn.seeds, ...raw.seeds };
        const settings = { ...drawn.scenario.scheduler, policy: spec };
        const world = drawWorld(drawn.scenario, seeds);
        fc.pre(applies(raw.policy, world, settings) === undefined && (raw.policy.faults?.(spec.parameters, world) ?? []).length === 0);
        const { first, second } = await runTwice(raw.json ? "x.json" : "x.yaml", drawn.scenario, seeds, spec);
        expect(second.row).toBe(first.row);
        expect(second.ending).toEqual(first.ending);
        const { profiles } = first.world.tasks;
        expect(second.world.drawn).toEqual({ workload: false, faults: mayFailToStart(profiles) || mayStraggle(profiles) });
        if ((first.world.faults?.tracks ?? []).some(({ episodes }) => "between" in episodes)) struck += 1;
        if (profiles.some((profile) => profile.elastic !== undefined)) elastic += 1;
        if (profiles.some((profile) => profile.asks !== undefined)) asking += 1;
      }),
      { seed: seed(91), numRuns: runs(150) },
    );
    expect(struck).toBeGreaterThan(20);
    expect(elastic).toBeGreaterThan(5);
    expect(asking).toBeGreaterThan(5);
  });

  it("has its tasks in a table beside it where there are many", async () => {
    const scenario = scenarioFrom({
      name: "many",
      cluster: { workers: [{ id: "w", count: 40, cpu: 4 }] },
      scheduler: { policy: "sjf", estimates: { noise: 0.4 }, retries: { max: 2, backoff: { initial: "1s", jitter: 0.5 } } },
      generate: { kind: "layered", count: 1200, duration: { distribution: "lognormal", mean: "20s", cv: 2 }, fails: 0.2 },
      faults: [{ kind: "crash", mtbf: "5m", mttr: "20s" }],
    });
    const seeds = { workload: "5", faults: "6", policy: "7" };
    const { first, second, text } = await runTwice("many.yaml", scenario, seeds, scenario.scheduler.policy);
    expect(second.row).toBe(first.row);
    expect(text).toContain("file: many.tasks.csv");
    expect(text).toContain("seeds:\n  faults: 6\n  policy: 7\n");
  });

  it("says who may run a task that has times for more workers than labels leave it", async () => {
    const on = { "w-1": "3s", "w-2": { distribution: "exponential", mean: "4s" }, "zone=b": "5s" } as const;
    const scenario = scenarioFrom({
      cluster: {
        workers: [
          { id: "w", count: 2, labels: { zone: "a" } },
          { id: "v", count: 2, labels: { zone: "b" } },
        ],
      },
      scheduler: { policy: "sjf", estimates: { noise: 0.4 } },
      tasks: [{ id: "x", duration: { on }, requires: { zone: "a" } }],
    });
    const { first, second, text } = await runTwice(
      "x.yaml",
      scenario,
      { workload: "1", faults: "1", policy: "1" },
      { name: "sjf", parameters: {} },
    );
    expect(text).toMatch(/on: \{ w-1: 3s, w-2: [\d.]+s, v-1: 5s, v-2: 5s \} \}, estimate: \{ factor: [\d.]+ \}, requires: \{ zone: a \}/);
    const told = ({ tasks }: typeof first.world) => [tasks.timeTables, tasks.estimateTables, tasks.estimate.data].map(String);
    expect(told(second.world)).toEqual(told(first.world));
  });

  it("goes on as long as it did, where a budget ends it amid faults", async () => {
    const scenario = scenarioFrom({
      cluster: { workers: [{ id: "w", count: 2 }] },
      tasks: [{ id: "x", duration: "10h" }],
      faults: [{ kind: "crash", mtbf: "30s", mttr: "10s" }],
    });
    const seeds = { workload: "1", faults: "1", policy: "1" };
    const { first, second } = await runTwice("x.yaml", scenario, seeds, scenario.scheduler.policy);
    expect(first.ending.kind).toBe("max-events");
    expect(second.ending).toEqual(first.ending);
    expect(second.row).toBe(first.row);
  });
});

describe("what a scenario file cannot say", () => {
  it("is refused, each task by name", () => {
    const scenario = scenarioFrom({
      cluster: { workers: [{ id: "w" }] },
      tasks: [
        { id: "a", duration: "1s", timeout: { distribution: "integer", min: 0, max: 0 } },
        { id: "b", duration: "1s", estimate: { distribution: "pareto", shape: 0.001, min: "10000d" } },
      ],
    });
    const refused = () => requireExplicable(drawWorld(scenario, { workload: "1", faults: "1", policy: "1" }));
    expect(refused).toThrow('task "a" has drawn a time limit of 0, which a scenario file cannot say');
    expect(refused).toThrow('task "b" has drawn an estimate beyond the clock');
  });
});

describe("a policy's file", () => {
  it.each([
    ["./mine.ts", "/a/b", "/a/b/x.yaml", "./mine.ts"],
    ["mine.ts", "/a/b", "/a/x.yaml", "./b/mine.ts"],
    ["./mine.ts", "/a/b", "/a/c/x.yaml", "../b/mine.ts"],
    ["/p/mine.ts", "/a/b", "/a/c/x.yaml", "/p/mine.ts"],
    ["sjf", "/a/b", "/a/c/x.yaml", "sjf"],
  ])("%s seen from %s is, from %s, %s", (name, from, path, moved) => {
    expect(policyFrom({ name, parameters: {} }, from, path).name).toBe(moved);
  });

  it("and one that it reads", () => {
    const spec = { name: "fixed-order", parameters: { file: "order.txt" } };
    expect(policyFrom(spec, "/a/b", "/a/x.json").parameters).toEqual({ file: "./b/order.txt" });
  });
});
