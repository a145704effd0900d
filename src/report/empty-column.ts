// A ranking whose column is empty for every policy is none: there all would be first.
import type { Ranking } from "../experiment/rank.ts";

/** The ranking, without places and wins where its column gives none. Completed weight gives some where the policies differ in it. */
export function withoutEmptyPlaces(ranking: Ranking): Ranking {
  const { scenario, column, setsDiffer, rows } = ranking;
  const placed = rows.filter(({ rank }) => rank !== undefined);
  if (setsDiffer || placed.length === 0 || placed.some(({ ranked }) => ranked.mean !== undefined)) return ranking;
  return {
    ...ranking,
    reason: `nothing on ${scenario} can be ranked by ${column.name}: each policy has runs in which it is empty`,
    rows: rows.map((row) => ({ ...row, rank: undefined, wins: undefined })),
  };
}
