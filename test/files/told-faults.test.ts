// What is told of a scenario's faults: at its place, true, and all of it.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { formatFaults } from "../../src/files/fault-text.ts";
import { resolvePolicy } from "../../src/files/load-policy.ts";
import { loadTrace } from "../../src/files/load-scenario.ts";
import { defineScenario, loadScenario } from "../../src/library/load.ts";
import { InputError } from "../../src/model/errors.ts";
import type { ScenarioInput } from "../../src/model/scenario-schema.ts";
import { simulate } from "../../src/library/simulate.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const folder = temporaryFolders();
const W = "cluster: { workers: [{ id: w, cpu: 4, labels: { zone: a } }] }\n";

/** The faults of a scenario, a line each: `2:3 what`; those of other files with their names. */
async function told(text: string, files: Record<string, string> = {}): Promise<string[]> {
  const directory = folder(files);
  writeFileSync(join(directory, "s.yaml"), text);
  try {
    await loadScenario(join(directory, "s.yaml"));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.faults.map(({ message, position }) => {
      const name = position?.file.replace(`${directory}/`, "");
      const place = position === undefined ? "" : `${name === "s.yaml" ? "" : `${name}:`}${position.line}:${position.column} `;
      return place + message.replaceAll(`${directory}/`, "");
    });
  }
  return [];
}

it("what is drawn is drawn with the scenario's own seed, and the seed is named", async () => {
  const scenario = (seed: number, policy: string) =>
    `${W}seed: ${seed}\nscheduler: { policy: ${policy} }\ntasks: [{ id: a, duration: 1s, cpu: { distribution: uniform, min: 1, max: 5 } }]\n`;
  const misspelt = '3:22 policy "sfj" is not known; did you mean "sjf"?';
  expect(await told(scenario(7, "sfj"))).toEqual([misspelt]);
  expect(await told(scenario(1, "sfj"))).toEqual([
    misspelt,
    expect.stringMatching(/^4:37 task "a" requests 4\.\d+ of cpu, more than any worker has; the largest, "w", has 4 \(drawn, seed 1\)$/),
  ]);
});

it.each([
  [
    "{ policy: expression }",
    "2:22 policy expression does not apply: it needs its rank, as in expression:rank=estimate / weight - 0.1 * wait",
  ],
  ["{ policy: { name: fixed-order } }", "2:30 policy fixed-order does not apply: it needs a list of tasks (order or file)"],
  ["{ policy: sjf, estimates: none }", "2:22 policy sjf does not apply: it needs estimates, and estimates: none gives none"],
  ["{ policy: srpt }", "2:22 policy srpt does not apply: it preempts, and scheduler.preemption is off (try preemption: { mode: suspend })"],
  [
    "{ policy: time-slice, preemption: { mode: kill } }",
    "2:22 policy time-slice does not apply: it would kill the same tasks over and over (preemption: { mode: kill }); it needs { mode: suspend }",
  ],
])("a policy that is not given what it works by, at its place and with all else: %s", async (scheduler, message) => {
  expect(await told(`${W}scheduler: ${scheduler}\ntasks: [{ id: a, duration: 1q }]\n`)).toEqual([
    message,
    '3:28 duration "1q" has no known unit; known are us, µs, ms, s, m, h, d',
  ]);
});

it("rows of a table that cannot be read are held against nobody", async () => {
  const scenario = `${W}workload: { file: t.csv }\n`;
  const table = "id,duration,dependencies\na,1s\nb,1s,a\nc,1s,zz\n";
  expect(await told(scenario, { "t.csv": table })).toEqual([
    "t.csv:2:1 this row has 2 cells, the header 3",
    't.csv:4:6 dependencies: "zz" is not the id of a task, as far as can be read',
  ]);
  const misspelt = "idd,duration,dependencies\na,1s,\nb,1s,a\n";
  expect(await told(scenario, { "t.csv": misspelt })).toEqual(['t.csv:1:1 column "idd" is not a field of a task; did you mean "id"?']);
  const lines = '{"idd":"x","duration":1}\n{"id":"y","duration":1,"dependencies":["x"]}\nno\n';
  expect(await told(scenario.replace("csv", "jsonl"), { "t.jsonl": lines })).toEqual([
    't.jsonl:1:2 "idd" is not a field of a task; did you mean "id"?',
    't.jsonl:2:40 dependencies: "x" is not the id of a task, as far as can be read',
    "t.jsonl:3:1 this line is not JSON: a value (texts stand in double quotes) is missing",
  ]);
});

it.each([
  ["a time", "id,duration,dependencies\na,1q,\nb,1s,\n"],
  ["a ring", "id,duration,dependencies\na,1s,\nb,1s,b\n"],
  ["an unknown dependency", "id,duration,dependencies\na,1s,zz\nb,1s,\n"],
  ["an id twice", "id,duration,dependencies\na,1s,\nb,1s,\nb,1s,\n"],
  ["the number of cells", "id,duration,dependencies\na,1s,\nb,1s,,\n"],
  ["a time in JSON", '{"id":"a","duration":"1q"}\n{"id":"b","duration":1}\n'],
])("tasks of a table with a fault are known, those that meet others and those that are missing too: %s", async (_, table) => {
  const file = table.startsWith("{") ? "q.jsonl" : "q.csv";
  const tasks = "tasks: [{ id: z, duration: 1s, dependencies: [b] }, { id: y, duration: 1s, dependencies: [nix] }]\n";
  const scenario = `${W}workload: { file: ${file} }\n${tasks}actions: [{ at: 1s, cancel: b }, { at: 1s, cancel: nix }]\n`;
  const messages = await told(scenario, { [file]: table });
  expect(messages).toEqual([
    expect.stringMatching(new RegExp(`^${file}:`)),
    '3:91 task "y" depends on "nix", which is not a task',
    '4:52 actions[1]: cancel names no task "nix"',
  ]);
  expect(await told(`${W}workload: { file: ${file} }\ntasks: [{ id: a, duration: 1s }]\n`, { [file]: table })).toEqual([
    messages[0],
    expect.stringContaining('"a"'),
  ]);
});

it("of thirty rings twenty are printed, and how many more there are", async () => {
  const pairs = Array.from({ length: 30 }, (_, i) => [`a${i}`, `b${i}`] as const).flatMap(([a, b]) => [
    [a, b],
    [b, a],
  ]);
  const tasks = pairs.map(([id, dependency]) => `  - { id: ${id}, duration: 1s, dependencies: [${dependency}] }\n`).join("");
  expect(await told(`${W}tasks:\n${tasks}`)).toHaveLength(30);
  const directory = folder({ "s.yaml": `${W}tasks:\n${tasks}` });
  const error = (await loadScenario(join(directory, "s.yaml")).catch((thrown: unknown) => thrown)) as InputError;
  expect(formatFaults(error.faults)).toMatch(/\n10 more errors\n$/);
  const rows = pairs.map(([id, dependency]) => `${id},1s,${dependency}\n`).join("");
  const files = { "t.csv": `id,duration,dependencies\n${rows}` };
  expect(await told(`${W}workload: { file: t.csv }\n`, files)).toHaveLength(30);
});

it("generators that contradict themselves, or the cluster, with what names their tasks", async () => {
  expect(
    await told(
      `${W}generate:
  - { kind: poisson, utilisation: 0.5, interarrival: 1s, duration: 1s }
  - { kind: bag, count: 1000000000, duration: 1s, prefix: b }
  - { kind: poisson, duration: 0s, prefix: p }
  - { kind: bag, count: 5, duration: 1s, prefix: g }
tasks: [{ id: a, duration: 1s, dependencies: [g5, g6, b7] }]
actions: [{ at: 1s, cancel: g9 }, { at: 1s, cancel: zz }]
`,
    ),
  ).toEqual([
    "3:5 poisson takes utilisation or interarrival, not both",
    "4:5 bag would make 1000000000 tasks; 67108864 is the most that a run can hold",
    "5:5 poisson: no rate of arrival gives a utilisation, because the mean of work × request ÷ capacity is 0; give interarrival instead",
    '7:51 task "a" depends on "g6", which is not a task',
    '8:29 actions[0]: cancel names no task "g9"',
    '8:53 actions[1]: cancel names no task "zz"',
  ]);
});

