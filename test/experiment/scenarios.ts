// Small scenarios for tests of experiments.
import { scenarioFrom } from "../../src/files/load-scenario.ts";
import type { Scenario } from "../../src/model/scenario.ts";

/** Drawn durations: every seed gives another world. */
export function drawnScenario(name = "drawn", count = 20): Scenario {
  return scenarioFrom({
    version: 1,
    name,
    cluster: { workers: [{ id: "w", count: 2, cpu: 2 }] },
    generate: { kind: "bag", count, duration: { distribution: "exponential", mean: "30s" } },
  });
}

/** Nothing is drawn. */
export function fixedScenario(extra: Record<string, unknown> = {}): Scenario {
  return scenarioFrom({
    version: 1,
    name: "fixed",
    cluster: { workers: [{ id: "w", count: 2 }] },
    tasks: [
      { id: "a", duration: 5, priority: 2 },
      { id: "b", duration: 3, priority: 1, dependencies: ["a"] },
      { id: "c", duration: 4 },
      { id: "d", duration: 9, priority: 3 },
    ],
    ...extra,
  });
}
