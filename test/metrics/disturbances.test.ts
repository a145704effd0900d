// What disturbed a run, against the slow and obvious way: whole trace in hand, one definition at a time.
import fc from "fast-check";
import { expect, test } from "vitest";
import { defineScenario, simulate as run } from "../../src/index.ts";
import { RunMetrics } from "../../src/metrics/run-metrics.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../../src/model/trace.ts";
import { policyNamed } from "../../src/policies/index.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { misfortunes, scaledMisfortune, setUp, unfortunate } from "../laws/running.ts";

const { crashed, registered, suspected, started, finished, failed, requeued, lost, cancelled, stopped, refused, paused, resumed } =
  EntryKind;

/** The last entry of these kinds about a worker before another entry. */
function lastBefore(entries: readonly TraceEntry[], index: number, worker: number, ...kinds: EntryKind[]): TraceEntry | undefined {
  return entries.slice(0, index).findLast((entry) => entry.worker === worker && kinds.includes(entry.kind));
}

const isDown = (entries: readonly TraceEntry[], index: number, worker: number) =>
  lastBefore(entries, index, worker, crashed, registered)?.kind === crashed;

/** From each crash of a worker that was up to its suspicion, or to the registration of its next incarnation; µs. */
function detections(entries: readonly TraceEntry[]): number[] {
  return entries.flatMap((entry, index) => {
    if (entry.kind !== crashed || isDown(entries, index, entry.worker)) return [];
    const noticed = entries.slice(index).find(({ kind, worker }) => worker === entry.worker && (kind === suspected || kind === registered));
    const isKnown = lastBefore(entries, index, entry.worker, suspected, EntryKind.trusted)?.kind === suspected;
    if (isKnown) return noticed?.kind === registered ? [noticed.time - entry.time] : [];
    return noticed === undefined ? [] : [noticed.time - entry.time];
  });
}

/** When an attempt that was given up, by an entry of that index, really ended: at once, where its worker was told. */
function reallyEnded(entries: readonly TraceEntry[], index: number): number {
  const { task, worker, attempt, reason, time } = entries[index]!;
  const isFrozen = lastBefore(entries, index, worker, paused, resumed)?.kind === paused;
  const isSlow = entries.some((entry) => entry.kind === EntryKind.outlived && entry.task === task && entry.attempt === attempt);
  if (isDown(entries, index, worker) || (reason !== Reason.suspicion && !isFrozen && !isSlow)) return time;
  const end = entries
    .slice(index)
    .find(
      (entry) =>
        ((entry.kind === stopped || entry.kind === refused) && entry.task === task && entry.attempt === attempt) ||
        (entry.kind === crashed && entry.worker === worker),
    );
  return end?.time ?? Number.POSITIVE_INFINITY;
}

/** From when to when the scheduler counted on each attempt of a task, or to the crash of its worker before. */
function countedOn(entries: readonly TraceEntry[], task: number): { attempt: number; worker: number; from: number; to: number }[] {
  return entries.flatMap((start, index) => {
    if (start.kind !== started || start.task !== task) return [];
    const { worker, attempt, time: from } = start;
    const ends: readonly EntryKind[] = [finished, failed, requeued, lost, cancelled];
    const end = entries.findIndex(
      (entry) => entry.task === task && entry.attempt === attempt && entry.worker >= 0 && ends.includes(entry.kind),
    );
    const crash = entries.findIndex((entry, i) => i > index && entry.kind === crashed && entry.worker === worker);
    if (isDown(entries, index, worker)) return [{ attempt, worker, from, to: from }];
    const [first = end] = [crash, end].filter((i) => i >= 0).sort((a, b) => a - b);
    return [{ attempt, worker, from, to: entries[first]!.time }];
  });
}

/** How long neither of two workers was paused, from one time to another. */
function awake(entries: readonly TraceEntry[], pair: readonly number[], from: number, to: number): number {
  const marks = entries.filter(({ kind, worker }) => pair.includes(worker) && (kind === paused || kind === resumed));
  const times = [from, ...marks.map(({ time }) => time).filter((time) => time > from && time < to), to];
  let sum = 0;
  for (const [i, begin] of times.slice(0, -1).entries()) {
    const isPaused = pair.some((worker) => marks.findLast((mark) => mark.worker === worker && mark.time <= begin)?.kind === paused);
    if (!isPaused) sum += times[i + 1]! - begin;
  }
  return sum;
}

