// Every generator: same seed same tasks, options with working defaults; then the shape or the arrivals that each promises.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, type Column, nameAt } from "../../../src/model/columns.ts";
import { findCycles } from "../../../src/model/graph.ts";
import type { GenerateSpec, TaskSpec } from "../../../src/model/scenario.ts";
import type { TaskTable } from "../../../src/model/world.ts";
import { drawDistinct } from "../../../src/workload/generators/distinct.ts";
import { GENERATORS, generatorNamed } from "../../../src/workload/generators/index.ts";
import { byId, draw, generated, refusals, seedsOf, workerSpec } from "../scenario-of.ts";

const cluster = [workerSpec("w", { capacity: [128_000, Infinity, Infinity, Infinity] })];
const tasksOf = (kind: string, options: GenerateSpec["options"], template: Partial<TaskSpec> = {}) =>
  draw([generated(kind, options, template)], cluster).tasks;
/** Positions that each task depends on. */
const edgesOf = ({ count, dependencies: { offsets, targets } }: TaskTable) =>
  Array.from({ length: count }, (_, task) => Array.from(targets.subarray(offsets[task], offsets[task + 1])));

describe.each(GENERATORS.map(({ name }) => name))("%s", (kind) => {
  it("makes the same tasks from the same seed, with its defaults", () => {
    const template = { duration: { distribution: "exponential", mean: 60e6 } };
    const world = (seed: string) => draw([generated(kind, {}, template)], cluster, {}, seedsOf(seed));
    expect(byId(world("1"))).toEqual(byId(world("1")));
    expect(byId(world("2"))).not.toEqual(byId(world("1")));
    expect(world("1").tasks.count).toBeGreaterThan(5);
    expect(findCycles(world("1").tasks.dependencies)).toEqual([]);
  });

  it("describes itself and its options", () => {
    const generator = generatorNamed(kind);
    expect(generator?.summary).toMatch(/^[a-z]/);
    expect(generator?.source).not.toBe("");
    for (const option of Object.values(generator?.options ?? {})) expect(option.summary).not.toBe("");
  });
});

