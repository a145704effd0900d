// Published schedules in which data take time to get to other processors: replayed by their lists, with a processor for each task.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";
import { fixedOrder } from "../../src/policies/fixed-order.ts";
import { definePolicy, type PolicyDefinition } from "../../src/policies/policy.ts";
import { dataPath, describeWithData } from "../data.ts";

interface Instance {
  tasks: string[];
  processors: string[];
  computation: number[][];
  edges: { src: string; dst: string; comm: number }[];
  reference: Record<string, { makespan: number; schedule?: { task: string; proc: string; start: number; end: number }[] }>;
}

/** A list that names workers, of which nobody knows before it starts a task: files are fetched then. */
function secretive(order: readonly string[]): PolicyDefinition {
  return definePolicy({
    name: "secretive-order",
    order: "plan",
    create(context) {
      const { workers, priorityOrder } = context;
      const positionOf = (id: string) => context.positionOf(id);
      const known = { parameters: { order }, workers, priorityOrder, origin: 0, queueLength: 0, positionOf, draw: () => 0 };
      const { rank, schedule } = fixedOrder.create(known);
      return { ...(rank && { rank }), ...(schedule && { schedule }) };
    },
  });
}

function scenarioOf({ tasks, processors, computation, edges }: Instance, order: string[]): ScenarioInput {
  const idOf = ({ src, dst }: Instance["edges"][number]) => `${src}-${dst}`;
  return {
    cluster: { workers: processors.map((id) => ({ id })) },
    network: { bandwidth: 1 }, // units of data come in as many units of time
    scheduler: { policy: { name: "fixed-order", order } },
    tasks: tasks.map((id, i) => ({
      id,
      duration: { on: Object.fromEntries(processors.map((worker, p) => [worker, computation[i]?.[p] as number])) },
      inputs: edges.filter(({ dst }) => dst === id).map(idOf),
      outputs: Object.fromEntries(edges.filter(({ src }) => src === id).map((edge) => [idOf(edge), edge.comm])),
    })),
  };
}

const read = (file: string) => JSON.parse(readFileSync(dataPath(`expected/${file}`), "utf8")) as Instance;

describeWithData("schedules of Topcuoglu, Hariri & Wu 2002 and of Arabnejad & Barbosa 2014", () => {
  const both = { topcuoglu: read("topcuoglu2002.json"), arabnejad: read("arabnejad2014.json") };
  const schedules = Object.values(both).flatMap((instance) =>
    Object.entries(instance.reference).flatMap(([name, { makespan, schedule }]) =>
      schedule === undefined ? [] : [{ name, makespan, schedule, instance }],
    ),
  );

  const inOrder = (schedule: (typeof schedules)[number]["schedule"]) =>
    schedule.toSorted((a, b) => a.start - b.start || a.end - b.end).map(({ task, proc }) => `${task}@${proc}`);
  const replay = ({ instance, schedule }: (typeof schedules)[number]) => defineScenario(scenarioOf(instance, inOrder(schedule)));
  const named = (file: keyof typeof both, name: string) =>
    schedules.find((each) => each.instance === both[file] && each.name === name) as (typeof schedules)[number];

  test("HEFT's takes 80, and PEFT's 122: what a task writes is sent to where it will be read as soon as it is there", () => {
    expect(simulate(replay(named("topcuoglu", "heft"))).summary.makespan_s).toBe(80);
    expect(simulate(replay(named("arabnejad", "peft"))).summary.makespan_s).toBe(122);
  });

  test("where nobody knows before a task starts, they take 113 and 140", () => {
    const secret = (file: keyof typeof both, name: string) => {
      const { schedule, instance } = named(file, name);
      const order = inOrder(schedule);
      return simulate(defineScenario(scenarioOf(instance, order)), { policy: secretive(order) }).summary.makespan_s;
    };
    expect([secret("topcuoglu", "heft"), secret("arabnejad", "peft")]).toEqual([113, 140]);
  });

  test.each(schedules)("$name takes $makespan, and starts each task as published", (each) => {
    const result = simulate(replay(each), { storeTrace: true });
    expect(result.summary.makespan_s).toBe(each.makespan);
    const worked = Object.fromEntries(result.attempts().map(({ task, finished_s }) => [task, finished_s]));
    expect(worked).toEqual(Object.fromEntries(each.schedule.map(({ task, end }) => [task, end])));
    expect(judge(result.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  });
});
