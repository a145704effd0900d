// A cycle of dependencies as text.

/** Most ids of a ring that are shown. */
const SHOWN = 20;

/** `a → b → c → a` of the ids in their order; the middle of a long ring is left out. */
export function ringText(ids: readonly string[]): string {
  const ring = [...ids, ids[0] as string];
  const shown = ring.length <= SHOWN ? ring : [...ring.slice(0, SHOWN / 2), "…", ...ring.slice(1 - SHOWN / 2)];
  return shown.join(" → ");
}
