// Seeds and keyed draws: published vectors of the cipher, the stability of every number, and the quality of the draws. The statistical
// tests have fixed seeds; their bounds are 5 standard deviations of what ideal draws would give, unless they say otherwise.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  draw,
  drawInteger,
  hashTextInto,
  normaliseSeed,
  purposeKey,
  ROOTS,
  rootSeeds,
  type StreamKey,
  streamKey,
} from "../../src/engine/random.ts";
import { InputError } from "../../src/model/errors.ts";

const KEY = streamKey("1", "test");
const EXACT = 2 ** 53;
const runs = { seed: 7_919, numRuns: 1000 };

function hash(text: string): [number, number] {
  const out = new Int32Array(2);
  hashTextInto(text, out, 0);
  return [out[0], out[1]];
}

/** How many standard deviations the chi-square of counts lies above or below its mean, all cells being equally likely. */
function chiSquareDeviation(counts: ArrayLike<number>): number {
  const all = Array.from(counts);
  const expected = all.reduce((sum, count) => sum + count, 0) / all.length;
  const square = all.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return (square - (all.length - 1)) / Math.sqrt(2 * (all.length - 1));
}

/** Neighbours in a sequence of n uniforms: √n × their correlation, and the deviation of the chi-square of their pairs on a 16 × 16 grid. */
function neighbourhood(n: number, u: (i: number) => number): { correlation: number; pairs: number; single: number } {
  const pairs = new Int32Array(256);
  const single = new Int32Array(256);
  let products = 0;
  let last = u(0);
  for (let i = 1; i <= n; i++) {
    const next = u(i);
    products += (last - 0.5) * (next - 0.5) * 12;
    single[Math.floor(next * 256)]++;
    if (i % 2 === 1) pairs[Math.floor(last * 16) * 16 + Math.floor(next * 16)]++;
    last = next;
  }
  return { correlation: products / Math.sqrt(n), pairs: chiSquareDeviation(pairs), single: chiSquareDeviation(single) };
}

describe("seeds", () => {
  test("7 and '7' are one seed", () => {
    expect(normaliseSeed(7)).toBe(normaliseSeed("7"));
    expect(normaliseSeed(-0)).toBe("0");
    expect(normaliseSeed(-12)).toBe("-12");
    expect(normaliseSeed("a seed é")).toBe("a seed é");
    expect(normaliseSeed(Number.MAX_SAFE_INTEGER)).toBe("9007199254740991");
  });

  test.each([2 ** 53, -(2 ** 53), 1.5, Number.NaN, Number.POSITIVE_INFINITY])("the number %d is refused: quote it", (seed) => {
    expect(() => normaliseSeed(seed)).toThrow(InputError);
    expect(() => normaliseSeed(seed)).toThrow(/quote it/);
  });

  test("roots share the seed unless one has its own", () => {
    const seeds = rootSeeds(7, { faults: 8, policy: undefined });
    expect(seeds).toEqual({ workload: "7", faults: "8", network: "7", policy: "7" });
    const keys = ROOTS.map((root) => JSON.stringify(purposeKey(rootSeeds(7), root, "duration")));
    expect(new Set(keys).size).toBe(ROOTS.length);
    expect(purposeKey(seeds, "workload", "duration")).toEqual(purposeKey(rootSeeds("7"), "workload", "duration"));
    expect(purposeKey(seeds, "faults", "duration")).not.toEqual(purposeKey(rootSeeds(7), "faults", "duration"));
  });
});

describe("keys", () => {
  test("differ for different (seed, purpose), however the texts are cut", () => {
    const text = fc.string({ unit: fc.constantFrom("1", "2", ":", "/", "a", "é"), maxLength: 6 });
    fc.assert(
      fc.property(text, text, text, text, (seed, purpose, otherSeed, otherPurpose) => {
        fc.pre(seed !== otherSeed || purpose !== otherPurpose);
        expect(streamKey(seed, purpose)).not.toEqual(streamKey(otherSeed, otherPurpose));
      }),
      runs,
    );
    expect(streamKey("12", "3")).not.toEqual(streamKey("1", "23"));
  });

  test("of 40,000 neighbouring seeds are all different, and as spread as chance would have them", () => {
    const keys = Array.from({ length: 40_000 }, (_, seed) => streamKey(String(seed), "duration"));
    expect(new Set(keys.map(({ high, low }) => `${high}/${low}`)).size).toBe(keys.length);
    for (const word of ["high", "low"] as const) {
      const bins = new Int32Array(256);
      for (const key of keys) bins[key[word] >>> 24]++;
      expect(Math.abs(chiSquareDeviation(bins))).toBeLessThan(5);
      // Equal words: Poisson with mean 40,000² ÷ 2^33 = 0.19; more than 5 have probability 5e-8.
      expect(keys.length - new Set(keys.map((key) => key[word])).size).toBeLessThanOrEqual(5);
    }
  });
});

