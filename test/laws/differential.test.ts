// The real simulator against the naive one: entry by entry, on random scenarios, under every policy.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at } from "../../src/model/columns.ts";
import type { LivenessSettings } from "../../src/model/settings.ts";
import { policyNamed } from "../../src/policies/index.ts";
import { EntryKind, type TraceEntry } from "../../src/model/trace.ts";
import type { PolicyDefinition } from "../../src/policies/policy.ts";
import { simulate } from "../../src/simulation.ts";
import { type Case, cases } from "../arbitraries.ts";
import { traceText } from "../entry-text.ts";
import { runs, runsOfEach, seed } from "../fuzz-runs.ts";
import { judge } from "../../src/oracle/index.ts";
import { simulateNaively } from "../naive-simulator.ts";
import { type Known, task, traceOf, worker } from "../oracle/known-traces.ts";
import {
  cancelledRun,
  changing,
  EACH_POLICY,
  hasIdleThoughts,
  misfortunes,
  placeIn,
  requests,
  scaledMisfortune,
  type Setup,
  setUp,
  traceOf as storedTrace,
  type Turnover,
  turnovers,
  unfortunate,
  whileLeaving,
  withActions,
  withdrawals,
} from "./running.ts";

describe.each(EACH_POLICY)("the naive simulator agrees entry by entry: %s", (name, policy) => {
  const agrees = (drawn: Case) => {
    const setup = setUp(policy, drawn);
    fc.pre(setup !== undefined);
    expect(traceText(storedTrace(setup).entries)).toEqual(traceText(simulateNaively(setup)));
  };

  test("on small scenarios full of ties", () => {
    fc.assert(fc.property(cases(), agrees), { seed: seed(1, name), numRuns: runsOfEach(40) });
  });

  test("on long queues of many different tasks", () => {
    fc.assert(fc.property(cases({ crowd: true }), agrees), { seed: seed(2, name), numRuns: runsOfEach(policy.order === "line" ? 8 : 3) });
  });

  test("when the client cancels", () => {
    fc.assert(
      fc.property(cases(), withdrawals, (drawn, asked) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined);
        const { trace, cancels } = cancelledRun(setup, asked);
        expect(traceText(trace.entries)).toEqual(traceText(simulateNaively({ ...setup, cancels })));
      }),
      { seed: seed(3, name), numRuns: runsOfEach(16) },
    );
  });
});

/** How the scheduler is set where workers fail: what matters there more often than among other scenarios. */
const schedulings = fc.record({
  countLost: fc.boolean(),
  elsewhere: fc.constantFrom("require" as const, "prefer" as const),
  decisionTime: fc.constantFrom(undefined, undefined, { perPass: 1, perTask: 0 }, { perPass: 1, perTask: 1 }),
  pass: fc.constantFrom(undefined, undefined, "event" as const, 1, 2, 3),
});

type Scheduling = typeof schedulings extends fc.Arbitrary<infer T> ? T : never;

/** The same so set; times in units of `scale` µs. */
function scheduled(setup: Setup, { countLost, elsewhere, decisionTime, pass }: Scheduling, scale: number): Setup {
  const { settings } = setup;
  const retry = { ...settings.retry, countLost, elsewhere };
  const time = decisionTime && { decisionTime: { perPass: decisionTime.perPass * scale, perTask: decisionTime.perTask * scale } };
  const when = pass && { pass: pass === "event" ? pass : { every: pass * scale } };
  return { ...setup, settings: { ...settings, retry, ...time, ...when } };
}

/** Both agree to the end; where a run would never end, as far as it goes, and no task ever does anything after it. */
function agreesOnFaults(setup: Setup): void {
  const { trace, ending } = simulate({ ...setup, storeTrace: true, maxEvents: 1500 });
  const real = traceText(trace!.entries);
  if (ending.kind === "max-events") {
    const naive = traceText(simulateNaively({ ...setup, until: ending.time, most: real.length }));
    expect(naive.slice(0, real.length)).toEqual(real);
    return;
  }
  const naive = simulateNaively({ ...setup, until: ending.time + 20 * setup.settings.liveness!.heartbeat.timeout });
  expect(traceText(naive.slice(0, real.length))).toEqual(real);
  if (ending.kind === "complete") expect(naive.length).toBe(real.length);
  else expect(naive.slice(real.length).filter(({ task }) => task >= 0)).toEqual([]);
}

describe("the naive simulator agrees where workers fail", () => {
  test.each(EACH_POLICY)("in any way and at any moment: %s", (name, policy) => {
    fc.assert(
      fc.property(
        cases(),
        schedulings,
        misfortunes,
        fc.constantFrom(0, 0, 0.3, 0.5),
        fc.oneof(fc.constant([]), requests),
        (drawn, scheduling, misfortune, part, asked) => {
          const plain = setUp(policy, drawn);
          fc.pre(plain !== undefined && plain.world.tasks.count > 0);
          const set = scheduled(plain, policy.preempts === true ? { ...scheduling, decisionTime: undefined } : scheduling, drawn.scale);
          const failing = unfortunate(set, scaledMisfortune(misfortune, drawn.scale, part));
          fc.pre(!hasIdleThoughts(failing));
          agreesOnFaults(withActions(failing, asked, drawn.scale));
        },
      ),
      { seed: seed(5, name), numRuns: runsOfEach(10) },
    );
  });
});

