// A step-wise run against the run of the whole scenario, and against the naive simulator where tasks are cancelled.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineScenario, InputError, judge, type PolicyDefinition, simulate, Simulation, type TaskInput } from "../../src/index.ts";
import { secondsOf } from "../../src/library/seconds.ts";
import type { Trace } from "../../src/model/trace.ts";
import { applies } from "../../src/policies/index.ts";
import { type Case, cases } from "../arbitraries.ts";
import { EXPRESSIONS, NAMED_POLICIES, nameOf } from "../expressions.ts";
import { runs, runsOfEach, seed } from "../fuzz-runs.ts";
import { simulateNaively } from "../naive-simulator.ts";
import { type Submissions, submissionsOf } from "./submissions.ts";

/** A fixed order lists its tasks before the run, so that none can be submitted. */
const GROWING = [...NAMED_POLICIES.filter(({ name }) => name !== "fixed-order"), ...EXPRESSIONS];

function property(policy: PolicyDefinition, check: (submissions: Submissions, drawn: Case, random: () => number) => void): void {
  fc.assert(
    fc.property(cases({ late: true }), fc.infiniteStream(fc.nat(99)), (drawn, numbers) => {
      if (drawn.scenario.scheduler.estimates === "none" && policy.needs.includes("estimate")) return;
      const submissions = submissionsOf(drawn, policy);
      check(submissions, drawn, () => numbers.next().value as number);
    }),
    { seed: seed(11), numRuns: runsOfEach(25) },
  );
}

const entriesOf = (trace: Trace) => [...trace.entries];

