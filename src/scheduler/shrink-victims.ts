// Whose attempts end when a worker shrinks: what it could not hold even when empty, then the worst-ranked, of equals the last started.

/** What it needs to know of the attempts. */
export interface ShrinkHost {
  /** What a task asks for in a dimension. */
  needOf(task: number, dimension: number): number;
  /** What it holds of it now: less, while it is suspended. */
  holds(task: number, dimension: number): number;
  /** The sign of rank a − rank b, as they are now. */
  compareRanks(a: number, b: number): number;
}

/** Whether all these fit together. */
export function fitTogether(tasks: readonly number[], capacity: readonly number[], host: ShrinkHost): boolean {
  return capacity.every((whole, d) => tasks.reduce((sum, task) => sum + host.holds(task, d), 0) <= whole);
}

/** Whether a task asks for more of something than that. */
export function isTooLarge(task: number, capacity: readonly number[], host: ShrinkHost): boolean {
  return capacity.some((whole, d) => host.needOf(task, d) > whole);
}

/** Of the tasks that a worker holds, oldest first, those whose attempts end so that the others fit; those not needed for it are spared. */
export function shrinkVictims(held: readonly number[], capacity: readonly number[], host: ShrinkHost): number[] {
  const tooLarge = held.filter((task) => isTooLarge(task, capacity, host));
  const others = held.filter((task) => !tooLarge.includes(task));
  const worstFirst = others.toReversed().sort((a, b) => host.compareRanks(b, a));
  let victims: number[] = [];
  const suffice = (ends: readonly number[]) =>
    fitTogether(
      others.filter((task) => !ends.includes(task)),
      capacity,
      host,
    );
  for (const task of worstFirst) {
    if (suffice(victims)) break;
    victims.push(task);
  }
  for (const task of [...victims].reverse()) {
    const fewer = victims.filter((other) => other !== task);
    if (suffice(fewer)) victims = fewer;
  }
  return [...tooLarge, ...victims];
}
