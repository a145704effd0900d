// Tables as JSON lines: agree with the same table as CSV; faults with line and column.
import { describe, expect, it } from "vitest";
import { csv } from "../../../src/workload/importers/csv.ts";
import { jsonl } from "../../../src/workload/importers/jsonl.ts";
import { importFaults, importText, taskOf } from "./text-import.ts";

const dimensions = ["cpu", "memory", "disk", "slots", "gpu"];

describe("jsonl", () => {
  it("reads what csv reads", () => {
    const lines = [
      {
        id: "a",
        duration: "1.5s",
        cpu: 0.5,
        memory: "512MiB",
        resources: { gpu: 2 },
        usage: { cpu: 0.25, written: "1MB" },
        fails: [1, 2],
        retries: 2,
        dependencies: ["c"],
        user: null,
      },
      { id: "b", duration: 3, priority: -1, dependencies: "a c", fails: "always", job: "nightly" },
      { id: "c", duration: 0.25, release: "1m" },
    ];
    const table = `id,duration,cpu,memory,gpu,fails,retries,dependencies,priority,job,release,usage.cpu,usage.written
a,1.5s,0.5,512MiB,2,1;2,2,c,,,,0.25,1MB
b,3,,,,always,,a c,-1,nightly,,,
c,0.25,,,,,,,,,1m,,
`;
    expect(importText(jsonl, `${lines.map((line) => JSON.stringify(line)).join("\n\n")}\n`, { dimensions }).table).toEqual(
      importText(csv, table, { dimensions }).table,
    );
  });

  it("takes ids with spaces in a list", () => {
    const { table } = importText(jsonl, '{"id": "step one", "duration": 1}\n{"id": 2, "duration": 1, "dependencies": ["step one"]}');
    expect(taskOf(table, "2").dependencies).toEqual(["step one"]);
  });

  it("names faults by line and column", () => {
    expect(
      importFaults(
        jsonl,
        '{"id": "a", "duration": "1 parsec"}\n{"id": "b", "druation": 1}\n[1]\n{"id": "c", "duration": 1, "cpu": {"distribution": "uniform"}}\n{"id": "d", "duration": true}\n{"id": "e", "duration": 1, "resources": {"gpx": 1}, "fails": 0.5}\n',
        { dimensions },
      ),
    ).toEqual([
      '1:13 duration: "1 parsec" has no known unit; known are us, µs, ms, s, m, h, d',
      '2:13 "druation" is not a field of a task; did you mean "duration"?',
      '3:1 this line is not an object, such as {"id": "a", "duration": "10s"}',
      '4:28 cpu: {"distribution":"uniform"} is neither a text nor a number',
      "5:13 duration: true is neither a text nor a number",
      '6:42 resource "gpx" is not one that the cluster has; did you mean "gpu"?',
      '6:53 fails: "0.5" is neither always nor numbers of executions, such as 1;2 (a table holds no probabilities)',
    ]);
    expect(importFaults(jsonl, '{"id": "a", "duration": 1\n')).toEqual([
      "1:26 this line is not JSON: a comma or } is missing, the text ends",
    ]);
  });

  it("refuses keys that a row has already, at the second, by which the row is judged", () => {
    const lines = [
      '{"id": "a", "duration": 1, "duration": 2}',
      '{"id": "b", "duration": "1q", "id": "c", "duration": "2q"}',
      '{"job": "duration", "id" : "d", "duration": "3q", "stdout": "\\"id\\": \\"id\\":"}',
      '{"id": "e", "duration": 1, "usage": {"cpu": 0.1, "cpu": 2}, "resources": {"gpu": 1, "gpu": "x"}}',
      '{"id": "f", "duration": 1, "dependencies": ["a", "a"]}',
    ];
    expect(importFaults(jsonl, lines.join("\n"), { dimensions })).toEqual([
      '1:28 key "duration" is given twice',
      '2:31 key "id" is given twice',
      '2:42 key "duration" is given twice',
      '2:42 duration: "2q" has no known unit; known are us, µs, ms, s, m, h, d',
      '3:33 duration: "3q" has no known unit; known are us, µs, ms, s, m, h, d',
      '4:50 key "cpu" is given twice',
      '4:85 key "gpu" is given twice',
      expect.stringMatching(/^4:85 gpu: "x" is not a number/),
      expect.stringMatching(/^4:50 task "e" uses 2 cpu/),
      '5:50 task "f" names its dependency "a" twice',
    ]);
  });

  it("a field that is none hides no missing id, unless it may be meant for it", () => {
    const rows = (field: string) => `{"id": "a", "duration": 1}\n{"${field}": 1, "duration": 1, "dependencies": ["zz"]}\n`;
    expect(importFaults(jsonl, rows("wieght"))).toEqual([
      '2:2 "wieght" is not a field of a task; did you mean "weight"?',
      "2:1 either every task has an id, or none has",
      '2:47 dependencies: "zz" is not the id of a task, as far as can be read',
    ]);
    expect(importFaults(jsonl, rows("idd"))).toEqual(['2:2 "idd" is not a field of a task; did you mean "id"?']);
  });

  it("names rings and what no worker can hold where they stand", () => {
    const workers = [{ id: "w", capacity: [2000, Infinity, Infinity, Infinity, 500], speed: 1000, labels: {} }];
    const lines = [
      '{"id": "a", "duration": 1, "resources": {"gpu": 1}, "dependencies": ["b"]}',
      '{"id": "b", "duration": 1, "cpu": 3, "dependencies": ["a", "zz"], "retries": 2e6}',
    ];
    expect(importFaults(jsonl, lines.join("\n"), { dimensions, workers })).toEqual([
      '1:42 task "a" requests 1 of gpu, more than any worker has; the largest, "w", has 0.5',
      '2:67 retries: "2000000" is more than 1000000, the most that there can be',
      '2:28 task "b" requests 3 of cpu, more than any worker has; the largest, "w", has 2',
      '2:60 dependencies: "zz" is not the id of a task',
      "1:70 dependencies run in a ring: a → b → a",
    ]);
  });

  it("is recognised by name and by its lines", () => {
    expect(jsonl.matches("x.jsonl.gz", "")).toBe(true);
    expect(jsonl.matches("-", '{"id": "a", "duration": 1}\n{"id": "b"}\n')).toBe(true);
    expect(jsonl.matches("-", '{\n  "version": 1,\n')).toBe(false);
  });
});