describe("draw", () => {
  test.each([
    [[0, 0], [0, 0], 0x9d1c5ec6, 0x8bd50731],
    [[-1, -1], [-1, -1], 0xfd36d048, 0x2d17272c],
    [[0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3], 0xba3e4725, 0xf27d669e],
  ] as const)("gives the known answers of Threefry-2×32-13 for key %j and counter %j", ([high, low], [execution, index], first, second) => {
    const expected = ((first >>> 5) * 2 ** 26 + (second >>> 6)) / EXACT;
    expect(draw({ high, low }, 0, 0, execution, index)).toBe(expected);
    expect(draw({ high: 0, low: 0 }, high, low, execution, index)).toBe(expected);
    expect(draw({ high: high - 5, low: low + 9 }, 5, -9, execution + 2 ** 32, index - 2 ** 32)).toBe(expected);
  });

  test("is a multiple of 2^-53 in [0, 1), whatever was drawn before", () => {
    const word = fc.integer();
    fc.assert(
      fc.property(word, word, word, word, word, word, (high, low, entityHigh, entityLow, execution, index) => {
        const u = draw({ high, low }, entityHigh, entityLow, execution, index);
        draw(KEY, low, high, index, execution);
        hash("something else");
        expect(draw({ high, low }, entityHigh, entityLow, execution, index)).toBe(u);
        expect(u).toBeGreaterThanOrEqual(0);
        expect(u).toBeLessThan(1);
        expect(Number.isInteger(u * EXACT)).toBe(true);
      }),
      runs,
    );
  });

  test("has every one of its 53 bits set half of the time", () => {
    const n = 50_000;
    const set = new Int32Array(53);
    for (let i = 0; i < n; i++) {
      let left = draw(KEY, 0, i, 0, 0);
      for (let bit = 0; bit < 53; bit++) {
        left *= 2;
        if (left >= 1) {
          set[bit]++;
          left--;
        }
      }
    }
    for (const count of set) expect(Math.abs(count - n / 2) / Math.sqrt(n / 4)).toBeLessThan(5);
  });

  const [nameHigh, nameLow] = hash("t1");
  const sequences: [string, (i: number) => number][] = [
    ["entities by number", (i) => draw(KEY, 0, i, 1, 0)],
    ["entities by name", (i) => draw(KEY, ...hash(`t${i}`), 1, 0)],
    ["entities by the high lane", (i) => draw(KEY, i, 0, 1, 0)],
    ["executions", (i) => draw(KEY, nameHigh, nameLow, i, 0)],
    ["indices", (i) => draw(KEY, nameHigh, nameLow, 1, i)],
    ["executions and indices in turn", (i) => draw(KEY, nameHigh, nameLow, i >> 1, i & 1)],
    ["entity and index on the diagonal", (i) => draw(KEY, 0, i, 1, i)],
    ["strides of 2^16", (i) => draw(KEY, nameHigh, i << 16, i >>> 16, 0)],
  ];

  test.each(sequences)("neighbouring %s are uniform and independent", (_, u) => {
    const found = neighbourhood(200_000, u);
    for (const deviation of Object.values(found)) expect(Math.abs(deviation)).toBeLessThan(5);
  });

  test.each([
    ["seeds", (i: number) => streamKey(String(i), "workload/duration")],
    ["purposes", (i: number) => streamKey("1", `purpose ${i}`)],
  ] as const)("neighbouring %s are uniform and independent", (_, keyOf) => {
    const found = neighbourhood(20_000, (i) => draw(keyOf(i), nameHigh, nameLow, 1, 0));
    for (const deviation of Object.values(found)) expect(Math.abs(deviation)).toBeLessThan(5);
  });

  test("two seeds, and two purposes, share no draws of the same entities", () => {
    const n = 100_000;
    const others: StreamKey[] = [streamKey("2", "test"), streamKey("1", "tesu"), { high: KEY.high, low: KEY.low + 1 }];
    for (const other of others) {
      let products = 0;
      for (let i = 0; i < n; i++) products += (draw(KEY, 0, i, 0, 0) - 0.5) * (draw(other, 0, i, 0, 0) - 0.5) * 12;
      expect(Math.abs(products) / Math.sqrt(n)).toBeLessThan(5);
    }
  });

  test("flips each output bit with probability one half when any input bit flips", () => {
    // 128 input bits × 53 output bits, n = 1000 each: 5.5 sigma, as the largest of 6,784 deviations is above it with probability 3e-4.
    const n = 1000;
    const flips = new Int32Array(128 * 53);
    for (let i = 0; i < n; i++) {
      const input = [i, Math.imul(i, 0x9e3779b1), i >> 3, i & 7];
      const before = draw(KEY, input[0], input[1], input[2], input[3]) * EXACT;
      for (let bit = 0; bit < 128; bit++) {
        const flipped = input.with(bit >> 5, input[bit >> 5] ^ (1 << (bit & 31)));
        const after = draw(KEY, flipped[0], flipped[1], flipped[2], flipped[3]) * EXACT;
        let high = Math.floor(before / 2 ** 26) ^ Math.floor(after / 2 ** 26);
        let low = (before % 2 ** 26) ^ (after % 2 ** 26);
        for (let out = 0; out < 53; out++) {
          if (out < 26) {
            flips[bit * 53 + out] += low & 1;
            low >>>= 1;
          } else {
            flips[bit * 53 + out] += high & 1;
            high >>>= 1;
          }
        }
      }
    }
    const worst = flips.reduce((most, count) => Math.max(most, Math.abs(count - n / 2)), 0);
    expect(worst / Math.sqrt(n / 4)).toBeLessThan(5.5);
  });
});

