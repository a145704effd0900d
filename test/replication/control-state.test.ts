// The state that replicas agree on: what commands do to it, that a copy goes on as the one that it was made of, and that what comes too late does nothing.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Command, CommandKind } from "../../src/model/command.ts";
import { DEFAULT_SETTINGS, type SchedulerSettings } from "../../src/model/settings.ts";
import { Status } from "../../src/model/status.ts";
import { Reason } from "../../src/model/trace.ts";
import type { World } from "../../src/model/world.ts";
import { ControlState } from "../../src/replication/control-state.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { defineScenario } from "../../src/index.ts";
import { runs, seed } from "../fuzz-runs.ts";

const COUNT = 4;
const world: World = drawWorld(
  defineScenario({
    cluster: { workers: [{ id: "w", count: 2 }] },
    tasks: [
      { id: "a", duration: 1, retries: 1 },
      { id: "b", duration: 1, dependencies: ["a"], retries: 2 },
      { id: "c", duration: 1 },
      { id: "d", duration: 1, dependencies: ["b", "c"] },
    ],
  }),
  { workload: "1", faults: "1", policy: "1" },
);
const SETTINGS: SchedulerSettings = {
  ...DEFAULT_SETTINGS,
  retry: { ...DEFAULT_SETTINGS.retry, backoff: { initial: 5, factor: 1, max: 5, jitter: 0 } },
};

const fresh = () => new ControlState(world, SETTINGS);

const applyTo = (state: ControlState, each: Command, index = 1) => state.apply(each, index);

function command(kind: CommandKind, task: number, more: Partial<Command> = {}): Command {
  return { kind, task, worker: 0, attempt: 1, reason: Reason.none, time: 0, value: 0, ...more };
}

const { submit, assign, complete, fail, requeue, retry, cancel, up, suspect, trust } = CommandKind;
const statuses = ({ ledger }: ControlState) => Array.from({ length: COUNT }, (_, task) => ledger.status(task));

/** Where the newest attempts of tasks were assigned. */
const assigned = (state: ControlState) => Array.from({ length: COUNT }, (_, task) => state.assignmentOf(task, state.ledger.attempts(task)));

/** Any commands, in any order: most come too early or too late. */
const commands: fc.Arbitrary<Command> = fc
  .record({
    kind: fc.constantFrom(submit, submit, assign, assign, assign, complete, complete, fail, requeue, retry, cancel, up, suspect, trust),
    subject: fc.nat(COUNT - 1),
    worker: fc.nat(1),
    attempt: fc.integer({ min: 1, max: 3 }),
    time: fc.nat(20),
    value: fc.nat(30),
  })
  .map(({ kind, subject, worker, attempt, time, value }) => {
    const reason = kind === fail ? Reason.execution : kind === requeue ? Reason.lease : kind === cancel ? Reason.client : Reason.none;
    return { kind, task: kind >= up ? -1 : subject, worker, attempt, reason, time, value };
  });

