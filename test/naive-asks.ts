// Asks in the naive simulator: what the scheduler lets running attempts have, and whom it has run again where they wait for one another.
import { at } from "../src/model/columns.ts";
import { profileOf } from "../src/model/task-profile.ts";
import { EntryKind, Reason } from "../src/model/trace.ts";
import type { World } from "../src/model/world.ts";
import type { Deeds, Run } from "./naive-run.ts";
import type { NaiveWorkers } from "./naive-workers.ts";
import type { Task } from "./naive-world.ts";

/** What an attempt of the task holds of a dimension when so many of its asks are met. */
export function holdsAfter(world: World, position: number, d: number, count: number): number {
  let holds = at(world.tasks.request[d], position);
  for (const { amounts } of profileOf(world.tasks, position)?.asks?.asks.slice(0, count) ?? []) holds = amounts.get(d) ?? holds;
  return holds;
}

/** The part of its work after which it asks for the time of that number, from 1; Infinity where it does not. */
export const askAfter = (world: World, position: number, number: number) =>
  profileOf(world.tasks, position)?.asks?.asks[number - 1]?.after ?? Infinity;

/** What it says that it will hold of a dimension at most. */
export const claimOf = (world: World, position: number, d: number) =>
  Math.max(holdsAfter(world, position, d, 0), profileOf(world.tasks, position)?.asks?.claim?.get(d) ?? 0);

export function asksOf(
  run: Run,
  { takeBack }: Pick<Deeds, "takeBack">,
  isValid: (task: Task, number: number) => boolean,
  cluster: () => NaiveWorkers,
) {
  const { world, settings, dimensions, everyWorker } = run;
  const each = [...dimensions.keys()];
  const mode = settings.deadlock ?? "detect";
  let order = 0;

  /** Core × time that it has cost up to now. */
  const cost = (task: Task) => (task.asks?.cost ?? 0) + run.holds(task, 0) * (run.now - (task.asks?.since ?? task.start));
  const spentBy = (task: Task) => ({ cost: cost(task), since: run.now });

  /** A worker tells that an attempt asks, where so many of its asks were met. */
  function asked({ task, number }: { task: Task; number: number }, count: number, met: number): void {
    run.happened = true;
    if (!isValid(task, number)) return;
    run.enter(EntryKind.asked, task, task.worker, number, Reason.none, count);
    const wanted = each.map((d) => holdsAfter(world, task.position, d, count));
    const holds = each.map((d) => Math.min(run.holds(task, d), holdsAfter(world, task.position, d, met), wanted[d]));
    const waits = each.some((d) => holds[d] < wanted[d]);
    order += 1;
    task.asks = { ...spentBy(task), holds, wanted: waits ? wanted : undefined, count, order };
  }

  const waitingOn = (worker: number) =>
    run
      .believedOn(worker)
      .filter((task) => task.asks?.wanted)
      .sort((a, b) => a.asks!.order - b.asks!.order);
  const held = (task: Task) => each.map((d) => run.holds(task, d));
  const everyOn = (worker: number) => [...run.believedOn(worker), ...run.startingOn(worker)];
  const freeOn = (worker: number) => each.map((d) => run.capacity(worker, d) - run.sumOf(everyOn(worker), (task) => run.holds(task, d)));

  /** Who is left when all end one after the other that can get what they want in all. */
  function left(free: number[], holders: { task: Task; holds: number[]; wants: number[] }[]) {
    for (;;) {
      const next = holders.find(({ holds, wants }) => each.every((d) => wants[d] <= holds[d] || wants[d] - holds[d] <= free[d]));
      if (next === undefined) return { holders, free };
      holders = holders.filter((other) => other !== next);
      free = each.map((d) => free[d] + next.holds[d]);
    }
  }

  /** Whether all on a worker can get what they claim when a task there holds so much, or joins them with that. */
  function isSafe(worker: number, one: Task, holds: number[]): boolean {
    const others = everyOn(worker).filter((task) => task !== one);
    const holders = [...others.map((task) => ({ task, holds: held(task) })), { task: one, holds }];
    const free = each.map((d) => run.capacity(worker, d) - holders.reduce((sum, each_) => sum + each_.holds[d], 0));
    const claims = (task: Task) => each.map((d) => claimOf(world, task.position, d));
    return (
      left(
        free,
        holders.map((holder) => ({ ...holder, wants: claims(holder.task) })),
      ).holders.length === 0
    );
  }

  function meet(worker: number): void {
    for (const task of waitingOn(worker)) {
      const { wanted, count } = task.asks!;
      const isFree = each.every((d) => wanted![d] - run.holds(task, d) <= freeOn(worker)[d]);
      if (task.isCancelling || task.recall !== undefined || !isFree || (mode === "prevent" && !isSafe(worker, task, wanted!))) continue;
      task.asks = { ...task.asks!, ...spentBy(task), holds: wanted!, wanted: undefined };
      run.enter(EntryKind.allowed, task, worker, task.attempts, Reason.none, count);
      cluster().allow(task, count);
    }
  }

  /** Has one run again of those that wait for one another; says whether it did. */
  function breakRing(worker: number): boolean {
    const waiting = waitingOn(worker);
    const isStopping = run.believedOn(worker).some(({ isCancelling, recall }) => isCancelling || recall !== undefined);
    if (mode === "none" || isStopping) return false;
    const holders = [...waiting, ...everyOn(worker).filter((task) => !waiting.includes(task))].map((task) => {
      const wants = task.asks?.wanted;
      return { task, holds: held(task), wants: wants && each.every((d) => wants[d] <= run.capacity(worker, d)) ? wants : held(task) };
    });
    const { holders: stuck, free } = left(freeOn(worker), holders);
    if (stuck.length === 0) return false;
    const path = [stuck[0]];
    for (;;) {
      const last = path.at(-1)!;
      const short = each.find((d) => last.wants[d] - last.holds[d] > free[d])!;
      const next = stuck.find((other) => other !== last && other.holds[short] > 0)!;
      if (!path.includes(next)) {
        path.push(next);
        continue;
      }
      const ring = path.slice(path.indexOf(next)).map(({ task }) => task);
      for (const task of ring) run.enter(EntryKind.deadlocked, task, worker, task.attempts);
      const least = Math.min(...ring.map(cost));
      takeBack(ring.findLast((task) => cost(task) === least)!, Reason.deadlock);
      return true;
    }
  }

  /** At the beginning of a pass. */
  function settle(): void {
    for (const worker of everyWorker) {
      if (waitingOn(worker).length === 0) continue;
      do meet(worker);
      while (breakRing(worker));
    }
  }

  /** What of a worker is kept for those that wait there. */
  function kept(worker: number, d: number): number {
    const lacks = run.sumOf(waitingOn(worker), (task) => Math.max(0, task.asks!.wanted![d] - run.holds(task, d)));
    return Math.max(0, Math.min(freeOn(worker)[d], lacks));
  }

  const mayTake = (task: Task, worker: number) =>
    mode !== "prevent" ||
    profileOf(world.tasks, task.position)?.asks?.claim === undefined ||
    isSafe(
      worker,
      task,
      each.map((d) => run.request(task, d)),
    );

  return { asked, settle, kept, mayTake };
}
