// Arguments of another type than they should be: bad input that says what was meant, never an error of the language.
import { describe, expect, it } from "vitest";
import * as makespan from "../../src/index.ts";

const { compare, definePolicy, defineScenario, InputError, loadPolicy, loadScenario, simulate, Simulation, TaskScheduler } = makespan;

const CLUSTER = { workers: [{ id: "w" }] };
const sound = () => defineScenario({ cluster: CLUSTER, tasks: [{ id: "a", duration: 1 }] });
const wrong = (value: unknown) => value as never;

const CALLS: [name: string, call: () => unknown, message: RegExp][] = [
  ["loadScenario(undefined)", () => loadScenario(wrong(undefined)), /^loadScenario: the path .* is a text, not undefined$/],
  ["loadScenario(…, null)", () => loadScenario("x", wrong(null)), /^loadScenario: its options are an object/],
  ["a path with a null character", () => loadScenario("a\0b"), /its name holds a null character$/],
  ["set", () => loadScenario("x", { set: wrong(3) }), /^loadScenario: set is a list of texts/],
  ["workers of a file", () => loadScenario("x", { workers: wrong(3) }), /^loadScenario: workers is a text, not 3$/],
  ["a misspelt option of loadScenario", () => loadScenario("x", wrong({ worker: "x" })), /did you mean "workers"\?$/],
  ["loadPolicy(undefined)", () => loadPolicy(wrong(undefined)), /^loadPolicy: the name of a policy.* is a text, not undefined$/],
  ["simulate(undefined)", () => simulate(wrong(undefined)), /^this is not a scenario yet/],
  ["simulate(…, null)", () => simulate(sound(), wrong(null)), /^simulate: its options are an object/],
  ["seeds", () => simulate(sound(), { seeds: wrong(null) }), /^simulate: seeds is an object such as \{ workload: 7 \}, not nothing$/],
  ["a seed", () => simulate(sound(), { seed: wrong({}) }), /^a seed is text, or a whole number/],
  ["sinks", () => simulate(sound(), { sinks: wrong([3]) }), /^simulate: sinks is a list of objects with a function entry/],
  ["compare(null)", () => compare(wrong(null)), /^this is not a scenario yet/],
  ["compare(…, null)", () => compare(sound(), wrong(null)), /^compare: its options are an object/],
  [
    "several options of compare at once",
    () => compare(sound(), { policies: wrong(3), fixedSeeds: wrong(null), rankBy: wrong(3), onProgress: wrong(3), signal: wrong(3) }),
    /^compare: onProgress is a function, not 3\n.*policies is a list.*\n.*rankBy is a text.*\n.*fixedSeeds is an object.*\n.*signal is an AbortSignal, not 3$/,
  ],
  ["defineScenario(3)", () => defineScenario(wrong(3)), /3 is not a scenario/],
  [
    "a Map as a scenario",
    () => defineScenario(wrong(new Map([["tasks", []]]))),
    /^the scenario is a Map; a plain object with keys is meant$/,
  ],
  [
    "a Map, a Date and a hole within",
    () => {
      const tasks: unknown[] = [];
      tasks[1] = { id: "b", duration: new Date() };
      tasks[2] = { id: "c", duration: 1, requires: new Map() };
      return defineScenario(wrong({ cluster: CLUSTER, tasks }));
    },
    /^tasks\[0\]: tasks\[0\] has no value\ntasks\[1\].duration: duration is a Date; .*\ntasks\[2\].requires: requires is a Map; /,
  ],
  ["definePolicy(undefined)", () => definePolicy(wrong(undefined)), /^a policy is an object, such as .*, not undefined$/],
  ["definePolicy without a name", () => definePolicy(wrong({ rank: () => 0 })), /its name must be a text$/],
  ["a rule that is none", () => definePolicy(wrong({ name: "x", rank: 3 })), /its rank must be a function$/],
  ["new Simulation(undefined)", () => new Simulation(wrong(undefined)), /^this is not a scenario yet/],
  ["submit(undefined)", () => new Simulation(sound()).submit(wrong(undefined)), /^tasks\[0\]: tasks\[0\] has no value$/],
  ["cancel(undefined)", () => new Simulation(sound()).cancel(wrong(undefined)), /the id of a task is a text, not undefined$/],
  [
    'cancel(…, { requeue: "no" })',
    () => new Simulation(sound()).cancel("a", wrong({ requeue: "no" })),
    /^cancel: requeue is true or false, not "no"$/,
  ],
  ["cancel(…, null)", () => new Simulation(sound()).cancel("a", wrong(null)), /^cancel: its options are an object/],
  ["status(3)", () => new Simulation(sound()).status(wrong(3)), /the id of a task is a text, not 3$/],
  ["runUntil(undefined)", () => new Simulation(sound()).runUntil(wrong(undefined)), /is not a duration/],
  ["new TaskScheduler(null)", () => new TaskScheduler(wrong(null)), /^new TaskScheduler: its options are an object/],
  ["workers of functions", () => new TaskScheduler({ workers: wrong(3) }), /^new TaskScheduler: workers is a list, not 3$/],
  ["addTask(undefined)", () => new TaskScheduler().addTask(wrong(undefined), wrong(undefined)), /^addTask: the id is a text/],
  ["options of a task", () => new TaskScheduler().addTask("a", () => 1, wrong(null)), /its options are an object/],
  ["addDependency(undefined)", () => new TaskScheduler().addDependency(wrong(undefined)), /^addDependency: an id is a text/],
];