it("a list of fixed-order is judged beside faults of the tasks' own", async () => {
  expect(
    await told(
      `${W}scheduler: { policy: { name: fixed-order, order: [b, a, zz] } }\ntasks: [{ id: a, duration: 1q }, { id: b, duration: 1, dependencies: [a] }]\n`,
    ),
  ).toEqual([
    '2:50 fixed-order: "zz" is not a task',
    '2:50 fixed-order: "b" stands before "a", on which it depends',
    '3:28 duration "1q" has no known unit; known are us, µs, ms, s, m, h, d',
  ]);
});

it("nothing elsewhere hides what is wrong with a list of fixed-order", async () => {
  const tasks = "tasks: [{ id: a, duration: 1s }, { id: b, duration: 1s, dependencies: [c] }, { id: c, duration: 1s }]\n";
  const scenario = (policy: string, more = "", cluster = W) =>
    `${cluster}scheduler: { policy: { name: fixed-order, ${policy} } }\n${tasks}${more}`;
  const listed = (...messages: string[]) =>
    messages.map((message) => expect.stringMatching(new RegExp(`^2:\\d+ fixed-order: ${message}$`)));
  const three = listed('"a" stands twice in the list, at 1 and 3', '"q" is not a task', 'the list misses "c"');
  expect(await told(scenario("order: [a, b, a, q]"))).toEqual(three);
  expect(await told(scenario("order: [a, b, a, q]", "", "cluster: { zzz: 1, workers: [{ id: w, cpu: 2 }] }\n"))).toEqual([
    expect.stringMatching(/^1:12 unknown key "zzz"/),
    ...three,
  ]);
  const nope = "workload: { file: nope.csv }\n";
  expect(await told(scenario('order: [b, c, q, q, "a@nw", a]', nope))).toEqual([
    ...listed(
      '"a@nw" names a worker that is not there; did you mean "w"\\?',
      '"a" stands twice in the list, at 5 and 6',
      '"b" stands before "c", on which it depends',
    ),
    expect.stringMatching(/^4:19 cannot read nope.csv/),
  ]);
  expect(await told(scenario('order: [b, "c@nw"]', "", "cluster: { workers: [{ id: 1.5, cpu: 2 }] }\n"))).toEqual([
    expect.stringMatching(/^1:/),
    ...listed('the list misses "a"', '"b" stands before "c", on which it depends'),
  ]);
  const unknown = expect.stringMatching(/^2:\d+ unknown key "x"; /);
  expect(await told(scenario("file: nope.txt, x: 1"))).toEqual([expect.stringMatching(/^2:\d+ cannot read nope.txt/), unknown]);
  expect(await told(scenario("file: nope.txt, order: [a], x: 1"))).toEqual([
    expect.stringMatching(/^2:\d+ cannot read nope.txt/),
    expect.stringMatching(/^2:\d+ policy fixed-order takes order or file, not both/),
    unknown,
  ]);
  expect(await told(scenario("order: [a, c, a], blocking: false"))).toEqual([
    ...listed('"a" stands twice in the list, at 1 and 3', 'the list misses "b"'),
    expect.stringMatching(/^2:\d+ policy "fixed-order" takes no option blocking/),
  ]);
});

it("a misspelt key beside the one that was meant hides nothing of it", async () => {
  const text = "version: 2\nversoin: 1\ncluster: { workers: [{ id: w, cpu: -1, cpuu: 3 }] }\ntasks: [{ id: a, duration: 1 }]\n";
  expect(await told(text)).toEqual([
    "1:10 version 2 is not known; this Makespan reads version 1",
    '2:1 unknown key "versoin"; did you mean "version"?',
    '3:36 cpu "-1" is negative',
    '3:40 unknown key "cpuu"; did you mean "cpu"?',
  ]);
});

it("a task's other faults stand beside one of its id, its durations, its labels", async () => {
  expect(
    await told(`${W}tasks:
  - { idd: a, duration: 1s, dependencies: [zz, zz] }
  - { id: b, duration: { on: { w: 1q, x: 3s } } }
  - { id: c, duration: 1s, requires: { zone: q }, cpu: 99 }
  - { id: d, duration: 1s, resources: { cpu: 1, gpu: -2 } }
`),
  ).toEqual([
    '3:7 unknown key "idd"; did you mean "id"?',
    '3:44 this task depends on "zz", which is not a task, as far as can be read',
    '3:48 this task names its dependency "zz" twice',
    '4:35 w "1q" has no known unit; known are us, µs, ms, s, m, h, d',
    '4:39 "x" is neither a worker nor a label that one has',
    '5:46 no worker has the label zone=q; did you mean "zone=a"?',
    '5:56 task "c" requests 99 of cpu, more than any worker has; the largest, "w", has 4',
    "6:41 cpu is not a named resource; it stands beside resources",
    '6:49 no worker has the resource "gpu"',
    '6:54 gpu "-2" is negative',
  ]);
});

it("a table is held against a cluster whose labels alone have faults; that there is none is said beside what cannot bring one", async () => {
  const files = { "t.csv": "id,duration,cpu\na,1s,9\n" };
  const tooLarge = 't.csv:2:6 task "a" requests 9 of cpu, more than any worker has; the largest, "w", has 4';
  for (const wrong of ["memroy: 1GiB", "labels: 3"])
    expect(
      await told(`cluster: { workers: [{ id: w, cpu: 4, ${wrong} }] }\nactions: [null]\nworkload: { file: t.csv }\n`, files),
    ).toContain(tooLarge);
  const none = "1:1 there is no cluster: give cluster.workers in the file, or --workers '4 x 8cpu,32GiB' on the command line";
  expect(await told("workload: { file: nix.csv }\n")).toEqual([none, expect.stringMatching(/^1:19 cannot read nix.csv/)]);
  expect(await told("actions: [{ at: 1s, join: { id: j, cpu: x } }]\ntasks: [{ id: a, duration: 1s }]\n")).toContain(none);
  expect(await told("workload: { file: nix.swf }\n")).toEqual([expect.stringMatching(/^1:19 cannot read nix.swf/)]);
});

it("what stands beside a policy as text, a format, a kind, a tag is told with it", async () => {
  expect(await told(`${W}scheduler: { policy: "sfj:blocking=maybe:placement=bestfit:foo=1" }\n`)).toEqual([
    '2:22 policy "sfj:blocking=maybe:placement=bestfit:foo=1": blocking is true or false, not "maybe"',
    '2:22 policy "sfj:blocking=maybe:placement=bestfit:foo=1": placement "bestfit" is not known; did you mean "best-fit"?',
    '2:22 policy "sfj" is not known; did you mean "sjf"?',
    '2:22 unknown key "foo"; known are blocking, placement (options of policy "sjf")',
  ]);
  const other = "workload: { format: cvs }\ngenerate: { kind: zzz, seed: 0.5, duration: 1s }\nfaults: [{ worker: zz, at: 1s }]\n";
  expect(await told(W + other)).toEqual([
    '2:11 missing key "file"',
    '2:21 format "cvs" is not known; did you mean "csv"?',
    expect.stringMatching(/^3:19 generator "zzz" is not known; known are /),
    "3:30 a seed is text, or a whole number below 2^53; quote it, so that it is read as text",
    '4:10 missing key "kind"',
    '4:20 worker "zz" is not there',
  ]);
  expect(await told("a: !x 1\nb: *no\n? [1]\n: 2\n")).toEqual([
    "1:4 tags (!name) are not used in scenario files",
    "2:4 alias *no has no anchor (&no) before it",
    "3:3 a key is text, not a map or a list",
  ]);
});

it("a policy without a name is none; its options are judged by all policies", async () => {
  const tasks = "tasks: [{ id: a, duration: 1s }]\n";
  expect(await told(`${W}scheduler: { policy: { name: "" } }\n${tasks}`)).toEqual(['2:30 policy "" has no name']);
  expect(await told(`${W}scheduler: { policy: "" }\n${tasks}`)).toEqual(['2:22 policy "" has no name']);
  expect(await told(`${W}scheduler: { policy: { name: "", foo: 3, order: [a], quantum: x } }\n${tasks}`)).toEqual([
    '2:30 policy "" has no name',
    expect.stringMatching(/^2:34 unknown key "foo"; known are blocking, placement, .*order, file.* \(options of policies\)$/),
    expect.stringMatching(/^2:\d+ policy "time-slice": .*"x"/),
  ]);
  expect(await told(`${W}scheduler: { policy: { name: zzzzzz, foo: 3 } }\n${tasks}`)).toEqual([
    expect.stringMatching(/^2:30 policy "zzzzzz" is not known; known are /),
    expect.stringMatching(/^2:38 unknown key "foo"; /),
  ]);
});

