// The exact maths: against the platform's, against values of 400-bit arithmetic, and to the last bit against itself.
// biome-ignore-all lint/suspicious/noApproximativeNumericConstant: the tables hold results
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cbrt, exp, log, log1p, log2, log10, logGamma, normalQuantile, pow, productError } from "../../src/engine/exact-math.ts";

const view = new DataView(new ArrayBuffer(8));

function bitsOf(x: number): bigint {
  view.setFloat64(0, x);
  return view.getBigInt64(0);
}

/** How many doubles a and b are apart; 0 for NaN and NaN, and for equal infinities. */
function ulps(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.POSITIVE_INFINITY;
  const ordered = (x: number) => (bitsOf(x) < 0n ? -(bitsOf(x) & 0x7fffffffffffffffn) : bitsOf(x));
  const apart = ordered(a) - ordered(b);
  return Number(apart < 0n ? -apart : apart);
}

const runs = { seed: 20_240_117, numRuns: 2000 };

// Nearest doubles to the true values, from 400-bit arithmetic.
const TRUE_VALUES: Record<string, [number, number][]> = {
  log: [
    [5e-324, -744.4400719213812],
    [1.7e-310, -713.270750577092],
    [2.2250738585072014e-308, -708.3964185322641],
    [1e-200, -460.51701859880916],
    [0.1, -2.3025850929940455],
    [0.5, -0.6931471805599453],
    [0.7071067811865475, -0.34657359027997275],
    [0.7071067811865476, -0.3465735902799726],
    [0.9999999999999999, -1.1102230246251565e-16],
    [1.0000000000000002, 2.2204460492503128e-16],
    [1.1, 0.09531017980432493],
    [1.4142135623730951, 0.3465735902799727],
    [1.5, 0.4054651081081644],
    [2.718281828459045, 1],
    [3, 1.0986122886681098],
    [7, 1.9459101490553132],
    [10, 2.302585092994046],
    [12345.678, 9.421061321291832],
    [1000000000000001, 34.538776394910684],
    [1e100, 230.25850929940458],
    [1.7976931348623157e308, 709.782712893384],
  ],
  log2: [
    [5e-324, -1074],
    [1.7e-310, -1029.0321746687193],
    [2.2250738585072014e-308, -1022],
    [1e-200, -664.3856189774725],
    [0.1, -3.321928094887362],
    [0.5, -1],
    [0.7071067811865475, -0.5000000000000001],
    [0.7071067811865476, -0.4999999999999999],
    [0.9999999999999999, -1.6017132519074588e-16],
    [1.0000000000000002, 3.203426503814917e-16],
    [1.1, 0.13750352374993502],
    [1.4142135623730951, 0.5000000000000001],
    [1.5, 0.5849625007211562],
    [2.718281828459045, 1.4426950408889634],
    [3, 1.584962500721156],
    [7, 2.807354922057604],
    [10, 3.321928094887362],
    [12345.678, 13.59171844813855],
    [1000000000000001, 49.82892142331043],
    [1e100, 332.19280948873626],
    [1.7976931348623157e308, 1024],
  ],
  log10: [
    [5e-324, -323.3062153431158],
    [1.7e-310, -309.7695510786217],
    [2.2250738585072014e-308, -307.6526555685888],
    [1e-200, -200],
    [0.1, -1],
    [0.5, -0.3010299956639812],
    [0.7071067811865475, -0.15051499783199063],
    [0.7071067811865476, -0.15051499783199057],
    [0.9999999999999999, -4.821637332766436e-17],
    [1.0000000000000002, 9.64327466553287e-17],
    [1.1, 0.04139268515822508],
    [1.4142135623730951, 0.15051499783199063],
    [1.5, 0.17609125905568124],
    [2.718281828459045, 0.4342944819032518],
    [3, 0.47712125471966244],
    [7, 0.8450980400142568],
    [10, 1],
    [12345.678, 4.091514945509202],
    [1000000000000001, 15],
    [1e100, 100],
    [1.7976931348623157e308, 308.25471555991675],
  ],
  cbrt: [
    [5e-324, 1.7031839360032603e-108],
    [1.7e-310, 5.539658256754475e-104],
    [2.2250738585072014e-308, 2.812644285236262e-103],
    [1e-200, 2.1544346900318838e-67],
    [0.1, 0.4641588833612779],
    [0.5, 0.7937005259840998],
    [0.7071067811865475, 0.8908987181403393],
    [0.7071067811865476, 0.8908987181403393],
    [0.9999999999999999, 1],
    [1.0000000000000002, 1],
    [1.1, 1.0322801154563672],
    [1.4142135623730951, 1.122462048309373],
    [1.5, 1.1447142425533319],
    [2.718281828459045, 1.3956124250860895],
    [3, 1.4422495703074083],
    [7, 1.9129311827723892],
    [10, 2.154434690031884],
    [12345.678, 23.112041846625313],
    [1000000000000001, 100000.00000000003],
    [1e100, 2.1544346900318838e33],
    [1.7976931348623157e308, 5.643803094122362e102],
  ],
  exp: [
    [-745.1332191019411, 5e-324],
    [-745, 5e-324],
    [-710.5, 2.71500483752131e-309],
    [-708.3964185322641, 2.2250738585072626e-308],
    [-100.25, 2.897198083210148e-44],
    [-1, 0.36787944117144233],
    [-0.34657359027997264, 0.7071067811865476],
    [-1e-9, 0.999999999],
    [1e-300, 1],
    [1e-17, 1],
    [1.5e-8, 1.0000000150000001],
    [0.1, 1.1051709180756477],
    [0.34657359027997264, 1.414213562373095],
    [0.34657359027997275, 1.4142135623730951],
    [0.5, 1.6487212707001282],
    [1, 2.718281828459045],
    [2.302585092994046, 10.000000000000002],
    [10, 22026.465794806718],
    [50.5, 8.548134287298057e21],
    [300.25, 2.4941248615349213e130],
    [709.782712893384, 1.7976931348622732e308],
  ],
  log1p: [
    [-0.9999999999999999, -36.7368005696771],
    [-0.9, -2.302585092994046],
    [-0.5, -0.6931471805599453],
    [-1e-5, -1.0000050000333337e-5],
    [-1e-20, -1e-20],
    [1e-20, 1e-20],
    [1e-10, 9.999999999500001e-11],
    [1e-5, 9.999950000333332e-6],
    [0.1, 0.09531017980432487],
    [0.5, 0.4054651081081644],
    [1, 0.6931471805599453],
    [10, 2.3978952727983707],
    [1e16, 36.841361487904734],
    [1e300, 690.7755278982137],
  ],
};

