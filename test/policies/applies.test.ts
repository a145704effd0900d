// Which policies apply: a field that a policy needs must be given for some task.
import { describe, expect, test } from "vitest";
import { columnOf } from "../../src/model/columns.ts";
import { DEFAULT_SETTINGS, type SchedulerSettings } from "../../src/model/settings.ts";
import type { World } from "../../src/model/world.ts";
import { applies, POLICIES, policyNamed, policyOfSpec } from "../../src/policies/index.ts";
import { definePolicy, type PolicyDefinition } from "../../src/policies/policy.ts";
import { inOrder, type TaskSketch, workers, worldOf } from "../run-world.ts";

const named = (name: string) => policyNamed(name) as PolicyDefinition;

function applicable(tasks: readonly TaskSketch[], settings: Partial<SchedulerSettings> = {}): string[] {
  const world = worldOf(tasks, workers(2));
  return POLICIES.filter((policy) => applies(policy, world, { ...DEFAULT_SETTINGS, ...settings }) === undefined).map(({ name }) => name);
}

const PLAIN = [
  "fcfs",
  "first-fit",
  "sjf",
  "ljf",
  "random",
  "dispatch-random",
  "dispatch-round-robin",
  "dispatch-least-work",
  "dispatch-shortest-queue",
  "dispatch-pow2",
  "wfp3",
  "unicep",
  "f1",
];

describe("applies", () => {
  test("tasks with a duration alone: every policy that needs no more than an estimate", () => {
    expect(applicable([{ duration: 1 }, { duration: 2 }])).toEqual(PLAIN);
  });

  test.each([
    ["priority", { priority: 1 }, "priority"],
    ["due", { due: 9 }, "edd"],
    ["weight", { weight: 2 }, "wspt"],
    ["dependencies", { after: ["T1"] }, "critical-path"],
  ])("one task with %s is enough", (_field, fields, policy) => {
    expect(applicable([{ duration: 1 }, { duration: 2, ...fields }]).sort()).toEqual([...PLAIN, policy].sort());
  });

  test("without estimates, those that need one do not apply, and the reason says so", () => {
    const rest = PLAIN.filter((name) => !named(name).needs.includes("estimate"));
    expect(applicable([{ duration: 1 }], { estimates: "none" })).toEqual(rest);
    expect(rest).toEqual([
      "fcfs",
      "first-fit",
      "random",
      "dispatch-random",
      "dispatch-round-robin",
      "dispatch-shortest-queue",
      "dispatch-pow2",
    ]);
    const world = worldOf([{ duration: 1 }], workers(1));
    expect(applies(named("sjf"), world, { ...DEFAULT_SETTINGS, estimates: "none" })).toMatch(/estimates: none/);
  });

  test("a world in which no task has an estimate gives none either", () => {
    const world = worldOf([{ duration: 1 }, { duration: 2 }], workers(1));
    const blind: World = { ...world, tasks: { ...world.tasks, estimate: columnOf(new Float64Array(2).fill(Number.NaN)) } };
    expect(applies(named("sjf"), blind, DEFAULT_SETTINGS)).toBe("needs an estimate, which no task has");
    expect(applies(named("sjf"), world, DEFAULT_SETTINGS)).toBeUndefined();
  });

  test("fixed-order applies where it was given a list", () => {
    const world = worldOf([{ duration: 1 }], workers(1));
    expect(applies(named("fixed-order"), world, DEFAULT_SETTINGS)).toMatch(/list/);
    expect(applies(named("fixed-order"), world, { ...DEFAULT_SETTINGS, policy: inOrder(["T1"]) })).toBeUndefined();
  });

  test("expression applies where it was given a rank, and needs the fields that it names", () => {
    const world = worldOf([{ duration: 1 }], workers(1));
    const given = (rank: string) => ({ name: "expression", parameters: { rank } });
    const judged = (rank: string) => applies(policyOfSpec(given(rank))!, world, { ...DEFAULT_SETTINGS, policy: given(rank) });
    expect(applies(named("expression"), world, DEFAULT_SETTINGS)).toBe(
      "needs its rank, as in expression:rank=estimate / weight - 0.1 * wait",
    );
    expect(judged("estimate - wait")).toBeUndefined();
    expect(judged("due - now")).toBe("needs a due date, which no task has");
    expect(judged("bottomLevel")).toBe("needs a dependency, which no task has");
  });

  test("a policy of the user's is judged by the same rule", () => {
    const world = worldOf([{ duration: 1 }], workers(1));
    const mine = definePolicy({ name: "mine", needs: ["due"], rank: (task) => task.due });
    expect(applies(mine, world, DEFAULT_SETTINGS)).toBe("needs a due date, which no task has");
  });
});

describe("the registry", () => {
  test("names are unique, and every policy says what it is", () => {
    expect(new Set(POLICIES.map(({ name }) => name)).size).toBe(23);
    for (const policy of POLICIES) {
      for (const text of [policy.summary, policy.formula, policy.source, policy.objective])
        expect(text.length, policy.name).toBeGreaterThan(3);
      expect(policy.blocking === undefined, policy.name).toBe(policy.order === "plan");
    }
  });

  test("only fcfs blocks by default; dispatching policies take no placement; fixed-order takes one", () => {
    expect(POLICIES.filter(({ blocking }) => blocking).map(({ name }) => name)).toEqual(["fcfs"]);
    for (const policy of POLICIES) expect(policy.takesPlacement, policy.name).toBe(policy.dispatching !== true);
    expect(POLICIES.filter(({ dispatching }) => dispatching)).toHaveLength(5);
    expect(POLICIES.filter(({ draws }) => draws).map(({ name }) => name)).toEqual(["random", "dispatch-random", "dispatch-pow2"]);
  });
});