it("settings that cannot be made are told with the faults of the scenario", async () => {
  const directory = folder({ "s.yaml": `${W}tasks: [{ id: a, duration: 1q }]\n` });
  const loading = loadScenario(join(directory, "s.yaml"), { set: ["tasks.b.cpu=1", "nothing", "tasks.a.cpu=2"] });
  const { faults } = (await loading.catch((thrown: unknown) => thrown)) as InputError;
  expect(faults.map(({ message }) => message)).toEqual([
    '--set tasks.b.cpu=1: tasks has no entry "b"; name one by its id, or by its number from 0',
    "--set nothing: give path=value, such as scheduler.placement=best-fit",
    'duration "1q" has no known unit; known are us, µs, ms, s, m, h, d',
  ]);
});

it("the parameters of a misspelt distribution are judged by the one that was meant", async () => {
  expect(await told(`${W}tasks: [{ id: a, duration: { distribution: lognorm, mean: 3q, cv: -1, x: 3 } }]\n`)).toEqual([
    '2:44 distribution "lognorm" is not known; did you mean "lognormal"?',
    '2:59 mean "3q" has no known unit; known are us, µs, ms, s, m, h, d',
    "2:67 cv -1 is not a number of at least 0",
    '2:71 unknown key "x"; known are distribution, mean, cv',
  ]);
});

it.each([
  ["duration: { distribution: lognormal, mean: 1s, cv: 1.0e+300, x: 1 }", ["lognormal: cv must be at most 1000000", 'unknown key "x"']],
  ["duration: { distribution: uniform, min: 5s, max: 2s, x: 1 }", ["uniform: max must be at least min", 'unknown key "x"']],
  ["duration: { distribution: uniform, min: 5s, max: 2q }", ['max "2q" has no known unit']],
  ["duration: { distribution: uniform, min: 5s, x: 1 }", ['missing key "max"', 'unknown key "x"']],
  [
    "duration: { distribution: hyperexponential, means: [1s, 2q], probabilities: [0.5, 0.9] }",
    ['means[1] "2q" has no known unit', "hyperexponential: probabilities must sum to 1"],
  ],
  ["duration: 1s, usage: { cpu: { distribution: uniform, min: 0.5, max: 0.2, x: 1 } }", ["uniform: max must be at least min", '"x"']],
  ["duration: 1s, memory: { distribution: uniform, min: 1GB, max: 1MB, x: 1 }", ["uniform: max must be at least min", '"x"']],
  ["duration: 1s, usage: { cpu: 1.0e+300, memory: -1 }", ['cpu "1e+300" is too large', 'memory "-1" is negative']],
  ["duration: 1s, requires: { zzz: 1, zone: { q: 1 } }", ["zzz", "zone is a map"]],
  [
    'duration: 1s, stdout: "{tsk} {"',
    ['stdout {tsk} is not a field of an attempt; did you mean "task"?', 'stdout "{" has no closing brace'],
  ],
])("a fault of the form hides none of the range in the same map: %s", async (fields, messages) => {
  const expected = messages.map((message) => expect.stringContaining(message));
  const inTask = await told(`${W}tasks: [{ id: a, ${fields} }]\n`);
  expect(inTask).toHaveLength(expected.length);
  expect(inTask).toEqual(expect.arrayContaining(expected));
  const inTemplate = await told(`${W}generate: { kind: bag, count: 2, ${fields} }\n`);
  expect(inTemplate).toHaveLength(expected.length);
  expect(inTemplate).toEqual(expect.arrayContaining(expected));
});

it.each([
  ["kind: random, degree: 2, probability: 7", "random takes degree or probability, not both", "probability must be at most 1"],
  ["kind: poisson, utilisation: 0.5, interarrival: -1", "poisson takes utilisation or interarrival, not both", "interarrival"],
])("options of a generator that exclude each other, whatever their values: %s", async (options, both, value) => {
  expect(await told(`${W}generate: { ${options}, count: 3, duration: 1s }\n`)).toEqual([`2:11 ${both}`, expect.stringContaining(value)]);
});

it("a worker without a sound id goes by its place, a trace that is none is one fault", async () => {
  const text = "cluster: { workers: [{ idd: w, cpu: 4 }] }\ntasks: [{ id: a, duration: 1s, cpu: 9 }]\n";
  const joins = "actions: [{ at: 1s, join: { idd: j, cpu: 4 } }]\nfaults: [{ trace: 3 }]\n";
  expect(await told(text + joins)).toEqual([
    '1:24 unknown key "idd"; did you mean "id"?',
    '2:37 task "a" requests 9 of cpu, more than any worker has; the largest, "cluster.workers.0", has 4',
    '3:29 unknown key "idd"; did you mean "id"?',
    "4:19 trace 3 is not text",
  ]);
});

it("all that is wrong with a recorded workflow: values, ids, parents, rings", async () => {
  const task = (id: string, ...parents: string[]) => ({ name: id, id, parents, children: [] });
  const tasks = [task("a"), task("a"), task("b", "nowhere"), task("c", "d"), task("d", "c")];
  const runs = ["a", "b", "c", "d"].map((id) => ({ id, runtimeInSeconds: id === "b" ? -1 : 1 }));
  const workflow = { schemaVersion: "1.5", name: "w", workflow: { specification: { tasks }, execution: { tasks: runs } } };
  const text = JSON.stringify(workflow);
  const place = (part: string) => `w.json:1:${text.indexOf(part) + 1}`;
  const second = `w.json:1:${text.indexOf('"a"', text.indexOf('{"name":"a"', text.indexOf('{"name":"a"') + 1) + 12) + 1}`;
  expect(await told(`${W}workload: { file: w.json }\n`, { "w.json": text })).toEqual([
    `${second} workflow.specification.tasks[1]: id "a" is given twice`,
    `${place('"nowhere"')} workflow.specification.tasks[2].parents[0]: "nowhere" is not the id of a task`,
    `${place('{"name":"c"')} dependencies run in a ring: c → d → c`,
    `${place("-1")} workflow.execution.tasks[1].runtimeInSeconds is -1, not a number of at least 0`,
  ]);
});

it("tables whose tasks meet: the files, at the second of them; only for generated ones another prefix is the way", async () => {
  const table = "id,duration\na,1s\nb,1s\n";
  // A scenario without other faults is drawn by its run, which tells them.
  const beside = async (text: string, files: Record<string, string>) => (await told(`${text}nmae: x\n`, files)).slice(0, -1);
  const MEET = 'two tasks have the id "a", in different parts of the scenario';
  expect(await beside(`${W}workload:\n  - { file: t.csv }\n  - { file: t.csv }\n`, { "t.csv": table })).toEqual([
    `4:13 ${MEET}: t.csv is named twice`,
  ]);
  expect(await beside(`${W}workload:\n  - { file: t.csv }\n  - { file: u.csv }\n`, { "t.csv": table, "u.csv": table })).toEqual([
    `4:13 ${MEET}: in t.csv and in u.csv`,
  ]);
  expect(await beside(`${W}workload: { file: t.csv }\ntasks: [{ id: a, duration: 1s }]\n`, { "t.csv": table })).toEqual([
    `3:9 ${MEET}: here and in t.csv`,
  ]);
  const generated = `${W}workload: { file: t.csv }\ngenerate: { kind: bag, count: 1, duration: 1s, prefix: a }\n`;
  expect(await beside(generated, { "t.csv": table.replace("a,", "a1,") })).toEqual([
    `3:11 ${MEET}; generated tasks take another \`prefix\``.replace('"a"', '"a1"'),
  ]);
});

