// The search for an order that explains answers: it finds what trying all orders finds, and what breaks is told by the fewest calls.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { STATUS_CALL, TaskState } from "../../src/model/clients.ts";
import { CommandKind } from "../../src/model/command.ts";
import { linearizes, searchLinearizations } from "../../src/oracle/linearizability.ts";
import { afterCall, type CallOperation, type Step, type TaskHistory } from "../../src/oracle/task-history.ts";
import { defineScenario, simulate } from "../../src/index.ts";
import { linearizabilityText } from "../../src/report/linearizability-text.ts";
import { runs, seed } from "../fuzz-runs.ts";

const { unsubmitted, waiting, running, completed, cancelled } = TaskState;
const ENOUGH = 100_000;

const at = (time: number) => ({ time, entry: time });

function call(kind: number, from: number, to: number | undefined, state: TaskState | undefined, counts = true): CallOperation {
  return {
    ...{ client: 0, number: from, kind, called: at(from), returned: to === undefined ? undefined : at(to) },
    ...{ state: to === undefined ? undefined : state, counts, to: waiting },
  };
}
const status = (from: number, to: number, state: TaskState) => call(STATUS_CALL, from, to, state);
const submit = (from: number, to: number | undefined, counts = true) => call(CommandKind.submit, from, to, waiting, counts);
const step = (time: number, from: TaskState, to: TaskState): Step => ({ decided: at(time), from, to });
const history = (calls: CallOperation[], steps: Step[] = []): TaskHistory => ({ task: 0, calls, steps });

/** All that may be: whatever has begun before what is left was answered takes effect next, in every way. */
function naive({ calls, steps }: TaskHistory, state: TaskState = unsubmitted): boolean {
  const answered = calls.filter(({ returned }) => returned !== undefined);
  if (answered.length === 0) return true;
  const first = Math.min(...answered.map(({ returned }) => returned!.entry));
  const others = (one: CallOperation) => calls.filter((each) => each !== one);
  const [next, ...later] = steps;
  if (next !== undefined && next.decided.entry < first && next.from === state && naive({ task: 0, calls, steps: later }, next.to))
    return true;
  return calls.some((one) => {
    if (one.called.entry > first) return false;
    const after = afterCall(one, state);
    return after !== undefined && naive({ task: 0, calls: others(one), steps }, after);
  });
}

