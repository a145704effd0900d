// The model of Lublin and Feitelson: what is drawn against the paper's numbers and against the model's own integrals.
import { describe, expect, it } from "vitest";
import { streamKey, draw as uniform } from "../../../src/engine/random.ts";
import { at, type Column } from "../../../src/model/columns.ts";
import { drawGamma, gammaDensity, integral } from "../../../src/workload/generators/gamma.ts";
import { LUBLIN_JOBS, LublinModel } from "../../../src/workload/generators/lublin-model.ts";
import { draw, generated, refusals, workerSpec } from "../scenario-of.ts";

const key = streamKey("1", "test/lublin");
let index = 0;
const next = () => uniform(key, 0, 0, 0, index++);
const sample = (count: number, one: () => number) => Array.from({ length: count }, one);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe("gamma", () => {
  it.each([
    [1.5, 2],
    [4.2, 0.94],
    [312, 0.03],
  ] as const)("of shape %d and scale %d has the mean, the variance and the distribution", (shape, scale) => {
    const values = sample(40_000, () => drawGamma(shape, scale, next));
    expect(Math.abs(mean(values) / (shape * scale) - 1)).toBeLessThan(0.02);
    const variance = mean(values.map((value) => (value - shape * scale) ** 2));
    expect(Math.abs(variance / (shape * scale * scale) - 1)).toBeLessThan(0.05);
    for (const quantile of [0.5, 1, 1.5]) {
      const limit = quantile * shape * scale;
      const share = values.filter((value) => value < limit).length / values.length;
      expect(Math.abs(share - integral((x) => gammaDensity(shape, scale, x), 0, limit, 2000))).toBeLessThan(0.01);
    }
  });

  it("has a density of integral 1", () => {
    expect(integral((x) => gammaDensity(4.2, 0.94, x), 0, 40, 4000)).toBeCloseTo(1, 9);
    expect(integral((x) => gammaDensity(639.1, 0.0156, x), 0, 20, 4000)).toBeCloseTo(1, 9);
  });
});

describe.each(Object.keys(LUBLIN_JOBS) as (keyof typeof LUBLIN_JOBS)[])("%s jobs", (jobs) => {
  const model = new LublinModel(jobs, 128);
  const sizes = sample(40_000, () => model.size(next));
  const share = (holds: (size: number) => boolean) => sizes.filter(holds).length / sizes.length;
  const isPower = (size: number) => Number.isInteger(Math.log2(size));

  it("have the paper's parts of serial sizes and powers of two, up to the machine's", () => {
    expect(Math.abs(share((size) => size === 1) - LUBLIN_JOBS[jobs].serial)).toBeLessThan(0.01);
    expect(share((size) => size > 1 && isPower(size))).toBeGreaterThan(LUBLIN_JOBS[jobs].powerOfTwo - 0.01);
    expect(share((size) => size >= 1 && size <= 128 && Number.isInteger(size))).toBe(1);
    expect(Math.max(...sizes)).toBe(jobs === "interactive" ? 45 : 128);
  });

  it("have the mean area and the mean gap that the integrals say, and run at most e^12 s", () => {
    let longest = 0;
    const areas = sample(60_000, () => {
      const size = model.size(next);
      const time = model.runTime(size, next);
      longest = Math.max(longest, time);
      return size * time;
    });
    expect(longest).toBeLessThanOrEqual(Math.exp(12));
    expect(Math.abs(mean(areas) / model.meanArea() - 1)).toBeLessThan(0.06);
    expect(Math.abs(mean(sample(60_000, () => model.gap(next))) / model.meanGap() - 1)).toBeLessThan(0.05);
  });

  it("arrive by the clock of a day: as many per day, most in the afternoon", () => {
    const clock = model.clock();
    const days = 100;
    const perHour = new Array<number>(24).fill(0);
    let last = 0;
    let backwards = 0;
    while (last < days * 86_400) {
      const time = clock(60);
      if (time < last) backwards += 1;
      last = time;
      const hour = Math.floor(time / 3600) % 24;
      perHour[hour] = (perHour[hour] as number) + 1;
    }
    expect(backwards).toBe(0);
    const total = perHour.reduce((sum, count) => sum + count, 0);
    expect(Math.abs(total / (days * 1440) - 1)).toBeLessThan(0.01);
    const busiest = perHour.indexOf(Math.max(...perHour));
    expect(busiest).toBeGreaterThanOrEqual(11);
    expect(busiest).toBeLessThanOrEqual(16);
    expect(perHour.indexOf(Math.min(...perHour))).toBeLessThanOrEqual(7);
  });
});

describe("the generator", () => {
  it("gives the utilisation asked for", () => {
    const workers = [workerSpec("w", { capacity: [256_000, Infinity, Infinity, Infinity] })];
    const { tasks } = draw([generated("lublin", { count: 40_000, utilisation: 0.8 })], workers);
    let area = 0;
    for (let task = 0; task < tasks.count; task++) area += at(tasks.work, task) * at(tasks.request[0] as Column, task);
    const used = area / at(tasks.release, tasks.count - 1) / 256_000;
    expect(Math.abs(used - 0.8)).toBeLessThan(0.06);
  });

  it("takes any number of processors, also one", () => {
    for (const processors of [1, 2, 3, 100, 1000]) {
      const workers = [workerSpec("w", { capacity: [processors * 1000, Infinity, Infinity, Infinity] })];
      const { tasks } = draw([generated("lublin", { count: 300, utilisation: 0.5 })], workers);
      for (let task = 0; task < tasks.count; task++) expect(at(tasks.request[0] as Column, task)).toBeLessThanOrEqual(processors * 1000);
    }
    expect(refusals([generated("lublin", {})], [workerSpec("w", { capacity: [500, Infinity, Infinity, Infinity] })])[0]).toContain(
      "give processors",
    );
    expect(refusals([generated("lublin", { jobs: "bacth" })])[0]).toContain('did you mean "batch"');
  });
});