it("keys of a generated workload that are none, whatever their values are", async () => {
  const generate = "{ kind: bag, count: 3, duration: 1s, dependencies: [a], retires: {}, prefix: [] }";
  expect(await told(`${W}generate: ${generate}\n`)).toEqual([
    expect.stringMatching(/^2:48 unknown key "dependencies"; known are count, prefix, kind, /),
    '2:67 unknown key "retires"; did you mean "retries"?',
    "2:88 prefix is a list, not a number, text, true or false",
  ]);
  expect(await told(`${W}generate: [${generate.replace("bag", "bga")}]\n`)).toHaveLength(4);
});

it("a function that names no worker: once, in the function, whether or not tasks run it", async () => {
  const functions = "functions: { f: { on: { zone=b: 3s, w: 1s } }, g: { on: { z: 1s } }, h: 1s }\n";
  const faults = [
    '2:25 "zone=b" is neither a worker nor a label that one has; did you mean "zone=a"?',
    '2:59 "z" is neither a worker nor a label that one has',
  ];
  expect(await told(`${W}${functions}`)).toEqual(faults);
  const tasks = "tasks: [{ id: a, function: f }, { id: b, function: f }, { id: c, function: g }]\n";
  expect(await told(`${W}${functions}${tasks}generate: { kind: bag, count: 2, function: g }\n`)).toEqual(faults);
  expect(await told(`${W}${functions}tasks: [{ id: a, function: f, cpu: 9 }]\n`)).toEqual([
    ...faults,
    '3:36 task "a" requests 9 of cpu, more than any worker has; the largest, "w", has 4',
  ]);
});

it("workers that are none: the group that was meant, and the nearest labels", async () => {
  const cluster = "cluster: { workers: [{ id: w, count: 2, labels: { zone: q1 } }, { id: v }] }\n";
  const faults = [
    "{ kind: crash, worker: w, at: 1s }",
    "{ kind: crash, worker: w-1, where: { zone: q }, at: 1s }",
    "{ kind: crash, where: { zone: q }, at: 1s }",
    "{ kind: crash, worker: v, where: { zone: q }, at: 1s }",
  ];
  const lists = `faults:\n${faults.map((fault) => `  - ${fault}\n`).join("")}network: { links: [{ worker: w, latency: 1s }, { where: { zone: q }, latency: 1s }] }\n`;
  expect(await told(`${cluster}${lists}nmae: x\n`)).toEqual([
    '3:28 worker "w" is not there, but a group: its workers are "w-1" and so on',
    '4:28 worker "w-1" has not the labels {"zone":"q"}; did you mean "zone=q1"?',
    '5:5 no worker has the labels {"zone":"q"}; did you mean "zone=q1"?',
    '6:28 worker "v" has not the labels {"zone":"q"}',
    '7:30 worker "w" is not there, but a group: its workers are "w-1" and so on',
    '7:48 no worker has the labels {"zone":"q"}; did you mean "zone=q1"?',
    '8:1 unknown key "nmae"; did you mean "name"?',
  ]);
});

it.each([
  ["fails: alwys", '; did you mean "always"?'],
  ["memory: 8Gib", 'memory "8Gib" has no known unit; did you mean "8GiB"?'],
  ["memory: 8G", '; did you mean "8GiB"?'],
  ["memory: 8 mb", '; did you mean "8 MB"?'],
  ["memory: 8GiBs", '; did you mean "8GiB"?'],
  ["memory: 8q", "; known are B, kB, MB, GB, TB, KiB, MiB, GiB, TiB"],
  ["timeout: 3 Min", '; did you mean "3 m"?'],
  ["timeout: 3hrs", '; did you mean "3h"?'],
  ["timeout: 3Ms", '; did you mean "3ms"?'],
  ["timeout: 3y", "; known are us, µs, ms, s, m, h, d"],
])("the nearest value: %s", async (field, message) => {
  expect(await told(`${W}tasks: [{ id: a, duration: 1s, ${field} }]\n`)).toEqual([expect.stringContaining(message)]);
});

it.each([["./s.yaml"], ["./sub"], ["./sub/"], ["./policy"]])("a policy that is no module: %s, at its place", async (policy) => {
  const directory = folder({ "s.yaml": `${W}scheduler: { policy: ${policy} }\n`, policy: "hello" });
  mkdirSync(join(directory, "sub"));
  const said = policy.startsWith("./sub")
    ? "it is a folder; name the file in it that has the policy, such as sub/policy.ts"
    : "it is not a module of TypeScript or JavaScript (.ts, .mts, .js or .mjs); write one with export default definePolicy(";
  await expect(loadScenario(join(directory, "s.yaml"))).rejects.toMatchObject({
    faults: [{ message: expect.stringContaining(`policy ${policy}: ${said}`), position: { line: 2, column: 22 } }],
  });
  await expect(resolvePolicy({ name: policy, parameters: {} }, directory)).rejects.toThrow(said);
});

it.each([
  [`a: ${"[".repeat(10_000)}`],
  [`a: ${"[".repeat(10_000)}${"]".repeat(10_000)}`],
  ["- ".repeat(10_000)],
  [`{"a": ${"[".repeat(10_000)}${"]".repeat(10_000)}}`],
])("a text that is nested too deeply (%#)", async (text) => {
  expect(await told(text)).toEqual(["1:1 the text is nested too deeply"]);
});

it("a trace through standard input, by the name that a scenario has there", async () => {
  const positionOf = (load: Promise<unknown>) =>
    load.then(
      () => undefined,
      (error: InputError) => error.faults[0]?.position,
    );
  const table = "id,duration\na,1q\n";
  const place = { file: "<stdin>", line: 2, column: 3 };
  expect(await positionOf(loadScenario("-", { workers: "1cpu", stdin: table }))).toMatchObject(place);
  expect(await positionOf(loadTrace("-", { workers: "1cpu", stdin: table }))).toMatchObject(place);
  expect(await positionOf(loadScenario("-", { stdin: "version: 1\n- a\n" }))).toMatchObject({ file: "<stdin>" });
  const { scenario, notes } = await loadTrace("-", { workers: "1cpu", stdin: table.replace("q", "s") });
  expect({ name: scenario.name, notes }).toEqual({ name: "imported", notes: ["<stdin>: 1 task"] });
});

it("rows of JSON lines without an id because its key is misspelt: nothing more than that", async () => {
  const scenario = `${W}workload: { file: t.jsonl }\n`;
  const IDD = '"idd" is not a field of a task; did you mean "id"?';
  for (const lines of [
    '{"idd":"x"}\n',
    '{"id":"a","duration":1}\n{"idd":"x"}\n{"id":"b","duration":1}\n',
    '{"duration":1}\n{"idd":"x"}\n',
  ]) {
    const line = lines.split("\n").findIndex((each) => each.includes("idd")) + 1;
    expect(await told(scenario, { "t.jsonl": lines })).toEqual([`t.jsonl:${line}:2 ${IDD}`]);
  }
});

const POLICY_FILE = `export default {
  name: "mine",
  parameters: { alpha: { summary: "a", default: 1, faults: (value) => (value > 5 ? ["alpha is above 5"] : []) } },
  rank: (task) => task.estimate,
  faults: ({ alpha }) => (alpha === 3 ? ["three does not suit these tasks"] : []),
};`;

it("options of a user's policy at their keys and values, alone and beside other faults", async () => {
  const unknown = '2:39 unknown key "alpa"; did you mean "alpha"? (options of policy "mine")';
  const scenario = (policy: string, duration = "1s") => `${W}scheduler: { policy: ${policy} }\ntasks: [{ id: a, duration: ${duration} }]\n`;
  const files = { "p.ts": POLICY_FILE };
  expect(await told(scenario("{ name: ./p.ts, alpa: 1 }"), files)).toEqual([unknown.replace("39", "38")]);
  expect(await told(scenario("{ name: ./p.ts,  alpa: 1, alpha: x }"), files)).toEqual([
    unknown,
    '2:55 alpha of policy "mine" is a number, such as 1',
  ]);
  expect(await told(scenario("{ name: ./p.ts,  alpa: 1, alpha: 7, blocking: ja }", "1q"), files)).toEqual([
    unknown,
    '2:55 policy "mine": alpha is above 5',
    '2:68 blocking "ja" is not true or false',
    '3:28 duration "1q" has no known unit; known are us, µs, ms, s, m, h, d',
  ]);
  expect(await told(scenario('"./p.ts:alpa=1"'), files)).toEqual([unknown.replace("39", "22")]);
  expect(await told(scenario("{ alpha: 1, name: ./nix.ts }"), files)).toEqual(["2:40 cannot read ./nix.ts: there is no such file"]);
  expect(await told(scenario("{ alpha: 1, name: ./p.ts }"), { "p.ts": "export const policy = 3;" })).toEqual([
    expect.stringMatching(/^2:40 policy .\/p.ts: it exports no policy/),
  ]);
});

