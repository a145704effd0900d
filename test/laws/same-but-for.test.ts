// P10: what must not matter. Where nothing is drawn: other names, another order of the input, another unit of time, and a worker
// that can hold nothing leave every decision as it was.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EnvironmentKind } from "../../src/environments/environment.ts";
import { environmentNamed, environmentPlan } from "../../src/environments/index.ts";
import type { TaskProfile } from "../../src/model/task-profile.ts";
import type { CheckpointPlan } from "../../src/model/checkpoint.ts";
import type { Amount, Scenario, TaskSpec } from "../../src/model/scenario.ts";
import { aboutFile, type TraceEntry } from "../../src/model/trace.ts";
import type { PolicyDefinition } from "../../src/policies/policy.ts";
import { type Case, cases, scaledOptions, scaledSettings } from "../arbitraries.ts";
import { entryText, traceText } from "../entry-text.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { EACH_POLICY, type Setup, setUp, traceOf } from "./running.ts";

const fixed = cases({ fixed: true });
const smooth = cases({ fixed: true, smooth: true });

/** Policies that draw nothing. */
const UNDRAWN = EACH_POLICY.filter(([, policy]) => policy.draws !== true);

function placementOf({ settings, policy }: Setup): string {
  return policy.takesPlacement ? (settings.policy.placement ?? settings.placement) : "none";
}

/** Two cases that should run alike, or a case that does not qualify. */
function pair(policy: PolicyDefinition, drawn: Case, other: Case): [Setup, Setup] {
  const [one, two] = [setUp(policy, drawn), setUp(policy, other)];
  fc.pre(one !== undefined && two !== undefined);
  for (const { world } of [one, two]) expect(world.drawn).toEqual({ workload: false, faults: false });
  fc.pre(placementOf(one) !== "random");
  return [one, two];
}

describe("other names", () => {
  const rename = (name: string) => `${name.slice(1)}é${name.slice(0, 1)}-${name.length}`;
  test.each(UNDRAWN)("%s", (_, policy) => {
    fc.assert(
      fc.property(fixed, (drawn) => {
        const [one, two] = pair(
          policy,
          drawn,
          edited(drawn, (scenario) => renamed(scenario, rename)),
        );
        expect(traceText(traceOf(two).entries)).toEqual(traceText(traceOf(one).entries));
      }),
      { seed: seed(51), numRuns: runs(22) },
    );
  });
});

describe("another order of the input, where no rank and release are equal", () => {
  const POSITIONLESS = UNDRAWN.filter(([name]) => !name.startsWith("test-")); // those rank by position
  test.each(POSITIONLESS)("%s", (_, policy) => {
    fc.assert(
      fc.property(fixed, fc.array(fc.nat(), { minLength: 16, maxLength: 16 }), (drawn, keys) => {
        const distinct = edited(drawn, releasedApart);
        const count = tasksOf(distinct.scenario).length;
        const order = Array.from({ length: count }, (__, position) => position).sort((a, b) => keys[a] - keys[b] || a - b);
        const shuffled = edited(distinct, (scenario) =>
          withTasks(
            scenario,
            order.map((position) => tasksOf(scenario)[position]),
          ),
        );
        const [one, two] = pair(policy, distinct, shuffled);
        if (policy.name === "fixed-order") two.settings.policy.parameters = one.settings.policy.parameters;
        fc.pre(one.settings.pass !== "event"); // the ends of one instant come by position, with a pass after each
        const original = (entry: TraceEntry) => entryText({ ...entry, task: order[entry.task] ?? -1, attempt: fileIn(one, two, entry) });
        expect([...traceOf(two).entries].map(original).sort()).toEqual(traceText(traceOf(one).entries).sort());
      }),
      { seed: seed(52), numRuns: runs(22) },
    );
  });
});

describe("another unit of time", () => {
  test.each(EACH_POLICY.filter(([, policy]) => policy.scaleFree))("%s", (_, policy) => {
    fc.assert(
      fc.property(smooth, fc.constantFrom(2, 3, 10, 1000), (drawn, factor) => {
        const inOther = edited(drawn, (scenario) => scaled(scenario, factor));
        const [one, two] = pair(policy, drawn, { ...inOther, options: scaledOptions(drawn.options, factor) });
        const inNewUnit = (entry: TraceEntry) => entryText({ ...entry, time: entry.time * factor });
        expect(traceText(traceOf(two).entries)).toEqual([...traceOf(one).entries].map(inNewUnit));
      }),
      { seed: seed(53), numRuns: runs(22) },
    );
  });
});

describe("a worker that can hold nothing, unless workers are taken in turn", () => {
  test.each(UNDRAWN.filter(([name]) => name !== "dispatch-round-robin"))("%s", (_, policy) => {
    fc.assert(
      fc.property(fixed, fc.boolean(), (drawn, first) => {
        const asking = edited(drawn, (scenario) => withTasks(scenario, tasksOf(scenario).map(asksForSomething)));
        const [one, two] = pair(
          policy,
          asking,
          edited(asking, (scenario) => withUselessWorker(scenario, first)),
        );
        fc.pre(placementOf(one) !== "round-robin");
        if (policy.name === "fixed-order") two.settings.policy.parameters = one.settings.policy.parameters;
        const shifted = (entry: TraceEntry) =>
          entryText({ ...entry, worker: first && entry.worker >= 0 ? entry.worker - 1 : entry.worker });
        expect([...traceOf(two).entries].map(shifted)).toEqual(traceText(traceOf(one).entries));
      }),
      { seed: seed(54), numRuns: runs(22) },
    );
  });
});

