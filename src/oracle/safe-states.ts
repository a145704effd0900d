// Who on a worker can be sure to end, by what attempts hold and claim, or hold and wait for: as it is read, attempt by attempt.
import type { AskedAmounts } from "./asked-amounts.ts";
import type { Ledger } from "./ledger.ts";

interface Holder {
  task: number;
  attempt: number;
  held: number[];
}

/** Of some attempts, those that never get what they want, however the others end; and what is free by then. `wants`: what each wants in all. */
export function stuck(
  free: readonly number[],
  holders: readonly Holder[],
  wants: (holder: Holder) => readonly number[],
): { left: Holder[]; free: number[] } {
  const rest = [...free];
  const left = new Set(holders);
  for (;;) {
    const next = [...left].find((holder) =>
      wants(holder).every((amount, d) => amount - holder.held[d] <= rest[d] || amount <= holder.held[d]),
    );
    if (next === undefined) return { left: [...left], free: rest };
    left.delete(next);
    for (const [d, amount] of next.held.entries()) rest[d] += amount;
  }
}

/** The attempts that hold a worker, with what they hold; one of them, or one that joins them, with another amount than by the books. */
function holdersOn(ledger: Ledger, asked: AskedAmounts, worker: number, one?: Holder): Holder[] {
  const others = ledger.on(worker).filter(({ task, attempt }) => task !== one?.task || attempt !== one.attempt);
  const holders = others.map(({ task, attempt }) => ({ task, attempt, held: asked.books(task, attempt) }));
  return one === undefined ? holders : [...holders, one];
}

/** Whether all attempts on a worker can get what they claim, one after the other, once one of them holds so much, or joins them with that. */
export function isSafe(ledger: Ledger, asked: AskedAmounts, worker: number, one?: Holder): boolean {
  const holders = holdersOn(ledger, asked, worker, one);
  const free = ledger.capacity.map((column, d) => holders.reduce((rest, { held }) => rest - held[d], column[worker]));
  const claims = ({ task, held }: Holder) => {
    const claim = asked.planOf(task)?.claim;
    return held.map((_, d) => Math.max(asked.after(task, 0)[d], claim?.get(d) ?? 0));
  };
  return stuck(free, holders, claims).left.length === 0;
}

/** The attempts on a worker that wait for one another, and what is free when all others have ended. Who waits for more than the worker has waits for that, and counts as if it ended. */
export function deadlocked(ledger: Ledger, asked: AskedAmounts, worker: number): { left: Holder[]; free: number[] } {
  const holders = holdersOn(ledger, asked, worker);
  const free = ledger.capacity.map((column, d) => holders.reduce((rest, { held }) => rest - held[d], column[worker]));
  return stuck(free, holders, ({ task, attempt, held }) => {
    const wanted = asked.lack(task, attempt).map((amount, d) => amount + held[d]);
    return wanted.some((amount, d) => amount > ledger.capacity[d][worker]) ? held : wanted;
  });
}