describe("shapes", () => {
  it("bag, chain, fork-join and trees", () => {
    expect(edgesOf(tasksOf("bag", { count: 3 }))).toEqual([[], [], []]);
    expect(edgesOf(tasksOf("chain", { count: 4 }))).toEqual([[], [0], [1], [2]]);
    expect(edgesOf(tasksOf("chain", { count: 5, chains: 2 }))).toEqual([[], [], [0], [1], [2]]);
    expect(edgesOf(tasksOf("fork-join", { width: 2, stages: 2 }))).toEqual([[], [0], [0], [1, 2], [3], [3], [4, 5]]);
    expect(edgesOf(tasksOf("out-tree", { count: 6 }))).toEqual([[], [0], [0], [1], [1], [2]]);
    expect(edgesOf(tasksOf("in-tree", { count: 6 }))).toEqual([[], [], [], [0], [1, 2], [3, 4]]);
    expect(edgesOf(tasksOf("out-tree", { count: 5, arity: 4 }))).toEqual([[], [0], [0], [0], [0]]);
  });

  it("an in-tree is an out-tree the other way round", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 5 }), (count, arity) => {
        const out = edgesOf(tasksOf("out-tree", { count, arity }));
        const turned = out.map((_, i) =>
          out.flatMap((parents, j) => (parents.includes(count - 1 - i) ? [count - 1 - j] : [])).sort((a, b) => a - b),
        );
        expect(edgesOf(tasksOf("in-tree", { count, arity }))).toEqual(turned);
      }),
      { seed: 8, numRuns: 50 },
    );
  });

  it("layers depend on the layer before, each task on as many as asked", () => {
    for (const [task, parents] of edgesOf(tasksOf("layered", { count: 95, width: 10, degree: 3 })).entries()) {
      const layer = Math.floor(task / 10);
      expect(parents).toHaveLength(layer === 0 ? 0 : 3);
      expect(new Set(parents).size).toBe(parents.length);
      for (const parent of parents) expect(Math.floor(parent / 10)).toBe(layer - 1);
    }
    expect(edgesOf(tasksOf("layered", { count: 4, width: 2, degree: 9 }))).toEqual([[], [], [0, 1], [0, 1]]);
  });

  it("random graphs have the degree, or the density, that was asked for", () => {
    const degrees = edgesOf(tasksOf("random", { count: 50, degree: 4 }));
    for (const [task, parents] of degrees.entries()) {
      expect(parents).toHaveLength(Math.min(4, task));
      for (const parent of parents) expect(parent).toBeLessThan(task);
    }
    const count = 600;
    const pairs = (count * (count - 1)) / 2;
    for (const probability of [0.01, 0.3]) {
      const edges = edgesOf(tasksOf("random", { count, probability }));
      const found = edges.reduce((sum, parents) => sum + parents.length, 0);
      expect(Math.abs(found - pairs * probability)).toBeLessThan(5 * Math.sqrt(pairs * probability * (1 - probability)));
      for (const [task, parents] of edges.entries())
        expect(parents.every((parent, i) => parent < task && parent > (parents[i - 1] ?? -1))).toBe(true);
    }
    expect(edgesOf(tasksOf("random", { count: 4, probability: 1 }))).toEqual([[], [0], [0, 1], [0, 1, 2]]);
    expect(edgesOf(tasksOf("random", { count: 4, probability: 0 }))).toEqual([[], [], [], []]);
    expect(refusals([generated("random", { probability: 0.5, degree: 2 })])[0]).toContain("not both");
    expect(refusals([generated("random", { count: 1e6, probability: 0.5 })])[0]).toContain("the most that one graph can have");
  });

  it("grow without changing what was there", () => {
    for (const kind of ["layered", "random", "poisson", "bursty", "lublin"]) {
      const grown = byId(draw([generated(kind, { count: 80 })], cluster));
      for (const [id, row] of byId(draw([generated(kind, { count: 33 })], cluster))) expect(row).toEqual(grown.get(id));
    }
  });

  it("name their tasks by a prefix", () => {
    const { tasks } = draw(
      [generated("bag", { count: 2 }), generated("bag", { count: 1 }), generated("bag", { count: 1, prefix: "job-" })],
      cluster,
    );
    expect([0, 1, 2, 3].map((task) => nameAt(tasks.names, task))).toEqual(["t1", "t2", "t2-1", "job-1"]);
  });
});

describe("drawDistinct", () => {
  it("draws every set of distinct numbers alike", () => {
    const seen = new Map<string, number>();
    const steps = 6;
    // All combinations of three uniform numbers in steps that divide evenly: each of the C(6, 3) sets must come equally often.
    for (let a = 0; a < 4 * steps; a++) {
      for (let b = 0; b < 5 * steps; b++) {
        for (let c = 0; c < 6 * steps; c++) {
          const out = [7];
          drawDistinct((i) => [(a + 0.5) / (4 * steps), (b + 0.5) / (5 * steps), (c + 0.5) / (6 * steps)][i] as number, 10, 6, 3, out);
          const key = out.join();
          seen.set(key, (seen.get(key) ?? 0) + 1);
        }
      }
    }
    expect(seen.size).toBe(20);
    expect(new Set(seen.values()).size).toBe(1);
    for (const key of seen.keys()) {
      const [first, ...drawn] = key.split(",").map(Number);
      expect(first).toBe(7);
      expect(drawn.every((number, i) => number >= 10 && number < 16 && number > (drawn[i - 1] ?? 0))).toBe(true);
    }
  });
});

