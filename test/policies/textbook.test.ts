// Textbook examples whose numbers are known exactly: one worker, identical workers, shops, anomalies and worst cases.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { at } from "../../src/model/columns.ts";
import { inOrder, mean, type Outcome, runWorld, type TaskSketch, workers, worldOf } from "../run-world.ts";

const bursts = (...durations: number[]): TaskSketch[] => durations.map((duration) => ({ duration }));
const one = workers(1);

describe("Silberschatz, Galvin & Gagne, Operating System Concepts, ch. 5: mean waits on one processor", () => {
  test("fcfs: bursts 24, 3, 3 wait 17; in the order 3, 3, 24 they wait 3", () => {
    expect(mean(runWorld(worldOf(bursts(24, 3, 3), one), "fcfs").waits)).toBe(17);
    expect(mean(runWorld(worldOf(bursts(3, 3, 24), one), "fcfs").waits)).toBe(3);
  });

  test("sjf: bursts 6, 8, 7, 3 wait 7; fcfs 10.25", () => {
    const world = worldOf(bursts(6, 8, 7, 3), one);
    expect(mean(runWorld(world, "sjf").waits)).toBe(7);
    expect(mean(runWorld(world, "fcfs").waits)).toBe(10.25);
  });

  test("sjf without preemption: arrivals 0, 1, 2, 3 and bursts 8, 4, 9, 5 wait 7.75", () => {
    const tasks = bursts(8, 4, 9, 5).map((task, release) => ({ ...task, release }));
    expect(mean(runWorld(worldOf(tasks, one), "sjf").waits)).toBe(7.75);
  });

  test("priority, low number first: waits 6, 0, 16, 18, 1, mean 8.2", () => {
    const priorities = [3, 1, 4, 5, 2];
    const tasks = bursts(10, 1, 2, 1, 5).map((task, index) => ({ ...task, priority: priorities[index] as number }));
    expect([...runWorld(worldOf(tasks, one), "priority").waits]).toEqual([6, 0, 16, 18, 1]);
    const opposite = tasks.map((task) => ({ ...task, priority: -task.priority }));
    const higherFirst = runWorld(worldOf(opposite, one), "priority", { priorityOrder: "higher-first" });
    expect([...higherFirst.waits]).toEqual([6, 0, 16, 18, 1]);
  });
});

