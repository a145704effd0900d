// A cycle of dependencies as text.
import { type Names, nameAt } from "../../model/columns.ts";

const SHOWN = 20;

/** `a → b → c → a`, from the task that stands first in the input; the middle of a long ring is left out. */
export function ringText(cycle: readonly number[], names: Names): string {
  const first = cycle.reduce((best, position, i) => (position < (cycle[best] as number) ? i : best), 0);
  const ring = [...cycle.slice(first), ...cycle.slice(0, first + 1)].map((position) => nameAt(names, position));
  const shown = ring.length <= SHOWN ? ring : [...ring.slice(0, SHOWN / 2), "…", ...ring.slice(1 - SHOWN / 2)];
  return shown.join(" → ");
}