const TRUE_POWERS: [number, number, number][] = [
  [2, 0.5, 1.4142135623730951],
  [2, -1074, 5e-324],
  [10, -320, 1e-320],
  [10, 308, 1e308],
  [0.1, 300, 1.0000000000000166e-300],
  [1.0000001, 1000000000, 2.6881038582144647e43],
  [1.0000000000000002, 3e18, 1.98719262165461e289],
  [0.9999999999999999, 6e18, 5.0322248034881087e-290],
  [1e-300, 1.07, 1e-321],
  [3, 1.5, 5.196152422706632],
  [0.5, 1070.5, 5.4e-323],
  [123.456, 7.89, 3.1771028258180936e16],
  [5e-324, 0.6, 1.0381755440388944e-194],
  [1.7976931348623157e308, 0.999, 8.840174632999172e307],
  [1.5, -1750.25, 6.255670102307148e-309],
  [7, -3, 0.0029154518950437317],
];

const TRUE_QUANTILES: [number, number][] = [
  [1e-300, -37.0470962993612],
  [1e-100, -21.273453560965326],
  [1e-20, -9.262340089798407],
  [1e-12, -7.034483825301132],
  [1e-9, -5.9978070150076865],
  [1e-6, -4.753424308822899],
  [0.0001, -3.7190164854556804],
  [0.001, -3.0902323061678136],
  [0.01, -2.326347874040841],
  [0.025, -1.9599639845400543],
  [0.05, -1.6448536269514726],
  [0.074, -1.4466320671589785],
  [0.076, -1.4325027208258116],
  [0.1, -1.2815515655446004],
  [0.2, -0.8416212335729142],
  [0.3, -0.5244005127080408],
  [0.4, -0.2533471031357997],
  [0.49, -0.025068908258711057],
  [0.4999999, -2.5066282747031063e-7],
  [0.6, 0.2533471031357997],
  [0.75, 0.6744897501960817],
  [0.9, 1.2815515655446006],
  [0.924, 1.4325027208258119],
  [0.926, 1.4466320671589787],
  [0.95, 1.6448536269514722],
  [0.975, 1.9599639845400538],
  [0.99, 2.3263478740408408],
  [0.999, 3.090232306167813],
  [0.999999, 4.753424308817087],
  [0.9999999999, 6.361340889697422],
  [0.9999999999999999, 8.209536151601387],
];

