// Seeds as the command line writes them: texts, lists of them, and ranges of whole numbers.
import { refuse } from "../model/errors.ts";

/** More runs than that of one policy on one scenario are a slip of the finger. */
const MOST_SEEDS = 100_000;

/** The seeds of `1..30`, `1,2,5` or `1..3,night`, each once and in the order given. */
export function parseSeeds(text: string): string[] {
  const seeds = text.split(",").flatMap((part) => seedsOf(part.trim(), text));
  const seen = new Set<string>();
  for (const seed of seeds) {
    if (seen.has(seed)) refuse(`--seeds ${text}: seed ${seed} is given twice`);
    seen.add(seed);
  }
  return seeds;
}

function seedsOf(part: string, text: string): string[] {
  if (part === "") refuse(`--seeds ${text}: a seed is empty; write 1..30 or 1,2,5`);
  const range = /^(\d+)\.\.(\d+)$/.exec(part);
  if (range === null) {
    if (part.includes("..")) refuse(`--seeds ${text}: "${part}" is not a range of whole numbers, such as 1..30`);
    return [part];
  }
  const first = Number(range[1]);
  const last = Number(range[2]);
  if (last < first) refuse(`--seeds ${text}: the range ${part} is empty; write ${last}..${first}`);
  if (!Number.isSafeInteger(last) || last - first >= MOST_SEEDS)
    refuse(`--seeds ${text}: the range ${part} has more than ${MOST_SEEDS} seeds`);
  return Array.from({ length: last - first + 1 }, (_, offset) => String(first + offset));
}
