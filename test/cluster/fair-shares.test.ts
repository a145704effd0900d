// Bandwidth shared max-min: equal to the naive model at every step, the laws of max-min fairness, and examples worked out by hand.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FairShares } from "../../src/cluster/fair-shares.ts";
import { NaiveFairShares } from "./naive-fair-shares.ts";

const runs = { seed: 6_151, numRuns: 400 };
const SECOND = 1_000_000;
const LARGEST = Number.MAX_SAFE_INTEGER;

interface Step {
  /** Time since the step before; "end": the next end, if there is one, before the flows that end then are taken. */
  wait: number | "end";
  change:
    | { kind: "begin"; path: number[]; bytes: number }
    | { kind: "stop"; which: number }
    | { kind: "resize"; link: number; capacity: number };
}

interface Case {
  capacities: number[];
  steps: Step[];
}

/** What numbers a case has: bytes per second, bytes, µs. */
interface Sizes {
  capacity: fc.Arbitrary<number>;
  bytes: fc.Arbitrary<number>;
  wait: fc.Arbitrary<number>;
}

const orLimits = (capacity: fc.Arbitrary<number>) =>
  fc.oneof({ weight: 8, arbitrary: capacity }, { weight: 1, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(Infinity) });

/** So small that ties, rates of 0 and much that is rounded off are common. */
const SMALL: Sizes = {
  capacity: orLimits(fc.integer({ min: 1, max: 40 })),
  bytes: fc.integer({ min: 0, max: 60 }),
  wait: fc.integer({ min: 1, max: 3 * SECOND }),
};
const USUAL: Sizes = {
  capacity: orLimits(fc.constantFrom(125e6, 125e6, 1250e6, 1e6, 333_333)),
  bytes: fc.integer({ min: 0, max: 2e9 }),
  wait: fc.integer({ min: 1, max: 5 * SECOND }),
};
const near = (most: number) =>
  fc.oneof(fc.integer({ min: 1, max: most }), fc.integer({ min: most - 1000, max: most }), fc.constantFrom(9e9 - 1, 9e9, 9e9 + 1, 1, 7));
const HUGE: Sizes = { capacity: orLimits(near(LARGEST)), bytes: near(LARGEST), wait: near(2 ** 46) };

function cases(sizes: Sizes, { links = 6, steps = 30, stops = 2 } = {}): fc.Arbitrary<Case> {
  return fc.integer({ min: 1, max: links }).chain((count) => {
    const link = fc.integer({ min: 0, max: count - 1 });
    const path = fc.uniqueArray(link, { minLength: 1, maxLength: Math.min(4, count) });
    const change: fc.Arbitrary<Step["change"]> = fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant("begin" as const), path, bytes: sizes.bytes }) },
      { weight: stops, arbitrary: fc.record({ kind: fc.constant("stop" as const), which: fc.nat(1000) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("resize" as const), link, capacity: sizes.capacity }) },
    );
    const wait = fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 2, arbitrary: sizes.wait },
      { weight: 1, arbitrary: fc.constant("end" as const) },
    );
    return fc.record({
      capacities: fc.array(sizes.capacity, { minLength: count, maxLength: count }),
      steps: fc.array(fc.record({ wait, change }), { maxLength: steps, size: "max" }),
    });
  });
}

type Shares = Pick<FairShares, "begin" | "stop" | "resize" | "rateOf" | "nextEnd" | "ended">;

