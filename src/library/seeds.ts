// Seeds as users give them: one for all that is drawn, one for each root, or many to compare over.
import { normaliseSeed, rootSeeds } from "../engine/random.ts";
import { type Fault, InputError, refuse } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Scenario, Seeds } from "../model/scenario.ts";

/** Text, or a whole number below 2^53: 7 and "7" are one seed. */
export type SeedInput = string | number;

export interface SeedOptions {
  /** Of all that is drawn, in place of the scenario's `seed` and `seeds`; default: those, else 1. */
  seed?: SeedInput | undefined;
  /** Roots that have a seed of their own: the workload, which executions and workers fail, what messages draw, the policy's own draws. */
  seeds?: { readonly [Root in keyof Seeds]?: SeedInput | undefined } | undefined;
}

const ROOTS: readonly (keyof Seeds)[] = ["workload", "faults", "network", "policy"];

/** The seed of each root, and what the `seed` column says. */
export function seedsOf({ seed, seeds = {} }: SeedOptions, scenario: Pick<Scenario, "seed" | "seeds">): { roots: Seeds; text: string } {
  for (const root of Object.keys(seeds)) {
    if (!ROOTS.includes(root as keyof Seeds))
      refuse(`seeds has no root "${root}"${didYouMean(root, ROOTS) || `; roots are ${ROOTS.join(", ")}`}`);
  }
  const given = Object.fromEntries(ROOTS.flatMap((root) => (seeds[root] === undefined ? [] : [[root, seeds[root]]])));
  const { workload, faults, network, policy } = rootSeeds(seed ?? scenario.seed ?? "1", {
    ...(seed === undefined && scenario.seeds),
    ...given,
  });
  const whole = String(seed ?? scenario.seed ?? "1");
  const roots: Seeds = { workload, faults, network, policy };
  const others = ROOTS.filter((root) => roots[root] !== whole).map((root) => `${root}=${roots[root]}`);
  return { roots, text: [whole, ...others].join(" ") };
}

/** More runs than that of one policy on one scenario are a slip of the finger. */
const MOST_SEEDS = 100_000;

/**
 * Seeds to compare over, each once and in the order given: a list of seeds; a text such as `1..30`, `1,2,5` or `1..3,night`; a number,
 * which is one seed. `given` begins what is said against them.
 */
export function parseSeeds(seeds: SeedInput | readonly SeedInput[], given: string): string[] {
  const faults: Fault[] = [];
  const wrong = (what: string) => faults.push({ message: `${given}: ${what}` });
  const list =
    typeof seeds === "string" ? seeds.split(",").flatMap((part) => seedsOfPart(part.trim(), wrong)) : [seeds].flat().map(normaliseSeed);
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const seed of list) {
    if (seen.has(seed)) repeated.add(seed);
    seen.add(seed);
  }
  for (const seed of repeated) wrong(`seed ${seed} is given twice`);
  if (faults.length > 0) throw new InputError(faults);
  return list;
}

function seedsOfPart(part: string, wrong: (what: string) => void): string[] {
  const range = /^(\d+)\.\.(\d+)$/.exec(part);
  if (range === null) {
    if (part === "") wrong("a seed is empty; write 1..30 or 1,2,5");
    else if (part.includes("..")) wrong(`"${part}" is not a range of whole numbers, such as 1..30`);
    else return [part];
    return [];
  }
  const first = Number(range[1]);
  const last = Number(range[2]);
  if (last < first) wrong(`the range ${part} is empty; write ${last}..${first}`);
  else if (!Number.isSafeInteger(last) || last - first >= MOST_SEEDS) wrong(`the range ${part} has more than ${MOST_SEEDS} seeds`);
  else return Array.from({ length: last - first + 1 }, (_, offset) => String(first + offset));
  return [];
}
