// A run with pools whose instances are taken back is written explicitly so that it is read back and gives the same run.
import fc from "fast-check";
import { expect, test } from "vitest";
import { AUTOSCALERS } from "../../src/autoscalers/index.ts";
import { scenarioFrom } from "../../src/files/load-scenario.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { runTwice } from "./explicit-runs.ts";

const pools = fc.array(
  fc.record({
    cpu: fc.constantFrom(2, 3.5),
    min: fc.nat(1),
    max: fc.integer({ min: 1, max: 3 }),
    boot: fc.constantFrom("0s", "7.5s"),
    price: fc.constantFrom(0, 0.192, 0.000001),
    spot: fc.option(fc.record({ mtbf: fc.constantFrom("20s", "2m"), notice: fc.constantFrom("0s", "2.5s") }), { nil: undefined }),
    labels: fc.constantFrom({}, { zone: "a" }),
    watts: fc.constantFrom(undefined, { idle: 10.5, busy: 20 }),
  }),
  { minLength: 1, maxLength: 2 },
);

test("with any autoscaler, with faults and other seeds for these", async () => {
  const autoscaler = fc.record({
    kind: fc.constantFrom(...AUTOSCALERS.map(({ name }) => name)),
    interval: fc.constantFrom("5s", "1.5s"),
    cooldown: fc.constantFrom("0s", "9s"),
  });
  await fc.assert(
    fc.asyncProperty(pools, autoscaler, fc.nat(50), fc.boolean(), fc.boolean(), async (drawn, who, number, fails, apart) => {
      const scenario = scenarioFrom({
        name: "pools",
        cluster: {
          workers: [{ id: "w", cpu: 4, price: 1 }],
          pools: drawn.map((pool, i) => ({ ...JSON.parse(JSON.stringify(pool)), id: `p${i}` })),
          autoscaler: who,
          billing: { minimum: "10s" },
        },
        generate: { kind: "bag", count: 25, duration: { distribution: "exponential", mean: "15s" } },
        ...(fails && { faults: [{ kind: "crash", worker: "p0-1", mtbf: "40s", mttr: "5s" }] }),
      });
      const own = String(number);
      const seeds = { workload: own, faults: apart ? "else" : own, policy: own };
      const { first, second, text } = await runTwice("pools.yaml", scenario, seeds, { name: "first-fit", parameters: {} });
      expect(second.row, text).toBe(first.row);
      expect(second.ending.kind).toBe(first.ending.kind);
    }),
    { seed: seed(1221), numRuns: runs(40) },
  );
});
