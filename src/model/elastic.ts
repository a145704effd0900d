// Elastic tasks: what they hold of cpu and memory at least and at most, how much faster more makes them, and how a worker is shared out.
import { CPU, MEMORY } from "./resources.ts";
import type { Thousandths } from "./units.ts";

/** Dimensions in which tasks may be elastic. */
export const ELASTIC = [CPU, MEMORY] as const;

/** How many times as fast an attempt works with some amount as with another: only ratios count. */
export type Speedup =
  /** In proportion to the amount. */
  | { kind: "linear" }
  /** S(n) = 1 ÷ (1 − f + f ÷ n) with n cores, where the part f of the work can be done in parallel (G. M. Amdahl, AFIPS 1967). */
  | { kind: "amdahl"; parallel: number }
  /** As measured, least amount first (thousandths, or bytes): between two points in proportion, behind the last as there. */
  | { kind: "table"; points: readonly (readonly [amount: number, speedup: number])[] };

/** What a task may hold in one dimension beyond its request, thousandths or bytes, and what that is good for. */
export interface Stretch {
  most: number;
  speedup: Speedup;
}

/** By dimension; undefined where the task holds just what it requests. */
export type ElasticPlan = Partial<Record<(typeof ELASTIC)[number], Stretch>>;

function speedupAt(speedup: Speedup, amount: number): number {
  if (speedup.kind === "linear") return amount;
  if (speedup.kind === "amdahl") return 1 / (1 - speedup.parallel + (speedup.parallel * 1000) / amount);
  const { points } = speedup;
  const next = points.findIndex(([point]) => point >= amount);
  const [last, most] = points.at(-1) as readonly [number, number];
  if (next < 0 || last <= amount) return most;
  const [above, high] = points[next] as readonly [number, number];
  const [below, low] = (points[next - 1] ?? points[next]) as readonly [number, number];
  return above === below ? high : low + ((high - low) * (amount - below)) / (above - below);
}

/** How many times as fast an attempt works that holds `held` of a dimension as with the `least` of it, which is its request. */
export function gainOf({ speedup }: Stretch, least: number, held: number): number {
  return held <= least ? 1 : speedupAt(speedup, held) / speedupAt(speedup, least);
}

/** A speed times a gain: in whole thousandths, as speeds are, so that all progress stays exact; never less than without it. */
export function gaining(speed: Thousandths, gain: number): Thousandths {
  return gain <= 1 ? speed : Math.max(speed, Math.round(speed * gain));
}

/** How many times as fast a task works with what it holds of each dimension in which it is elastic as with its request alone; undefined: that. */
export function gainWith(
  plan: ElasticPlan | undefined,
  requestOf: (dimension: number) => number,
  heldOf: (dimension: (typeof ELASTIC)[number], stretch: Stretch) => number | undefined,
): number {
  let gain = 1;
  for (const dimension of ELASTIC) {
    const stretch = plan?.[dimension];
    if (stretch === undefined) continue;
    const least = requestOf(dimension);
    gain *= gainOf(stretch, least, heldOf(dimension, stretch) ?? least);
  }
  return gain;
}

/** How many times as fast a task works with the most of all that it may have. */
export function mostGain(plan: ElasticPlan | undefined, requestOf: (dimension: number) => number): number {
  return gainWith(plan, requestOf, (_, { most }) => most);
}

/**
 * The least cpu × time that work takes of a task that may have more than it requests, as a part of what it takes with its request alone; with
 * the most of all else. Between the points of a table, and along Amdahl's law, amount ÷ speed-up only rises or only falls. Speeds may be
 * rounded up by half a thousandth.
 */
export function leastCpuTime(plan: ElasticPlan, requestOf: (dimension: number) => number, speed: Thousandths): number {
  const least = requestOf(CPU);
  const { [CPU]: own, ...others } = plan;
  const elsewhere = mostGain(others, requestOf);
  const inside = own?.speedup.kind === "table" ? own.speedup.points.map(([amount]) => amount) : [];
  const amounts = own === undefined ? [least] : [least, own.most, ...inside.filter((amount) => amount > least && amount < own.most)];
  const part = (amount: number) => {
    const gain = elsewhere * (own === undefined ? 1 : gainOf(own, least, amount));
    return (own === undefined ? 1 : amount / least) * (speed / (speed * gain + 0.5));
  };
  return Math.min(...amounts.map(part)) * (1 - 1e-9);
}

/** One of those who share: what it has in any case, and at most. */
export interface Sharer {
  least: number;
  most: number;
}

/**
 * Shares an amount out max-min fairly: all get as much as any, but for those who have more as their least, or are content with less. What
 * whole units leave over goes to the first, one each. Where the amount is not even enough for what all have in any case, that is all they get.
 */
export function shareOut(amount: number, sharers: readonly Sharer[]): number[] {
  const sum = (level: number) => sharers.reduce((total, { least, most }) => total + Math.max(least, Math.min(level, most)), 0);
  let low = 0; // always affordable, or nothing is
  let high = sharers.reduce((highest, { most }) => Math.max(highest, most), 0);
  if (sum(high) > amount)
    while (high - low > 1) {
      const level = low + Math.floor((high - low) / 2);
      if (sum(level) > amount) high = level;
      else low = level;
    }
  else low = high;
  let left = amount - sum(low);
  return sharers.map(({ least, most }) => {
    const share = Math.max(least, Math.min(low, most));
    if (left <= 0 || share !== low || share >= most) return share;
    left -= 1;
    return share + 1;
  });
}
