// What a lower bound comes from.
import { describe, expect, test } from "vitest";
import { LowerBound } from "../../src/metrics/lower-bound.ts";
import { TaskOutcomes } from "../../src/metrics/task-outcomes.ts";
import { worldOf } from "../run-world.ts";
import { runPlain } from "./random-runs.ts";

describe("the bound's bottleneck", () => {
  test.each([
    ["arrivals", [{ duration: 9 }, { duration: 1, release: 20 }]],
    ["arrivals", [{ duration: 9 }, { duration: 1, release: 20 }, { duration: 1, after: ["T2"] }]],
    ["dependencies", [{ duration: 9 }, { duration: 1, release: 2, after: ["T1"] }]],
    ["task", [{ duration: 9 }, { duration: 1 }]],
    ["work", [{ duration: 9 }, { duration: 9 }, { duration: 9, release: 1 }]],
  ] as const)("is %s", (bottleneck, tasks) => {
    const world = worldOf(tasks, [{}, {}]);
    const outcomes = new TaskOutcomes(world);
    runPlain(world, [outcomes]);
    expect(new LowerBound(world).of(outcomes).bottleneck).toBe(bottleneck);
  });
});