describe("an order that explains answers", () => {
  test("is there for what happened one after another", () => {
    const steps = [step(5, waiting, running), step(9, running, completed)];
    expect(
      linearizes(history([submit(1, 2), status(3, 4, waiting), status(6, 7, running), status(10, 11, completed)], steps), ENOUGH),
    ).toBe("held");
  });

  test("is not there where a task goes back", () => {
    const steps = [step(3, waiting, running)];
    expect(linearizes(history([submit(1, 2), status(4, 5, running), status(6, 7, waiting)], steps), ENOUGH)).toBe("broken");
    expect(linearizes(history([submit(1, 2), status(4, 7, running), status(5, 8, waiting)], steps), ENOUGH)).toBe("held"); // at once
  });

  test("may have what was not answered take effect late, or never", () => {
    const lost = call(CommandKind.cancel, 3, undefined, undefined);
    expect(linearizes(history([submit(1, 2), lost, status(10, 11, waiting)]), ENOUGH)).toBe("held");
    expect(linearizes(history([submit(1, 2), lost, status(10, 11, waiting), status(12, 13, cancelled)]), ENOUGH)).toBe("held");
    expect(linearizes(history([submit(1, 2), lost, status(10, 11, cancelled), status(12, 13, waiting)]), ENOUGH)).toBe("broken");
    expect(linearizes(history([submit(1, 2), status(10, 11, cancelled)]), ENOUGH)).toBe("broken");
  });

  test("is not there where one call counts twice, or an answer forgets what was done", () => {
    expect(linearizes(history([submit(1, 2), submit(3, 4)]), ENOUGH)).toBe("broken");
    expect(linearizes(history([submit(1, 2), submit(3, 4, false)]), ENOUGH)).toBe("held");
    expect(linearizes(history([submit(1, 2), status(3, 4, unsubmitted)]), ENOUGH)).toBe("broken");
  });

  test("is undecided where the budget ends first, and that is not held", () => {
    expect(linearizes(history([submit(1, 2), status(3, 4, waiting)]), 1)).toBe("undecided");
  });

  test("is found where trying all orders finds one, and only there", () => {
    const states = fc.constantFrom(unsubmitted, waiting, running, completed, cancelled);
    const calls = fc.array(
      fc.record({
        kind: fc.constantFrom(STATUS_CALL, STATUS_CALL, STATUS_CALL, CommandKind.submit, CommandKind.cancel, CommandKind.change),
        state: states,
        counts: fc.boolean(),
        isAnswered: fc.constantFrom(true, true, true, false),
        from: fc.nat(20),
        lasting: fc.integer({ min: 1, max: 12 }),
      }),
      { minLength: 2, maxLength: 5 },
    );
    const steps = fc.subarray([
      step(3, waiting, running),
      step(8, running, waiting),
      step(10, waiting, running),
      step(14, running, completed),
    ]);
    const found = { held: 0, broken: 0 };
    fc.assert(
      fc.property(calls, steps, (drawn, taken) => {
        // Moments differ: places among all that begins and is answered.
        const all = drawn.map(({ kind, state, counts, isAnswered, from, lasting }, i) => {
          const [begins, ends] = [from * 100 + i, (from + lasting) * 100 + 50 + i];
          return call(kind, begins, isAnswered ? ends : undefined, state, counts);
        });
        const scaled = taken.map(({ decided, from, to }) => step(decided.time * 100 + 99, from, to));
        const verdict = linearizes(history(all, scaled), ENOUGH);
        expect(verdict).toBe(naive(history(all, scaled)) ? "held" : "broken");
        found[verdict as "held" | "broken"] += 1;
      }),
      { seed: seed(1, "orders"), numRuns: runs(3000) },
    );
    expect(Math.min(found.held, found.broken)).toBeGreaterThan(100);
  });
});

describe("stale reads", () => {
  const runWith = (reads: "stale" | "linearizable") => {
    const scenario = defineScenario({
      cluster: { workers: [{ id: "w", count: 4 }] },
      scheduler: { replicas: 3 },
      clients: { count: 3, status: "200ms", reads },
      network: { clients: { latency: "1ms" } },
      generate: { kind: "bag", count: 40, duration: "2s" },
      faults: [{ kind: "partition", replica: "r-1", at: "5s", for: "10s" }],
    });
    return simulate(scenario, { storeTrace: true });
  };

  test("break it where a replica is cut off, and the fewest calls that show it are told", () => {
    const { trace, summary } = runWith("stale");
    const found = searchLinearizations(trace, ENOUGH);
    expect(found.verdict).toBe("broken");
    expect(summary.stale_answers).toBeGreaterThan(0);
    for (const { calls } of found.broken) expect(calls).toHaveLength(2);
    expect(`\n${linearizabilityText(found, trace.world)}`).toMatchInlineSnapshot(`
      "
      linearizability broken: of 40 tasks 34 held, 6 broken

      task t11: no order of these calls explains their answers

      called_s  answered_s                                            client  asks    answer
           5.6       5.602  #                                         c-2     status  running
           8.2       8.202                                        ##  c-2     status  waiting
      "
    `);
  });

  test("where the leader alone answers, nothing is broken", () => {
    const { trace, summary } = runWith("linearizable");
    expect(searchLinearizations(trace, ENOUGH).verdict).toBe("held");
    expect([summary.stale_answers, summary.wrong_answers]).toEqual([0, 0]);
  });
});
