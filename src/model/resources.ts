// Dimensions of resources: four that every worker has, then the named ones of a scenario, by position.
import { formatBytes, formatThousandths } from "./units.ts";

/** The dimensions that always exist, in their order; named resources follow them. */
export const STANDARD_DIMENSIONS = ["cpu", "memory", "disk", "slots"] as const;

export const CPU = 0;
export const MEMORY = 1;
export const DISK = 2;
export const SLOTS = 3;

/** Dimensions of which suspended attempts keep what they have. */
export const KEPT: readonly number[] = [MEMORY, DISK];

/** Unit of a dimension's integers: cores and named resources count thousandths, sizes bytes, slots one. */
export function unitOf(dimension: number): "thousandths" | "bytes" | "count" {
  if (dimension === MEMORY || dimension === DISK) return "bytes";
  return dimension === SLOTS ? "count" : "thousandths";
}

/** An amount for people: "1.5", "4 GiB". */
export function amountText(dimension: number, amount: number): string {
  if (!Number.isFinite(amount)) return "an unlimited amount";
  const unit = unitOf(dimension);
  return unit === "thousandths" ? formatThousandths(amount) : unit === "bytes" ? formatBytes(amount) : String(amount);
}
