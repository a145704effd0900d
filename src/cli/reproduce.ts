// The command line that makes a run again, to be printed when it failed.
import type { Arguments } from "./command.ts";

/** Options of a run that change what comes out, in the order in which they are printed. */
const KEPT = ["set", "workers", "seed-workload", "seed-faults", "seed-policy", "max-events", "max-time"];

export interface RunToReproduce {
  /** As typed. */
  source: string;
  /** As --policy takes it; undefined where the scenario's own is meant. */
  policy: string | undefined;
  /** Undefined where the scenario's own is meant. */
  seed: string | undefined;
  /** Whether the run only fails when it is made twice. */
  twice?: boolean;
}

/** `reproduce: makespan run …`, with what was given on the command line. */
export function reproduceLine({ source, policy, seed, twice }: RunToReproduce, args: Arguments): string {
  const words = ["makespan", "run", source];
  if (policy !== undefined) words.push("--policy", policy);
  if (seed !== undefined) words.push("--seed", seed);
  for (const option of KEPT) for (const value of args.values.get(option) ?? []) words.push(`--${option}`, value);
  if (twice === true) words.push("--check-determinism");
  return `reproduce: ${words.map(quoted).join(" ")}`;
}

/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
