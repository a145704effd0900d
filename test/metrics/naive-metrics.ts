// The metrics again, the slow and obvious way: whole trace in hand, one definition at a time, plain numbers.
import { at } from "../../src/model/columns.ts";
import { holdingsOf } from "./naive-holdings.ts";
import { EntryKind, type Trace, type TraceEntry } from "../../src/model/trace.ts";

export interface Attempt {
  task: number;
  number: number;
  worker: number;
  start: number;
  end: number;
  /** From when to when it was suspended. */
  pauses: { from: number; to: number }[];
  how: "completed" | "failed" | "cancelled" | "given up" | "cut off";
}

/** How long it ran, without its pauses. */
export function ranFor({ start, end, pauses }: Attempt): number {
  return pauses.reduce((time, { from, to }) => time - (to - from), end - start);
}

/** cpu × time, or memory × time, of an attempt: what it requests, memory also while suspended, and what it held beyond that while it ran. */
export function areaOf({ world, entries }: Trace, attempt: Attempt, dimension: 0 | 1 = 0): number {
  const { task, number, start, end } = attempt;
  const request = at(world.tasks.request[dimension]!, task);
  const own = [...entries].filter((e) => e.task === task && e.attempt === number && e.time <= end);
  const shared = holdingsOf(world, own, task, dimension);
  let area = request * (dimension === 0 ? ranFor(attempt) : end - start);
  for (const [i, { time, amount }] of shared.entries()) {
    const until = shared[i + 1]?.time ?? end;
    for (const segment of segmentsOf(attempt))
      area += (amount - request) * Math.max(0, Math.min(segment.end, until) - Math.max(segment.start, time));
  }
  return area;
}

/** cpu × time up to its last checkpoint, if another attempt went on from that. */
function keptOf(trace: Trace, attempt: Attempt): number {
  const { entries } = trace;
  const own = [...entries].filter(({ task }) => task === attempt.task);
  const last = own.findLastIndex((entry) => entry.kind === EntryKind.saved && entry.attempt === attempt.number);
  const next = own.slice(last + 1).find(({ kind }) => kind === EntryKind.recovering || kind === EntryKind.saved);
  if (last < 0 || next?.kind !== EntryKind.recovering) return 0;
  return areaOf(trace, { ...attempt, end: Math.min(attempt.end, own[last]!.time) });
}

/** cpu × time of attempts that did not complete, up to the checkpoints from which others went on that did. */
export function keptArea(trace: Trace): number {
  const statuses = statusesOf(trace);
  const lost = attemptsOf(trace).filter(({ how, task }) => how !== "completed" && statuses[task] === "completed");
  return lost.reduce((sum, attempt) => sum + keptOf(trace, attempt), 0);
}

/** From when to when it ran. */
export function segmentsOf({ start, end, pauses }: Attempt): { start: number; end: number }[] {
  const begins = [start, ...pauses.map(({ to }) => to)];
  return begins.map((begin, i) => ({ start: begin, end: pauses[i]?.from ?? end }));
}

export function attemptsOf(trace: Trace): Attempt[] {
  const attempts: Attempt[] = [];
  const open = new Map<number, TraceEntry>();
  const close = ({ task, time: end }: { task: number; time: number }, how: Attempt["how"]) => {
    const start = open.get(task);
    if (start === undefined) return;
    open.delete(task);
    const pauses: Attempt["pauses"] = [];
    for (const { kind, task: other, attempt, time } of trace.entries) {
      if (other !== task || attempt !== start.attempt) continue;
      if (kind === EntryKind.suspended) pauses.push({ from: time, to: end });
      if (kind === EntryKind.continued) pauses.at(-1)!.to = time;
    }
    attempts.push({ task, number: start.attempt, worker: start.worker, start: start.time, end, pauses, how });
  };
  for (const entry of trace.entries) {
    if (entry.kind === EntryKind.started) open.set(entry.task, entry);
    if (entry.kind === EntryKind.finished) close(entry, "completed");
    if (entry.kind === EntryKind.failed) close(entry, "failed");
    if (entry.kind === EntryKind.cancelled) close(entry, "cancelled");
    if (entry.kind === EntryKind.requeued || entry.kind === EntryKind.lost) close(entry, "given up");
  }
  for (const task of [...open.keys()]) close({ task, time: trace.ending.time }, "cut off");
  return attempts;
}

export function statusesOf(trace: Trace): string[] {
  const statuses = new Array<string>(trace.world.tasks.count).fill("unfinished");
  const names: Partial<Record<number, string>> = {
    [EntryKind.finished]: "completed",
    [EntryKind.accepted]: "completed",
    [EntryKind.abandoned]: "failed",
    [EntryKind.skipped]: "skipped",
    [EntryKind.cancelled]: "cancelled",
  };
  for (const entry of trace.entries) statuses[entry.task] = names[entry.kind] ?? (statuses[entry.task] as string);
  return statuses;
}