describe.each(GROWING.map((policy) => [nameOf(policy), policy] as const))("%s", (_, policy) => {
  test("tasks submitted before their release dates give the run of the whole scenario", () => {
    property(policy, ({ whole, bare, tasks }, { seeds }, random) => {
      const expected = simulate(whole, { seeds, storeTrace: true });
      const upFront = new Simulation(bare, { seeds });
      upFront.submit(tasks.map(({ input }) => input));
      expect(entriesOf(upFront.run().trace)).toEqual(entriesOf(expected.trace!));

      const stepByStep = new Simulation(bare, { seeds });
      for (let next = 0; next < tasks.length; ) {
        const { release } = tasks[next]!;
        if (release > 0 && secondsOf(release - 1) > stepByStep.now) stepByStep.runUntil(secondsOf(release - 1));
        const batch: TaskInput[] = [];
        while (next < tasks.length && (batch.length === 0 || (tasks[next]!.release === release && random() < 50)))
          batch.push(tasks[next++]!.input);
        stepByStep.submit(batch);
      }
      const result = stepByStep.run();
      expect(entriesOf(result.trace)).toEqual(entriesOf(expected.trace!));
      expect(result.digest).toBe(expected.digest);
      expect(result.summary).toEqual(expected.summary);
      expect(result.tasks()).toEqual(expected.tasks());
      expect(result.ending).toEqual(expected.ending);
      for (const row of result.tasks()) expect(stepByStep.status(row.task)).toEqual(row);
    });
  });

  test("a batch that is refused changes nothing", () => {
    property(policy, ({ whole, tasks }, { seeds }, random) => {
      const expected = simulate(whole, { seeds });
      const simulation = new Simulation(whole, { seeds });
      const good = { id: "new", duration: 1, cpu: 0 };
      const bad: TaskInput[][] = [
        [good, { id: "new", duration: 1, cpu: 0 }],
        [good, { id: "x", duration: 1, cpu: 0, dependencies: ["nobody"] }],
        [good, { id: "x", duration: 1, cpu: 0, dependencies: ["y"] }, { id: "y", duration: 1, cpu: 0, dependencies: ["x"] }],
        [good, { id: "x", duration: 1, cpu: 100 }],
        [good, { id: "x", duration: -1 }],
        [good, { id: "x", duration: 1, requires: { zone: "nowhere" } }],
        [good, { id: "x", duration: 1, cpu: { distribution: "integer", min: 100, max: 100 } }],
        tasks.slice(0, 1).map(({ input }) => input),
      ];
      do {
        const batch = bad[random() % bad.length]!;
        if (batch.length > 0) expect(() => simulation.submit(batch)).toThrow(InputError);
      } while (simulation.step());
      expect(simulation.digest).toBe(expected.digest);
      expect(() => simulation.status("new")).toThrow(InputError);
    });
  });

  test("cancelled tasks end as the naive simulator says, and nothing breaks an invariant", () => {
    property(policy, ({ whole, tasks }, { seeds }, random) => {
      const settings = whole.scheduler;
      const simulation = new Simulation(whole, { seeds });
      const cancels: { time: number; task: number }[] = [];
      const { world } = simulation.trace;
      if (applies(policy, world, settings) !== undefined) return;
      let time = 0;
      for (let round = 0; round < 4 && tasks.length > 0; round++) {
        time += (random() % 30) * 100_000;
        simulation.runUntil(secondsOf(time));
        const task = random() % tasks.length;
        const id = String(tasks[task]!.input.id);
        const { status } = simulation.status(id);
        const isOpen = ["blocked", "ready", "starting", "running", "suspended", "backoff"].includes(status);
        if (status === "unreleased") continue;
        expect(simulation.cancel(id)).toBe(isOpen);
        if (isOpen) cancels.push({ time, task });
        if (isOpen) expect(simulation.status(id).status).toBe("cancelled");
      }
      const { trace } = simulation.run();
      expect(entriesOf(trace)).toEqual(
        simulateNaively({ world, settings, policy: policy.specialise?.(settings.policy.parameters) ?? policy, seeds, cancels }),
      );
      expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
    });
  });

  test("tasks submitted and withdrawn at any time break no invariant, and every one of them ends", () => {
    property(policy, ({ bare, tasks }, { seeds }, random) => {
      const simulation = new Simulation(bare, { seeds });
      for (const { input } of tasks) {
        const { release, ...task } = input;
        if (random() < 60) simulation.runUntil(simulation.now + (random() % 20) / 10);
        const drawn = typeof release === "object" || release === undefined ? undefined : { release: simulation.now + (random() % 30) / 10 };
        simulation.submit({ ...task, ...drawn });
        if (random() < 10) expect(simulation.cancel(String(task.id))).toBe(true);
        if (random() < 30) simulation.step();
      }
      const result = simulation.run();
      expect(judge(result.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
      expect(result.ending.kind).toBe("complete");
      expect(result.summary.unfinished).toBe(0);
      for (const row of result.tasks()) expect(simulation.status(row.task)).toEqual(row);
    });
  });
});

describe("a queue that grows while it is full", () => {
  const task = fc.record({
    cpu: fc.integer({ min: 1, max: 4 }),
    memory: fc.integer({ min: 1, max: 4 }),
    duration: fc.integer({ min: 1, max: 9 }),
    gap: fc.constantFrom(0, 0, 1, 1, 2),
    back: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 2 }),
  });

  test.each(["first-fit", "fcfs", "sjf", "priority", "critical-path", "wfp3", "f1", "dispatch-shortest-queue"])("%s", (policy) => {
    fc.assert(
      fc.property(fc.array(task, { minLength: 20, maxLength: 60 }), fc.boolean(), (drawn, inOrder) => {
        let now = 0;
        const tasks = drawn.map(({ gap, back, ...rest }, i): TaskInput & { release: number } => {
          now += gap;
          const release = inOrder ? now : (i * 7) % 20;
          const dependencies = [...new Set(back.filter((steps) => steps <= i).map((steps) => `t${i - steps}`))];
          return { id: `t${i}`, release, priority: rest.duration % 3, dependencies, ...rest };
        });
        const cluster = { workers: [{ id: "w", count: 2, cpu: 4, memory: 4 }] };
        const simulation = new Simulation(defineScenario({ cluster }), { policy });
        for (const each of tasks) {
          if (inOrder && each.release - 0.5 > simulation.now) simulation.runUntil(each.release - 0.5);
          simulation.submit(each);
        }
        expect(simulation.run().digest).toBe(simulate(defineScenario({ cluster, tasks }), { policy }).digest);
      }),
      { seed: seed(12), numRuns: runs(40) },
    );
  });
});