describe("wrong arguments", () => {
  it.each(CALLS)("%s", async (_, call, message) => {
    const error = await Promise.resolve()
      .then(call)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toMatch(message);
  });

  it("keys that are undefined are absent, wherever they stand", () => {
    const generate = { kind: "bag", duration: 1, prefix: "g" };
    const tasks = [{ id: "a", duration: 1, requires: { zone: undefined }, cpu: undefined }];
    const given = wrong({ cluster: CLUSTER, generate: { ...generate, count: undefined }, tasks, name: undefined });
    expect(simulate(defineScenario(given)).digest).toBe(
      simulate(defineScenario({ cluster: CLUSTER, generate, tasks: [{ id: "a", duration: 1 }] })).digest,
    );
    expect(() => defineScenario(wrong({ cluster: CLUSTER, tasks: [{ id: undefined, duration: 1 }] }))).toThrow('missing key "id"');
  });

  it("the message has twenty faults and says how many more there are, the property has all", () => {
    const tasks = Array.from({ length: 25 }, (_, i) => ({ id: `t${i}`, duration: "1q" }));
    try {
      defineScenario({ cluster: CLUSTER, tasks });
      expect.unreachable();
    } catch (error) {
      expect((error as makespan.InputError).faults).toHaveLength(25);
      const lines = (error as Error).message.split("\n");
      expect(lines).toHaveLength(21);
      expect(lines.at(-1)).toBe("5 more errors");
    }
  });
});

describe("all that is wrong with a call is told at once", () => {
  const scenario = sound();
  const faultsOf = async (call: () => unknown): Promise<string[]> => {
    try {
      await call();
    } catch (error) {
      return (error as makespan.InputError).faults.map(({ message }) => message);
    }
    return [];
  };

  it.each<[string, () => unknown, readonly (string | RegExp)[]]>([
    [
      "simulate",
      () => simulate(scenario, { policy: "sfj", maxTime: "3q", maxEvents: -1, seed: -1.5 }),
      [/sfj/, /-1\.5/, /maxEvents -1/, /3q/],
    ],
    ["new Simulation", () => new Simulation(scenario, { policy: "sfj", maxTime: "3q", maxEvnts: 1 } as never), [/maxEvnts/, /sfj/, /3q/]],
    ["compare", () => compare(scenario, { seeds: "3..1", maxTime: "3q", maxEvents: -1 }), [/3\.\.1/, /maxEvents -1/, /3q/]],
    ["new TaskScheduler", () => new TaskScheduler({ maxWorkers: -1, retries: 3 } as never), [/retries/, /maxWorkers -1/]],
    [
      "addTask",
      () => new TaskScheduler().addTask("x", () => 0, { retries: -1, dependecies: [], timeout: "3q" } as never),
      [/dependecies/, /-1/, /3q/],
    ],
  ])("%s", async (_, call, expected) => {
    const faults = await faultsOf(call);
    expect(faults).toHaveLength(expected.length);
    for (const [i, pattern] of expected.entries()) expect(faults[i]).toMatch(pattern);
  });
});
