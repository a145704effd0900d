// Published schedules and finish times of others, replayed: projects, job shops, batch queues.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DEFAULT_SETTINGS, formatPolicySpec } from "../../src/model/settings.ts";
import type { World } from "../../src/model/world.ts";
import { applies, POLICIES, policyNamed } from "../../src/policies/index.ts";
import { dataPath, describeWithData } from "../data.ts";
import { inOrder, replayOrder, runWorld, type TaskSketch, worldOf } from "../run-world.ts";
import { type Instance, parseJobShop, parseProject } from "./instances.ts";

const expected = <Shape>(name: string) => JSON.parse(readFileSync(dataPath(`expected/${name}`), "utf8")) as Shape;

interface Schedule {
  makespan: number;
  starts: number[];
}

/** Every list policy that applies, blocking and not. */
function listPolicies(world: World): string[] {
  const applicable = POLICIES.filter((policy) => policy.order !== "plan" && applies(policy, world, DEFAULT_SETTINGS) === undefined);
  return applicable.flatMap(({ name }) => [true, false].map((blocking) => formatPolicySpec({ name, blocking, parameters: {} })));
}

function checkReplay({ tasks, cluster }: Instance, { makespan, starts }: Schedule): void {
  const world = worldOf(tasks, cluster);
  const order = replayOrder(
    starts,
    tasks.map((task) => task.duration),
  );
  const replayed = runWorld(world, inOrder(order.map((task) => tasks[task]?.id as string)));
  expect(replayed.makespan).toBe(makespan);
  expect(new Set(replayed.status)).toEqual(new Set(["completed"]));
  const policies = listPolicies(world);
  expect(policies.length).toBeGreaterThan(10);
  for (const policy of policies) expect(runWorld(world, policy).makespan, policy).toBeGreaterThanOrEqual(makespan);
}

describeWithData("PSPLIB j30 (Kolisch & Sprecher 1996): fixed-order replays the optimum, no list policy beats it", () => {
  const schedules = expected<Record<string, Schedule>>("rcpsp.json");
  test.each(Object.keys(schedules))("%s", (name) => {
    checkReplay(parseProject(readFileSync(dataPath(`rcpsp/${name}`), "utf8")), schedules[name] as Schedule);
  });
});

describeWithData("job shops (Fisher & Thompson 1963, Lawrence 1984): fixed-order replays the optimum, no list policy beats it", () => {
  const schedules = expected<Record<string, Schedule>>("job-shop.json");
  test.each(Object.keys(schedules))("%s", (name) => {
    checkReplay(parseJobShop(readFileSync(dataPath(`job-shop/${name}`), "utf8")), schedules[name] as Schedule);
  });
});

interface BatchCase {
  processors: number;
  jobs: { submit: number; runtime: number; estimate: number; procs: number; expected_finish: number }[];
  policies: { policy: string }[];
}

describeWithData("batch queues on 100 processors: fcfs finishes every job when it should", () => {
  const cases = Object.entries(expected<Record<string, BatchCase>>("batch-micro-cases.json")).filter(([, { policies }]) =>
    policies.some(({ policy }) => policy === "fcfs"),
  );

  test("there are 20 such cases", () => {
    expect(cases).toHaveLength(20);
  });

  test.each(cases)("%s", (_name, { processors, jobs }) => {
    const tasks = jobs.map(
      ({ submit, runtime, estimate, procs }): TaskSketch => ({ release: submit, duration: runtime, estimate, cpu: procs }),
    );
    const world = worldOf(tasks, [{ cpu: processors }]);
    const finishes = jobs.map((job) => job.expected_finish);
    expect([...runWorld(world, "fcfs").ended]).toEqual(finishes);
    expect([...runWorld(world, "fcfs", { pass: "event" }).ended]).toEqual(finishes);
    expect(policyNamed("fcfs")?.blocking).toBe(true);
  });
});
