// Plain decimals against the exact reading of units.
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseBytes, parseDuration, parseThousandths } from "../../../src/model/units.ts";
import { plainDecimal } from "../../../src/workload/importers/decimal.ts";

it("is the exact reading wherever it is one at all", () => {
  const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{0,${most}}$`));
  fc.assert(
    fc.property(digits(13), fc.constantFrom("", "."), digits(8), (whole, point, fraction) => {
      const text = `${whole}${point}${point === "" ? "" : fraction}`;
      for (const [places, exact] of [
        [6, parseDuration],
        [3, parseThousandths],
        [0, parseBytes],
      ] as const) {
        const value = plainDecimal(text, places);
        if (!Number.isNaN(value)) expect(value).toBe(exact(text));
        const isShort = text.length + places <= 15 && fraction.length <= places;
        if (isShort && whole !== "") expect(value).not.toBeNaN();
      }
    }),
    { seed: 9, numRuns: 2000 },
  );
});

it("leaves to others what is not digits", () => {
  for (const text of ["", ".", ".5", "-1", "+1", "1e3", "1s", " 1", "1 ", "1.2.3", "9".repeat(20), "1.0000001"])
    expect(plainDecimal(text, 6)).toBeNaN();
});