describe("the state that replicas agree on", () => {
  test("a task goes its way by commands", () => {
    const state = fresh();
    for (const task of [0, 1, 2, 3]) expect(applyTo(state, command(submit, task))).toBe(true);
    expect(statuses(state)).toEqual([Status.ready, Status.blocked, Status.ready, Status.blocked]);
    expect(applyTo(state, command(assign, 0))).toBe(true);
    expect(applyTo(state, command(fail, 0, { reason: Reason.execution, time: 3, value: 8 }))).toBe(true);
    expect([statuses(state)[0], state.retryAt(0)]).toEqual([Status.backoff, 8]);
    expect(applyTo(state, command(retry, 0, { time: 8 }))).toBe(true);
    expect(applyTo(state, command(assign, 0, { attempt: 2 }))).toBe(true);
    expect(applyTo(state, command(complete, 0, { attempt: 2, time: 10 }))).toBe(true);
    expect(statuses(state)).toEqual([Status.completed, Status.ready, Status.ready, Status.blocked]);
    expect(state.ledger.readyAt[1]).toBe(10); // by the command, not by any clock
  });

  test("what comes too late, or twice, does nothing", () => {
    const state = fresh();
    applyTo(state, command(submit, 0));
    const { hash } = state;
    const late = [command(submit, 0), command(complete, 1), command(requeue, 0), command(retry, 0), command(cancel, 2), command(assign, 1)];
    for (const each of late.filter(({ kind }) => kind !== complete)) expect(applyTo(state, each)).toBe(false);
    expect(state.hash).toBe(hash);
    applyTo(state, command(assign, 0));
    applyTo(state, command(complete, 0));
    expect(applyTo(state, command(complete, 0))).toBe(false);
    expect(applyTo(state, command(cancel, 0))).toBe(false);
    expect(statuses(state)[0]).toBe(Status.completed);
  });

  test("knows where each task's newest attempt was assigned", () => {
    const state = fresh();
    for (const task of [0, 2]) applyTo(state, command(submit, task), 1);
    expect(state.assignmentOf(0, 0)).toBe(0);
    expect(applyTo(state, command(assign, 0), 2)).toBe(true);
    expect(applyTo(state, command(assign, 0), 3)).toBe(false); // twice
    expect(state.assignmentOf(0, 1)).toBe(2);
    applyTo(state, command(requeue, 0, { reason: Reason.lease }), 4);
    expect(state.assignmentOf(0, 1)).toBe(2);
    applyTo(state, command(assign, 0, { attempt: 2 }), 5);
    expect([state.assignmentOf(0, 1), state.assignmentOf(0, 2), state.assignmentOf(2, 1)]).toEqual([0, 5, 0]);
  });

  test("nothing is assigned to a worker that is suspected", () => {
    const state = fresh();
    applyTo(state, command(submit, 0));
    applyTo(state, command(suspect, -1));
    expect(applyTo(state, command(assign, 0))).toBe(false);
    applyTo(state, command(trust, -1));
    expect(applyTo(state, command(assign, 0))).toBe(true);
  });

  test("a new incarnation of a worker has lost what the one before it held", () => {
    const state = fresh();
    for (const task of [0, 2]) applyTo(state, command(submit, task));
    applyTo(state, command(assign, 0));
    applyTo(state, command(assign, 2, { worker: 1 }));
    expect(applyTo(state, command(up, -1, { attempt: 1 }))).toBe(false); // it is known
    expect(applyTo(state, command(up, -1, { attempt: 2 }))).toBe(true);
    expect([statuses(state)[0], statuses(state)[2]]).toEqual([Status.ready, Status.running]);
    expect(applyTo(state, command(complete, 0))).toBe(true); // told late, and nobody has started it again: it counts
    expect(statuses(state)[0]).toBe(Status.completed);
  });

  test("equal commands give equal states, and a copy goes on as the one that it was made of", () => {
    fc.assert(
      fc.property(fc.array(commands, { maxLength: 60 }), fc.nat(60), (all, at) => {
        const [one, other] = [fresh(), fresh()];
        let copy = fresh();
        for (const [i, each] of all.entries()) {
          if (i === at) copy = one.copy();
          const took = applyTo(one, each, i + 1);
          expect(applyTo(other, each, i + 1)).toBe(took);
          expect(other.hash).toBe(one.hash);
          if (i >= at) expect(applyTo(copy, each, i + 1)).toBe(took);
        }
        if (at >= all.length) return;
        expect(copy.hash).toBe(one.hash);
        expect(statuses(copy)).toEqual(statuses(one));
        expect(assigned(copy)).toEqual(assigned(one));
        expect([0, 1].map((worker) => [copy.incarnationOf(worker), copy.isSuspected(worker)])).toEqual(
          [0, 1].map((worker) => [one.incarnationOf(worker), one.isSuspected(worker)]),
        );
      }),
      { seed: seed(1, "copies"), numRuns: runs(1000) },
    );
  });

  test("other commands give another hash", () => {
    const [one, other] = [fresh(), fresh()];
    applyTo(one, command(submit, 0));
    applyTo(other, command(submit, 2));
    expect(one.hash).not.toBe(other.hash);
  });
});
