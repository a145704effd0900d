// Recorded workflows: both layouts of the format, malformed documents; and nine real ones against published numbers.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { at } from "../../../src/model/columns.ts";
import { topologicalOrder } from "../../../src/model/graph.ts";
import { SECOND } from "../../../src/model/units.ts";
import type { TaskTable } from "../../../src/model/world.ts";
import { importerFor } from "../../../src/workload/importers/index.ts";
import { givenIn, namesIn } from "../../../src/workload/task-files-builder.ts";
import { wfformat } from "../../../src/workload/importers/wfformat.ts";
import { dataPath, describeWithData } from "../../data.ts";
import { importFaults, importText, taskOf, textOf } from "./text-import.ts";

const DOCUMENT = {
  name: "toy",
  schemaVersion: "1.5",
  workflow: {
    specification: {
      tasks: [
        { name: "a", id: "a", parents: [], children: ["b", "c"] },
        { name: "b", id: "b", parents: ["a"], children: [] as string[] },
        { name: "c", id: "c", parents: ["b"], children: [] as string[] },
      ],
      files: [
        { id: "x", sizeInBytes: 1_000_000 },
        { id: "y", sizeInBytes: 234 },
      ],
    },
    execution: {
      makespanInSeconds: 9,
      tasks: [
        { id: "c", runtimeInSeconds: 3.25, coreCount: 2, memoryInBytes: 5e8, priority: 20, command: { program: "sort" } },
        { id: "a", runtimeInSeconds: 1, coreCount: 1 },
        { id: "b", runtimeInSeconds: 0.0000015 },
      ],
      machines: [
        { nodeName: "m1", cpu: { coreCount: 24 }, memoryInBytes: 131_795_984_000 },
        { nodeName: "m2", cpu: { coreCount: 4 } },
        { nodeName: "m1", cpu: { coreCount: 24 } },
      ],
    },
  },
};
const text = (change: (document: typeof DOCUMENT) => void = () => {}) => {
  const document = structuredClone(DOCUMENT);
  change(document);
  return JSON.stringify(document, null, 2);
};