const TRUE_LOG_GAMMAS: [number, number][] = [
  [1e-10, 23.025850929882736],
  [0.1, 2.252712651734206],
  [0.5, 0.5723649429247001],
  [1, 0],
  [1.5, -0.12078223763524522],
  [2, 0],
  [2.5, 0.2846828704729192],
  [3.7, 1.428072326665388],
  [10, 12.801827480081469],
  [11.5, 16.292000476567242],
  [12.5, 18.734347511936445],
  [100, 359.1342053695754],
  [100000, 1051287.7089736569],
];

const FUNCTIONS = { log, log2, log10, cbrt, exp, log1p };

describe.each(Object.entries(FUNCTIONS))("%s", (name, own) => {
  const platform = Math[name as keyof typeof FUNCTIONS];

  test("is within 2 ulp of the platform's on any double", () => {
    fc.assert(
      fc.property(fc.double(), (x) => {
        expect(ulps(own(x), platform(x))).toBeLessThanOrEqual(2);
      }),
      runs,
    );
  });

  test.each([0.001, 0.5, 0.999, 1, 1.5, 100])("is within 2 ulp of the platform's around %d", (centre) => {
    const near = fc.double({ min: centre * 0.7, max: centre * 1.42, noNaN: true });
    fc.assert(
      fc.property(near, fc.integer({ min: 0, max: 50 }), (x, closeness) => {
        const value = centre + (x - centre) / 2 ** closeness;
        for (const argument of [value, -value]) expect(ulps(own(argument), platform(argument))).toBeLessThanOrEqual(2);
      }),
      { ...runs, numRuns: 400 },
    );
  });

  const bound = { log1p: 2, exp: 1 }[name] ?? 0;
  test(`is within ${bound} ulp of the nearest double to the true value`, () => {
    for (const [x, expected] of TRUE_VALUES[name]) expect(ulps(own(x), expected), `${name}(${x})`).toBeLessThanOrEqual(bound);
  });

  test.each([0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("is exactly the platform's at %d", (x) => {
    expect(own(x)).toBe(platform(x));
  });
});

test("a logarithm of a negative number is NaN", () => {
  expect(log1p(-1.5)).toBeNaN();
  for (const x of [-5e-324, -1, -1e308]) for (const f of [log, log2, log10]) expect(f(x)).toBeNaN();
});

describe("exactness", () => {
  test("log2 of every power of two, log10 of every power of ten", () => {
    for (let k = -1074; k < 1024; k++) expect(log2(2 ** k)).toBe(k);
    for (let k = -307; k <= 308; k++) expect(log10(Number(`1e${k}`))).toBe(k);
  });

  test("cbrt of cubes, exp and log of the neutral element", () => {
    for (let k = -2000; k <= 2000; k++) expect(cbrt(k * k * k)).toBe(k === 0 ? 0 : k);
    for (let k = -1074; k < 1021; k += 3) expect(cbrt(2 ** k)).toBe(2 ** (k / 3));
    expect(exp(0)).toBe(1);
    expect(log(1)).toBe(0);
  });

  test("pow of small integers wherever the result is one", () => {
    for (let base = 2n; base < 100n; base++) {
      for (let power = 1n, exponent = 0; power <= 2n ** 53n; power *= base, exponent++) {
        expect(pow(Number(base), exponent)).toBe(Number(power));
        expect(pow(-Number(base), exponent)).toBe(exponent % 2 === 0 ? Number(power) : -Number(power));
      }
    }
    for (let k = -1074; k < 1024; k++) expect(pow(2, k)).toBe(2 ** k);
  });

  test("exp leaves the range of doubles where they end", () => {
    expect(exp(709.782712893384)).toBeLessThan(Number.POSITIVE_INFINITY);
    expect(exp(709.7827128933841)).toBe(Number.POSITIVE_INFINITY);
    expect(exp(-745.1332191019412)).toBe(0);
    expect(exp(1e308)).toBe(Number.POSITIVE_INFINITY);
    expect(exp(-1e308)).toBe(0);
  });

  test("productError is what the rounded product leaves out", () => {
    const whole = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(whole, whole, (a, b) => {
        const product = a * b;
        expect(BigInt(product) + BigInt(productError(a, b, product))).toBe(BigInt(a) * BigInt(b));
      }),
      runs,
    );
  });
});

describe("pow", () => {
  test("is within 1 ulp of the true value", () => {
    for (const [x, y, expected] of TRUE_POWERS) expect(ulps(pow(x, y), expected), `${x}^${y}`).toBeLessThanOrEqual(1);
  });

  test("treats zeros, infinities, NaN, negative bases and huge exponents as the platform does", () => {
    const values = [0, 0.5, 1, 2, 3, 2.5, 1e-310, 1e308, 2 ** 53, Number.POSITIVE_INFINITY].flatMap((x) => [x, -x]);
    for (const x of [...values, Number.NaN]) {
      for (const y of [...values, Number.NaN]) {
        const expected = x ** y;
        if (Number.isFinite(expected) && expected !== 0) expect(pow(x, y) / expected).toBeCloseTo(1, 12);
        else expect(pow(x, y), `${x}^${y}`).toBe(expected);
      }
    }
  });

  test("agrees with the square root, the square, the identity and the reciprocal", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-150, max: 1e150, noNaN: true }), (x) => {
        expect(pow(x, 1)).toBe(x);
        expect(ulps(pow(x, 0.5), Math.sqrt(x))).toBeLessThanOrEqual(1);
        expect(ulps(pow(x, 2), x * x)).toBeLessThanOrEqual(1);
        expect(ulps(pow(x, -1), 1 / x)).toBeLessThanOrEqual(1);
      }),
      runs,
    );
  });
});

