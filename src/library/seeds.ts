// Seeds as users of the library give them: one for all that is drawn, or one for each root.
import { rootSeeds } from "../engine/random.ts";
import { refuse } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Scenario, Seeds } from "../model/scenario.ts";

/** Text, or a whole number below 2^53: 7 and "7" are one seed. */
export type SeedInput = string | number;

export interface SeedOptions {
  /** Of all that is drawn; default: the scenario's, else 1. */
  seed?: SeedInput | undefined;
  /** Roots that have a seed of their own: the workload, which executions fail, the policy's own draws. */
  seeds?: { readonly [Root in keyof Seeds]?: SeedInput | undefined } | undefined;
}

const ROOTS: readonly (keyof Seeds)[] = ["workload", "faults", "policy"];

/** The seed of each root, and what the `seed` column says. */
export function seedsOf({ seed, seeds = {} }: SeedOptions, scenario: Pick<Scenario, "seed">): { roots: Seeds; text: string } {
  for (const root of Object.keys(seeds)) {
    if (!ROOTS.includes(root as keyof Seeds))
      refuse(`seeds has no root "${root}"${didYouMean(root, ROOTS) || `; roots are ${ROOTS.join(", ")}`}`);
  }
  const { workload, faults, policy } = rootSeeds(seed ?? scenario.seed ?? "1", seeds);
  const whole = String(seed ?? scenario.seed ?? "1");
  const roots: Seeds = { workload, faults, policy };
  const others = ROOTS.filter((root) => roots[root] !== whole).map((root) => `${root}=${roots[root]}`);
  return { roots, text: [whole, ...others].join(" ") };
}