function dependenciesOf(trace: Trace, task: number): number[] {
  const { offsets, targets } = trace.world.tasks.dependencies;
  return [...targets.subarray(offsets[task], offsets[task + 1])];
}

export function completionOf(trace: Trace, task: number): number | undefined {
  return [...trace.entries].find(({ kind, task: of }) => (kind === EntryKind.finished || kind === EntryKind.accepted) && of === task)?.time;
}

export function readyOf(trace: Trace, task: number): number | undefined {
  const times = [
    at(trace.world.tasks.release, task),
    ...dependenciesOf(trace, task).map((dependency) => completionOf(trace, dependency) ?? Number.NaN),
  ];
  const ready = Math.max(...times);
  return Number.isNaN(ready) ? undefined : ready;
}

export interface NaiveTask {
  status: string;
  ready: number | undefined;
  started: number | undefined;
  wait: number | undefined;
  flow: number | undefined;
  run: number | undefined;
  attempts: Attempt[];
}

export function naiveTasks(trace: Trace): NaiveTask[] {
  const attempts = attemptsOf(trace);
  return statusesOf(trace).map((status, task) => {
    const own = attempts.filter((attempt) => attempt.task === task).sort((a, b) => a.start - b.start);
    const ready = readyOf(trace, task);
    const started = own[0]?.start;
    const completion = completionOf(trace, task);
    return {
      status,
      ready,
      started,
      wait: started === undefined || ready === undefined ? undefined : started - ready,
      flow: completion === undefined ? undefined : completion - at(trace.world.tasks.release, task),
      run: completion === undefined ? undefined : ranFor(own.at(-1)!),
      attempts: own,
    };
  });
}

function average(values: number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((a, b) => a + b) / values.length;
}

function numbers(values: (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}

/** The columns of runs.csv that follow from the trace alone, by name; times in µs. */
export function naiveSummary(trace: Trace): Record<string, number | undefined> {
  const { tasks, workers } = trace.world;
  const each = naiveTasks(trace);
  const positions = each.map((_, task) => task);
  const origin = Math.min(...positions.map((task) => at(tasks.release, task)));
  const attempts = attemptsOf(trace);
  const ended = attempts.filter((attempt) => attempt.how !== "cut off");
  const lastEnd = Math.max(...ended.map((attempt) => attempt.end));
  const unfinished = each.filter((task) => task.status === "unfinished").length;
  const done = each.filter((task) => task.status === "completed");
  const late = positions.filter((task) => each[task]?.status === "completed" && Number.isFinite(at(tasks.due, task)));
  const lateness = late.map((task) => (each[task]?.flow ?? Number.NaN) - at(tasks.due, task));
  const waits = numbers(done.map((task) => task.wait)).sort((a, b) => a - b);
  const span = (unfinished > 0 ? Math.max(trace.ending.time, lastEnd) : lastEnd) - origin;
  const present = [...(workers.capacity[0] as Float64Array)].reduce((a, b) => a + b) * span;
  const used = (some: Attempt[]) => some.reduce((sum, attempt) => sum + areaOf(trace, attempt), 0);
  const usefully = used(attempts.filter((attempt) => attempt.how === "completed")) + keptArea(trace);
  const count = (...kinds: EntryKind[]) => [...trace.entries].filter(({ kind, worker }) => kinds.includes(kind) && worker >= 0).length;
  const share = (some: Attempt[]) => (present > 0 ? used(some) / present : undefined);
  return {
    makespan_s: unfinished > 0 || ended.length === 0 ? undefined : lastEnd - origin,
    cpu_utilization: share(attempts),
    useful_cpu: present > 0 ? usefully / present : undefined,
    wasted_cpu: present > 0 ? (used(attempts) - usefully) / present : undefined,
    mean_wait_s: average(waits),
    p95_wait_s: waits[Math.ceil(0.95 * waits.length) - 1],
    max_wait_s: waits.at(-1),
    mean_flow_s: average(numbers(done.map((task) => task.flow))),
    mean_bounded_slowdown: average(done.map((task) => Math.max(1, (task.flow ?? 0) / Math.max(task.run ?? 0, 10e6)))),
    mean_tardiness_s: average(lateness.map((by) => Math.max(0, by))),
    max_lateness_s: lateness.length === 0 ? undefined : Math.max(...lateness),
    weighted_completion_s:
      done.length === 0
        ? undefined
        : positions.reduce(
            (sum, task) =>
              sum + (each[task]?.status === "completed" ? at(tasks.weight, task) * ((completionOf(trace, task) ?? 0) - origin) : 0),
            0,
          ),
    ...Object.fromEntries(
      ["completed", "failed", "skipped", "cancelled", "unfinished"].map((status) => [
        status,
        each.filter((task) => task.status === status).length,
      ]),
    ),
    attempts: attempts.length,
    preemptions: count(EntryKind.preempted),
    attempts_lost: count(EntryKind.requeued, EntryKind.lost),
    events: trace.entries.length,
  };
}
