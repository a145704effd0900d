import { expect, test } from "vitest";
import { type CellRun, runCell, runCellInSlices } from "../../src/experiment/run-cell.ts";
import { policyNamed } from "../../src/policies/index.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { drawnScenario } from "./scenarios.ts";

test("a run made in slices is the run made at once", () => {
  const scenario = drawnScenario();
  const seeds = { workload: "1", faults: "1", policy: "1" };
  const options = {
    scenario,
    world: drawWorld(scenario, seeds),
    seeds,
    seed: "1",
    spec: { name: "random", parameters: {} },
    policy: policyNamed("random")!,
  };
  const whole = runCell(options);
  for (const [rounds, least] of [
    [1, 10],
    [7, 2],
  ] as const) {
    let slices = 0;
    let last: CellRun | undefined;
    for (const run = runCellInSlices(options, rounds); last === undefined; slices++) {
      const { done, value } = run.next();
      if (done) last = value;
    }
    expect(slices).toBeGreaterThanOrEqual(least);
    expect(last.summary).toEqual(whole.summary);
  }
});