describe("wfformat", () => {
  it("merges specification and execution, parents and children", () => {
    const { table, workers, notes, name } = importText(wfformat, text(), {}, 7);
    expect(name).toBe("toy");
    expect(taskOf(table, "c")).toMatchObject({
      work: 3_250_000,
      request: [2000, 5e8, 0, 1],
      dependencies: ["a", "b"],
      priority: 20,
      function: "sort",
      job: "toy",
    });
    expect(taskOf(table, "b")).toMatchObject({ work: 2, request: [1000, 0, 0, 1], dependencies: ["a"] });
    expect(workers?.map(({ id, capacity }) => [id, ...capacity])).toEqual([
      ["m1", 24_000, Infinity, Infinity, Infinity],
      ["m2", 4_000, Infinity, Infinity, Infinity],
    ]);
    expect(notes).toEqual([
      "3 tasks",
      "recorded on 2 machines",
      "2 files of 1,000,234 bytes in all; they take time where network.bandwidth is given",
      "priorities as recorded; the format does not say which come first (priorityOrder does)",
      "1 task without a number of cores: 1 each",
    ]);
  });

  it("reads the flat layout of 1.4, where parents are named", () => {
    const { table, workers, notes } = importText(
      wfformat,
      JSON.stringify({
        name: "old",
        schemaVersion: "1.4",
        workflow: {
          tasks: [
            {
              name: "first",
              id: "1",
              runtimeInSeconds: 2,
              cores: 3,
              parents: [],
              children: ["second"],
              files: [{ name: "f", sizeInBytes: 7, link: "output" }],
            },
            {
              name: "second",
              id: "2",
              runtimeInSeconds: 4,
              cores: 1,
              parents: ["first"],
              children: [],
              files: [{ name: "f", sizeInBytes: 7, link: "input" }],
            },
          ],
          machines: [{ nodeName: "m", cpu: { count: 8 } }],
        },
      }),
    );
    expect(taskOf(table, "2")).toMatchObject({ work: 4e6, dependencies: ["1"] });
    expect(taskOf(table, "1").request[0]).toBe(3000);
    expect(workers?.[0]?.capacity[0]).toBe(8000);
    expect([table.files?.names, [...(table.files?.inputs.offsets ?? [])], [...(table.files?.outputs.offsets ?? [])]]).toEqual([
      ["f"],
      [0, 0, 1],
      [0, 1, 1],
    ]);
    expect(notes).toContain("1 file of 7 bytes in all; they take time where network.bandwidth is given");
  });

  it("has what tasks read and write: of a file that several write, the first; of what is written beyond the limit, it is there", () => {
    const document = (change: object[]) =>
      text((d) => {
        for (const [task, files] of change.entries()) Object.assign(d.workflow.specification.tasks[task] as object, files);
      });
    const change = [
      { inputFiles: ["x"], outputFiles: ["y"] },
      { inputFiles: ["y", "y"], outputFiles: ["y"] },
      { inputFiles: ["y", "nowhere"], outputFiles: [] },
    ];
    const filesOf = (content: string, limit?: number) => {
      const { table } = importText(wfformat, content, limit === undefined ? {} : { limit }, 7);
      const files = table.files as NonNullable<typeof table.files>;
      const rows = Array.from({ length: table.count }, (_, task) => [
        namesIn(files, files.inputs, task),
        namesIn(files, files.outputs, task),
      ]);
      return { rows, given: givenIn(files) };
    };
    expect(filesOf(document(change))).toEqual({
      rows: [
        [["x"], ["y"]],
        [["y"], []],
        [["y"], []],
      ],
      given: [{ id: "x", size: 1_000_000 }],
    });
    const late = [{ inputFiles: ["y"] }, {}, { outputFiles: ["y"] }];
    expect(filesOf(document(late), 1).given.map(({ id }) => id)).toEqual(["x", "y"]);
  });

  it("keeps the first tasks, without dependencies on the others", () => {
    const { table, notes } = importText(
      wfformat,
      text((d) => d.workflow.specification.tasks.reverse()),
      { limit: 2 },
    );
    expect(table.count).toBe(2);
    expect(taskOf(table, "c").dependencies).toEqual(["b"]);
    expect(notes.slice(0, 2)).toEqual(["the first 2 of 3 tasks (limit)", "left out: 2 dependencies on tasks beyond the limit"]);
  });

  it("says what is wrong with a document", () => {
    expect(importFaults(wfformat, '{\n "name": "x",\n "schemaVersion": 1.5,\n}')).toEqual([
      "3:22 this is not JSON: the comma before } is one too many",
    ]);
    expect(importFaults(wfformat, '{\n "name": [1,')).toEqual([
      "2:13 this is not JSON: a value (texts stand in double quotes) is missing, the text ends",
    ]);
    const deep = `{"name": ${"[".repeat(100_000)}`;
    expect(importFaults(wfformat, deep)).toEqual(["1:1 this is not JSON: it is nested too deeply"]);
    expect(importFaults(wfformat, "{}")).toEqual(["1:1 this is not WfFormat: it has no schemaVersion"]);
    expect(importFaults(wfformat, '{ "schemaVersion": "0.9"}')).toEqual(["1:20 schemaVersion 0.9 is not read; known are 1.5, 1.4, 1.3"]);
    expect(
      importFaults(
        wfformat,
        text((d) => d.workflow.specification.tasks[1]?.children.push("aa")),
      ),
    ).toEqual(['23:13 workflow.specification.tasks[1].children[0]: "aa" is not the id of a task; did you mean "a"?']);
    expect(
      importFaults(
        wfformat,
        text((d) => d.workflow.specification.tasks[2]?.children.push("a")),
      ),
    ).toEqual(["7:9 dependencies run in a ring: a → c → a"]);
    expect(
      importFaults(
        wfformat,
        text((d) => {
          d.workflow.execution.tasks.pop();
          Object.assign(d.workflow.execution.tasks[0] as object, { runtimeInSeconds: "3" });
        }),
      ),
    ).toEqual([
      '16:9 workflow.specification.tasks[1]: workflow.execution has no task "b", so its run time is not known',
      '49:31 workflow.execution.tasks[0].runtimeInSeconds is "3", not a number of at least 0',
    ]);
    expect(
      importFaults(
        wfformat,
        text((d) => d.workflow.specification.tasks.push({ name: "a", id: "a", parents: [], children: [] })),
      ),
    ).toEqual(['34:17 workflow.specification.tasks[3]: id "a" is given twice']);
  });

  it("judges what was recorded of a run whose task is malformed, has a wrong id, or comes twice", () => {
    const faults = importFaults(
      wfformat,
      text((d) => {
        const { specification, execution } = d.workflow;
        Object.assign(specification.tasks, [7, { ...specification.tasks[1], id: "bb" }]);
        specification.tasks.push({ name: "c", id: "c", parents: [], children: [] });
        Object.assign(execution.tasks[0] as object, { coreCount: -1 }); // of c
        Object.assign(execution.tasks[1] as object, { runtimeInSeconds: undefined }); // of a
        Object.assign(execution.tasks[2] as object, { memoryInBytes: "x" }); // of b
      }),
    ).map((fault) => fault.replace(/^\S+ /, ""));
    expect(faults).toEqual([
      "workflow.specification.tasks[0] is not an object",
      expect.stringMatching(/^workflow.specification.tasks\[1\]: workflow.execution has no task "bb"/),
      'workflow.specification.tasks[1].parents[0]: "a" is not the id of a task, as far as can be read',
      'workflow.specification.tasks[3]: id "c" is given twice',
      "workflow.execution.tasks[0].coreCount is -1, not a number of at least 0",
      "workflow.execution.tasks[1].runtimeInSeconds is missing",
      'workflow.execution.tasks[1]: workflow.specification has no task "a", as far as can be read',
      'workflow.execution.tasks[2]: workflow.specification has no task "b", as far as can be read; did you mean "bb"?',
      'workflow.execution.tasks[2].memoryInBytes is "x", not a number of at least 0',
    ]);
  });

  /** What is told of the document with these values in it, each at its own place. */
  const toldOf = (...changes: [path: (string | number)[], value: unknown][]) =>
    importFaults(
      wfformat,
      text((d) => {
        for (const [path, value] of changes) {
          const around = path.slice(0, -1).reduce<unknown>((node, key) => (node as Record<string | number, unknown>)[key], d.workflow);
          (around as Record<string | number, unknown>)[path.at(-1) as string | number] = value;
        }
      }),
    ).map((fault) => fault.replace(/^\d+:\d+ workflow\./, ""));

  it.each<[path: (string | number)[], value: unknown, message: string]>([
    [["execution", "machines", 1, "cpu", "speedInMHz"], -1, "execution.machines[1].cpu.speedInMHz is -1, not a number of at least 0"],
    [["execution", "machines", 1, "memoryInBytes"], -4, "execution.machines[1].memoryInBytes is -4, not a number of at least 0"],
    [["execution", "machines", 1, "memoryInBytes"], "4", 'execution.machines[1].memoryInBytes is "4", not a number of at least 0'],
    [["execution", "machines", 1, "cpu", "coreCount"], 0, "execution.machines[1].cpu.coreCount is 0, not a number of at least 1"],
    [["execution", "machines", 1, "cpu"], 4, 'execution.machines[1].cpu is not an object, such as {"coreCount": 4}'],
    [["execution", "machines", 1, "nodeName"], "", "execution.machines[1]: the machine has no nodeName"],
    [
      ["execution", "machines", 1, "nodeName"],
      "m1",
      'execution.machines[1]: machine "m1" is listed already, with other cores or memory; names are unique',
    ],
    [["execution", "tasks", 0, "avgCPU"], -50, "execution.tasks[0].avgCPU is -50, not a number of at least 0"],
    [["execution", "tasks", 0, "avgCPU"], "q", 'execution.tasks[0].avgCPU is "q", not a number of at least 0'],
    [["execution", "tasks", 0, "readBytes"], -1, "execution.tasks[0].readBytes is -1, not a number of at least 0"],
    [["execution", "tasks", 0, "writtenBytes"], -1, "execution.tasks[0].writtenBytes is -1, not a number of at least 0"],
    [
      ["execution", "tasks", 0, "machines"],
      ["m1", "m22"],
      'execution.tasks[0].machines[1]: "m22" is not the nodeName of a machine; did you mean "m2"?',
    ],
    [["execution", "tasks", 0, "machines"], [3], "execution.tasks[0].machines[0]: 3 is not the nodeName of a machine"],
    [["execution", "tasks", 0, "machines"], "m1", "execution.tasks[0].machines is not a list of machines' names"],
    [
      ["execution", "tasks", 3],
      { id: "cc", runtimeInSeconds: 1 },
      'execution.tasks[3]: workflow.specification has no task "cc"; did you mean "c"?',
    ],
    [["execution", "tasks", 3], { runtimeInSeconds: 1 }, "execution.tasks[3]: the task has no id"],
    [["specification", "files", 1, "sizeInBytes"], -3, "specification.files[1].sizeInBytes is -3, not a number of at least 0"],
  ])("refuses what cannot have been recorded: %j = %j", (path, value, message) => {
    const other = [["execution", "tasks", 1, "runtimeInSeconds"], -1] as [string[], unknown]; // hides nothing
    const bad = "execution.tasks[1].runtimeInSeconds is -1, not a number of at least 0";
    expect(toldOf([path, value])).toEqual([message]);
    expect(toldOf([path, value], other).toSorted()).toEqual([message, bad].toSorted());
  });

  it("takes what is not known as missing, and more than the whole of a core", () => {
    const taken = text((d) => {
      Object.assign(d.workflow.execution.tasks[0] as object, { avgCPU: 180.6, readBytes: null, machines: null });
      Object.assign(d.workflow.execution.tasks[1] as object, { avgCPU: 0, writtenBytes: 0, machines: ["m1", "m2"] });
      Object.assign(d.workflow.execution.machines[1] as object, { memoryInBytes: 0, cpu: { coreCount: null, speedInMHz: 0 } });
      Object.assign(d.workflow.specification.files[0] as object, { sizeInBytes: null });
    });
    expect(importText(wfformat, taken).workers?.map(({ capacity }) => capacity.slice(0, 2))).toEqual([
      [24_000, Infinity],
      [1000, Infinity],
    ]);
    // Nor are names of machines judged where none is listed.
    const unlisted = text((d) => {
      d.workflow.execution.machines = [];
      Object.assign(d.workflow.execution.tasks[0] as object, { machines: ["anywhere"] });
    });
    expect(importText(wfformat, unlisted).table.count).toBe(3);
  });
});

