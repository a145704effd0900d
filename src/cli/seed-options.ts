// The options of run that say what is drawn from which seed.
import type { Scenario, Seeds } from "../model/scenario.ts";
import { type Arguments, type Option, optionOf } from "./command.ts";

export const SEED_OPTIONS: Readonly<Record<string, Option>> = {
  seed: { value: "SEED", summary: "in place of the scenario's; default 1" },
  "seed-workload": { value: "SEED", summary: "another seed for what is drawn of the workload" },
  "seed-faults": { value: "SEED", summary: "another seed for which tasks fail, and for faults of workers that are drawn" },
  "seed-network": { value: "SEED", summary: "another seed for what messages draw: delays, losses" },
  "seed-policy": { value: "SEED", summary: "another seed for what the policy draws" },
};

/** The seed, and that of each root. */
export interface Drawn {
  seed: string;
  seeds: Seeds;
  /** What the `seed` column says. */
  text: string;
}

/** As the options say, else the scenario. */
export async function seedsGiven(scenario: Scenario, args: Arguments): Promise<Drawn> {
  const { seedsOf } = await import("../library/seeds.ts");
  const seed = optionOf(args, "seed");
  const [workload, faults, network, policy] = ["workload", "faults", "network", "policy"].map((root) => optionOf(args, `seed-${root}`));
  const { roots, text } = seedsOf({ seed, seeds: { workload, faults, network, policy } }, scenario);
  return { seed: seed ?? scenario.seed ?? "1", seeds: roots, text };
}
