// fixed-order: what the list means, and which lists are refused.
import { describe, expect, test } from "vitest";
import { policyNamed } from "../../src/policies/index.ts";
import type { PolicyDefinition } from "../../src/policies/policy.ts";
import { inOrder, runWorld, type TaskSketch, workers, worldOf } from "../run-world.ts";

const { faults } = policyNamed("fixed-order") as PolicyDefinition;
const faultsOf = (order: string | string[], tasks: readonly TaskSketch[], count = 2) => faults?.({ order }, worldOf(tasks, workers(count)));

describe("fixed-order replays", () => {
  test("the next of the list waits until it is ready, and nothing overtakes it", () => {
    // T2 becomes ready at 5; T3 could start at 0 on the idle worker but stands behind it.
    const tasks = [{ duration: 5 }, { duration: 1, after: ["T1"] }, { duration: 1 }];
    expect([...runWorld(worldOf(tasks, workers(2)), inOrder(["T1", "T2", "T3"])).started]).toEqual([0, 5, 5]);
    expect([...runWorld(worldOf(tasks, workers(2)), inOrder(["T1", "T3", "T2"])).started]).toEqual([0, 5, 0]);
  });

  test("it waits for room as well", () => {
    const tasks = [{ duration: 5 }, { duration: 1, cpu: 2 }, { duration: 1 }];
    expect([...runWorld(worldOf(tasks, [{ cpu: 2 }]), inOrder(["T1", "T2", "T3"])).started]).toEqual([0, 5, 6]);
  });

  test("it waits for a task that has not arrived yet", () => {
    const tasks = [{ duration: 1 }, { duration: 1, release: 9 }];
    expect([...runWorld(worldOf(tasks, workers(1)), inOrder(["T2", "T1"])).started]).toEqual([10, 9]);
  });

  test("an entry may name the worker", () => {
    const outcome = runWorld(worldOf([{ duration: 3 }, { duration: 3 }, { duration: 3 }], workers(3)), inOrder(["T1@w3", "T2@w3", "T3"]));
    expect([...outcome.worker]).toEqual([2, 2, 0]);
    expect([...outcome.started]).toEqual([0, 3, 3]);
  });

  test("an id that holds an @ is taken whole", () => {
    const outcome = runWorld(worldOf([{ id: "a@w2", duration: 1 }], workers(2)), inOrder(["a@w2"]));
    expect([...outcome.worker]).toEqual([0]);
  });

  test("a retry comes before everything later in the list, on another worker", () => {
    // T1 fails at 2 on w1, where T3 would start next; its retry waits for w2 and holds T3 back.
    const tasks = [{ duration: 2, retries: 1, failures: 1 }, { duration: 6 }, { duration: 1 }];
    const outcome = runWorld(worldOf(tasks, workers(2)), inOrder(["T1@w1", "T2", "T3"]));
    expect([...outcome.ended]).toEqual([8, 6, 7]);
    expect([...outcome.worker]).toEqual([1, 1, 0]);
  });

  test("what will never run is passed over", () => {
    const tasks = [{ duration: 1, failures: 9 }, { duration: 1, after: ["T1"] }, { duration: 1 }];
    const outcome = runWorld(worldOf(tasks, workers(1)), inOrder(["T1", "T2", "T3"]));
    expect(outcome.status).toEqual(["failed", "skipped", "completed"]);
    expect(outcome.ended[2]).toBe(2);
  });

  test.each(["T2 T3 T1", "T2,T3,T1", " T2@w1, T3\n T1,"])("the list may be a text, as the command line gives it: %j", (order) => {
    const world = worldOf([{ duration: 1 }, { duration: 1 }, { duration: 1 }], workers(1));
    expect([...runWorld(world, `fixed-order:order=${order}`).started]).toEqual([2, 0, 1]);
  });

  test("an id that holds a comma is taken whole in a list", () => {
    const outcome = runWorld(worldOf([{ id: "a,b", duration: 1 }], workers(2)), inOrder(["a,b@w2"]));
    expect([...outcome.worker]).toEqual([1]);
  });
});

describe("fixed-order refuses", () => {
  const chain: TaskSketch[] = [
    { id: "load", duration: 1 },
    { id: "clean", duration: 1, after: ["load"] },
  ];

  test("a good list has no faults", () => {
    expect(faultsOf(["load", "clean"], chain)).toEqual([]);
    expect(faultsOf("load@w1 clean@w2", chain)).toEqual([]);
  });

  test.each([
    [["load"], [/misses "clean"/]],
    [["load", "clean", "load"], [/"load" stands twice.*1 and 3/]],
    [["clean", "load"], [/"clean" stands before "load"/]],
    [
      ["load", "claen"],
      [/"claen" is not a task; did you mean "clean"/, /misses "clean"/],
    ],
    [["load@w9", "clean"], [/names a worker that is not there/]],
  ])("%j", (order, messages) => {
    const found = faultsOf(order, chain) ?? [];
    expect(found).toHaveLength(messages.length);
    for (const [index, message] of messages.entries()) expect(found[index]).toMatch(message);
  });

  test("a worker that can never hold the task", () => {
    const large: TaskSketch[] = [
      { id: "a", duration: 1, cpu: 2 },
      { id: "b", duration: 1 },
    ];
    const world = worldOf(large, [{ cpu: 1 }, { cpu: 2 }]);
    expect(faults?.({ order: ["a@w1", "b@w1"] }, world)).toEqual(['fixed-order: "a@w1" can never run: worker "w1" cannot hold "a"']);
    expect(faults?.({ order: ["a@w2", "b@w1"] }, world)).toEqual([]);
    world.eligibilitySets = [Uint8Array.of(0, 1)];
    expect(faults?.({ order: ["a@w2", "b@w1"] }, world)).toEqual(['fixed-order: "b@w1" can never run: worker "w1" cannot hold "b"']);
  });

  test("no list at all", () => {
    expect(() => runWorld(worldOf(chain, workers(1)), "fixed-order")).toThrow(/needs its list/);
  });
});