describe("the naive simulator agrees where workers join and leave", () => {
  test.each(EACH_POLICY)("and fail, at any moment: %s", (name, policy) => {
    fc.assert(
      fc.property(
        cases({ brief: true }),
        schedulings,
        turnovers,
        misfortunes,
        fc.constantFrom("none", "anytime", "leaving"),
        fc.oneof(fc.constant([]), requests),
        (drawn, scheduling, turnover, anytime, failing, asked) => {
          const plain = setUp(policy, drawn);
          fc.pre(plain !== undefined && plain.world.tasks.count > 0);
          const set = scheduled(plain, policy.preempts === true ? { ...scheduling, decisionTime: undefined } : scheduling, 1);
          const misfortune = failing === "leaving" ? whileLeaving(turnover, anytime) : anytime;
          const changed = changing(failing === "none" ? set : unfortunate(set, misfortune), turnover, misfortune.liveness, asked);
          fc.pre(!hasIdleThoughts(changed));
          agreesOnFaults(changed);
        },
      ),
      { seed: seed(6, name), numRuns: runsOfEach(10) },
    );
  });
});

test("the naive simulator agrees where cancellations wait until workers confirm them", () => {
  const cancels = fc.array(fc.record({ time: fc.nat(12), task: fc.nat(15), kind: fc.constant("cancel" as const) }), { minLength: 2 });
  const preempting = EACH_POLICY.filter(([, policy]) => policy.preempts === true); // what waits makes no room for others
  const anyPolicy = fc.oneof(fc.constantFrom(...EACH_POLICY), fc.constantFrom(...preempting));
  const comings = fc.oneof(fc.constant<Turnover>({ joins: [], leaves: [] }), turnovers);
  let waited = 0;
  fc.assert(
    fc.property(anyPolicy, cases({ brief: true }), misfortunes, comings, cancels, ([, policy], drawn, misfortune, turnover, asked) => {
      const plain = setUp(policy, drawn);
      fc.pre(plain !== undefined && plain.world.tasks.count > 0);
      const failing = unfortunate({ ...plain, settings: { ...plain.settings, cancel: "confirmed" } }, misfortune);
      fc.pre(!hasIdleThoughts(failing));
      const setup = changing(failing, turnover, misfortune.liveness, asked);
      agreesOnFaults(setup);
      const entries = [...simulate({ ...setup, storeTrace: true, maxEvents: 1500 }).trace!.entries];
      const requests = entries.filter(({ kind }) => kind === EntryKind.cancelRequested);
      const isAnswer = (request: TraceEntry) => (entry: TraceEntry) =>
        entry.kind === EntryKind.cancelled && entry.task === request.task && entry.time === request.time;
      waited += requests.filter((request) => !entries.some(isAnswer(request))).length;
    }),
    { seed: seed(7), numRuns: runs(400) },
  );
  expect(waited).toBeGreaterThan(10);
});

/** Tasks of wrong estimates on workers that are slow, paused or crash for a time, under a policy that goes by what is left. */
const misjudged: fc.Arbitrary<Known> = fc
  .record({
    tasks: fc.array(fc.record({ duration: fc.nat(30), estimate: fc.nat(30), release: fc.nat(40), onW1: fc.boolean() }), {
      minLength: 2,
      maxLength: 6,
    }),
    speeds: fc.array(fc.constantFrom(1000, 700, 2000), { minLength: 1, maxLength: 2 }),
    faults: fc.array(
      fc.record({
        effect: fc.constantFrom({ kind: "slow" as const, rate: 300 }, { kind: "frozen" as const }, { kind: "down" as const }),
        from: fc.nat(40),
        lasting: fc.integer({ min: 1, max: 40 }),
      }),
      { maxLength: 3 },
    ),
    mode: fc.constantFrom("kill" as const, "suspend" as const),
    grace: fc.constantFrom(0, 0, 2),
    pass: fc.constantFrom("instant" as const, "event" as const, { every: 3 }),
    progress: fc.constantFrom(7, 100, 250, 334, 500),
  })
  .map(({ tasks, speeds, faults, mode, grace, pass, progress }) => ({
    policy: "srpt",
    workers: speeds.map((speed, i) => worker(`w-${i + 1}`, 1000, { speed })),
    tasks: tasks.map(({ duration, estimate, release, onW1 }, i) => {
      const time = onW1 ? { on: [["w-1", duration]] as [string, number][] } : duration;
      return { ...task(`t${i}`, 0, { release, estimate }), duration: time };
    }),
    faults: faults.map(({ effect, from, lasting }) => ({ worker: 0, effect, episodes: { from, to: from + lasting } })),
    settings: {
      pass,
      preemption: { mode, grace, minRun: 0, max: Number.POSITIVE_INFINITY },
      liveness: { heartbeat: { interval: 2, timeout: 6 }, lease: 10, requeue: "lease-end", progress },
    },
  }));

