// The nearest known name: against the definition of the distance, and how much it may cost.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { didYouMean, Hints, nearest } from "../../src/model/nearest.ts";

/** Damerau's optimal string alignment, as it is defined: by recursion over all prefixes. */
function edits(a: string, b: string): number {
  if (a === "" || b === "") return a.length + b.length;
  const swaps = a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1) && a.length > 1 && b.length > 1;
  return Math.min(
    edits(a.slice(0, -1), b) + 1,
    edits(a, b.slice(0, -1)) + 1,
    edits(a.slice(0, -1), b.slice(0, -1)) + (a.at(-1) === b.at(-1) ? 0 : 1),
    ...(swaps ? [edits(a.slice(0, -2), b.slice(0, -2)) + 1] : []),
  );
}

const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "d"), minLength: 1, maxLength: 6 });

describe("nearest", () => {
  it("is the first of the least distance within what is asked", () => {
    fc.assert(
      fc.property(word, fc.array(word, { maxLength: 6 }), fc.integer({ min: 0, max: 4 }), (text, known, most) => {
        const near = known.filter((name) => edits(text, name) <= most && edits(text, name) < Math.max(text.length, name.length));
        const least = Math.min(...near.map((name) => edits(text, name)));
        expect(nearest(text, known, most)).toBe(near.find((name) => edits(text, name) === least));
      }),
    );
  });
});

describe("hints for many texts", () => {
  it("are those for each, but only for the first twenty texts; a text that comes again costs nothing", () => {
    const known = Array.from({ length: 30 }, (_, i) => `machine-${i}`);
    let looks = 0;
    const hints = new Hints(() => {
      looks += 1;
      return known;
    });
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 30; i++) expect(hints.of(`machin-${i}`)).toBe(i < 20 ? didYouMean(`machin-${i}`, known) : "");
    }
    expect(looks).toBe(20);
  });
});
