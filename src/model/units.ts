// Units at the edge: texts such as "1.5s", "8GiB" and "0.5" become exact integers here, and are printed from them here.
import { nearest } from "./nearest.ts";

/** A number that carries its unit's name: plain numbers may be given for it, other units may not. */
type Flavoured<Unit extends string> = number & { readonly unit?: Unit };

/** A point on the virtual clock: a whole number of microseconds. */
export type Time = Flavoured<"time">;
/** A length of time: a whole number of microseconds. */
export type Duration = Flavoured<"time">;
/** A size: a whole number of bytes. */
export type Bytes = Flavoured<"bytes">;
/** CPU, or a named resource: a whole number of thousandths of a core (of a unit). */
export type Thousandths = Flavoured<"thousandths">;

export const SECOND = 1_000_000;

const TIME_UNITS = { us: 1, µs: 1, ms: 1_000, s: SECOND, m: 60 * SECOND, h: 3600 * SECOND, d: 86_400 * SECOND };
const SIZE_UNITS = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 * 1024,
  GiB: 1024 * 1024 * 1024,
  TiB: 1024 * 1024 * 1024 * 1024,
};

/** A text that is not the quantity it should be; the message says what would be. */
export class UnitError extends Error {}

/**
 * A duration in µs from `"1.5s"`, `"2h"`, or a bare number of seconds; rounded to the nearest µs. Negative ones are refused, and so
 * is one above 0 that rounds to 0, as for all quantities.
 */
export function parseDuration(input: number | string): Duration {
  return parseQuantity(input, TIME_UNITS, SECOND, "a duration, such as 1.5s, 200ms or 2h (a bare number is seconds)", "1 µs");
}

/** A size in bytes from `"8GiB"`, `"100MB"`, or a bare number of bytes; rounded to the nearest byte. */
export function parseBytes(input: number | string): Bytes {
  return parseQuantity(input, SIZE_UNITS, 1, "a size, such as 512MiB or 4GB (a bare number is bytes)", "1 byte");
}

/** Thousandths of a core (or of a unit of a named resource) from a number of them: 0.5 is 500. */
export function parseThousandths(input: number | string): Thousandths {
  return parseQuantity(input, { m: 1 }, 1000, "a number of cores or units, such as 2 or 0.5", "1/1000");
}

/** A whole number, such as slots. */
export function parseCount(input: number | string): number {
  const value = parseQuantity(input, {}, 1, "a whole number", undefined);
  if (!/^[0-9]+$/.test(String(input).trim())) throw new UnitError(`"${input}" is not a whole number`);
  return value;
}

const NUMBER = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,3}))?\s*([a-zA-Zµ]*)$/;

/** `resolution`: the least amount above 0, as text; undefined where the caller sees to fractions. */
function parseQuantity(
  input: number | string,
  units: Record<string, number>,
  bare: number,
  expected: string,
  resolution: string | undefined,
): number {
  const text = String(input).trim();
  const match = NUMBER.exec(text);
  if (!match || (match[2] === "" && (match[3] ?? "") === "")) throw new UnitError(`"${text}" is not ${expected}`);
  const [, sign, whole = "", fraction = "", exponent = "0", unit = ""] = match;
  const factor = unit === "" ? bare : Object.hasOwn(units, unit) ? units[unit] : undefined;
  if (factor === undefined) {
    const meant = unitNear(unit, Object.keys(units));
    const hint =
      meant === undefined
        ? `known are ${Object.keys(units).join(", ") || "none"}`
        : `did you mean "${text.slice(0, text.length - unit.length)}${meant}"?`;
    throw new UnitError(`"${text}" has no known unit; ${hint}`);
  }
  const digits = BigInt(whole + fraction) * BigInt(factor);
  if (sign === "-" && digits !== 0n) throw new UnitError(`"${text}" is negative`);
  const shift = Number(exponent) - fraction.length;
  const value = Number(shift >= 0 ? digits * 10n ** BigInt(shift) : roundedQuotient(digits, 10n ** BigInt(-shift)));
  if (value > Number.MAX_SAFE_INTEGER) throw new UnitError(`"${text}" is too large`);
  if (value === 0 && digits !== 0n && resolution !== undefined)
    throw new UnitError(`"${text}" is below the resolution, which is ${resolution}, and would be 0`);
  return value;
}