describe("arrivals", () => {
  const releases = (tasks: TaskTable) => Array.from({ length: tasks.count }, (_, task) => at(tasks.release, task));
  const gapsOf = (times: number[]) => times.map((time, i) => time - (times[i - 1] ?? 0));
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = (values: number[]) => {
    const middle = mean(values);
    return Math.sqrt(mean(values.map((value) => (value - middle) ** 2))) / middle;
  };

  it("never go back", () => {
    for (const kind of ["poisson", "bursty", "lublin"]) {
      const times = releases(tasksOf(kind, { count: 2000 }));
      expect(times.every((time, i) => time >= (times[i - 1] ?? 0))).toBe(true);
    }
  });

  it("poisson: exponential gaps of the mean asked for", () => {
    const gaps = gapsOf(releases(tasksOf("poisson", { count: 20_000, interarrival: 30e6 })));
    expect(Math.abs(mean(gaps) / 30e6 - 1)).toBeLessThan(0.03);
    expect(Math.abs(spread(gaps) - 1)).toBeLessThan(0.03);
  });

  it("bursty: the same mean, with a greater spread; in the quiet nothing comes unless asked", () => {
    const options = { count: 40_000, interarrival: 30e6, on: 300e6, off: 900e6 };
    const gaps = gapsOf(releases(tasksOf("bursty", options)));
    expect(Math.abs(mean(gaps) / 30e6 - 1)).toBeLessThan(0.1);
    expect(spread(gaps)).toBeGreaterThan(2);
    const even = gapsOf(releases(tasksOf("bursty", { ...options, quiet: 1 })));
    expect(Math.abs(mean(even) / 30e6 - 1)).toBeLessThan(0.03);
    expect(Math.abs(spread(even) - 1)).toBeLessThan(0.03);
    expect(refusals([generated("bursty", { on: 1, off: 1, interarrival: 1e15 })])[0]).toContain("too short");
  });

  it.each(["poisson", "bursty"])("%s: offers the load that utilisation asks for, in the dimension used most", (kind) => {
    const workers = [
      workerSpec("fast", { capacity: [8000, 16e9, Infinity, Infinity], speed: 2000 }),
      workerSpec("slow", { capacity: [4000, 8e9, Infinity, Infinity] }),
    ];
    const template: Partial<TaskSpec> = {
      duration: { distribution: "exponential", mean: 60e6 },
      request: [{ distribution: "integer", min: 1000, max: 4000, step: 1000 }, 2e9, 0, 1],
    };
    const { tasks } = draw(
      [generated(kind, { count: 30_000, utilisation: 0.6, ...(kind === "bursty" && { on: 60e6, off: 60e6 }) }, template)],
      workers,
    );
    let coreTime = 0;
    let byteTime = 0;
    for (let task = 0; task < tasks.count; task++) {
      coreTime += at(tasks.work, task) * at(tasks.request[0] as Column, task);
      byteTime += at(tasks.work, task) * at(tasks.request[1] as Column, task);
    }
    const span = at(tasks.release, tasks.count - 1);
    const used = [coreTime / (span * 20_000), byteTime / (span * 40e9)];
    expect(Math.abs(Math.max(...used) - 0.6)).toBeLessThan(0.03);
  });

  it("utilisation of per-worker times takes their mean; without a finite load it is refused", () => {
    const workers = [workerSpec("a"), workerSpec("b", { labels: { zone: "x" } })];
    const { tasks } = draw(
      [
        generated(
          "poisson",
          { count: 20_000, utilisation: 0.5 },
          {
            duration: {
              on: [
                ["a", 10e6],
                ["zone=x", 30e6],
              ],
            },
          },
        ),
      ],
      workers,
    );
    expect(Math.abs(at(tasks.release, 19_999) / 20_000 / 5e6 - 1)).toBeLessThan(0.03);
    expect(refusals([generated("poisson", {}, { duration: { distribution: "pareto", shape: 0.9, min: 1 } })])[0]).toContain(
      "infinite; give interarrival instead",
    );
    expect(refusals([generated("poisson", {}, { duration: 0 })])[0]).toContain("is 0; give interarrival instead");
    expect(refusals([generated("poisson", { utilisation: 0.5, interarrival: 1 })])[0]).toContain("not both");
  });

  it("start at the template's release", () => {
    const early = releases(tasksOf("poisson", { count: 50, interarrival: 1e6 }));
    expect(releases(tasksOf("poisson", { count: 50, interarrival: 1e6 }, { release: 3600e6 }))).toEqual(early.map((time) => time + 3600e6));
  });
});