/** What an entry of the second says in `attempt`: files have the numbers that they have in the first. */
function fileIn({ world: one }: Setup, { world: two }: Setup, { kind, attempt }: TraceEntry): number {
  if (one.data === undefined || two.data === undefined || !aboutFile(kind)) return attempt;
  return one.data.files.names.indexOf(two.data.files.names[attempt] as string);
}

// Edits of scenarios.

function edited(drawn: Case, edit: (scenario: Scenario) => Scenario): Case {
  return { ...drawn, scenario: edit(drawn.scenario) };
}

function tasksOf({ sources }: Scenario): readonly TaskSpec[] {
  return sources.flatMap((source) => (source.kind === "tasks" ? source.tasks : []));
}

function withTasks(scenario: Scenario, tasks: readonly TaskSpec[]): Scenario {
  return { ...scenario, sources: [{ kind: "tasks", tasks }] };
}

function renamed(scenario: Scenario, rename: (name: string) => string): Scenario {
  const ids = new Set(scenario.workers.map((worker) => worker.id));
  const on = (duration: TaskSpec["duration"]): TaskSpec["duration"] =>
    isPerWorker(duration) ? { on: duration.on.map(([key, time]) => [ids.has(key) ? rename(key) : key, time] as const) } : duration;
  const tasks = tasksOf(scenario).map((task) => ({
    ...task,
    id: rename(task.id),
    dependencies: task.dependencies.map(rename),
    duration: on(task.duration),
  }));
  const { files, network } = scenario;
  const other = {
    ...scenario,
    workers: scenario.workers.map((worker) => ({ ...worker, id: rename(worker.id) })),
    ...(files && { files: files.map((file) => ({ ...file, at: file.at.map(rename) })) }),
    ...(network && { network: { ...network, links: network.links.map((link) => ({ ...link, worker: rename(link.worker as string) })) } }),
  };
  return withTasks(other, tasks);
}

/** Releases that keep their order and are never equal. */
function releasedApart(scenario: Scenario): Scenario {
  const tasks = tasksOf(scenario);
  return withTasks(
    scenario,
    tasks.map((task, index) => ({ ...task, release: (task.release as number) * tasks.length + index })),
  );
}

function scaled(scenario: Scenario, factor: number): Scenario {
  const times = (amount: Amount | undefined) => (amount as number) * factor;
  const tasks = tasksOf(scenario).map((task): TaskSpec => {
    const { duration } = task;
    return {
      ...task,
      duration: isPerWorker(duration) ? { on: duration.on.map(([key, time]) => [key, times(time)] as const) } : times(duration as number),
      release: times(task.release),
      ...(task.estimate !== undefined && { estimate: times(task.estimate as Amount) }),
      ...(task.due !== undefined && { due: times(task.due) }),
      ...(task.timeout !== undefined && { timeout: times(task.timeout) }),
      ...(task.profile && { profile: scaledProfile(task.profile, factor) }),
      ...(task.outputs && { outputs: task.outputs.map((file) => ({ ...file, size: file.size * factor })) }),
      ...(task.outputSize !== undefined && { outputSize: times(task.outputSize) }),
    };
  });
  const { files, localityDelay } = { ...scenario, ...scenario.scheduler };
  const other = {
    ...scenario,
    scheduler: { ...scaledSettings(scenario.scheduler, factor), ...(localityDelay && { localityDelay: localityDelay * factor }) },
    workers: scenario.workers.map((worker) => ({ ...worker, ...(worker.fileCache && { fileCache: worker.fileCache * factor }) })),
    ...(files && { files: files.map((file) => ({ ...file, size: file.size * factor })) }),
  };
  return withTasks(other, tasks);
}

function scaledProfile({ checkpoint, environment, straggle }: TaskProfile, factor: number): TaskProfile {
  const profile: TaskProfile = {};
  if (straggle !== undefined) profile.straggle = straggle;
  if (checkpoint !== undefined) profile.checkpoint = scaledCheckpoint(checkpoint, factor);
  if (environment !== undefined) {
    const { kind, options } = environment;
    const { times, warm = 0, keep = 0 } = options;
    const lengths = Object.fromEntries(Object.entries(times).map(([stage, time]) => [stage, time * factor]));
    const scaledOptions = { ...options, times: lengths, warm: warm * factor, keep: keep * factor };
    profile.environment = environmentPlan(environmentNamed(kind) as EnvironmentKind, scaledOptions);
  }
  return profile;
}

/** None that goes by failures. */
function scaledCheckpoint({ every, cost, restore, storage }: CheckpointPlan, factor: number): CheckpointPlan {
  const plan: CheckpointPlan = { cost: cost * factor, restore: restore * factor, storage };
  if (every !== undefined) plan.every = (every as number) * factor;
  return plan;
}

/** Asks for a thousandth of a core at least: what asks for nothing fits a worker that has nothing. */
function asksForSomething(task: TaskSpec): TaskSpec {
  const [cpu, ...others] = task.request;
  return { ...task, request: [Math.max(1, cpu as number), ...others] };
}

function withUselessWorker(scenario: Scenario, first: boolean): Scenario {
  const useless = { id: "useless", capacity: scenario.dimensions.map(() => 0), speed: 1000, labels: { zone: "a" } };
  const workers = first ? [useless, ...scenario.workers] : [...scenario.workers, useless];
  return { ...scenario, workers };
}

function isPerWorker(
  duration: TaskSpec["duration"],
): duration is Extract<TaskSpec["duration"], { on: unknown }> & { on: readonly (readonly [string, Amount])[] } {
  return typeof duration === "object" && "on" in duration && !("distribution" in duration);
}