const FILES = [
  "1000genome-chameleon-2ch-100k-001.json",
  "blast-chameleon-small-001.json",
  "epigenomics-chameleon-hep-1seq-100k-001.json",
  "helloworld-chain-5-chameleon.json",
  "helloworld-forkjoin-10-chameleon.json",
  "montage-chameleon-dss-05d-001.json",
  "montage-chameleon-dss-15d-001.json",
  "seismology-chameleon-100p-001.json",
  "srasearch-chameleon-10a-001.json",
];

describeWithData("recorded workflows of WfInstances", () => {
  it.each(FILES)("%s has the published tasks, edges, depth and path", (file) => {
    const expected = JSON.parse(readFileSync(dataPath("expected/wfformat.json"), "utf8"))[file];
    const path = existsSync(dataPath(`wfformat/${file}`)) ? dataPath(`wfformat/${file}`) : dataPath(`wfformat/${file}.gz`);
    const content = textOf(path);
    expect(importerFor(path, content.slice(0, 4096))?.name).toBe("wfformat");
    const { table, workers, notes } = importText(wfformat, content, { file: path });
    expect(table.count).toBe(expected.tasks);
    expect(table.dependencies.targets.length).toBe(expected.edges);
    expect(longestPath(table, () => 1)).toBe(expected.depth);
    expect(longestPath(table, (task) => at(table.work, task)) / SECOND).toBeCloseTo(expected.critical_path_s, 5);
    expect(total(table) / SECOND).toBeCloseTo(expected.total_runtime_s, 3);
    expect(workers?.length).toBe(expected.machines);
    const { size = new Float64Array() } = table.files ?? {};
    expect([size.length, size.reduce((sum, bytes) => sum + bytes, 0)]).toEqual([expected.files, expected.file_bytes]);
    const grouped = (count: number) => count.toLocaleString("en-US");
    expect(notes).toContain(
      `${grouped(expected.files)} files of ${grouped(expected.file_bytes)} bytes in all; they take time where network.bandwidth is given`,
    );
  });
});

function longestPath(table: TaskTable, weight: (task: number) => number): number {
  const finish = new Float64Array(table.count);
  const { offsets, targets } = table.dependencies;
  for (const task of topologicalOrder(table.dependencies, table.dependents) ?? []) {
    const before = Array.from(targets.subarray(offsets[task], offsets[task + 1]), (parent) => finish[parent] as number);
    finish[task] = Math.max(0, ...before) + weight(task);
  }
  return Math.max(...finish);
}

function total(table: TaskTable): number {
  let sum = 0;
  for (let task = 0; task < table.count; task++) sum += at(table.work, task);
  return sum;
}
