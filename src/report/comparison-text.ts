// A comparison as a person reads it: a table per scenario, best policy first, and which policies cannot be told apart.
import type { Comparison } from "../experiment/compare.ts";
import type { PolicyRow, Ranking } from "../experiment/rank.ts";
import type { Spread } from "../experiment/spread.ts";
import { fixed, placesFor, PLAIN, readable, readableColumn, type Styler, type TextColumn, textTable } from "./text-table.ts";

/** The tables, in whole lines. */
export function comparisonText(comparison: Comparison, style: Styler = PLAIN): string {
  const tables = comparison.rankings.map((ranking) => rankingText(ranking, style));
  if (comparison.overall.length > 0) tables.push(overallText(comparison, style));
  if (comparison.partial) tables.push(style("yellow", "stopped before all runs were made: the tables are partial\n"));
  return tables.join("\n");
}

/** The table of one scenario. */
export function rankingText(ranking: Ranking, style: Styler = PLAIN): string {
  const { scenario, rows, column, reason, setsDiffer } = ranking;
  const notes: string[] = [];
  if (reason !== "") notes.push(reason);
  if (setsDiffer) notes.push("policies completed different tasks: those that completed more weight rank first");
  const ranked = rows.every(({ rank }) => rank === undefined) ? "not ranked" : `ranked by ${column.name} (${column.better} first)`;
  const heading = `${style("bold", scenario)}: ${rows.length} policies, ${seedsText(ranking)}, ${ranked}`;
  const lines = textTable(columnsOf(ranking), style);
  const best = lines.findIndex((_, index) => rows[index - 1]?.rank === 1);
  const marked = lines.map((line, index) => (index === best ? style("green", line) : line));
  return [heading, ...notes.map((note) => `  ${note}`), "", ...marked, ""].join("\n");
}

function seedsText({ rows, seeds }: Ranking): string {
  if (rows.length > 0 && rows.every(({ deterministic }) => deterministic)) return "deterministic (nothing is drawn)";
  return seeds === 1 ? "1 seed" : `${seeds} seeds`;
}

function columnsOf(ranking: Ranking): TextColumn[] {
  const { rows, column, seeds } = ranking;
  const left = (header: string, cells: readonly string[]): TextColumn => ({ header, align: "left", cells });
  const right = (header: string, cells: readonly string[]): TextColumn => ({ header, align: "right", cells });
  const counts = (value: (row: PolicyRow) => number | undefined) => readableColumn(rows.map(value), 1, 4, 1);
  const seconds = (value: (row: PolicyRow) => number | undefined) => readableColumn(rows.map(value), 1_000_000, 3);
  const percents = (value: (row: PolicyRow) => number | undefined, digits: 3 | 4) =>
    readableColumn(rows.map(value), 0.01, digits, 2).map((cell) => cell && `${cell} %`);
  const anyUnfinished = rows.some(({ unfinished }) => (unfinished ?? 0) > 0);
  const mixed = rows.some(({ deterministic }) => deterministic) && !rows.every(({ deterministic }) => deterministic);
  return [
    right(
      "rank",
      rows.map(({ rank }) => (rank === undefined ? "-" : String(rank))),
    ),
    left(
      "policy",
      rows.map(({ policy }) => policy),
    ),
    right("runs", mixed ? rows.map(({ runs, deterministic }) => (deterministic ? "deterministic" : String(runs))) : []),
    ...(column.name === "makespan_s"
      ? []
      : [
          right(
            column.name,
            spreadCells(
              rows.map(({ ranked }) => ranked),
              column.unit === "s" ? 1_000_000 : 1,
            ),
          ),
        ]),
    right(
      "makespan_s",
      spreadCells(
        rows.map(({ makespan }) => makespan),
        1_000_000,
      ),
    ),
    right(
      "gap",
      percents(({ gap }) => gap, 4),
    ),
    right(
      "mean_wait_s",
      seconds(({ meanWait }) => meanWait.mean),
    ),
    right(
      "p95_wait_s",
      seconds(({ p95Wait }) => p95Wait),
    ),
    right(
      "cpu",
      percents(({ cpuUtilization }) => cpuUtilization, 3),
    ),
    right(
      "completed",
      counts(({ completed }) => completed),
    ),
    right(
      "failed",
      counts(({ failed }) => failed),
    ),
    right(
      "skipped",
      counts(({ skipped }) => skipped),
    ),
    right("unfinished", anyUnfinished ? counts(({ unfinished }) => unfinished) : []),
    right("wins", seeds > 1 ? counts(({ wins }) => wins) : []),
    left(
      "against the best",
      rows.map((row, index) => verdict(row, index, seeds)),
    ),
  ];
}

/** `12.5 ± 0.3`, the means below each other; without the interval for a single run. */
function spreadCells(spreads: readonly Spread[], unit: number): string[] {
  const places = placesFor(
    spreads.map(({ mean }) => mean),
    unit,
    4,
  );
  const intervals = spreads.map(({ ci95 }) => (ci95 === undefined ? "" : ` ± ${fixed(ci95 / unit, places)}`));
  const width = Math.max(0, ...intervals.map((interval) => interval.length));
  return spreads.map(({ mean }, index) =>
    mean === undefined ? "" : fixed(mean / unit, places) + (intervals[index] ?? "").padStart(width),
  );
}

function verdict({ rank, runs, ranked, deterministic, vsBest }: PolicyRow, index: number, seeds: number): string {
  const isEmpty = ranked.mean === undefined && runs > 0 && runs === (deterministic ? 1 : seeds);
  if (rank === undefined) return `not ranked: ${isEmpty ? "values" : "runs"} are missing`;
  if (index === 0) return "best";
  if (vsBest === undefined) return "";
  const { ratio, low, high, distinguished } = vsBest;
  const times = `× ${ratioText(ratio)}`;
  if (low === undefined || high === undefined) return ratio === 1 ? "equal" : times;
  if (low === high) return ratio === 1 ? "equal" : `${times} on every seed`;
  return `${times} (${ratioText(low)} to ${ratioText(high)})${distinguished ? "" : `, not distinguished at n = ${seeds}`}`;
}

/** Three decimals up to ten, so that ratios near 1 are told apart. */
function ratioText(ratio: number): string {
  if (ratio < 10) return ratio.toFixed(3);
  return ratio < 1_000_000 ? readable(ratio) : "over a million";
}

function overallText({ overall, rankings }: Comparison, style: Styler): string {
  const heading = `${style("bold", "overall")}: geometric mean over ${rankings.length} scenarios of the ratio to the best on each`;
  const table = textTable(
    [
      { header: "policy", align: "left", cells: overall.map(({ policy }) => policy) },
      { header: "ratio", align: "right", cells: overall.map(({ ratio }) => (ratio === undefined ? "-" : ratioText(ratio))) },
    ],
    style,
  );
  return [heading, "", ...table, ""].join("\n");
}
