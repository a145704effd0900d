// What a state of holders of resources that may want more comes to: who can be sure to end, and who waits for whom for ever.

/** One that holds something, and ends when it has had so much more, per dimension. */
export interface Holder {
  held: ArrayLike<number>;
  more: ArrayLike<number>;
}

/**
 * Reduces a state: again and again, the first holder whose `more` is free ends, and frees what it holds. Gives those that are left, by their
 * index in order, and what is free then. With what they claim beyond what they hold as `more`, a state of which none is left is safe
 * (E. W. Dijkstra, EWD 623; A. N. Habermann, CACM 12, 1969); with what they wait for, those that are left are deadlocked (E. G. Coffman et
 * al., ACM Computing Surveys 3, 1971). `free` is written to.
 */
export function reduce(free: number[], holders: readonly Holder[]): { stuck: number[]; free: number[] } {
  let stuck = holders.map((_, i) => i);
  for (;;) {
    const left = stuck.filter((i) => {
      const { held, more } = holders[i] as Holder;
      if (!free.every((amount, d) => (more[d] as number) <= amount)) return true;
      for (const d of free.keys()) free[d] = (free[d] as number) + (held[d] as number);
      return false;
    });
    if (left.length === stuck.length) return { stuck, free };
    stuck = left;
  }
}

/**
 * A ring among those that are left of a reduction: each waits for what the next one holds. From the first on, each goes to the first that
 * holds any of the first dimension in which it lacks something. Empty where none is left that lacks what others hold.
 */
export function ringOf(stuck: readonly number[], free: readonly number[], holders: readonly Holder[]): number[] {
  const path: number[] = [];
  let own: number | undefined = stuck[0];
  while (own !== undefined) {
    const seen = path.indexOf(own);
    if (seen >= 0) return path.slice(seen);
    path.push(own);
    const { more } = holders[own] as Holder;
    const lacked = free.findIndex((amount, d) => (more[d] as number) > amount);
    const last: number = own;
    own = stuck.find((i) => i !== last && ((holders[i] as Holder).held[lacked] as number) > 0);
  }
  return [];
}