describe("one worker and identical workers: optimal orders", () => {
  test("Smith 1956: wspt gives the least weighted completion time, 96; the worst order 161", () => {
    const jobs = [
      [3, 2],
      [1, 1],
      [6, 5],
      [2, 4],
      [4, 1],
    ] as const;
    const world = worldOf(
      jobs.map(([duration, weight]) => ({ duration, weight })),
      one,
    );
    const weighted = (outcome: Outcome) => outcome.ended.reduce((sum, end, job) => sum + end * (jobs[job]?.[1] as number), 0);
    const outcome = runWorld(world, "wspt");
    expect(outcome.order).toEqual([3, 1, 2, 0, 4]);
    expect(weighted(outcome)).toBe(96);
    const values = permutations(["T1", "T2", "T3", "T4", "T5"]).map((order) => weighted(runWorld(world, inOrder(order))));
    expect(values).toHaveLength(120);
    expect(Math.min(...values)).toBe(96);
    expect(Math.max(...values)).toBe(161);
  });

  test("Conway, Maxwell & Miller 1967: sjf on 3 workers gives the least sum of completion times, 72", () => {
    const outcome = runWorld(worldOf(bursts(9, 8, 7, 6, 5, 4, 3, 2, 1), workers(3)), "sjf");
    expect(outcome.ended.reduce((sum, end) => sum + end, 0)).toBe(72);
  });

  test("Jackson 1955: edd gives the least maximum lateness, -1", () => {
    const jobs = [
      [1, 9],
      [4, 8],
      [3, 11],
      [2, 3],
      [5, 20],
    ] as const;
    const world = worldOf(
      jobs.map(([duration, due]) => ({ duration, due })),
      one,
    );
    const latest = (outcome: Outcome) => Math.max(...outcome.ended.map((end, job) => end - (jobs[job]?.[1] as number)));
    const outcome = runWorld(world, "edd");
    expect(outcome.order).toEqual([3, 1, 0, 2, 4]);
    expect(latest(outcome)).toBe(-1);
    for (const order of permutations(["T1", "T2", "T3", "T4", "T5"])) {
      expect(latest(runWorld(world, inOrder(order)))).toBeGreaterThanOrEqual(-1);
    }
  });

  test("Johnson 1954: two machines in the order 2, 4, 3, 5, 1 take 30; in the order given 34", () => {
    const jobs = [
      [5, 2],
      [1, 6],
      [9, 7],
      [3, 8],
      [10, 4],
    ] as const;
    const rank = [5, 1, 3, 2, 4]; // place of each job in Johnson's order
    const tasks = jobs.flatMap(([a, b], job): TaskSketch[] => [
      { id: `a${job + 1}`, duration: a, priority: rank[job] as number, resources: { a: 1 } },
      { id: `b${job + 1}`, duration: b, priority: rank[job] as number, resources: { b: 1 }, after: [`a${job + 1}`] },
    ]);
    const shop = worldOf(tasks, [{ cpu: 2, resources: { a: 1, b: 1 } }]);
    expect(runWorld(shop, "priority").makespan).toBe(30);
    expect(runWorld(shop, "first-fit").makespan).toBe(34);
    const makespans = permutations(["1", "2", "3", "4", "5"]).map((order) => {
      const place = new Map(order.map((job, index) => [job, index]));
      const ranked = tasks.map((task) => ({ ...task, priority: place.get((task.id as string).slice(1)) as number }));
      return runWorld(worldOf(ranked, [{ cpu: 2, resources: { a: 1, b: 1 } }]), "priority").makespan;
    });
    expect(Math.min(...makespans)).toBe(30);
  });
});

describe("Graham 1966, 1969: list scheduling", () => {
  const durations = [3, 2, 2, 2, 4, 4, 4, 4, 9];
  const edges: [before: number, after: number][] = [
    [1, 9],
    [4, 5],
    [4, 6],
    [4, 7],
    [4, 8],
  ];
  const list = (lengths: readonly number[], order: readonly number[], among = edges): TaskSketch[] =>
    order.map((task) => ({
      id: `T${task}`,
      duration: lengths[task - 1] as number,
      after: among.filter(([, after]) => after === task).map(([before]) => `T${before}`),
    }));
  const natural = [1, 2, 3, 4, 5, 6, 7, 8, 9];

  test.each([
    ["nine tasks on three workers take 12", list(durations, natural), 3, 12],
    ["a fourth worker makes it 15", list(durations, natural), 4, 15],
    [
      "shorter tasks make it 13",
      list(
        durations.map((length) => length - 1),
        natural,
      ),
      3,
      13,
    ],
    [
      "fewer dependencies make it 16",
      list(
        durations,
        natural,
        edges.filter(([, after]) => after !== 5 && after !== 6),
      ),
      3,
      16,
    ],
    ["another list makes it 14", list(durations, [1, 2, 4, 5, 6, 3, 9, 7, 8]), 3, 14],
  ])("anomalies: %s", (_title, tasks, count, makespan) => {
    expect(runWorld(worldOf(tasks, workers(count)), "first-fit").makespan).toBe(makespan);
  });

  test.each([2, 3, 4, 8])("m(m - 1) short tasks before one of length m, m = %i: 2m - 1 against m", (m) => {
    const world = worldOf([...bursts(...new Array<number>(m * (m - 1)).fill(1)), { duration: m }], workers(m));
    expect(runWorld(world, "first-fit").makespan).toBe(2 * m - 1);
    expect(runWorld(world, "ljf").makespan).toBe(m);
  });

  test.each([2, 3, 4, 6])("LPT's worst case, m = %i: 4m - 1 against 3m", (m) => {
    const lengths = [m, m, m];
    for (let length = m + 1; length < 2 * m; length++) lengths.push(length, length);
    const world = worldOf(bursts(...lengths), workers(m));
    expect(lengths).toHaveLength(2 * m + 1);
    expect(runWorld(world, "ljf").makespan).toBe(4 * m - 1);
    // The optimum: the three of length m on one worker, and on each other one the shortest with the longest that are left.
    const packed = [0, 1, 2].map((index) => ({ entry: `T${index + 1}@w1`, start: index * m }));
    for (let pair = 1; pair < m; pair++) {
      packed.push({ entry: `T${pair + 3}@w${pair + 1}`, start: 0 });
      packed.push({ entry: `T${2 * m + 2 - pair}@w${pair + 1}`, start: lengths[pair + 2] as number });
    }
    packed.sort((a, b) => a.start - b.start);
    expect(runWorld(world, inOrder(packed.map(({ entry }) => entry))).makespan).toBe(3 * m);
  });
});