/** How people write units out. */
const IN_WORDS: readonly (readonly [RegExp, string])[] = [
  [/^sec(?:ond)?s?$/i, "s"],
  [/^min(?:ute)?s?$/i, "m"],
  [/^(?:hrs?|hours?)$/i, "h"],
  [/^days?$/i, "d"],
  [/^m(?:illi)?sec(?:ond)?s?$/i, "ms"],
  [/^(?:u|µ|micro)sec(?:ond)?s?$/i, "us"],
];

/**
 * The unit that is written otherwise, or is one letter off; of a size that is cut short the binary one, whose names are longest. No other
 * is near: that of one or two letters may be anything.
 */
export function unitNear(word: string, units: readonly string[]): string | undefined {
  const lower = word.toLowerCase();
  const longestFirst = [...units].sort((a, b) => b.length - a.length);
  const inWords = IN_WORDS.find(([pattern, unit]) => pattern.test(word) && units.includes(unit))?.[1];
  const alike = units.find((unit) => unit.toLowerCase() === lower);
  const begun = longestFirst.find((unit) => unit.length > 2 && unit.toLowerCase().startsWith(lower));
  const long = units.filter((unit) => unit.length > 2);
  return inWords ?? alike ?? begun ?? (word.length < 3 ? undefined : nearest(word, long, 1));
}

function roundedQuotient(numerator: bigint, denominator: bigint): bigint {
  return (2n * numerator + denominator) / (2n * denominator);
}

/** Seconds of an integer time, as the shortest exact decimal: 12500000 is "12.5". */
export function formatSeconds(time: Time): string {
  return formatScaled(time, 6);
}

/** Seconds with all six decimals, as logs print them: 12500000 is "12.500000". */
export function formatClock(time: Time): string {
  const digits = String(Math.abs(time)).padStart(7, "0");
  return `${time < 0 ? "-" : ""}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

/** Thousandths as the shortest exact decimal: 500 is "0.5". */
export function formatThousandths(value: Thousandths): string {
  return formatScaled(value, 3);
}

/** Bytes in the largest binary unit of which they are a whole number: 536870912 is "512MiB", 1000 is "1000B". */
export function formatBytes(value: Bytes): string {
  let count = value;
  let unit = "B";
  for (const next of ["KiB", "MiB", "GiB", "TiB"]) {
    if (count < 1024 || count % 1024 !== 0) break;
    count /= 1024;
    unit = next;
  }
  return `${count}${unit}`;
}

function formatScaled(value: number, places: number): string {
  const digits = String(Math.abs(value)).padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return `${value < 0 ? "-" : ""}${digits.slice(0, -places)}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Microseconds that `work` µs at speed 1 take at a speed in thousandths: rounded up, for rounding down could beat a lower bound. */
export function durationAt(work: Duration, speed: number): Duration {
  if (speed === 1000) return work;
  if (work <= 9e12) return Math.ceil((work * 1000) / speed);
  return Number((BigInt(work) * 1000n + BigInt(speed) - 1n) / BigInt(speed));
}

/** Work done in so many µs at a speed in thousandths: µs at speed 1, rounded down, so that it is never more than was done. */
export function workIn(elapsed: Duration, speed: number): Duration {
  const rest = elapsed % 1000;
  return ((elapsed - rest) / 1000) * speed + Math.floor((rest * speed) / 1000);
}

/**
 * ⌈duration × part⌉, µs, of the part as the decimal that was written: 0.07 of 3 s is 210,000 µs, though 0.07 × 3,000,000 is a little
 * more in doubles. `part` is above 0 and at most 1.
 */
export function partOf(duration: Duration, part: number): Duration {
  if (part === 1) return duration;
  const product = duration * part;
  // It is off by less than a part in 2^51: only so near to a whole number can rounding it up go wrong.
  if (!(Math.abs(product - Math.round(product)) <= product / 2 ** 51)) return Math.ceil(product);
  const [digits = "", exponent] = part.toExponential().split("e");
  const fraction = digits.slice(2);
  const denominator = 10n ** BigInt(fraction.length - Number(exponent));
  return Number((BigInt(duration) * BigInt(digits.slice(0, 1) + fraction) + denominator - 1n) / denominator);
}
