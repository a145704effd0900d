// Requests against capacities: which workers matter, and what is said of a request that none of them can hold.
import { amountText } from "../model/resources.ts";

/** A worker by its capacities, one per dimension. */
export interface Holder {
  id: string;
  capacity: ArrayLike<number>;
}

/** The amounts of a worker cover those of a request, or of another worker. */
export function covers({ capacity }: Holder, amounts: ArrayLike<number>): boolean {
  for (let d = 0; d < amounts.length; d++) if ((amounts[d] as number) > (capacity[d] as number)) return false;
  return true;
}

/** Of these workers, the ones that no other equals or exceeds; of equals the first. What one of them can hold, one of all can. */
export function largest<Worker>(workers: Iterable<Worker>, exceeds: (a: Worker, b: Worker) => boolean): Worker[] {
  let kept: Worker[] = [];
  for (const worker of workers) {
    if (kept.some((other) => exceeds(other, worker))) continue;
    kept = [...kept.filter((other) => !exceeds(worker, other)), worker];
  }
  return kept;
}

/** A reason why no worker holds a request: one dimension of it, or several of them together. */
export interface Excess {
  dimensions: readonly number[];
  /** To follow "requests". */
  text: string;
}

/** Why none of these workers (at least one) can hold a request; `among` is what they are called. */
export function excesses(
  request: ArrayLike<number>,
  workers: readonly Holder[],
  dimensions: readonly string[],
  among = "worker",
): Excess[] {
  const asked = (d: number) => `${amountText(d, request[d] as number)} of ${dimensions[d]}`;
  const found = dimensions.flatMap((_, d): Excess[] => {
    const most = workers.reduce((best, worker) => ((worker.capacity[d] as number) > (best.capacity[d] as number) ? worker : best));
    const capacity = most.capacity[d] as number;
    if ((request[d] as number) <= capacity) return [];
    return [
      { dimensions: [d], text: `${asked(d)}, more than any ${among} has; the largest, "${most.id}", has ${amountText(d, capacity)}` },
    ];
  });
  if (found.length > 0) return found;
  const scarce = dimensions.flatMap((_, d) =>
    workers.some(({ capacity }) => (request[d] as number) > (capacity[d] as number)) ? [d] : [],
  );
  return [{ dimensions: scarce, text: `${scarce.map(asked).join(" and ")} together, which no single ${among} has` }];
}