it("what a user's policy says against the tasks stands at its options", async () => {
  const directory = folder({
    "p.ts": POLICY_FILE,
    "s.yaml": `${W}scheduler: { policy: { name: ./p.ts, alpha: 3 } }\ntasks: [{ id: a, duration: 1 }]\n`,
  });
  const scenario = await loadScenario(join(directory, "s.yaml"));
  const error = await Promise.resolve()
    .then(() => simulate(scenario))
    .catch((thrown: unknown) => thrown);
  expect((error as InputError).faults).toMatchObject([{ message: "three does not suit these tasks", position: { line: 2, column: 45 } }]);
});

it("keys that are not known stand at the key", async () => {
  const scenario = `${W}expect: { makspan:   3, makespan:   x }
scheduler: { policy: { name: sjf, alpa:   1 } }
faults: [{ kind: crash, mtbf: 3s, mttr: 1s, distribution: weibull, shape: 1, cv:   3 }]
tasks: [{ id: a, duration: { distribution: weibull, shape: 1, scale: 1s, cv:   2 } }]
`;
  expect(await told(scenario)).toEqual([
    '2:11 expect: "makspan" is not a column of numbers in runs.csv; did you mean "makespan"?',
    '2:37 makespan "x" is not a duration, such as 1.5s, 200ms or 2h (a bare number is seconds)',
    '3:35 unknown key "alpa"; known are blocking, placement (options of policy "sjf")',
    "4:78 weibull takes no cv",
    '5:74 unknown key "cv"; known are distribution, shape, scale',
  ]);
});

it("what is wrong with an alias stands at the alias; with what it stands for, where that is written", async () => {
  expect(await told(`${W}tasks:\n  - &t { id: a, duration: 1 }\n  - *t\n`)).toEqual(['4:5 task "a" is there already; ids are unique']);
  const shared = `${W}tasks:
  - { id: a, duration: 1, requires: &r { zone: q }, dependencies: &d [b, b] }
  - { id: b, duration: 1, requires: *r }
  - { id: c, duration: 1, requires: *r, dependencies: *d }
`;
  expect(await told(shared)).toEqual([
    '3:48 no worker has the label zone=q; did you mean "zone=a"?',
    '3:74 task "a" names its dependency "b" twice',
    '5:55 task "c" names its dependency "b" twice',
  ]);
});

const DRAW = (max: string) => `{ distribution: uniform, min: 1, max: ${max} }`;

it("requests that are drawn stand at the field that draws, those of a generator at its template's", async () => {
  const W2 = "cluster: { workers: [{ id: w, cpu: 4, memory: 1GiB, disk: 1GB, slots: 2, resources: { gpu: 1 } }] }\n";
  const found = await told(`${W2}tasks:
  - { id: a, duration: 1, memory: ${DRAW("990GiB")}, cpu: ${DRAW("9900")} }
  - { id: b, duration: 1, disk: ${DRAW("990GB")}, slots: ${DRAW("9900")} }
  - { id: c, duration: 1, resources: { gpu: ${DRAW("9900")} } }
generate:
  - { kind: bag, count: 1, duration: 1, memory: 4GiB, prefix: x }
  - { kind: bag, count: 1, duration: 1, cpu: ${DRAW("9900")}, prefix: y }
`);
  expect(found.map((fault) => fault.replace(/requests \S+ of (\w+), .*$/, "$1"))).toEqual([
    '3:35 task "a" memory',
    '3:88 task "a" cpu',
    '4:33 task "b" disk',
    '4:87 task "b" slots',
    '5:45 task "c" gpu',
    '7:49 each task of generator "bag" memory',
    '8:46 task "y1" cpu',
  ]);
  expect(
    await told(`cluster: { workers: [{ id: w, cpu: 4, memory: 1GiB }, { id: v, cpu: 1, memory: 8GiB }] }
tasks: [{ id: a, duration: 1, memory: 3GiB, cpu: { distribution: empirical, values: [1, 3], weights: [0.0001, 9999] } }, null]
`),
  ).toContain('2:50 task "a" requests 3 of cpu and 3GiB of memory together, which no single worker has (drawn, seed 1)');
});

it("where labels of a worker are open, what no label of it changes is told all the same", async () => {
  const scenario = `cluster: { workers: [{ id: w, cpu: 4, labels: { zone: a, row: x } }, { id: v, cpu: 8, labels: { zone: b, rack: [1] } }] }
tasks:
  - { id: a, duration: 1, cpu: { distribution: integer, min: 5, max: 8 }, requires: { zone: a } }
  - { id: b, duration: 1, cpu: { distribution: integer, min: 1, max: 8 }, requires: { zone: b } }
  - { id: c, duration: 1, cpu: { distribution: constant, value: 9 } }
  - { id: d, duration: 1, cpu: 5, requires: { zone: a } }
  - { id: e, duration: 1, requires: { zone: b, row: x } }
  - { id: f, duration: { on: { w: 1s } }, cpu: { distribution: empirical, values: [1, 6], weights: [0.0001, 9999] } }
  - { id: g, duration: 1q, cpu: { distribution: empirical, values: [1, 9], weights: [0.0001, 9999] }, requires: { zone: q } }
generate: { kind: bag, count: 1, duration: 1q, cpu: { distribution: empirical, values: [1, 9], weights: [0.0001, 9999] } }
`;
  expect(await told(scenario)).toEqual([
    "1:112 rack is a list, not a label: text, a number, true or false",
    '3:32 task "a" requests 5 of cpu, more than any worker that it may run on has; the largest, "w", has 4',
    '5:32 task "c" requests 9 of cpu, more than any worker has; the largest, "v", has 8',
    '6:32 task "d" requests 5 of cpu, more than any worker that it may run on has; the largest, "w", has 4',
    '7:5 task "e" can run on no worker: none has all the labels that it asks for, as far as can be read',
    '8:48 task "f" requests 6 of cpu, more than any worker that it may run on has; the largest, "w", has 4 (drawn, seed 1)',
    '9:24 duration "1q" has no known unit; known are us, µs, ms, s, m, h, d',
    '9:33 task "g" requests 9 of cpu, more than any worker has; the largest, "v", has 8 (drawn, seed 1)',
    '9:121 no worker has the label zone=q, as far as can be read; did you mean "zone=a"?',
    '10:44 duration "1q" has no known unit; known are us, µs, ms, s, m, h, d',
    '10:53 task "t1" requests 9 of cpu, more than any worker has; the largest, "v", has 8 (drawn, seed 1)',
  ]);
  // A label that is open may be the one that a task asks for: nothing is said of its size there.
  const open = await told(scenario.replaceAll("zone: b, rack: [1]", "zone: [b]"));
  expect(open.filter((fault) => /task "[abde]"/.test(fault))).toEqual([]);
  const misspelt = await told(scenario.replaceAll("labels: { zone: b, rack: [1] }", "labls: { zone: b }"));
  expect(misspelt.filter((fault) => /task "[abde]"/.test(fault))).toEqual([]);
});

it("a worker whose name or amounts are open may be the one that a task needs", async () => {
  const sized = (worker: string) =>
    told(`cluster: { workers: [{ id: w }, ${worker}] }\ntasks: [{ id: a, duration: { on: { x: 1 } }, cpu: 3, memory: 9GiB }]\n`);
  const fits = (faults: readonly string[]) => !faults.some((fault) => fault.includes("requests") || fault.includes("on no worker"));
  expect(fits(await sized("{ idd: x, cpu: 3 }"))).toBe(true);
  expect(fits(await sized("{ id: x, cores: 3 }"))).toBe(true);
  expect(fits(await sized("{ id: x, cores: 3, cpu: 2 }"))).toBe(false);
  expect(fits(await sized("{ id: x, labls: {}, cpu: 2 }"))).toBe(false);
});

