// Random functions: against a little model of their own, and against the simulation of tasks that take the same time.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judge, simulate, type TaskContext, type TaskInput, TaskScheduler } from "../../src/index.ts";
import { drawnAttempt } from "../../src/oracle/drawn-attempt.ts";
import { EntryKind } from "../../src/model/trace.ts";
import { secondsOf } from "../../src/library/seconds.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { cases } from "../arbitraries.ts";
import { EXPRESSIONS, NAMED_POLICIES, nameOf } from "../expressions.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { submissionsOf } from "../library/submissions.ts";
import { type ModelTask, runModel } from "./little-model.ts";

const tasks: fc.Arbitrary<ModelTask[]> = fc
  .array(
    fc.record({
      dependencies: fc.array(fc.nat(9), { maxLength: 2 }),
      retries: fc.nat(2),
      attempts: fc.array(fc.record({ sleeps: fc.array(fc.nat(3), { maxLength: 3 }), throws: fc.boolean() }), {
        minLength: 3,
        maxLength: 3,
      }),
    }),
    { maxLength: 10 },
  )
  .map((drawn) =>
    drawn.map(({ dependencies, ...task }, index) => ({
      ...task,
      id: `f${index}`,
      dependencies: index === 0 ? [] : [...new Set(dependencies.map((number) => `f${number % index}`))],
    })),
  );

/** A function that does what the model's task does; `say` is told of each step. */
function functionOf({ id, attempts }: ModelTask, say: (line: string) => void) {
  return async (ctx: TaskContext) => {
    const { sleeps, throws } = attempts[ctx.attempt - 1]!;
    for (const [step, sleep] of sleeps.entries()) {
      say(`${ctx.now} ${id} ${ctx.attempt} ${step}`);
      await ctx.sleep(sleep);
    }
    await Promise.resolve();
    if (throws) throw new Error(`${id} ${ctx.attempt}`);
    return `${id} ${ctx.attempt}`;
  };
}

test("functions that sleep and throw end as the little model says, and nothing breaks an invariant", async () => {
  await fc.assert(
    fc.asyncProperty(tasks, fc.integer({ min: 1, max: 3 }), fc.boolean(), async (drawn, maxWorkers, late) => {
      const scheduler = new TaskScheduler({ maxWorkers });
      for (const task of drawn) {
        scheduler.addTask(
          task.id,
          functionOf(task, () => {}),
          { retries: task.retries, ...(!late && { dependencies: task.dependencies }) },
        );
      }
      if (late) for (const task of drawn) scheduler.addDependency(task.id, ...task.dependencies);
      const results = await scheduler.run();
      const expected = runModel(drawn, maxWorkers);
      expect([...results.keys()]).toEqual(drawn.map(({ id }) => id));
      for (const [id, { status, attempts, started, finished, result, error }] of results) {
        expect({ id, status, attempts, started, finished }).toEqual({ id, ...expected.get(id) });
        expect(result).toBe(status === "success" ? `${id} ${attempts}` : undefined);
        expect(error?.message).toBe(status === "failed" ? `${id} ${attempts}` : undefined);
      }
      expect(judge(scheduler.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
    }),
    { seed: seed(21), numRuns: runs(150) },
  );
});

test("run again, they do the same things in the same order", async () => {
  await fc.assert(
    fc.asyncProperty(tasks, fc.integer({ min: 1, max: 3 }), async (drawn, maxWorkers) => {
      const run = async () => {
        const said: string[] = [];
        const scheduler = new TaskScheduler({ maxWorkers });
        for (const task of drawn)
          scheduler.addTask(
            task.id,
            functionOf(task, (line) => said.push(line)),
            { dependencies: task.dependencies, retries: task.retries },
          );
        await scheduler.run();
        return { said, digest: scheduler.digest };
      };
      expect(await run()).toEqual(await run());
    }),
    { seed: seed(22), numRuns: runs(30) },
  );
});

// A fixed order lists all tasks, and these are random; functions cannot be preempted.
const UNLISTED = [...NAMED_POLICIES.filter(({ name, preempts }) => name !== "fixed-order" && preempts !== true), ...EXPRESSIONS];

describe.each(UNLISTED.map((policy) => [nameOf(policy), policy] as const))("%s", (_, policy) => {
  test("functions give the trace of tasks that take the time and fail as they do", async () => {
    await fc.assert(
      fc.asyncProperty(cases({ late: true }), fc.double({ min: 0, max: 1, noNaN: true }), async (drawn, part) => {
        if (drawn.scenario.scheduler.estimates === "none" && policy.needs.includes("estimate")) return;
        const whole = asFunctions(drawn);
        const { whole: scenario, tasks: submitted, input } = submissionsOf(whole, policy);
        const expected = simulate(scenario, { seed: drawn.seeds.policy, storeTrace: true }).trace!;
        const world = drawWorld(scenario, drawn.seeds);
        const { policy: spec, ...scheduling } = input.scheduler ?? {};
        const scheduler = new TaskScheduler({
          workers: input.cluster!.workers,
          seed: drawn.seeds.policy,
          policy: spec as string,
          scheduler: scheduling,
        });
        for (const [task, { input: own }] of submitted.entries()) {
          scheduler.addTask(
            String(own.id),
            async (ctx) => {
              const worker = world.workers.names.indexOf(ctx.worker);
              const { unlimited, kind } = drawnAttempt(world, task, worker, ctx.attempt);
              await ctx.sleep(secondsOf(Math.floor(unlimited * part)));
              if (kind === EntryKind.failed) throw new Error("drawn to fail");
            },
            optionsOf(own),
          );
        }
        await scheduler.run();
        expect([...scheduler.trace.entries]).toEqual([...expected.entries]);
        expect(judge(scheduler.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
      }),
      { seed: seed(23), numRuns: runs(15) },
    );
  });
});

/** Without what functions have not: failures halfway, checkpoints, and environments. */
function asFunctions(drawn: Parameters<typeof submissionsOf>[0]): typeof drawn {
  const sources = drawn.scenario.sources.map((source) =>
    source.kind === "tasks"
      ? { ...source, tasks: source.tasks.map(({ profile: _profile, ...task }) => ({ ...task, failsAfter: 1 })) }
      : source,
  );
  return { ...drawn, scenario: { ...drawn.scenario, sources } };
}

function optionsOf({ id: _id, function: _function, command: _command, fails: _fails, failsAfter: _part, ...options }: TaskInput) {
  return options;
}
