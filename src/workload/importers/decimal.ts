// Plain decimals as integers of a smaller unit, fast: what most cells of a table hold. The rest goes through model/units.ts.

/** `12.5` with 6 places is 12500000; NaN for all that is not digits with at most that many behind a point, or is long. */
export function plainDecimal(text: string, places: number): number {
  const { length } = text;
  if (length === 0 || length + places > 15) return Number.NaN;
  let value = 0;
  let fraction = -1; // digits behind the point so far
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      if (fraction >= 0) fraction += 1;
    } else if (digit === -2 && fraction < 0 && i > 0) {
      fraction = 0;
    } else {
      return Number.NaN;
    }
  }
  if (fraction > places) return Number.NaN;
  for (let i = Math.max(fraction, 0); i < places; i++) value *= 10;
  return value;
}