it.each([["w-1"], ["~"], ["7"], ["[w]"]])("a link that is no map is told like any other fault: links: [%s]", async (link) => {
  const scenario = `${W}network: { links: [${link}, { worker: v, loss: 0 }] }\ntasks: [{ id: a, duration: 1q }]\n`;
  expect(await told(scenario)).toEqual([
    expect.stringMatching(/^2:20 links\[0\] (?:has no value$|.* (?:not a|is not a) link, such as )/),
    expect.stringMatching(/^2:\d+ worker "v" is not there$/),
    expect.stringMatching(/^3:28 duration "1q"/),
  ]);
});

const LISTS: readonly (readonly [string, (entry: unknown) => object])[] = [
  ["tasks", (entry) => ({ tasks: [entry] })],
  ["actions", (entry) => ({ actions: [entry] })],
  ["join", (entry) => ({ actions: [{ at: 1, join: entry }] })],
  ["set", (entry) => ({ actions: [{ at: 1, set: entry }] })],
  ["faults", (entry) => ({ faults: [entry] })],
  ["when", (entry) => ({ faults: [{ kind: "crash", worker: "w", when: entry }] })],
  ["generate", (entry) => ({ generate: [entry] })],
  ["workload", (entry) => ({ workload: [entry] })],
  ["workers", (entry) => ({ cluster: { workers: [entry] } })],
  ["network", (entry) => ({ network: entry })],
  ["links", (entry) => ({ network: { links: [entry] } })],
];

it.each(LISTS)("what is no map where a map is meant is told as a fault: %s", (_, around) => {
  for (const entry of [null, 7, "w-1", true, ["w"], []]) {
    const text = JSON.stringify({ version: 1, cluster: { workers: [{ id: "w" }] }, tasks: [{ id: "a", duration: 1 }], ...around(entry) });
    expect(() => defineScenario(JSON.parse(text) as ScenarioInput), text).toThrow(InputError);
  }
});

it("of a worker that joins though it is there nothing is said of when it leaves", async () => {
  const scenario = `${W}tasks: [{ id: a, duration: 1s }]\nactions: [{ at: 5s, join: { id: w, cpu: 8 } }, { at: 2s, leave: w }]\n`;
  expect(await told(scenario)).toEqual(['3:33 worker "w" is there already; ids are unique']);
  const twice = "actions: [{ at: 1s, join: { id: v } }, { at: 5s, join: { id: v } }, { at: 2s, leave: v }]\n";
  expect(await told(`${W}tasks: [{ id: a, duration: 1s }]\n${twice}`)).toEqual(['3:62 worker "v" is there already; ids are unique']);
});

it("numbers of a recorded workflow that are too large, where they stand and with all else", async () => {
  const runs =
    '{"id":"a","runtimeInSeconds":1e300},{"id":"b","runtimeInSeconds":5e9},\n{"id":"c","runtimeInSeconds":6e9,"memoryInBytes":"x"}';
  const tasks = ["a", "b", "c"].map((id) => JSON.stringify({ name: id, id, parents: [], children: [] })).join();
  const workflow = (executed: string) =>
    `{"schemaVersion":"1.5","name":"w","workflow":{"specification":{"tasks":[${tasks}]},"execution":{"tasks":[\n${executed}]}}}`;
  expect(await told(`${W}workload: { file: w.json }\n`, { "w.json": workflow(runs) })).toEqual([
    "w.json:2:30 workflow.execution.tasks[0].runtimeInSeconds is too large",
    expect.stringMatching(/^w\.json:3:30 the clock ends .* 349 years \(last release 0 years; this task 191 years\)$/),
    'w.json:3:50 workflow.execution.tasks[2].memoryInBytes is "x", not a number of at least 0',
  ]);
});

it("that the clock ends is told at the longest task", async () => {
  const tasks = "tasks:\n  - { id: a, duration: 1d }\n  - { id: b, duration: 90000d }\n  - { id: c, duration: 20000d, cpu: 99 }\n";
  expect(await told(W + tasks)).toEqual([
    expect.stringMatching(/^4:5 the clock ends .* "b"\)$/),
    expect.stringMatching(/^5:37 task "c" requests 99 of cpu/),
  ]);
});

it("a fault of messages that strikes none, and a link that says nothing", async () => {
  const faults = "faults: [{ kind: message-loss, at: 1s, for: 1s, messages: [] }]\n";
  const network = "network: { links: [{ worker: w }, {}, { worker: w, loss: 2 }] }\n";
  expect(await told(`${W}tasks: [{ id: a, duration: 1 }]\n${faults}${network}`)).toEqual([
    "3:59 messages names no kind of message; leave it out to strike all",
    "4:20 the link says nothing: give latency, loss, duplicate, reorder or bandwidth",
    "4:35 the link says nothing: give latency, loss, duplicate, reorder or bandwidth",
    "4:58 loss 2 is not a number of at least 0 and at most 1",
  ]);
});

const DURATIONS: readonly (readonly [string, readonly string[]])[] = [
  ["{ on: { w: null, zone=a: -3s } }", ["2:40 w has no value", '2:54 zone=a "-3s" is negative']],
  ["{ on: { w: 3s, zone=a: {} } }", ['2:52 missing key "distribution"']],
  ["{ on: null }", ["2:35 on has no value"]],
  ["{ mean: 3s }", ['2:29 missing key "distribution"']],
  [
    '{ distribution: hyperexponential, means: ["3 parsecs", 2s] }',
    [
      "2:29 hyperexponential: it takes mean and cv, or probabilities and means",
      '2:71 means[0] "3 parsecs" has no known unit; known are us, µs, ms, s, m, h, d',
    ],
  ],
  [
    "{ distribution: hyperexponential, means: [3, 4, 5], probabilities: [{}, 0.5] }",
    ["2:96 hyperexponential: probabilities must be as many as means", "2:97 probabilities[0] is a map, not a number of at least 0"],
  ],
  ["1e400", ["2:29 duration Infinity is no finite number"]],
  ["1s, slots: 1e30", ["2:40 slots 1e+30 is too large"]],
];

it.each(DURATIONS)("all that is wrong with a duration, by what it is meant to be: %s", async (duration, faults) => {
  expect(await told(`${W}tasks: [{ id: aa, duration: ${duration} }]\n`)).toEqual(faults);
});

it("a worker is there to shrink and to grow from when it joins until it leaves; a wrong size says nothing of the next", async () => {
  const actions = `actions:
  - { at: 3s, grow: w, cpu: 8 }
  - { at: 1s, leave: w }
  - { at: 2s, shrink: v, cpu: 1 }
  - { at: 4s, join: { id: v, cpu: 2 } }
  - { at: 4s, shrink: v, cpu: 3 }
  - { at: 5s, grow: v, cpu: 2.5 }
  - { at: 6s, leave: v }
  - { at: 6s, shrink: v, cpu: 1 }
`;
  expect(await told(`${W}tasks: [{ id: a, duration: 1s, cpu: 6 }]\n${actions}`)).toEqual([
    '2:37 task "a" requests 6 of cpu, more than any worker has; the largest, "w", has 4',
    '4:21 worker "w" is to grow at 3 s, after it leaves at 1 s',
    '6:23 worker "v" is to shrink at 2 s, before it joins at 4 s',
    '8:31 worker "v" has 2 of cpu by then, and cannot shrink to 3',
    '11:23 worker "v" is to shrink at 6 s, after it leaves at 6 s',
  ]);
});

const SWF_JOB = (job: string, run: string) => `${job} 0 -1 ${run} 2 -1 -1 2 20 -1 1 1 1 -1 1 -1 -1 -1\n`;
const TEN = 'run time (field 4): "ten" is not a number';

