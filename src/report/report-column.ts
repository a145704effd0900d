// A column of a report: its name, its unit, what it means, and where its value comes from. CSV, JSON and the reference share it.
import { formatSeconds, formatThousandths } from "../model/units.ts";

/** `s`: µs, printed in seconds; `cores`: thousandths; `1`: a ratio or a count. */
export type Unit = "s" | "1" | "bytes" | "cores" | "text";

export interface ReportColumn<Row> {
  name: string;
  unit: Unit;
  meaning: string;
  /** Undefined where the cell is empty. */
  value(row: Row): number | string | undefined;
}

/** A cell as CSV files hold it: exact decimals of whole µs, floats in their shortest form, nothing where there is no value. */
export function cellText(unit: Unit, value: number | string | undefined): string {
  if (value === undefined || typeof value === "string") return value ?? "";
  if (unit === "s") return Number.isSafeInteger(value) ? formatSeconds(value) : String(value / 1_000_000);
  if (unit === "cores") return formatThousandths(value);
  return String(value);
}

/** A cell as JSON holds it: the same number, null where there is no value. */
export function cellJson(unit: Unit, value: number | string | undefined): number | string | null {
  if (value === undefined) return null;
  if (typeof value === "string") return value;
  return Number(cellText(unit, value));
}

/** A row as an object by the names of its columns. */
export function rowJson<Row>(columns: readonly ReportColumn<Row>[], row: Row): Record<string, number | string | null> {
  return Object.fromEntries(columns.map(({ name, unit, value }) => [name, cellJson(unit, value(row))]));
}
