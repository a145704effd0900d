import { describe, expect, test } from "vitest";
import { type Comparison, compare } from "../../src/experiment/compare.ts";
import { parsePolicySpec } from "../../src/model/settings.ts";
import { comparisonText, rankingText } from "../../src/report/comparison-text.ts";
import { csv } from "../../src/report/csv.ts";
import { withoutEmptyPlaces } from "../../src/report/empty-column.ts";
import { POLICY_COLUMNS } from "../../src/report/policy-columns.ts";
import { comparisonJson, jsonText } from "../../src/report/summary-json.ts";
import { percent, readable, textTable } from "../../src/report/text-table.ts";
import { drawnScenario, fixedScenario } from "../experiment/scenarios.ts";

const lastLine = (text: string) => text.trimEnd().split("\n").at(-1);
const specs = (...texts: string[]) => texts.map(parsePolicySpec);
const fixed = () =>
  compare([fixedScenario()], { policies: specs("fcfs", "ljf", "random"), seeds: ["1", "2", "3", "4", "5", "6"], jobs: 1 });
const drawn = () =>
  compare([drawnScenario(), drawnScenario("other")], {
    policies: specs("fcfs", "ljf", "dispatch-random"),
    seeds: ["1", "2", "3", "4"],
    jobs: 1,
  });

describe("policies.csv", () => {
  test("has the columns of the format", () => {
    expect(POLICY_COLUMNS.map(({ name }) => name).join()).toBe(
      "scenario,policy,runs,makespan_mean_s,makespan_ci95_s,makespan_min_s,makespan_max_s,mean_wait_mean_s,mean_wait_ci95_s,bounded_slowdown_mean,bounded_slowdown_ci95,rank,wins,vs_best_ratio,vs_best_low,vs_best_high,cost_mean,cost_ci95",
    );
  });

  test("empty are the intervals of one run", async () => {
    const { rankings } = await compare([fixedScenario()], { policies: specs("fcfs", "ljf"), seeds: ["1", "2"], jobs: 1 });
    expect(csv(POLICY_COLUMNS, rankings[0]!.rows).split("\n").slice(1)).toEqual([
      "fixed,ljf,1,12,,12,12,2.25,,1.05,,1,1,1,,,,",
      "fixed,fcfs,1,13,,13,13,1,,1.075,,2,0,1.0833333333333333,,,,",
      "",
    ]);
  });
});