it("jobs of a log that has faults are known by the numbers that can be read, and hide nothing", async () => {
  const scenario = (list: string, extra = "") =>
    `${W}scheduler: { policy: { name: fixed-order, order: [${list}] } }\ntasks: [{ id: a, duration: 1s, dependencies: ["1", "2"] }]\nworkload: { file: t.swf }\n${extra}`;
  const log = SWF_JOB("1", "10") + SWF_JOB("2", "ten");
  const action = 'actions: [{ at: 1s, cancel: "2" }]\n';
  expect(await told(scenario('"1", "2", a', action), { "t.swf": log })).toEqual([`t.swf:2:8 ${TEN}`]);
  expect(await told(scenario('zz, "1", a'), { "t.swf": log })).toEqual([
    `t.swf:2:8 ${TEN}`,
    '2:50 fixed-order: "zz" is not a task',
    '2:50 fixed-order: the list misses "2"',
  ]);
  expect(await told(`${W}tasks: [{ id: "2", duration: 1s }]\nworkload: { file: t.swf }\n`, { "t.swf": log })).toEqual([
    `t.swf:2:8 ${TEN}`,
    '2:9 two tasks have the id "2", in different parts of the scenario: here and in t.swf',
  ]);
  const unknown = `${W}workload: { file: t.swf }\nactions: [{ at: 1s, cancel: zz }, { at: 1s, cancel: "1" }]\n`;
  expect(await told(unknown, { "t.swf": SWF_JOB("1", "10") + SWF_JOB("x", "10") })).toEqual([
    't.swf:2:1 job number (field 1): "x" is not a number',
    '3:29 actions[0]: cancel names no task "zz", as far as can be read',
  ]);
});

it("a log's cluster is known beside faults of its jobs, and its jobs beside faults of its header", async () => {
  const scenario = 'workload: { file: t.swf }\ntasks: [{ id: a, duration: 1s, cpu: 9, dependencies: ["1", zz] }]\n';
  const jobs = SWF_JOB("1", "ten") + SWF_JOB("2", "10") + SWF_JOB("2", "10");
  expect(await told(scenario, { "t.swf": `; MaxProcs: 4\n${jobs}` })).toEqual([
    `t.swf:2:8 ${TEN}`,
    "t.swf:4:1 job 2 comes twice",
    '2:37 task "a" requests 9 of cpu, more than any worker has; the largest, "w", has 4',
    '2:60 task "a" depends on "zz", which is not a task',
  ]);
  expect(await told(scenario, { "t.swf": `; MaxProcs: four\n${jobs}` })).toEqual([
    expect.stringMatching(/^t.swf:1:13 MaxProcs "four" in the header is not a number of processors/),
    `t.swf:2:8 ${TEN}`,
    "t.swf:4:1 job 2 comes twice",
    '2:60 task "a" depends on "zz", which is not a task',
  ]);
});

/** A recorded workflow with these tasks, runs and machines; each run lasts a second if it does not say. */
function recorded(tasks: readonly unknown[], runs: readonly object[], machines: readonly unknown[] = []): string {
  const specification = {
    tasks: tasks.map((task) => (typeof task === "string" ? { name: task, id: task, parents: [], children: [] } : task)),
  };
  const execution = { tasks: runs.map((run) => ({ runtimeInSeconds: 1, ...run })), machines };
  return JSON.stringify({ schemaVersion: "1.5", name: "w", workflow: { specification, execution } }, null, 1);
}

/** What is told of a scenario with this workflow, without the places in its file. */
async function toldBeside(workflow: string, text: string): Promise<string[]> {
  return (await told(`workload: { file: w.json }\n${text}`, { "w.json": workflow })).map((line) =>
    line.replace(/^w\.json:\d+:\d+/, "w.json"),
  );
}

it("tasks of a recorded workflow that has faults are known by the ids that can be read, and hide nothing", async () => {
  const bad = "w.json workflow.execution.tasks[0].runtimeInSeconds is -1, not a number of at least 0";
  const one = recorded(["A", "B"], [{ id: "A", runtimeInSeconds: -1 }, { id: "B" }], [{ nodeName: "m", cpu: { coreCount: 2 } }]);
  const tasks = (fields: string) => `tasks: [{ id: a, duration: 1s, ${fields} }]\n`;
  expect(await toldBeside(one, tasks("dependencies: [A, zz]"))).toEqual([bad, '2:50 task "a" depends on "zz", which is not a task']);
  expect(await toldBeside(one, `${W}scheduler: { policy: { name: fixed-order, order: [zz, a, A] } }\n${tasks("")}`)).toEqual([
    bad,
    '3:50 fixed-order: "zz" is not a task',
    '3:50 fixed-order: the list misses "B"',
  ]);
  expect(await toldBeside(one, "tasks: [{ id: B, duration: 1s }]\nactions: [{ at: 1s, cancel: A }]\n")).toEqual([
    bad,
    '2:9 two tasks have the id "B", in different parts of the scenario: here and in w.json',
  ]);
  // Of the cluster that it describes too.
  expect(await toldBeside(one, `${tasks("cpu: 3")}faults: [{ kind: crash, worker: v, at: 1s }]\n`)).toEqual([
    bad,
    '2:37 task "a" requests 3 of cpu, more than any worker has; the largest, "m", has 2',
    '3:33 worker "v" is not there',
  ]);
  const doubtful = recorded(["A", 7], [{ id: "A" }], []);
  expect(await toldBeside(doubtful, tasks("dependencies: [A, zz]"))).toEqual([
    "w.json workflow.specification.tasks[1] is not an object",
    expect.stringMatching(/^1:1 there is no cluster/), // nor does the file bring one
    '2:50 task "a" depends on "zz", which is not a task, as far as can be read',
  ]);
});

it("runs of a recorded workflow that no worker can hold are told where they stand, beside all else", async () => {
  const machines = [{ nodeName: "m", cpu: { coreCount: 4 }, memoryInBytes: 1000 }];
  const large = { id: "A", coreCount: 9, memoryInBytes: 2000 };
  const text = recorded(["A", "B"], [large, { id: "B", runtimeInSeconds: -1 }], machines);
  const line = (part: string) => text.slice(0, text.indexOf(part)).split("\n").length;
  const bad = `w.json:${line("-1")}:26 workflow.execution.tasks[1].runtimeInSeconds is -1, not a number of at least 0`;
  const cores = (has: string) =>
    `w.json:${line('"coreCount": 9')}:19 task "A" requests 9 of cpu, more than any worker has; the largest, ${has}`;
  const memory = `w.json:${line("2000")}:23 task "A" requests 2000B of memory, more than any worker has; the largest, "m", has 1000B`;
  const scenario = "workload: { file: w.json }\n";
  expect(await told(scenario, { "w.json": text })).toEqual([cores('"m", has 4'), memory, bad]);
  expect(await told(scenario, { "w.json": text.replace("-1", "1") })).toEqual([cores('"m", has 4'), memory]);
  expect(await told(W + scenario, { "w.json": text })).toEqual([cores('"w", has 4'), bad]);
  // Those who join, and faults by which workers grow, may hold them.
  const joins = (cpu: string) => `actions: [{ at: 1s, join: { id: j, cpu: ${cpu} } }]\n`;
  expect(await told(scenario + joins("9"), { "w.json": text })).toEqual([bad]);
  expect(await told(scenario + joins("8"), { "w.json": text })).toEqual([cores('"j", has 8'), bad]);
  expect(await told(scenario + joins("8q"), { "w.json": text })).toEqual(expect.not.arrayContaining([expect.stringContaining("requests")]));
  const grows = "faults: [{ kind: grow, worker: m, at: 1s, cpu: 9, memory: 2000B }]\n";
  expect(await told(scenario + grows, { "w.json": text })).toEqual([bad]);
  // So may a machine of which the size cannot be read, and another file's cluster that cannot.
  const doubtful = (machine: unknown) => recorded(["A"], [large], [...machines, machine]);
  const isSilent = async (workflow: string, yaml: string, files = {}) =>
    expect(await told(yaml, { "w.json": workflow, ...files })).toEqual([expect.not.stringContaining("requests")]);
  await isSilent(doubtful({ nodeName: "n", cpu: { coreCount: -1 } }), scenario);
  await isSilent(doubtful(7), scenario);
  const log = { "t.swf": "; MaxProcs: four\n1 0 -1 1 2 -1 -1 2 20 -1 1 1 1 -1 1 -1 -1 -1\n" };
  await isSilent(text.replace("-1", "1"), "workload: [{ file: t.swf }, { file: w.json }]\n", log);
  await isSilent(text.replace("-1", "1"), "workload: [7, { file: w.json }]\n");
  // A machine that comes again with another size hides only what that may hold.
  const again = (cores: number) =>
    recorded(["A"], [{ id: "A", coreCount: cores }], [...machines, { nodeName: "m", cpu: { coreCount: 8 } }]);
  expect(await told(scenario, { "w.json": again(9) })).toEqual([
    expect.stringContaining('requests 9 of cpu, more than any worker has; the largest, "m", has 8'),
    expect.stringContaining('machine "m" is listed already'),
  ]);
  await isSilent(again(7), scenario);
});