describe("hashTextInto", () => {
  test("is two words, written where it should be and nowhere else", () => {
    const out = new Int32Array(5).fill(42);
    hashTextInto("t1", out, 2);
    expect([...out]).toEqual([42, 42, ...hash("t1"), 42]);
  });

  test("tells apart texts that differ in length, order, case, encoding or zeros", () => {
    const texts = [
      "",
      "\0",
      "\0\0",
      "a",
      "A",
      "ab",
      "ba",
      "a\0",
      "\0a",
      "abcd",
      "abcde",
      "abcd\0",
      "é",
      "e\u0301",
      "\u0100",
      "\u0001\0",
      "𝒳",
      "\ud835",
    ];
    expect(new Set(texts.map((text) => hash(text).join())).size).toBe(texts.length);
  });

  test("of 100,000 similar names has no equal pair, and lanes as spread as chance would have them", () => {
    const names = Array.from({ length: 100_000 }, (_, i) => hash(i % 2 === 0 ? `t${i}` : `job-${i % 1000}/task-${i}`));
    expect(new Set(names.map(([high, low]) => BigInt(high) * 2n ** 32n + BigInt(low))).size).toBe(names.length);
    for (const lane of [0, 1]) {
      const bins = new Int32Array(1024);
      for (const name of names) bins[name[lane] >>> 22]++;
      expect(Math.abs(chiSquareDeviation(bins))).toBeLessThan(5);
      // Equal lanes: Poisson with mean 100,000² ÷ 2^33 = 1.2; more than 9 have probability 1e-6.
      expect(names.length - new Set(names.map((name) => name[lane])).size).toBeLessThanOrEqual(9);
    }
  });
});

describe("drawInteger", () => {
  const fraction = fc.maxSafeNat().map((n) => n / EXACT);
  const whole = fc.maxSafeInteger();

  test("is exactly min + ⌊u × span⌋", () => {
    const check = (u: number, min: number, max: number) => {
      const exact = BigInt(min) + ((BigInt(u * EXACT) * (BigInt(max) - BigInt(min) + 1n)) >> 53n);
      expect(drawInteger(u, min, max)).toBe(Number(exact));
    };
    fc.assert(
      fc.property(fraction, whole, whole, (u, a, b) => {
        const [min, max] = [Math.min(a, b), Math.max(a, b)];
        fc.pre(max - min < 2 ** 53);
        check(u, min, max);
      }),
      runs,
    );
    for (const max of [0, 1, 2, 5, 6, 999, 2 ** 31, 2 ** 52 + 12345, 2 ** 53 - 1]) {
      for (const u of [0, 2 ** -53, 0.5, 1 - 2 ** -53]) check(u, 0, max);
      for (let k = 1; k < 50; k++) {
        const edge = Math.floor((k / 50) * EXACT) / EXACT;
        check(edge, 0, max);
        check(edge - 2 ** -53, 0, max);
      }
    }
  });

  test("is a fair die", () => {
    const counts = new Int32Array(6);
    for (let i = 0; i < 60_000; i++) counts[drawInteger(draw(KEY, 0, i, 0, 0), 1, 6) - 1]++;
    expect(Math.abs(chiSquareDeviation(counts))).toBeLessThan(5);
  });

  test.each([
    [1, 0],
    [0.5, 3],
    [0, 2 ** 53],
    [-(2 ** 53) + 1, 2 ** 53 - 1],
    [0, Number.NaN],
  ])("refuses %d to %d", (min, max) => {
    expect(() => drawInteger(0.5, min, max)).toThrow(RangeError);
  });
});

test("every number is the same on every machine", () => {
  const key = streamKey("1", "workload/duration");
  expect(key).toEqual({ high: 1613822740, low: 613267123 });
  expect(hash("")).toEqual([-1052168557, 1072221085]);
  expect(hash("t1")).toEqual([1612960033, 1088171365]);
  expect(hash("job-7/tâche 𝒳")).toEqual([1437247460, -1873980570]);
  expect(draw(key, ...hash("t1"), 1, 0)).toBe(0.37938632954464524);
});