/** What comes of a case, in order; where `ask`, rates and the next end are asked for after every change and told too. */
function outcome(shares: Shares, { steps }: Case, ask: boolean): string[] {
  const told: string[] = [];
  const live = new Set<number>();
  let now = 0;
  const takeEnds = (until: number) => {
    for (let end = shares.nextEnd(); end <= until; end = shares.nextEnd()) {
      const ended = [...shares.ended(end)];
      expect(ended).not.toEqual([]);
      for (const flow of ended) live.delete(flow);
      now = end;
      told.push(`${end}: ${ended.join()} ended`);
    }
  };
  for (const { wait, change } of steps) {
    if (wait === "end") {
      const end = shares.nextEnd();
      if (end < Infinity) now = end;
    } else if (wait > 0) {
      const next = Math.min(now + wait, LARGEST);
      takeEnds(next);
      now = next;
    }
    if (change.kind === "begin") {
      let flow = 0;
      while (live.has(flow)) flow += 1;
      live.add(flow);
      shares.begin(now, flow, change.path, change.bytes);
    } else if (change.kind === "resize") {
      shares.resize(now, change.link, change.capacity);
    } else if (live.size > 0) {
      const flow = [...live][change.which % live.size]!;
      live.delete(flow);
      told.push(`${now}: ${flow} stopped, ${shares.stop(now, flow)} left`);
    }
    if (ask) told.push(`asked: ${shares.nextEnd()}; ${[...live].map((flow) => shares.rateOf(flow)).join()}`);
  }
  takeEnds(LARGEST);
  for (const flow of live) told.push(`${flow} has ${shares.stop(now, flow)} left`);
  return told;
}

describe("equal to the naive model", () => {
  test.each([
    ["in small numbers", cases(SMALL), 1500],
    ["in usual numbers", cases(USUAL), 500],
    ["in numbers near 2^53", cases(HUGE), 500],
    ["on one link", cases(SMALL, { links: 1, steps: 60 }), 500],
    ["on many links", cases(SMALL, { links: 16, steps: 60 }), 150],
    [
      "with many flows on a link",
      cases({ ...SMALL, capacity: orLimits(fc.integer({ min: 1, max: 3000 })), bytes: fc.nat(9000) }, { links: 4, steps: 160, stops: 1 }),
      60,
    ],
  ])("%s", (_, all, numRuns) => {
    fc.assert(
      fc.property(all, (each) => {
        expect(outcome(new FairShares(each.capacities), each, true)).toEqual(outcome(new NaiveFairShares(each.capacities), each, true));
      }),
      { ...runs, numRuns },
    );
  });
});

describe("laws", () => {
  /** Flows that all begin at once, and their rates. */
  const snapshots = fc
    .oneof(cases(SMALL, { links: 10, steps: 80 }), cases(USUAL, { links: 10, steps: 80 }))
    .map(({ capacities, steps }) => {
      const shares = new FairShares(capacities);
      const paths = steps.flatMap(({ change }) => (change.kind === "begin" ? [change.path] : []));
      for (const [flow, path] of paths.entries()) shares.begin(0, flow, path, 1e12);
      const rates = paths.map((_, flow) => shares.rateOf(flow));
      return { paths, rates, capacities };
    });
  const onLink = (paths: number[][], link: number) => [...paths.keys()].filter((flow) => paths[flow]!.includes(link));
  const sum = (values: number[]) => values.reduce((all, each) => all + each, 0);

  test("no link carries more than its capacity", () => {
    fc.assert(
      fc.property(snapshots, ({ paths, rates, capacities }) => {
        for (const [link, capacity] of capacities.entries()) {
          expect(sum(onLink(paths, link).map((flow) => rates[flow]!))).toBeLessThanOrEqual(capacity);
        }
      }),
      runs,
    );
  });

  test("a flow has a link that is full but for less than a byte per second per flow, and where none goes faster", () => {
    fc.assert(
      fc.property(snapshots, ({ paths, rates, capacities }) => {
        for (const [flow, path] of paths.entries()) {
          if (rates[flow] === Infinity) {
            expect(path.every((link) => capacities[link] === Infinity)).toBe(true);
            continue;
          }
          const isBottleneck = (link: number) => {
            const others = onLink(paths, link);
            const used = others.map((other) => rates[other]!);
            return capacities[link]! - sum(used) < others.length && Math.max(...used) === rates[flow];
          };
          const isCut = path.some((link) => capacities[link] === 0);
          expect(isCut ? rates[flow] === 0 : path.some(isBottleneck)).toBe(true);
        }
      }),
      runs,
    );
  });

  test("no flow of a single link ends later where it has a larger capacity", () => {
    const begins = fc.array(fc.record({ wait: fc.nat(SECOND), bytes: fc.nat(100) }), { minLength: 1, maxLength: 20 });
    const endsOf = (capacity: number, flows: { wait: number; bytes: number }[]) => {
      const shares = new FairShares([capacity]);
      const ends: number[] = [];
      const takeEnds = (until: number) => {
        for (let end = shares.nextEnd(); end <= until; end = shares.nextEnd()) {
          const ended = shares.ended(end);
          expect(ended).not.toEqual([]);
          for (const flow of ended) ends[flow] = end;
        }
      };
      let now = 0;
      for (const [flow, { wait, bytes }] of flows.entries()) {
        takeEnds((now += wait));
        shares.begin(now, flow, [0], bytes);
      }
      takeEnds(LARGEST);
      return flows.map((_, flow) => ends[flow] ?? Infinity);
    };
    fc.assert(
      fc.property(fc.nat(100), fc.nat(20), begins, (capacity, more, flows) => {
        const [slow, fast] = [endsOf(capacity, flows), endsOf(capacity + more, flows)];
        for (const [flow, end] of fast.entries()) expect(end).toBeLessThanOrEqual(slow[flow]!);
      }),
      runs,
    );
  });

  test("nothing comes of asking in between", () => {
    fc.assert(
      fc.property(fc.oneof(cases(SMALL), cases(USUAL), cases(HUGE)), (each) => {
        const asked = outcome(new FairShares(each.capacities), each, true);
        expect(asked.filter((line) => !line.startsWith("asked"))).toEqual(outcome(new FairShares(each.capacities), each, false));
      }),
      runs,
    );
  });
});