it("outages of workers whose names are in doubt are not held against these; those of others are, where they stand", async () => {
  const cluster = (worker: string, more = "") =>
    `cluster: { workers: [{ ${worker} }, { id: v, cpu: 2 }${more}] }\ntasks: [{ id: a, duration: 1s }]\n`;
  const faults = "faults: [{ trace: o.csv }]\n";
  const outages = { "o.csv": "node,down_s,up_s\nw-1,1,2\nv,3,4\nzz,5,6\nw,7,8\n" };
  const unknown = (line: number, id: string, hint: string) => `o.csv:${line}:1 worker "${id}" is not there${hint}`;
  const first = '; the first of 2 is "w"';
  expect(await told(cluster("id: w, count: -1") + faults, outages)).toEqual([
    "1:38 count -1 is not a whole number of at least 1",
    unknown(4, "zz", first),
  ]);
  expect(await told(cluster('id: ""') + faults, outages)).toEqual([expect.stringMatching(/^1:28 id "" is not a name/)]);
  expect(await told(cluster("id: w", ", 7") + faults, outages)).toEqual([expect.stringMatching(/^1:52 workers\[2\] 7 is not a worker/)]);
  expect(await told(cluster("id: w, labels: { zone: [] }") + faults, outages)).toEqual([
    expect.stringMatching(/^1:47 zone is a list/),
    unknown(2, "w-1", first),
    unknown(4, "zz", first),
  ]);
  // Who joins is there as well.
  const joins = "actions: [{ at: 1s, join: { id: zz } }, { at: 1q, cancel: a }]\n";
  expect(await told(cluster("id: w, count: 2") + joins + faults, outages)).toEqual([
    expect.stringMatching(/^3:47 at "1q"/),
    unknown(5, "w", ', but a group: its workers are "w-1" and so on'),
  ]);
  // The same of faults that are written, and of links.
  const named =
    "faults: [{ kind: crash, worker: w-1, at: 1s }, { kind: crash, worker: w-x, at: 1s }]\nnetwork: { links: [{ worker: w-2, loss: 0 }, { worker: x, loss: 0 }] }\n";
  expect(await told(cluster("id: w, count: -1") + named)).toEqual([
    "1:38 count -1 is not a whole number of at least 1",
    expect.stringMatching(/^3:71 worker "w-x" is not there, as far as can be read/),
    expect.stringMatching(/^4:56 worker "x" is not there, as far as can be read/),
  ]);
});

it("faults without a place are told by their numbers among all that are given", () => {
  const faults = [{ kind: "crash", worker: "v", at: "1q" }, 7, { kind: "crash", worker: "zz", at: "1s" }];
  const given = { version: 1, cluster: { workers: [{ id: "v" }] }, tasks: [{ id: "a", duration: 1 }], faults };
  expect(() => defineScenario(given as unknown as ScenarioInput)).toThrow(
    /^faults\[0\]\.at[^]*faults\[1\][^]*faults\[2\]: worker "zz" is not there/,
  );
});

const BESIDE: readonly (readonly [string, string, readonly string[]])[] = [
  [
    "outages of workers that are not there, beside one that is there twice",
    "cluster: { workers: [{ id: w, count: 3 }, { id: w-2 }] }\ntasks: [{ id: a, duration: 5s }]\nfaults: [{ trace: o.csv }]\n",
    [
      '1:49 worker "w-2" is there already; ids are unique',
      'o.csv:2:1 worker "ghost" is not there, as far as can be read; the first of 3 is "w-1"',
    ],
  ],
  [
    "outages of workers that are not there, beside a key of a worker that is none",
    "cluster: { workers: [{ id: w, cups: 4 }] }\ntasks: [{ id: a, duration: 5s }]\nfaults: [{ trace: o.csv }]\n",
    [
      expect.stringMatching(/^1:31 unknown key "cups"/) as unknown as string,
      'o.csv:2:1 worker "ghost" is not there, as far as can be read; the first of 1 is "w"',
    ],
  ],
  [
    "names in durations of functions, beside times that are none",
    `${W}functions: { f: { on: { zone=b: 10s, w: 5 mins } } }\ntasks: [{ id: b, function: f }]\n`,
    [
      '2:25 "zone=b" is neither a worker nor a label that one has; did you mean "zone=a"?',
      '2:41 w "5 mins" has no known unit; did you mean "5 m"?',
    ],
  ],
  [
    "a group that is there twice, once",
    "cluster: { workers: [{ id: w, count: 100 }, { id: w, count: 100 }] }\ntasks: [{ id: b, duration: 5 quux }]\n",
    [
      '1:51 worker "w-1" is there already, and so are 99 others of its group; ids are unique',
      '2:28 duration "5 quux" has no known unit; known are us, µs, ms, s, m, h, d',
    ],
  ],
  [
    "sizes of workers of which all is known, beside others that are there twice",
    `cluster: { workers: [{ id: w, count: 3, cpu: 4 }] }\ntasks: [{ id: a, duration: 5s }]\nactions: [{ at: 2s, shrink: w-1, cpu: 9 }, { at: 3s, join: { id: w-2 } }]
faults: [{ kind: shrink, worker: w-1, at: 1s, cpu: 9 }, { kind: shrink, worker: w-2, at: 1s, cpu: 9 }, { kind: shrink, at: 1s, cpu: 9 }]\n`,
    [
      '3:39 worker "w-1" has 4 of cpu by then, and cannot shrink to 9',
      '3:66 worker "w-2" is there already; ids are unique',
      "4:34 shrink changes nothing: each worker that it strikes has no more than that, ever",
    ],
  ],
  [
    "nobody of a group of which it is open how many it has",
    "cluster: { workers: [{ id: w, cuont: 3 }] }\ntasks: [{ id: a, duration: 5s }]\nactions: [{ at: 5s, leave: w-2 }, { at: 3s, shrink: w-1, cpu: 2 }, { at: 3s, shrink: zz, cpu: 2 }]\n",
    ['1:31 unknown key "cuont"; did you mean "count"?', '3:86 shrink names no worker "zz", as far as can be read'],
  ],
  [
    "workers that join twice, beside workers that are none",
    "cluster: { wrkers: [{ id: w }] }\ntasks: [{ id: a, duration: 5s }]\nactions: [{ at: 5s, join: { id: x } }, { at: 6s, join: { id: x } }]\n",
    ['1:12 unknown key "wrkers"; did you mean "workers"?', '3:62 worker "x" is there already; ids are unique'],
  ],
  [
    "nothing of the size of a worker that cannot be read",
    "cluster: { workers: [{ id: w, cpu: 4x }] }\ntasks: [{ id: a, duration: 5s }]\nactions: [{ at: 5s, grow: w, cpu: 9 }]\n",
    ['1:36 cpu "4x" has no known unit; known are m'],
  ],
];

it.each(BESIDE)("told: %s", async (_, scenario, faults) => {
  expect(await told(scenario, { "o.csv": "node,down_s,up_s\nghost,1,2\n" })).toEqual(faults);
});

it("values of a table of JSON lines that are nested deeply are faults like others", async () => {
  const deep = "[".repeat(8000) + "]".repeat(8000);
  const rows = ["memory", "duration", "dependencies", "fails"].map((key, i) => `{"id":"t${i}","duration":1,"${key}":${deep}}`);
  const faults = await told(`${W}workload: { file: t.jsonl }\n`, { "t.jsonl": `${rows.join("\n")}\n` });
  expect(faults.filter((fault) => / (memory|dependencies|fails): a list is neither a text nor a number$/.test(fault))).toHaveLength(3);
});
