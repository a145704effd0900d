import { expect, test } from "vitest";
import { compare } from "../../src/experiment/compare.ts";
import { parsePolicySpec } from "../../src/model/settings.ts";
import { policyChart } from "../../src/report/policy-chart.ts";
import { drawnScenario, fixedScenario } from "../experiment/scenarios.ts";

const policies = ["fcfs", "ljf", "dispatch-random"].map(parsePolicySpec);
const attributes = (svg: string, pattern: RegExp) => Array.from(svg.matchAll(pattern), (match) => match.slice(1));

test("a bar per policy, as long as its mean, with its interval and its number", async () => {
  const { rankings } = await compare([drawnScenario()], { policies, seeds: ["1", "2", "3", "4"], jobs: 1 });
  const svg = policyChart(rankings);
  const rows = rankings[0]?.rows ?? [];
  const widths = attributes(svg, /<rect class="bar[^"]*" x="[^"]*" y="[^"]*" width="([^"]*)"/g).map(([width]) => Number(width));
  const means = rows.map(({ makespan }) => makespan.mean as number);
  expect(widths).toHaveLength(3);
  for (const [index, width] of widths.entries())
    expect(width / (widths[0] as number)).toBeCloseTo((means[index] as number) / (means[0] as number), 2);
  const [[from, to] = []] = attributes(svg, /class="interval" fill="none" d="M([\d.]+) [\d.]+H([\d.]+)/g);
  const perSecond = (widths[0] as number) / (means[0] as number);
  expect((Number(to) - Number(from)) / perSecond / (2 * (rows[0]?.makespan.ci95 as number))).toBeCloseTo(1, 1);
  expect(attributes(svg, /<text class="text" [^>]*>([^<]*)</g).flat()).toEqual(rows.map(({ policy }) => policy));
});

test("strong are the best and what cannot be told apart from it; scenarios stand below each other", async () => {
  const { rankings } = await compare([drawnScenario(), fixedScenario()], { policies, seeds: ["1", "2", "3", "4"], jobs: 1 });
  const svg = policyChart(rankings);
  const strong = attributes(svg, /<rect class="bar( best)?"/g).map(([best]) => best !== undefined);
  expect(strong).toEqual(
    rankings.flatMap(({ rows }) => rows.map(({ rank, vsBest }) => rank === 1 || (vsBest?.low !== undefined && !vsBest.distinguished))),
  );
  const tops = attributes(svg, /class="bar[^"]*" x="[^"]*" y="([^"]*)"/g).map(([top]) => Number(top));
  expect(tops).toEqual([...tops].sort((a, b) => a - b));
  expect(Number(/height="(\d+)"/.exec(svg)?.[1])).toBeGreaterThan(tops.at(-1) as number);
});

test("the title of what was stopped says that it is partial", async () => {
  const { rankings } = await compare([fixedScenario()], { policies, seeds: ["1"], jobs: 1 });
  const title = (stopped: { made: number; planned: number } | undefined) =>
    attributes(policyChart([{ ...rankings[0]!, stopped }]), /<text class="text name" [^>]*>([^<]*)</g).flat();
  expect(title(undefined)).toEqual(["fixed"]);
  expect(title({ made: 2, planned: 3 })).toEqual(["fixed, partial: 2 of 3 runs made"]);
});

test("names are escaped and cut; a column that is empty or negative has its place", async () => {
  const { rankings } = await compare([fixedScenario()], { policies, seeds: ["1"], jobs: 1 });
  const [ranking] = rankings;
  if (ranking === undefined) throw new Error("no ranking");
  const [first, second] = ranking.rows;
  if (first === undefined || second === undefined) throw new Error("no rows");
  const none = { mean: undefined, ci95: undefined, min: undefined, max: undefined };
  const rows = [
    { ...first, policy: `<b>&${"x".repeat(80)}`, ranked: { ...first.ranked, mean: -2_000_000 } },
    { ...second, ranked: none },
  ];
  const svg = policyChart([{ ...ranking, scenario: "a<b", rows }]);
  expect(svg).toContain("a&lt;b");
  expect(svg).toContain("&lt;b&gt;&amp;xxx");
  expect(svg).not.toContain("x".repeat(40));
  expect(svg).toContain("no value");
  expect(svg).not.toContain("NaN");
  expect(Number(/class="bar[^"]*" x="[^"]*" y="[^"]*" width="([^"]*)"/.exec(svg)?.[1])).toBeGreaterThan(100);
});