describe("by hand", () => {
  test("three flows of one link go at a third each, and faster as others end", () => {
    const shares = new FairShares([120]);
    shares.begin(0, 0, [0], 40);
    shares.begin(0, 1, [0], 100);
    shares.begin(0, 2, [0], 340);
    expect([0, 1, 2].map((flow) => shares.rateOf(flow))).toEqual([40, 40, 40]);
    expect(shares.nextEnd()).toBe(1 * SECOND);
    expect(shares.ended(1 * SECOND)).toEqual([0]);
    expect(shares.rateOf(1)).toBe(60); // 60 bytes left: one second more
    expect(shares.nextEnd()).toBe(2 * SECOND);
    expect(shares.ended(2 * SECOND)).toEqual([1]);
    expect(shares.rateOf(2)).toBe(120); // 40 + 60 of 340 are there: two seconds more
    expect(shares.nextEnd()).toBe(4 * SECOND);
  });

  test("what a flow cannot use, for another link limits it, the others share", () => {
    const shares = new FairShares([90, 20]);
    shares.begin(0, 0, [0, 1], 1000);
    shares.begin(0, 1, [0], 1000);
    shares.begin(0, 2, [0], 1000);
    expect([0, 1, 2].map((flow) => shares.rateOf(flow))).toEqual([20, 35, 35]);
    shares.resize(0, 1, 40);
    expect([0, 1, 2].map((flow) => shares.rateOf(flow))).toEqual([30, 30, 30]);
  });

  test("a change reaches flows over links that both cross, and none beside", () => {
    const shares = new FairShares([10, 30, 100, 8]);
    shares.begin(0, 0, [0, 1], 1000);
    shares.begin(0, 1, [1, 2], 1000);
    shares.begin(0, 2, [2], 1000);
    shares.begin(0, 3, [3], 1000);
    expect([0, 1, 2, 3].map((flow) => shares.rateOf(flow))).toEqual([10, 20, 80, 8]);
    expect(shares.stop(SECOND, 0)).toBe(990);
    expect([1, 2, 3].map((flow) => shares.rateOf(flow))).toEqual([30, 70, 8]);
  });

  test("what is rounded off stays unused, and ends are rounded up", () => {
    const shares = new FairShares([10]);
    for (const flow of [0, 1, 2]) shares.begin(0, flow, [0], 1);
    expect(shares.rateOf(0)).toBe(3);
    expect(shares.nextEnd()).toBe(333_334);
    expect(shares.ended(333_334)).toEqual([0, 1, 2]);
  });

  test("a flow stalls while its link is cut, and goes on when it heals", () => {
    const shares = new FairShares([10]);
    shares.begin(0, 0, [0], 30);
    shares.resize(1 * SECOND, 0, 0);
    expect(shares.rateOf(0)).toBe(0);
    expect(shares.nextEnd()).toBe(Infinity);
    shares.resize(5 * SECOND, 0, 20);
    expect(shares.nextEnd()).toBe(6 * SECOND);
  });

  test("more flows than bytes per second all stall, until one is given up", () => {
    const shares = new FairShares([2]);
    for (const flow of [0, 1, 2]) shares.begin(0, flow, [0], 1);
    expect(shares.nextEnd()).toBe(Infinity);
    expect(shares.stop(SECOND, 1)).toBe(1);
    expect(shares.nextEnd()).toBe(2 * SECOND);
  });

  test("a flow that nothing limits ends at once, as does one of no bytes over a link that is cut", () => {
    const shares = new FairShares([Infinity, 0]);
    shares.begin(7, 3, [0], LARGEST);
    shares.begin(7, 2, [1], 0);
    shares.begin(7, 1, [0, 1], 1);
    expect(shares.rateOf(3)).toBe(Infinity);
    expect(shares.nextEnd()).toBe(7);
    expect(shares.ended(7)).toEqual([2, 3]);
    shares.resize(9, 1, Infinity);
    expect(shares.nextEnd()).toBe(9);
    expect(shares.ended(9)).toEqual([1]);
  });

  test("changes at one instant count together", () => {
    const shares = new FairShares([10]);
    shares.begin(0, 0, [0], 10);
    shares.resize(500_000, 0, 0);
    shares.begin(500_000, 1, [0], 10);
    shares.resize(500_000, 0, 10);
    expect(shares.stop(500_000, 1)).toBe(10);
    expect(shares.nextEnd()).toBe(SECOND);
    shares.resize(SECOND, 0, 0); // it is over by then
    expect(shares.ended(SECOND)).toEqual([0]);
  });

  test("what is left of a flow is rounded up, and is nothing at its end", () => {
    const shares = new FairShares([3]);
    shares.begin(0, 0, [0], 1);
    expect(shares.stop(333_333, 0)).toBe(1);
    shares.begin(333_333, 0, [0], 1);
    expect(shares.stop(666_667, 0)).toBe(0);
  });

  test("the largest flow over the thinnest link outlives the clock; over the widest it takes a second", () => {
    const shares = new FairShares([1, LARGEST]);
    shares.begin(0, 0, [0], LARGEST);
    shares.begin(0, 1, [1], LARGEST);
    expect(shares.nextEnd()).toBe(SECOND);
    expect(shares.ended(SECOND)).toEqual([1]);
    expect(shares.nextEnd()).toBe(Infinity);
    expect(shares.stop(9e15, 0)).toBe(LARGEST - 9e9);
  });

  test("what cannot be is refused, and says what", () => {
    const shares = new FairShares([10, 10]);
    shares.begin(5, 0, [0], 10);
    expect(() => shares.begin(5, 0, [0], 10)).toThrow("flow 0 is under way already");
    expect(() => shares.begin(5, 1, [], 10)).toThrow("flow 1 has 0 links; 1 to 4 can be");
    expect(() => shares.begin(5, 1, [1, 1], 10)).toThrow("flow 1 has link 1 twice");
    expect(() => shares.begin(5, 1, [2], 10)).toThrow("flow 1 has link 2, which is not there");
    expect(() => shares.stop(5, 1)).toThrow("flow 1 is not under way");
    expect(() => shares.rateOf(1)).toThrow("flow 1 is not under way");
    expect(() => shares.resize(4, 0, 1)).toThrow("time goes back from 5 to 4 µs");
    expect(() => shares.resize(2 * SECOND, 0, 1)).toThrow("the flows that end at 1000005 µs have not been taken");
    expect(shares.ended(SECOND + 5)).toEqual([0]);
  });
});
