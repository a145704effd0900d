// The chain that set the makespan, where tasks end at one instant.
import { describe, expect, test } from "vitest";
import { criticalChain } from "../../src/metrics/critical-chain.ts";
import { TaskOutcomes } from "../../src/metrics/task-outcomes.ts";
import { worldOf } from "../run-world.ts";
import { runPlain } from "./random-runs.ts";

describe("a chain of tasks that end together", () => {
  const chainOf = (tasks: Parameters<typeof worldOf>[0]) => {
    const world = worldOf(tasks, [{}]);
    const outcomes = new TaskOutcomes(world);
    runPlain(world, [outcomes]);
    return criticalChain(outcomes).map(({ task }) => task);
  };

  test("goes on through tasks that take no time", () => {
    expect(chainOf([{ duration: 0 }, { duration: 0, after: ["T1"] }])).toEqual([0, 1]);
    expect(chainOf([{ duration: 0, after: ["T2"] }, { duration: 0 }])).toEqual([1, 0]);
    expect(chainOf([{ duration: 0 }, { duration: 0, after: ["T1"] }, { duration: 0, after: ["T1", "T2"] }])).toEqual([0, 1, 2]);
  });

  test("ends with the last of the trace, and begins with one that waited for nobody", () => {
    expect(chainOf([{ duration: 5 }, { duration: 0, after: ["T1"] }])).toEqual([0, 1]);
    expect(chainOf([{ duration: 5 }, { duration: 1, release: 9, after: ["T1"] }])).toEqual([1]);
  });
});
