// The most of something that the workers have together at any one time, as they join and leave.
import { ExactSum } from "../model/exact-sum.ts";
import type { Time } from "../model/units.ts";
import type { World } from "../model/world.ts";

/**
 * The largest Σ over workers that are there together. One that leaves counts until its limit is over, though it may be gone before:
 * when it goes is up to the policy. `part` and `factor` give the product that each worker counts for.
 */
export function mostPresent(
  { workers, actions = [] }: Pick<World, "workers" | "actions">,
  part: (worker: number) => number,
  factor: (worker: number) => number,
): bigint {
  const present = new ExactSum();
  const turns: { time: Time; worker: number; comes: boolean }[] = [];
  const joining = new Set<number>();
  for (const action of actions) {
    if (action.kind === "join") {
      joining.add(action.worker);
      turns.push({ time: action.time, worker: action.worker, comes: true });
    } else if (action.kind === "leave" && action.limit < Number.POSITIVE_INFINITY) {
      turns.push({ time: action.time + action.limit, worker: action.worker, comes: false });
    }
  }
  for (let worker = 0; worker < workers.count; worker++) if (!joining.has(worker)) present.add(part(worker), factor(worker));
  let sum = present.value();
  let most = sum;
  turns.sort((a, b) => a.time - b.time || Number(a.comes) - Number(b.comes)); // who comes when another goes never works beside it
  for (const { worker, comes } of turns) {
    const own = BigInt(part(worker)) * BigInt(factor(worker));
    sum += comes ? own : -own;
    if (sum > most) most = sum;
  }
  return most;
}
