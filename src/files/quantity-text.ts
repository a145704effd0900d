// Integers of base units as a scenario file would write them; reading them again gives the same integers.
import { DISK, MEMORY, unitOf } from "../model/resources.ts";
import type { Amount } from "../model/scenario.ts";
import { formatSeconds, formatThousandths } from "../model/units.ts";
import { isPlainParameter } from "./normalise-amounts.ts";

type Written = string | number;

/** 12500000 µs is "12.5s". */
export function durationText(time: number): string {
  return `${formatSeconds(time)}s`;
}

/** 536870912 bytes are "512MiB"; what is no whole number of a binary unit stays a number of bytes. */
export function bytesText(bytes: number): Written {
  for (const [power, unit] of ["KiB", "MiB", "GiB", "TiB"].entries()) {
    const next = 1024 ** (power + 2);
    const size = 1024 ** (power + 1);
    if (bytes >= size && bytes % size === 0 && (bytes % next !== 0 || power === 3)) return `${bytes / size}${unit}`;
  }
  return bytes;
}

/** An integer of a dimension: 1500 thousandths of cpu are 1.5. */
export function unitText(dimension: number, value: number): Written {
  if (dimension === MEMORY || dimension === DISK) return bytesText(value);
  return unitOf(dimension) === "count" ? value : Number(formatThousandths(value));
}

/** A fixed amount, or a distribution with its parameters written like the fixed one. */
export function amountText(amount: Amount, write: (value: number) => Written): unknown {
  if (typeof amount === "number") return write(amount);
  const entries = Object.entries(amount).filter(([parameter]) => parameter !== "step"); // follows from the bounds
  return Object.fromEntries(
    entries.map(([parameter, value]) => {
      if (typeof value === "string" || isPlainParameter(parameter)) return [parameter, value];
      return [parameter, typeof value === "number" ? write(value) : value.map(write)];
    }),
  );
}
