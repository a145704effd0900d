// The command line that makes a run again, to be printed when it failed.
import type { Seeds } from "../model/scenario.ts";
import type { Arguments } from "./command.ts";

/** Options of a run that change what comes out, in the order in which they are printed. */
const KEPT_BEFORE = ["set", "workers"];
const KEPT_AFTER = ["max-events", "max-time", "linearizability"];

export interface RunToReproduce {
  /** As typed. */
  source: string;
  /** As --policy takes it; undefined where the scenario's own is meant. */
  policy: string | undefined;
  seed: string;
  /** Where a root may have another seed. */
  seeds?: Seeds | undefined;
  /** Whether the run only fails when it is made twice. */
  twice?: boolean;
}

/** `reproduce: makespan run …`, with what was given on the command line. */
export function reproduceLine({ source, policy, seed, seeds, twice }: RunToReproduce, args: Arguments): string {
  const words = ["makespan", "run", source];
  if (policy !== undefined) words.push("--policy", policy);
  words.push("--seed", seed);
  const keep = (option: string) => (args.values.get(option) ?? []).flatMap((value) => [`--${option}`, value]);
  words.push(...KEPT_BEFORE.flatMap(keep));
  for (const [root, own] of Object.entries(seeds ?? {})) if (own !== seed) words.push(`--seed-${root}`, own);
  words.push(...KEPT_AFTER.flatMap(keep));
  if (twice === true) words.push("--check-determinism");
  // The comment keeps the line one that can be pasted.
  return `reproduce: ${words.map(quoted).join(" ")}${source === "-" ? " # with the same standard input" : ""}`;
}

/** A word as a shell takes it, in one line. */
export function quoted(word: string): string {
  if (/^[\w@%+:,./-][\w@%+=:,./-]*$/.test(word)) return word;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they would break the line
  if (!/[\u0000-\u001f\u007f]/.test(word)) return `'${word.replaceAll("'", "'\\''")}'`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
  const escaped = word.replaceAll(/[\u0000-\u001f\u007f\\']/g, (sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, "0")}`);
  return `$'${escaped}'`;
}