describe("the table of a comparison", () => {
  test("has the cost where a worker has a price, and says which policies none beats in both; JSON names them", async () => {
    const scenario = fixedScenario();
    const workers = scenario.workers.map((worker) => ({ ...worker, price: 3_600_000_000 }));
    const comparison = await compare([{ ...scenario, workers }], { policies: specs("fcfs", "ljf", "sjf"), seeds: ["1"], jobs: 1 });
    const text = rankingText(comparison.rankings[0]!);
    expect(text).toMatch(/^rank .* cpu {2}cost {2}completed/m);
    expect(lastLine(text)).toBe("makespan against cost, none is both sooner and cheaper than: ljf (12 s, 120)");
    expect(comparisonJson(comparison)).toMatchObject({ scenarios: [{ makespan_cost_front: ["ljf"] }] });
    const alike = await compare([{ ...scenario, workers }], { policies: specs("ljf", "ljf:placement=worst-fit"), seeds: ["1"], jobs: 1 });
    expect(lastLine(rankingText(alike.rankings[0]!))).toBe(
      "makespan against cost, none is both sooner and cheaper than: ljf, ljf:placement=worst-fit (12 s, 120)",
    );
  });

  test("of what draws nothing", async () => {
    const { rankings } = await compare([fixedScenario()], { policies: specs("fcfs", "ljf"), seeds: ["1", "2"], jobs: 1 });
    expect(rankingText(rankings[0]!)).toBe(
      [
        "fixed: 2 policies, deterministic (nothing is drawn), ranked by makespan_s (least first)",
        "",
        "rank  policy  makespan_s      gap  mean_wait_s  p95_wait_s     cpu  completed  failed  skipped  against the best",
        "   1  ljf             12  14.29 %         2.25           5  87.5 %          4       0        0  best",
        "   2  fcfs            13  23.81 %         1.00           4  80.8 %          4       0        0  × 1.083",
        "",
      ].join("\n"),
    );
  });

  test("says what ran once beside what was drawn, and what cannot be told apart", async () => {
    const text = comparisonText(await fixed());
    expect(text).toMatch(/fixed: 3 policies, 6 seeds, ranked by makespan_s/);
    expect(text).toMatch(/ljf +deterministic/);
    expect(text).toMatch(/random +6 .*not distinguished at n = 6/);
    expect(text).toMatch(/ ± /);
  });

  test("ends, for several scenarios, with the policies over all of them", async () => {
    const text = comparisonText(await drawn());
    expect(text.match(/ranked by/g)).toHaveLength(2);
    expect(text).toMatch(/overall: geometric mean over 2 scenarios[\s\S]*\npolicy +ratio\nljf +1\.000\n/);
  });

  test("names another column that it ranks by, why, sets that differ, missing runs, and that it is partial", async () => {
    const comparison = await drawn();
    const ranking = comparison.rankings[0]!;
    const [first, ...rest] = ranking.rows;
    const changed: Comparison = {
      ...comparison,
      partial: true,
      overall: [],
      rankings: [
        {
          ...ranking,
          column: { name: "mean_bounded_slowdown", unit: "1", meaning: "", better: "least", value: () => 0 },
          reason: "because",
          setsDiffer: true,
          stopped: { made: 1234, planned: 5678 },
          rows: [
            { ...first!, ranked: { mean: 3.25, ci95: 0.5, min: 3, max: 4 } },
            { ...rest[0]!, rank: undefined },
          ],
        },
      ],
    };
    const text = comparisonText(changed);
    expect(text).toContain("because");
    expect(text).toContain("completed different tasks");
    expect(text).toMatch(/mean_bounded_slowdown +makespan_s/);
    expect(text).toMatch(/3\.\d+ +± 0\.5/);
    expect(text).toMatch(/^ +- .*not ranked: runs are missing$/m);
    expect(text).toMatch(/^drawn: 2 policies, 4 seeds, partial: 1,234 of 5,678 runs made, ranked by mean_bounded_slowdown/);
  });

  test("marks policies that completed less than the best", async () => {
    const comparison = await drawn();
    const [ranking] = comparison.rankings;
    const [best, second] = ranking!.rows;
    const rows = [best!, { ...second!, completedWeight: best!.completedWeight! - 1 }];
    const text = (setsDiffer: boolean) => comparisonText({ ...comparison, rankings: [{ ...ranking!, setsDiffer, rows }] });
    expect(text(true)).toMatch(new RegExp(`${second!.policy} .*  completed less; `));
    expect(text(false)).not.toContain("completed less");
  });

  test("says over all scenarios that it is partial, and that it is whole by saying nothing", async () => {
    const comparison = await drawn();
    expect(comparisonText(comparison)).not.toContain("partial");
    expect(comparisonText({ ...comparison, partial: true })).toMatch(/^overall: .*, partial$/m);
  });

  test("ends with the digest over all runs", async () => {
    const comparison = await fixed();
    expect(lastLine(comparisonText(comparison))).toBe(`digest ${comparison.digest} over 8 runs; that of each stands in runs.csv`);
    const one = await compare([fixedScenario()], { policies: specs("fcfs"), seeds: ["1"], jobs: 1 });
    expect(comparisonText(one)).toMatch(/^fixed: 1 policy, .*\n[^]* over 1 run; /);
  });

  test.each(["makespan", "gap", "mean_wait", "p95_wait", "cpu_utilization", "completed", "failed", "skipped", "mean_flow"])(
    "shows %s once where it ranks by it",
    async (rankBy) => {
      const { rankings } = await compare([drawnScenario()], { policies: specs("fcfs", "ljf"), seeds: ["1", "2"], jobs: 1, rankBy });
      const [ranking] = rankings;
      const header = rankingText(ranking!).split("\n")[2]!.trim().split(/ {2,}/);
      const name = ranking!.column.name;
      expect(header.filter((each) => each === name || (each === "cpu" && name === "cpu_utilization"))).toEqual([name]);
      expect(new Set(header).size).toBe(header.length);
      expect(header).toContain("makespan_s");
    },
  );

  test("calls policies equal that are, though their values are 0", async () => {
    const roomy = fixedScenario({ cluster: { workers: [{ id: "w", count: 9 }] } });
    const { rankings } = await compare([roomy], { policies: specs("fcfs", "ljf"), seeds: ["1"], jobs: 1, rankBy: "mean_wait" });
    expect(rankings[0]!.rows.map(({ ranked }) => ranked.mean)).toEqual([0, 0]);
    expect(rankingText(rankings[0]!)).toMatch(/^ +1 +ljf .* equal$/m);
  });

  test("claims to rank by no column that is empty for all", async () => {
    const { rankings } = await compare([fixedScenario()], {
      policies: specs("fcfs", "ljf"),
      seeds: ["1"],
      jobs: 1,
      rankBy: "mean_tardiness",
    });
    const placed = withoutEmptyPlaces({ ...rankings[0]!, setsDiffer: true });
    const text = rankingText(placed);
    expect(text).toMatch(/^fixed: .*, ranked by completed weight \(most first\)\n/);
    expect(text).toContain("nothing on fixed can be ranked by mean_tardiness_s");
    expect(text).toContain("ranked by completed weight instead");
    expect(rankingText(withoutEmptyPlaces(rankings[0]!))).toMatch(/^fixed: .*, not ranked\n/);
  });

  test("marks the best for a styler", async () => {
    const text = comparisonText(await fixed(), (style, part) => `<${style}>${part}</>`);
    expect(text).toMatch(/^<green> +1 .*<\/>$/m);
    expect(text).toMatch(/^<bold>fixed<\/>/);
  });
});

