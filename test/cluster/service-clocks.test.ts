// The clocks by which flows are served, against BigInt: a flow is over at the first microsecond at which it has been served, not before.
import fc from "fast-check";
import { expect, test } from "vitest";
import { ServiceClocks } from "../../src/cluster/service-clocks.ts";

const MILLION = 1_000_000n;
const LARGEST = Number.MAX_SAFE_INTEGER;

/** Of all magnitudes. */
const magnitude = fc.integer({ min: 0, max: 52 }).chain((bits) => fc.integer({ min: 2 ** bits, max: 2 ** (bits + 1) - 1 }));

test("what is served in so many microseconds is reached then, and a millionth of a byte more, or less, where it should be", () => {
  const served = fc.tuple(magnitude, magnitude, fc.integer({ min: -1, max: 1 }), fc.nat(1_000_000)).filter(([rate, elapsed, more]) => {
    const whole = (BigInt(rate) * BigInt(elapsed) + BigInt(more)) / MILLION;
    return whole > 0n && whole <= BigInt(LARGEST);
  });
  fc.assert(
    fc.property(served, ([rate, elapsed, more, cut]) => {
      const clocks = new ServiceClocks(1);
      clocks.rate[0] = rate;
      const millionths = BigInt(rate) * BigInt(elapsed) + BigInt(more);
      const [bytes, part] = [Number(millionths / MILLION), Number(millionths % MILLION)];
      const end = more > 0 ? elapsed + 1 : elapsed;
      const isExact = rate > 1; // else a millionth less is served a microsecond earlier
      if (isExact) expect(clocks.when(0, bytes, part)).toBe(end > LARGEST ? Infinity : end);
      const between = Math.floor((elapsed / 1_000_001) * cut);
      clocks.forward(0, between);
      if (isExact && end <= LARGEST) expect(clocks.when(0, bytes, part)).toBe(end);
      clocks.forward(0, elapsed);
      expect(clocks.hasReached(0, bytes, part)).toBe(more <= 0);
      if (more === 0) expect([clocks.whole[0], clocks.part[0]]).toEqual([bytes, part]);
    }),
    { seed: 2_311, numRuns: 20_000 },
  );
});
