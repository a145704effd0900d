// Workers of the naive simulator that shrink and grow: what they tell of it, and what the scheduler then gives up.
import { EntryKind, Reason } from "../src/model/trace.ts";
import type { FaultEffect, World } from "../src/model/world.ts";
import { claimOf } from "./naive-asks.ts";
import type { Deeds, Run } from "./naive-run.ts";
import type { Attempt, NaiveWorkers } from "./naive-workers.ts";
import { compareLists, type Task } from "./naive-world.ts";

const changesSize = ({ kind }: FaultEffect) => kind === "shrunk" || kind === "grown";
const amountsOf = (effect: FaultEffect) => ("most" in effect ? effect.most : "least" in effect ? effect.least : []);
const textOf = (effect: FaultEffect) => JSON.stringify([effect.kind, amountsOf(effect)]);

/** What faults make of the sizes of workers; each different effect has a number, from 1, in the order of the faults. */
export function sizesOf({ workers, dimensions, faults }: World) {
  const effects = (faults?.tracks ?? []).map(({ effect }) => effect).filter(changesSize);
  const texts = [...new Set(effects.map(textOf))];
  const times = (list: FaultEffect[], text: string) => list.filter((other) => textOf(other) === text).length;
  return {
    of: (lasting: FaultEffect[]) => lasting.filter(changesSize),
    size: (worker: number, lasting: FaultEffect[]) =>
      dimensions.map((_, d) => {
        const amounts = (kind: string) => lasting.flatMap((effect) => (effect.kind === kind ? [amountsOf(effect)[d]] : []));
        return Math.min(Math.max(workers.capacity[d][worker], ...amounts("grown")), ...amounts("shrunk"));
      }),
    /** What has begun and what is over; what is more first, of each kind what is over first. */
    changes: (before: FaultEffect[], after: FaultEffect[]) => {
      const changed = texts.flatMap((text, index) => {
        const more = times(after, text) - times(before, text);
        const change = { number: index + 1, begins: more > 0, isMore: text.includes("grown") === more > 0 };
        return Array.from({ length: Math.abs(more) }, () => change);
      });
      return changed.sort((a, b) => +b.isMore - +a.isMore || +a.begins - +b.begins || a.number - b.number);
    },
  };
}

/** The scheduler's side of it. */
export function resizingOf(
  run: Run,
  { record, takeBack, withdraw }: Deeds,
  isValid: (attempt: Attempt) => boolean,
  rankOf: (task: Task) => number[],
  workers: () => NaiveWorkers,
) {
  /** A worker tells what it will have. */
  function resizes(worker: number, size: number[]): void {
    run.claims = run.claims.filter((claim) => claim.worker !== worker);
    if (size.some((whole, d) => whole < run.capacity(worker, d))) shrink(worker, size);
    run.sizes[worker] = size;
    const isTooLarge = (task: Task) => task.stage === "waiting" && size.some((whole, d) => claimOf(run.world, task.position, d) > whole);
    run.bound = run.bound.filter((each) => each.worker !== worker || !isTooLarge(each.task));
    run.happened = true;
  }

  /** What was given up before stops there; then what does not fit is given up. */
  function shrink(worker: number, size: number[]): void {
    for (const attempt of workers().attemptsOn(worker)) {
      if (isValid(attempt)) continue;
      workers().stop(attempt);
      record(EntryKind.stopped, attempt.task, worker, attempt.number);
    }
    const holds = (task: Task, d: number) => (task.stage === "suspended" && !run.isKept(d) ? 0 : run.holds(task, d));
    const together = (list: Task[]) => size.every((whole, d) => run.sumOf(list, (task) => holds(task, d)) <= whole);
    const isTooLarge = (task: Task) => size.some((whole, d) => run.request(task, d) > whole);
    const held = run.believedOn(worker);
    const starting = (run.decision?.starts ?? []).filter((task) => task.stage === "held" && task.worker === worker);
    if (!together([...held, ...starting]) || starting.some(isTooLarge)) for (const task of starting) withdraw(task, Reason.shrink);
    const others = held.filter((task) => !isTooLarge(task)).map((task) => ({ task, rank: rankOf(task) }));
    const order = others.sort((a, b) => compareLists(b.rank, a.rank) || b.task.startEntry - a.task.startEntry).map(({ task }) => task);
    const count = order.findIndex((_, index) => together(order.slice(index)));
    const first = count < 0 ? order : order.slice(0, count);
    const needed = first.reduceRight((ends, task) => {
      const fewer = ends.filter((other) => other !== task);
      return together(order.filter((other) => !fewer.includes(other))) ? fewer : ends;
    }, first);
    for (const task of [...held.filter(isTooLarge), ...needed]) takeBack(task, Reason.shrink);
  }

  return resizes;
}
