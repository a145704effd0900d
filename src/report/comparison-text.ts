// A comparison as a person reads it: a table per scenario, best policy first, and which policies cannot be told apart.
import type { Comparison } from "../experiment/compare.ts";
import type { PolicyRow, Ranking } from "../experiment/rank.ts";
import type { Spread } from "../experiment/spread.ts";
import { counted } from "../workload/importers/importer.ts";
import { hasValues } from "./empty-column.ts";
import { fixed, placesFor, PLAIN, readable, readableColumn, type Styler, type TextColumn, textTable } from "./text-table.ts";

/** The tables, in whole lines. */
export function comparisonText(comparison: Comparison, style: Styler = PLAIN): string {
  const tables = comparison.rankings.map((ranking) => rankingText(ranking, style));
  if (comparison.overall.length > 0) tables.push(overallText(comparison, style));
  tables.push(digestText(comparison));
  return tables.join("\n");
}

/** What `partial` means on a scenario; empty where all its runs were made. */
export function stoppedText({ stopped }: Ranking): string {
  return stopped === undefined ? "" : `partial: ${readable(stopped.made)} of ${counted(stopped.planned, "run")} made`;
}

function digestText({ digest, runs }: Comparison): string {
  return `digest ${digest} over ${counted(runs.length, "run")}; that of each stands in runs.csv\n`;
}

/** The table of one scenario. */
export function rankingText(ranking: Ranking, style: Styler = PLAIN): string {
  const { scenario, rows, reason, setsDiffer } = ranking;
  const notes: string[] = [];
  if (reason !== "") notes.push(reason);
  if (setsDiffer) notes.push("policies completed different tasks: those that completed more weight rank first");
  if (ranking.anchoredFaults !== undefined) notes.push(anchoredText(ranking.anchoredFaults));
  const policies = rows.length === 1 ? "1 policy" : `${rows.length} policies`;
  const stopped = stoppedText(ranking);
  const facts = [policies, seedsText(ranking), ...(stopped === "" ? [] : [style("yellow", stopped)]), rankedText(ranking)];
  const heading = `${style("bold", scenario)}: ${facts.join(", ")}`;
  const lines = textTable(columnsOf(ranking), style);
  const best = lines.findIndex((_, index) => rows[index - 1]?.rank === 1);
  const marked = lines.map((line, index) => (index === best ? style("green", line) : line));
  return [heading, ...notes.map((note) => `  ${note}`), "", ...marked, "", ...frontLines(ranking)].join("\n");
}

/** The policies that no other beats in both makespan and cost; those that are equal together. */
function frontLines({ front = [], rows }: Ranking): string[] {
  if (front.length === 0 || rows.length < 2) return [];
  const names = new Map<string, string[]>();
  for (const { policy, makespan, cost } of front) {
    const place = `(${readable((makespan.mean ?? 0) / 1_000_000)} s, ${readable(cost.mean ?? 0)})`;
    names.set(place, [...(names.get(place) ?? []), policy]);
  }
  const places = [...names].map(([place, equal]) => `${equal.join(", ")} ${place}`);
  return [`makespan against cost, none is both sooner and cheaper than: ${places.join("; ")}`, ""];
}

function anchoredText(count: number): string {
  const faults = count === 1 ? "1 fault is anchored to a task" : `${count} faults are anchored to tasks`;
  return `${faults}, and strike${count === 1 ? "s" : ""} where each policy takes ${count === 1 ? "it" : "them"}: the policies do not meet the same faults`;
}

function rankedText({ rows, column }: Ranking): string {
  const placed = rows.filter(({ rank }) => rank !== undefined);
  if (placed.length === 0) return "not ranked";
  return hasValues(placed) ? `ranked by ${column.name} (${column.better} first)` : "ranked by completed weight (most first)";
}

function seedsText({ rows, seeds }: Ranking): string {
  if (rows.length > 0 && rows.every(({ deterministic }) => deterministic)) return "deterministic (nothing is drawn)";
  return counted(seeds, "seed");
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
  // Each is left out where it is the one that is ranked by.
  const others = [
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
      "cost",
      spreadCells(
        rows.map(({ cost }) => cost),
        1,
      ),
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
  ];
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
    right(
      column.name,
      spreadCells(
        rows.map(({ ranked }) => ranked),
        column.unit === "s" ? 1_000_000 : 1,
      ),
    ),
    ...others.filter(({ header }) => header !== column.name && !(header === "cpu" && column.name === "cpu_utilization")),
    right("wins", seeds > 1 ? counts(({ wins }) => wins) : []),
    left(
      "against the best",
      rows.map((row, index) => completedLess(row, ranking) + verdict(row, index, seeds)),
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

/** Marks a policy that completed less than the best: what is said of its other values compares unlike with unlike. */
function completedLess({ completedWeight, rank }: PolicyRow, { setsDiffer, rows: [best] }: Ranking): string {
  const isLess = setsDiffer && rank !== undefined && (completedWeight ?? 0) < (best?.completedWeight ?? 0);
  return isLess ? "completed less; " : "";
}

function verdict({ rank, runs, ranked, deterministic, vsBest, equalsBest }: PolicyRow, index: number, seeds: number): string {
  const isEmpty = ranked.mean === undefined && runs > 0 && runs === (deterministic ? 1 : seeds);
  if (rank === undefined) return `not ranked: ${isEmpty ? "values" : "runs"} are missing`;
  if (index === 0) return "best";
  if (equalsBest) return "equal";
  if (vsBest === undefined) return "";
  const { ratio, low, high, distinguished } = vsBest;
  const times = `× ${ratioText(ratio)}`;
  if (low === undefined || high === undefined) return times;
  if (low === high) return `${times} on every seed`;
  return `${times} (${ratioText(low)} to ${ratioText(high)})${distinguished ? "" : `, not distinguished at n = ${seeds}`}`;
}

/** Three decimals up to ten, so that ratios near 1 are told apart. */
function ratioText(ratio: number): string {
  if (ratio < 10) return ratio.toFixed(3);
  return ratio < 1_000_000 ? readable(ratio) : "over a million";
}

function overallText({ overall, rankings, partial }: Comparison, style: Styler): string {
  const heading = `${style("bold", "overall")}: geometric mean over ${rankings.length} scenarios of the ratio to the best on each${partial ? `, ${style("yellow", "partial")}` : ""}`;
  const table = textTable(
    [
      { header: "policy", align: "left", cells: overall.map(({ policy }) => policy) },
      { header: "ratio", align: "right", cells: overall.map(({ ratio }) => (ratio === undefined ? "-" : ratioText(ratio))) },
    ],
    style,
  );
  return [heading, "", ...table, ""].join("\n");
}
