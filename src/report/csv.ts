// Rows as CSV (RFC 4180 with line feeds): a header, then a line each.
import { stringify } from "csv-stringify/sync";
import { cellText, type ReportColumn } from "./report-column.ts";

/** Lines that are made at a time, so that a million never stand in memory. */
const CHUNK = 4096;

/** The file in pieces of some thousand lines. */
export function* csvChunks<Row>(columns: readonly ReportColumn<Row>[], rows: Iterable<Row>): Generator<string> {
  const names = columns.map(({ name }) => name);
  let lines: string[][] = [names];
  for (const row of rows) {
    lines.push(columns.map(({ unit, value }) => cellText(unit, value(row))));
    if (lines.length < CHUNK) continue;
    yield textOf(lines);
    lines = [];
  }
  if (lines.length > 0) yield textOf(lines);
}

/** The whole file. */
export function csv<Row>(columns: readonly ReportColumn<Row>[], rows: Iterable<Row>): string {
  return [...csvChunks(columns, rows)].join("");
}

/** Every cell is a text by now, so that no cast of csv-stringify (true as 1, dates as numbers) can apply. */
function textOf(lines: string[][]): string {
  return stringify(lines, { record_delimiter: "\n" });
}