describe("Graham's bounds: identical workers of one slot, all released at 0", () => {
  test.each(["first-fit", "priority", "sjf", "ljf", "critical-path", "random"])(
    "%s: max(CP, W/m) ≤ makespan ≤ (W - CP)/m + CP",
    (policy) => {
      fc.assert(
        fc.property(randomGraph(), fc.integer({ min: 1, max: 5 }), (tasks, m) => {
          const work = tasks.reduce((sum, task) => sum + task.duration, 0);
          const path = criticalPathOf(tasks);
          const { makespan } = runWorld(worldOf(tasks, workers(m)), policy);
          expect(makespan).toBeGreaterThanOrEqual(Math.max(path, work / m) - 1e-9);
          expect(makespan).toBeLessThanOrEqual((work - path) / m + path + 1e-9);
        }),
        { seed: 1969, numRuns: 100 },
      );
    },
  );
});

describe("Hu 1961: unit tasks in an in-tree", () => {
  const parent = [3, 3, 3, 9, 9, 6, 9, 8, 9, 12, 11, 12, undefined, 4, 4, 5, 7];
  const tasks = parent.map(
    (_, task): TaskSketch => ({
      duration: 1,
      after: parent.flatMap((above, below) => (above === task ? [`T${below + 1}`] : [])),
    }),
  );

  test.each([
    [1, 17],
    [2, 9],
    [3, 7],
    [4, 6],
  ])("by level on %i workers: %i", (count, makespan) => {
    expect(runWorld(worldOf(tasks, workers(count)), "critical-path").makespan).toBe(makespan);
  });
});

describe("Harchol-Balter, Crovella & Murta 1999", () => {
  test("least work left with exact estimates starts every task when one queue for all would", () => {
    const tasks = Array.from(
      { length: 400 },
      (_, index): TaskSketch => ({ duration: 1 + ((index * 7919) % 97), release: (index * 31) % 1013 }),
    );
    const world = worldOf(tasks, workers(7));
    const central = runWorld(world, "fcfs");
    const dispatched = runWorld(world, "dispatch-least-work");
    expect(Math.max(...central.waits)).toBeGreaterThan(0);
    expect([...dispatched.started]).toEqual([...central.started]);
    expect(at(world.tasks.estimate, 5)).toBe(at(world.tasks.work, 5));
  });
});

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) => permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]));
}

/** Up to 15 tasks of 1 to 9 seconds; each may depend on earlier ones. */
function randomGraph(): fc.Arbitrary<TaskSketch[]> {
  const task = fc.record({ duration: fc.integer({ min: 1, max: 9 }), priority: fc.nat(3), before: fc.array(fc.nat(14), { maxLength: 3 }) });
  return fc.array(task, { minLength: 1, maxLength: 15 }).map((drawn) =>
    drawn.map(({ duration, priority, before }, index) => ({
      duration,
      priority,
      after: [...new Set(before)].filter((earlier) => earlier < index).map((earlier) => `T${earlier + 1}`),
    })),
  );
}

function criticalPathOf(tasks: readonly TaskSketch[]): number {
  const ends = new Map<string, number>();
  tasks.forEach(({ duration, after = [] }, index) => {
    ends.set(`T${index + 1}`, duration + Math.max(0, ...after.map((id) => ends.get(id) as number)));
  });
  return Math.max(...ends.values());
}