/** Time in which attempts that were given up ran beside a newer one of their tasks, µs. */
function doubled(entries: readonly TraceEntry[]): number {
  let sum = 0;
  for (const [index, { kind, task, worker, attempt, time }] of entries.entries()) {
    if ((kind !== requeued && kind !== lost && kind !== cancelled) || worker < 0) continue;
    const until = reallyEnded(entries, index);
    for (const newer of countedOn(entries, task)) {
      const [from, to] = [Math.max(time, newer.from), Math.min(until, newer.to)];
      if (newer.attempt > attempt && to > from) sum += awake(entries, [worker, newer.worker], from, to);
    }
  }
  return sum;
}

test.each([
  ["first-fit", "lease-end"],
  ["first-fit", "suspicion"],
  ["dispatch-shortest-queue", "lease-end"],
  ["dispatch-shortest-queue", "suspicion"],
] as const)("%s, requeue at %s: detection, false suspicions, refused ends and doubled execution", (name, requeue) => {
  const policy = policyNamed(name)!;
  const seen = new Set<string>();
  fc.assert(
    fc.property(cases({ reliable: true }), misfortunes, fc.constantFrom(0, 0.3), (drawn, misfortune, part) => {
      const plain = setUp(policy, drawn);
      fc.pre(plain !== undefined && plain.world.tasks.count > 0);
      const { liveness, ...others } = scaledMisfortune(misfortune, drawn.scale, part);
      const setup = unfortunate(plain, { ...others, liveness: { ...liveness, requeue } });
      const metrics = new RunMetrics(setup.world, { from: 0, to: 1 });
      const run = simulate({ ...setup, sinks: [metrics], storeTrace: true, maxEvents: 1500 });
      fc.pre(run.ending.kind === "complete"); // where it is cut, what still runs is a matter of definition
      const entries = [...(run.trace as Trace).entries];
      const summary = metrics.summary(run, "1");
      const times = detections(entries);
      const mean = times.length === 0 ? undefined : times.reduce((sum, time) => sum + time, 0) / times.length;
      if (mean === undefined) expect(summary.meanDetection).toBeUndefined();
      else expect(summary.meanDetection).toBeCloseTo(mean, 6);
      const suspicions = entries.filter(({ kind, worker }, index) => kind === suspected && !isDown(entries, index, worker)).length;
      expect(summary.falseSuspicions).toBe(suspicions);
      expect(summary.refused).toBe(entries.filter(({ kind }) => kind === refused).length);
      expect(summary.doubled).toBe(doubled(entries));
      if (mean !== undefined && mean > 0) seen.add("detected");
      if (suspicions > 0) seen.add("falsely suspected");
      if (summary.refused > 0) seen.add("refused");
      if (summary.doubled > 0) seen.add("doubled");
    }),
    { seed: seed(62), numRuns: runs(requeue === "suspicion" ? 600 : 300) }, // in few of which anything is refused
  );
  const always = ["detected", "falsely suspected"];
  expect([...seen].sort()).toEqual(expect.arrayContaining(requeue === "suspicion" ? [...always, "doubled", "refused"] : always));
});

test.each([
  ["its worker goes down before it starts, and never runs it", "heartbeat-loss", "2500ms", 0],
  ["its worker goes down while it runs", "heartbeat-loss", "4s", 1],
  ["the worker of the older one is paused", "pause", "4s", 0],
] as const)("what a newer attempt runs beside one that was given up: %s", (_, kind, crash, seconds) => {
  // w-1 falls silent, and is suspected at 3 s: then the task goes to w-2, of which nobody knows that it is down or will be.
  const scenario = defineScenario({
    version: 1,
    cluster: { workers: [{ id: "w", count: 2 }] },
    scheduler: { policy: "first-fit", heartbeat: { interval: "1s", timeout: "2s" }, lease: "30s", requeue: "suspicion" },
    tasks: [{ id: "a", duration: "10s" }],
    faults: [
      { kind, worker: "w-1", at: "1500ms", for: "3s" },
      { kind: "crash", worker: "w-2", at: crash, restart: "20s" },
    ],
  });
  expect(run(scenario).summary.doubled_s).toBe(seconds);
});
