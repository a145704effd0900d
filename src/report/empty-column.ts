// A ranking whose column is empty for every policy is none: there all would be first.
import type { PolicyRow, Ranking } from "../experiment/rank.ts";

/** Whether the ranked column has a value for any policy. */
export function hasValues(rows: readonly PolicyRow[]): boolean {
  return rows.some(({ ranked }) => ranked.mean !== undefined);
}

/**
 * The ranking, without places and wins where its column gives none, and with the reason. Where the policies completed different
 * tasks, completed weight gives some.
 */
export function withoutEmptyPlaces(ranking: Ranking): Ranking {
  const { scenario, column, setsDiffer, rows } = ranking;
  const placed = rows.filter(({ rank }) => rank !== undefined);
  if (placed.length === 0 || hasValues(placed)) return ranking;
  const reason = `nothing on ${scenario} can be ranked by ${column.name}: each policy has runs in which it is empty`;
  if (setsDiffer) return { ...ranking, reason: `${reason}; ranked by completed weight instead` };
  return {
    ...ranking,
    reason,
    rows: rows.map((row) => ({ ...row, rank: undefined, wins: undefined })),
  };
}