test("the naive simulator agrees where workers tell how far attempts are, and the policy goes by what is left", () => {
  const policy = policyNamed("srpt") as PolicyDefinition;
  let mattered = 0;
  fc.assert(
    fc.property(misjudged, (known) => {
      const { world, settings, entries } = traceOf(known);
      const run = (liveness: LivenessSettings) => {
        const { trace } = simulate({ world, settings: { ...settings, liveness }, policy, seeds: { policy: "1" }, storeTrace: true });
        return trace!;
      };
      const told = run(settings.liveness!);
      expect(traceText(told.entries)).toEqual(traceText(entries));
      const rank = (position: number, _now: number, remaining = at(world.tasks.estimate, position)) => [remaining];
      expect(judge(told, { rank }).filter(({ verdict }) => verdict === "violated")).toEqual([]);
      const { progress: _, ...silent } = settings.liveness!;
      const chosen = (trace: typeof told) => traceText(trace.entries).filter((line) => line.includes("preempted"));
      if (chosen(told).join() !== chosen(run(silent)).join()) mattered += 1;
    }),
    { seed: seed(8), numRuns: runs(500) },
  );
  expect(mattered).toBeGreaterThan(20);
});

test("the naive simulator agrees where a scenario's actions cancel, send back and change tasks", () => {
  fc.assert(
    fc.property(fc.constantFrom(...EACH_POLICY), cases(), requests, ([, policy], drawn, asked) => {
      const setup = setUp(policy, drawn);
      fc.pre(setup !== undefined && setup.world.tasks.count > 0);
      const acted = withActions(setup, asked);
      const trace = storedTrace(acted);
      expect(traceText(trace.entries)).toEqual(traceText(simulateNaively(acted)));
      expect(judge(trace, placeIn(setup)).filter(({ verdict }) => verdict === "violated")).toEqual([]);
    }),
    { seed: seed(4), numRuns: runs(500) },
  );
});

describe("what once went wrong stays right", () => {
  const small = (id: string, duration: number, more: Parameters<typeof task>[2] = {}) =>
    task(id, duration, { ...more, estimate: duration });
  const CASES: [string, Known][] = [
    [
      "a blocked head that comes back for a retry may go where it could not before",
      {
        policy: "fcfs",
        workers: [worker("w-1", 1000), worker("w-2", 1000)],
        tasks: [task("a", 1), task("b", 0, { retries: 2, fails: "always" })],
      },
    ],
    [
      "a task submitted later in an instant does not raise the level of one before it, where a pass comes between",
      {
        policy: "critical-path",
        workers: [worker("w-1", 1000, { zone: "a" }), worker("w-2", 1000)],
        tasks: [
          small("a", 1, { release: 1 }),
          small("b", 2),
          small("c", 1, { release: 1, dependencies: ["a"] }),
          small("d", 1, { requires: { zone: "a" } }),
        ],
        settings: { pass: "event", policy: { name: "critical-path", blocking: true, parameters: {} } },
      },
    ],
    [
      "lines that cross below a node whose winner stays are played again",
      {
        policy: "wfp3",
        workers: [worker("w", 2000, { memory: 8 })],
        tasks: [
          small("long", 100, { request: [1000, 1, 0, 1] }),
          small("short", 10, { request: [1000, 1, 0, 1] }),
          small("first", 1),
          small("slow", 8),
          small("fast", 2, { release: 8 }),
          small("late", 90, { release: 50 }),
          small("wide", 1, { request: [2000, 0, 0, 1] }),
        ],
      },
    ],
  ];
  test.each(CASES)("%s", (_, known) => {
    const { world, settings, entries } = traceOf(known);
    const policy = policyNamed(known.policy) as PolicyDefinition;
    const run = simulate({ world, settings, policy, seeds: { policy: "1" }, storeTrace: true });
    expect(traceText(run.trace?.entries ?? [])).toEqual(traceText(entries));
  });

  test("a worker whose start is cancelled before it takes effect goes on with its own queue", () => {
    const { world, settings } = traceOf({
      policy: "dispatch-shortest-queue",
      workers: [worker("w", 1000)],
      tasks: [task("a", 1), task("b", 1)],
      settings: { decisionTime: { perPass: 1, perTask: 0 } },
    });
    const policy = policyNamed("dispatch-shortest-queue") as PolicyDefinition;
    const setup = { world, settings, policy, seeds: { workload: "1", faults: "1", policy: "1" } };
    const { trace, cancels } = cancelledRun(setup, [{ time: 0, task: 0 }]);
    expect(trace.ending.kind).toBe("complete");
    expect(traceText(trace.entries)).toEqual(traceText(simulateNaively({ ...setup, cancels })));
  });
});