test("compare --json is one document, with the names of the CSV columns", async () => {
  const comparison = await drawn();
  const document = JSON.parse(jsonText(comparisonJson(comparison)));
  expect(document.scenarios).toHaveLength(2);
  expect(document.scenarios[0]).toMatchObject({ scenario: "drawn", ranked_by: "makespan_s", seeds: 4 });
  expect(Object.keys(document.scenarios[0].policies[0])).toEqual(POLICY_COLUMNS.map(({ name }) => name));
  expect(document.runs).toHaveLength(24);
  expect(document.runs[0].makespan_s).toBe(comparison.runs[0]!.makespan! / 1e6);
  expect(document.overall).toHaveLength(3);
  expect(document.digest).toBe(comparison.digest);
});

test.each([
  [0, "0"],
  [12, "12"],
  [0.01234, "0.0123"],
  [1.23456, "1.235"],
  [12.3456, "12.35"],
  [123.456, "123.5"],
  [1234.5, "1,235"],
  [29363626, "29,363,626"],
  [-8, "-8"],
  [0.00001, "0"],
  [-0.00001, "0"],
  [1.5, "1.5"],
  [undefined, ""],
] as const)("%s reads %s", (value, text) => expect(readable(value)).toBe(text));

test("ratios read as percentages", () => expect([percent(0.4583), percent(0), percent(undefined)]).toEqual(["45.83 %", "0 %", ""]));

test("tables leave out empty columns, and measure what is seen", () => {
  expect(
    textTable([
      { header: "n", align: "right", cells: ["1", "20"] },
      { header: "none", align: "left", cells: ["", ""] },
      { header: "who", align: "left", cells: ["ann", "é😀"] },
    ]),
  ).toEqual([" n  who", " 1  ann", "20  é😀"]);
});
