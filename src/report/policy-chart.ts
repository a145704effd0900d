// policies.svg: a comparison as a picture, a bar per policy with the mean of the ranked column and its 95 % interval.
import type { PolicyRow, Ranking } from "../experiment/rank.ts";
import { stoppedText } from "./comparison-text.ts";
import { fixed, placesFor } from "./text-table.ts";

const WIDTH = 820;
const ROW = 24;
/** Room above the rows of a scenario, for its name and what is drawn. */
const HEAD = 64;
/** Room to the right of the longest bar, for its number. */
const NUMBER = 130;
const LABEL_CHARACTERS = 36;
const CHARACTER = 7.4;

/** Light and dark by the reader's system; the picture brings its own background, so that it is legible on any page. */
const STYLE = `
  svg { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif }
  .ground { fill: #ffffff } .text { fill: #1f2328 } .small { fill: #59636e; font-size: 12px } .name { font-weight: 600; font-size: 15px }
  .bar { fill: #a9c4e6 } .bar.best { fill: #3a76c4 } .interval, .zero { stroke: #1f2328; stroke-width: 1.2 } .zero { stroke: #d0d7de }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } .text { fill: #e6edf3 } .small { fill: #9198a1 }
    .bar { fill: #35527a } .bar.best { fill: #4f8fe0 } .interval { stroke: #e6edf3 } .zero { stroke: #3d444d }
  }
`;

/** The picture, with a part for each scenario. */
export function policyChart(rankings: readonly Ranking[]): string {
  const heights = rankings.map(({ rows }) => HEAD + rows.length * ROW + 16);
  const height = heights.reduce((sum, part) => sum + part, 0);
  let top = 0;
  const parts = rankings.map((ranking, index) => {
    const part = rankingPart(ranking, top);
    top += heights[index] as number;
    return part;
  });
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`;
  const ground = `<rect class="ground" width="${WIDTH}" height="${height}" rx="6"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${size}>\n<style>${STYLE}</style>\n${ground}\n${parts.join("")}</svg>\n`;
}

function rankingPart(ranking: Ranking, top: number): string {
  const { scenario, column, rows, seeds } = ranking;
  const stopped = stoppedText(ranking);
  const unit = column.unit === "s" ? 1_000_000 : 1;
  const places = placesFor(
    rows.map(({ ranked }) => ranked.mean),
    unit,
    4,
  );
  const bars = rows.map((row) => barOf(row, unit, places));
  const left = 24 + CHARACTER * Math.max(0, ...bars.map(({ label }) => [...label].length));
  const least = Math.min(0, ...bars.map(({ low }) => low));
  const greatest = Math.max(0, ...bars.map(({ high }) => high));
  const scale = greatest > least ? (WIDTH - NUMBER - left) / (greatest - least) : 0;
  const x = (value: number) => (left + (value - least) * scale).toFixed(1);
  const single = seeds <= 1 || rows.every(({ deterministic }) => deterministic);
  const drawn = `${column.name}, ${column.better} is best${single ? "" : `: mean of ${seeds} seeds and its 95 % interval`}`;
  const lines = [
    `<text class="text name" x="16" y="${top + 26}">${escaped(stopped === "" ? scenario : `${scenario}, ${stopped}`)}</text>`,
    `<text class="small" x="16" y="${top + 46}">${drawn}; strong colour: the best, and what cannot be told apart from it</text>`,
    ...bars.flatMap((bar, index) => barLines(bar, top + HEAD + index * ROW, x)),
    `<line class="zero" x1="${x(0)}" x2="${x(0)}" y1="${top + HEAD - 4}" y2="${top + HEAD + rows.length * ROW}"/>`,
  ];
  return `${lines.join("\n")}\n`;
}

interface Bar {
  label: string;
  /** Undefined where the column is empty. */
  mean: number | undefined;
  low: number;
  high: number;
  number: string;
  best: boolean;
}

function barOf({ policy, ranked, rank, vsBest }: PolicyRow, unit: number, places: number): Bar {
  const label = [...policy].length > LABEL_CHARACTERS ? `${[...policy].slice(0, LABEL_CHARACTERS - 1).join("")}…` : policy;
  const best = rank === 1 || (vsBest?.low !== undefined && !vsBest.distinguished);
  if (ranked.mean === undefined) return { label, mean: undefined, low: 0, high: 0, number: "no value", best: false };
  const mean = ranked.mean / unit;
  const half = (ranked.ci95 ?? 0) / unit;
  const number = half > 0 ? `${fixed(mean, places)} ± ${fixed(half, places)}` : fixed(mean, places);
  return { label, mean, low: mean - half, high: mean + half, number, best };
}

function barLines({ label, mean, low, high, number, best }: Bar, top: number, x: (value: number) => string): string[] {
  const middle = top + ROW / 2 - 2;
  const name = `<text class="text" x="16" y="${middle + 5}">${escaped(label)}</text>`;
  const value = `<text class="small" x="${(Number(x(Math.max(0, high))) + 8).toFixed(1)}" y="${middle + 4}">${number}</text>`;
  if (mean === undefined) return [name, value];
  const [from, to] = [Number(x(Math.min(0, mean))), Number(x(Math.max(0, mean)))];
  const bar = `<rect class="bar${best ? " best" : ""}" x="${from.toFixed(1)}" y="${top + 2}" width="${(to - from).toFixed(1)}" height="${ROW - 8}" rx="2"/>`;
  if (high === low) return [name, bar, value];
  const ends = [low, high].map((end) => `M${x(end)} ${middle - 4}v8`).join("");
  return [name, bar, `<path class="interval" fill="none" d="M${x(low)} ${middle}H${x(high)}${ends}"/>`, value];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
