// Aligned tables for people, and numbers as people read them.

/** Adds colour where the reader's terminal has it. */
export type Styler = (style: "bold" | "dim" | "green" | "yellow", text: string) => string;

/** No colour. */
export const PLAIN: Styler = (_style, text) => text;

export interface TextColumn {
  header: string;
  /** Numbers to the right, texts to the left. */
  align: "left" | "right";
  cells: readonly string[];
}

/** The table's lines; columns without any text are left out. */
export function textTable(columns: readonly TextColumn[], style: Styler = PLAIN): string[] {
  const shown = columns.filter(({ cells }) => cells.some((cell) => cell !== ""));
  const rows = Math.max(0, ...shown.map(({ cells }) => cells.length));
  const widths = shown.map(({ header, cells }) => Math.max(width(header), ...cells.map(width)));
  const line = (cellOf: (column: TextColumn) => string) =>
    shown
      .map((column, i) => padded(cellOf(column), widths[i] as number, column.align))
      .join("  ")
      .trimEnd();
  const header = style(
    "dim",
    line(({ header: text }) => text),
  );
  return [header, ...Array.from({ length: rows }, (_, row) => line(({ cells }) => cells[row] ?? ""))];
}

function width(text: string): number {
  return [...text].length;
}

function padded(text: string, to: number, align: TextColumn["align"]): string {
  const space = " ".repeat(Math.max(0, to - width(text)));
  return align === "right" ? space + text : text + space;
}

/** About four digits, with commas between thousands: 0.0123, 1.234, 12.34, 123.4, 29,363,626. Empty where there is no number. */
export function readable(value: number | undefined): string {
  if (value === undefined) return "";
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 1000) return grouped(value.toFixed(0));
  const places = size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
  return value
    .toFixed(places)
    .replace(/\.?0+$/, "")
    .replace(/^-0$/, "0");
}

/** The numbers of one column, in units of so much: equally many decimals for all of them. Empty where there is none. */
export function readableColumn(values: readonly (number | undefined)[], unit: number, digits: 3 | 4, mostPlaces = 4): string[] {
  const places = Math.min(mostPlaces, placesFor(values, unit, digits));
  return values.map((value) => (value === undefined ? "" : fixed(value / unit, places)));
}

/** Decimals for a column of numbers, to show so many digits of the greatest and one less of the least; none where all are whole. */
export function placesFor(values: readonly (number | undefined)[], unit: number, digits: 3 | 4): number {
  const sizes = values.flatMap((value) => (value === undefined || value === 0 ? [] : [Math.abs(value / unit)]));
  const fractions = sizes.filter((size) => !Number.isInteger(size));
  if (fractions.length === 0) return 0;
  const goal = digits === 4 ? 1000 : 100;
  return Math.max(placesTo(goal, Math.max(...sizes)), placesTo(goal / 10, Math.min(...fractions)));
}

/** Decimals, at most four, that bring a number to so much when the point is left out. */
function placesTo(goal: number, size: number): number {
  let places = 0;
  for (let shown = size; shown < goal && places < 4; shown *= 10) places++;
  return places;
}

/** A number with so many decimals, and commas between thousands. */
export function fixed(value: number, places: number): string {
  const [whole = "", decimals] = value.toFixed(places).split(".");
  const text = decimals === undefined ? grouped(whole) : `${grouped(whole)}.${decimals}`;
  return /^-[0.]+$/.test(text) ? text.slice(1) : text;
}

/** µs as readable seconds. */
export function readableSeconds(time: number | undefined): string {
  return readable(time === undefined ? undefined : time / 1_000_000);
}

/** A ratio as a percentage. */
export function percent(value: number | undefined): string {
  return value === undefined ? "" : `${readable(value * 100)} %`;
}

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, ",");
}