describe("normalQuantile", () => {
  test("is within 2e-15 of the true value, relatively", () => {
    for (const [p, expected] of TRUE_QUANTILES) expect(Math.abs(normalQuantile(p) / expected - 1), String(p)).toBeLessThan(2e-15);
  });

  test("ends in infinities, is odd about one half and grows", () => {
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
    expect(normalQuantile(1)).toBe(Number.POSITIVE_INFINITY);
    expect(normalQuantile(0.5)).toBe(0);
    expect(normalQuantile(-0.1)).toBeNaN();
    expect(normalQuantile(1.1)).toBeNaN();
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 - 1 }), (n) => {
        const p = n / 2 ** 30;
        expect(normalQuantile(p)).toBe(0 - normalQuantile(1 - p));
        expect(normalQuantile(p)).toBeLessThan(normalQuantile(p + 2 ** -31));
      }),
      runs,
    );
  });
});

describe("logGamma", () => {
  test("is within 2e-14 of the true value", () => {
    for (const [x, expected] of TRUE_LOG_GAMMAS) {
      expect(Math.abs(logGamma(x) - expected) / Math.max(1, Math.abs(expected)), String(x)).toBeLessThan(2e-14);
    }
  });
});

describe("bits", () => {
  /** An FNV-1a digest of the bits of f over 20,000 arguments of a fixed sequence, both tame ones and any bit pattern. */
  function digest(f: (x: number, y: number) => number): string {
    let state = 1;
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state ^ (state >>> 15)) >>> 0;
    };
    let hash = 0xcbf29ce484222325n;
    for (let i = 0; i < 20_000; i++) {
      view.setUint32(0, next());
      view.setUint32(4, next());
      const x = i % 2 === 0 ? view.getFloat64(0) : next() / 2 ** 29;
      const result = f(x, next() / 2 ** 30 - 2);
      hash = BigInt.asUintN(64, (hash ^ (Number.isNaN(result) ? 1n : bitsOf(result))) * 0x100000001b3n);
    }
    return hash.toString(16);
  }

  test("are the same on every machine and every version of the runtime", () => {
    const all = {
      log,
      log2,
      log10,
      log1p,
      exp,
      cbrt,
      pow,
      logGamma: (x: number) => logGamma(Math.abs(x)),
      normalQuantile: (x: number) => normalQuantile(x / 8),
    };
    const digests = Object.fromEntries(Object.entries(all).map(([name, f]) => [name, digest(f)]));
    expect(digests).toEqual(GOLDEN);
  });
});

const GOLDEN = {
  cbrt: "c80c9f5e22658f58",
  exp: "4d3b860660df5d7d",
  log: "532b14a1fa7be14f",
  log10: "cd28e80ccd3ce7cc",
  log1p: "4177a2217233189",
  log2: "24bd9adf0d4ff18b",
  logGamma: "7e17c44a8959cfb4",
  normalQuantile: "b79a123ec77709fb",
  pow: "9b4e9a0c73e0be12",
};
