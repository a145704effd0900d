// Tables as CSV: every column, units, forward references, any cut into chunks; faults with file, line and column.
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, nameAt } from "../../../src/model/columns.ts";
import { csv } from "../../../src/workload/importers/csv.ts";
import { CsvSplitter } from "../../../src/workload/importers/csv-splitter.ts";
import { importFaults, importText, taskOf } from "./text-import.ts";

const FULL = `id,duration,release,dependencies,cpu,memory,disk,slots,priority,weight,estimate,due,timeout,retries,fails,failsAfter,function,job,user,queue,gpu,usage.cpu,usage.memory,usage.read
a,1.5s,0,,0.5,512MiB,1GB,2,-3,2.5,2s,1m,10s,3,1;2,0.5,compile,nightly,eva,batch,1,125m,1MiB,1GB
b,2,30,c; a,,,,,,,,,,,,,,,,,,,,
c,200ms,1m,,4,1024,,,,,,,,,always,,,,"Doe, J.",,,,,
`;

describe("csv", () => {
  it("reads every field, with units and defaults", () => {
    const { table, name } = importText(csv, FULL, { file: "jobs/night.csv", dimensions: ["cpu", "memory", "disk", "slots", "gpu"] });
    expect(name).toBe("night");
    expect(taskOf(table, "a")).toEqual({
      release: 0,
      work: 1_500_000,
      estimate: 2_000_000,
      request: [500, 536_870_912, 1e9, 2, 1000],
      dependencies: [],
      priority: -3,
      weight: 2.5,
      due: 60e6,
      timeout: 10e6,
      retries: 3,
      failures: 2,
      failsAfter: 0.5,
      usage: [125, 2 ** 20, 1e9, 0],
      job: "nightly",
      user: "eva",
      group: "",
      queue: "batch",
      status: "",
      function: "compile",
    });
    expect(taskOf(table, "b")).toEqual({
      release: 30e6,
      work: 2e6,
      estimate: Number.NaN,
      request: [1000, 0, 0, 1, 0],
      dependencies: ["c", "a"],
      priority: 0,
      weight: 1,
      due: Infinity,
      timeout: Infinity,
      retries: 0,
      failures: 0,
      failsAfter: 1,
      usage: [Number.NaN, Number.NaN, 0, 0],
      job: "",
      user: "",
      group: "",
      queue: "",
      status: "",
      function: "",
    });
    expect(taskOf(table, "c")).toMatchObject({ work: 200_000, release: 60e6, failures: Infinity, user: "Doe, J." });
  });

  it("numbers tasks without ids, and takes durations of functions", () => {
    const functions = new Map([
      ["fetch", 2e6],
      ["default", 5e6],
    ]);
    const { table } = importText(csv, "function\nfetch\nother\n", { functions });
    expect([nameAt(table.names, 0), nameAt(table.names, 1)]).toEqual(["t1", "t2"]);
    expect([at(table.work, 0), at(table.work, 1)]).toEqual([2e6, 5e6]);
    expect(importFaults(csv, "function\nfetch\n")).toEqual(['2:1 the task has no duration, and its function "fetch" has none either']);
  });

  it("scales releases and stops at the limit", () => {
    const { table, notes } = importText(csv, "id,duration,release\na,1,10\nb,1,20\nc,bad,30\n", { scale: 2, limit: 2 });
    expect(table.count).toBe(2);
    expect(taskOf(table, "b").release).toBe(10e6);
    expect(notes).toEqual(["the first 2 tasks (limit)"]);
  });

  it("gives the same table however the text is cut, with LF or CRLF, with or without a byte order mark", () => {
    const whole = importText(csv, FULL, { dimensions: ["cpu", "memory", "disk", "slots", "gpu"] });
    for (const text of [FULL, FULL.replaceAll("\n", "\r\n"), `\uFEFF${FULL.trimEnd()}`]) {
      for (let length = 1; length < 40; length++) {
        expect(importText(csv, text, { dimensions: ["cpu", "memory", "disk", "slots", "gpu"] }, length)).toEqual(whole);
      }
    }
  });

  it("names faults by line and column", () => {
    expect(importFaults(csv, "id,durtion\na,1\n")).toEqual(['1:4 column "durtion" is not a field of a task; did you mean "duration"?']);
    expect(importFaults(csv, "id,duration,id\na,1,a\n")).toEqual(['1:13 column "id" comes twice']);
    const faults = importFaults(
      csv,
      'id,duration,cpu,memory,retries,fails,weight,dependencies\na,1,2,-1,,,,\nb,1y,x,,1.5,0.3,-1,a nowhere\nc,1\n"d",,1,,,,,\na,1,1,,,,,\n"e" f,1,,,,,,\n',
    );
    expect(faults).toEqual([
      '2:7 memory: "-1" is negative',
      '3:3 duration: "1y" has no known unit; known are us, µs, ms, s, m, h, d',
      '3:6 cpu: "x" is not a number of cores or units, such as 2 or 0.5',
      '3:9 retries: "1.5" is not a whole number',
      '3:13 fails: "0.3" is neither always nor numbers of executions, such as 1;2 (a table holds no probabilities)',
      '3:17 weight: "-1" is negative',
      "4:1 this row has 2 cells, the header 8",
      "5:5 the task has no duration",
      '6:1 id "a" is given twice',
      "7:4 text follows the closing quote of a cell",
      '3:20 dependencies: "nowhere" is not the id of a task, as far as can be read',
    ]);
    expect(importFaults(csv, "id,duration\n")).toEqual(["input: there is no task in this table"]);
    expect(importFaults(csv, 'id,duration\na,1\nb,"2\nc,3\n')).toEqual(["3:3 a quoted cell does not end"]);
    expect(importFaults(csv, "id,duration\na,1\n,1\n")).toEqual(["3:1 either every task has an id, or none has"]);
  });

  it("judges the dependencies of rows whose ids are refused, and ids beside unknown columns", () => {
    expect(importFaults(csv, "id,duration,dependencies\na,1,\na,1,nob\na,1,c\nc,1,a\n")).toEqual([
      '3:1 id "a" is given twice',
      '4:1 id "a" is given twice',
      '3:5 dependencies: "nob" is not the id of a task',
    ]);
    expect(importFaults(csv, "id,duration,dependencies\na,1,\n,1,nob\n")).toEqual([
      "3:1 either every task has an id, or none has",
      '3:4 dependencies: "nob" is not the id of a task, as far as can be read',
    ]);
    expect(importFaults(csv, "id,duration,dependencies\n,1,\na,1,nob\nb,1,a\n")).toEqual([
      "3:1 either every task has an id, or none has",
      "4:1 either every task has an id, or none has",
      '3:5 dependencies: "nob" is not the id of a task, as far as can be read',
    ]);
    expect(importFaults(csv, "id,duration,colour\na,1,red\n,1,blue\n")).toEqual([
      expect.stringMatching(/^1:13 column "colour" is not a field of a task/),
      "3:1 either every task has an id, or none has",
    ]);
  });

  it("refuses a dependency that is named twice, once however often", () => {
    expect(importFaults(csv, "id,duration,dependencies\na,1,\nb,1,a;a\nc,1,zz a zz zz b a\n")).toEqual([
      '3:5 task "b" names its dependency "a" twice',
      '4:5 task "c" names its dependency "zz" twice',
      '4:5 task "c" names its dependency "a" twice',
      '4:5 dependencies: "zz" is not the id of a task',
    ]);
    expect(importFaults(csv, "duration,dependencies\n1,\n1,t1 t1\n")).toEqual(['3:3 task "t2" names its dependency "t1" twice']);
  });

  it("refuses rings, each where it begins", () => {
    expect(importFaults(csv, "id,duration,dependencies\na,1,c\nb,1,a\nc,1,b\n")).toEqual(["2:5 dependencies run in a ring: a → b → c → a"]);
    expect(importFaults(csv, "id,duration,dependencies\na,1,\nb,1,a b\nc,1,e\nd,1,a\ne,1,c b\n")).toEqual([
      "3:5 dependencies run in a ring: b → b",
      "4:5 dependencies run in a ring: c → e → c",
    ]);
  });

  it("names requests that no worker can hold, and rings and unknown ids beside them", () => {
    const worker = (id: string, cpu: number, memory: number) => ({
      id,
      capacity: [cpu, memory, Infinity, Infinity, 1000],
      speed: 1000,
      labels: {},
    });
    const workers = [worker("w-1", 2000, 4 * 2 ** 30), worker("w-2", 2000, 4 * 2 ** 30), worker("big", 1000, 2 ** 33)];
    const options = { workers, dimensions: ["cpu", "memory", "disk", "slots", "gpu"] };
    const rows = ["a,5,1,,,b", "b,4,1,,,a", "c,3,9,,3,zz", "d,1,2,8GiB,,", "e,1,x,4GiB,,", "f,y,2.001,,,"];
    expect(importFaults(csv, ["id,duration,cpu,memory,gpu,dependencies", ...rows].join("\n"), options)).toEqual([
      '4:5 task "c" requests 9 of cpu, more than any worker has; the largest, "w-1", has 2',
      '4:8 task "c" requests 3 of gpu, more than any worker has; the largest, "w-1", has 1',
      '5:1 task "d" requests 2 of cpu and 8GiB of memory together, which no single worker has',
      '6:5 cpu: "x" is not a number of cores or units, such as 2 or 0.5',
      '7:3 duration: "y" is not a duration, such as 1.5s, 200ms or 2h (a bare number is seconds)',
      '7:5 task "f" requests 2.001 of cpu, more than any worker has; the largest, "w-1", has 2',
      '4:10 dependencies: "zz" is not the id of a task',
      "2:9 dependencies run in a ring: a → b → a",
    ]);
    expect(importFaults(csv, "duration,cpu\n1,1\n1,3\n", options)).toEqual([
      '3:3 task "t2" requests 3 of cpu, more than any worker has; the largest, "w-1", has 2',
    ]);
  });

  it("refuses amounts below the resolution, and more attempts than there can be", () => {
    expect(importFaults(csv, "id,duration,cpu,memory,retries\na,1e-7,0.0001,0.2,1000001\nb,1,1,1,1000000\n")).toEqual([
      '2:3 duration: "1e-7" is below the resolution, which is 1 µs, and would be 0',
      '2:8 cpu: "0.0001" is below the resolution, which is 1/1000, and would be 0',
      '2:15 memory: "0.2" is below the resolution, which is 1 byte, and would be 0',
      '2:19 retries: "1000001" is more than 1000000, the most that there can be',
    ]);
  });

  it("names the row with which the clock ends, beside the faults of others", () => {
    expect(importFaults(csv, "id,release,duration\na,100000d,100000d\nb,0,1q\nc,0,1e400\n")).toEqual([
      "2:11 the clock ends at 2^53 µs, 285 years, and the workload up to this task could run for 548 years (last release 274 years; this task 274 years)",
      '3:5 duration: "1q" has no known unit; known are us, µs, ms, s, m, h, d',
      '4:5 duration: "1e400" is too large',
    ]);
    const rows = "id,duration,retries,fails\na,50000d,,\nb,30000d,1,always\n";
    expect(importFaults(csv, rows)).toEqual([
      expect.stringMatching(/^3:3 the clock ends .* 302 years \(last release 0 years; this task 165 years\)$/),
    ]);
    const slow = { id: "w", capacity: [2000, Infinity, Infinity, Infinity], speed: 500, labels: {} };
    expect(importText(csv, "id,duration\na,60000d\n").table.count).toBe(1);
    expect(importFaults(csv, "id,duration\na,60000d\n", { workers: [slow] })).toEqual([
      expect.stringMatching(/^2:3 the clock ends .* 329 years/),
    ]);
  });

  it.each([
    ["id;duration\na;1,5\nb;2\n", '1:3 columns are separated by commas, not by ";"'],
    ["id\tduration\na\t1\n", "1:3 columns are separated by commas, not by tabs"],
    ["id|duration\na|1\n", '1:3 columns are separated by commas, not by "|"'],
  ])("says that columns are separated by commas, and nothing of the rows: %j", (text, fault) => {
    expect(importFaults(csv, text)).toEqual([fault]);
  });

  it("is recognised by name and by its header", () => {
    expect(csv.matches("x.csv.gz", "")).toBe(true);
    expect(csv.matches("-", "id,duration\na,1\n")).toBe(true);
    expect(csv.matches("-", '{"id": "a", "duration": 1}\n')).toBe(false);
  });
});

describe("CsvSplitter", () => {
  it("agrees with csv-parse on any table, cut anywhere", () => {
    const cell = fc.stringMatching(/^[a-z", \n;.]{0,6}$/);
    const written = (text: string) => (/[",\n]/.test(text) || text === "" ? `"${text.replaceAll('"', '""')}"` : text);
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 30 }),
        (rows, length) => {
          const text = rows.map((row) => row.map(written).join(",")).join("\n");
          const records: string[][] = [];
          const splitter = new CsvSplitter(
            (record) => records.push(record.cells),
            (message) => expect.fail(message),
          );
          for (let start = 0; start < text.length; start += length) splitter.write(text.slice(start, start + length));
          splitter.finish();
          expect(records).toEqual(parse(text, { relax_column_count: true, skip_empty_lines: true }));
          expect(records).toEqual(rows);
        },
      ),
      { seed: 7, numRuns: 500 },
    );
  });

  it("gives up on a quote that is never closed", () => {
    const faults: string[] = [];
    const lines: number[] = [];
    const splitter = new CsvSplitter(
      (record) => lines.push(record.line),
      (message, line) => faults.push(`${line} ${message}`),
    );
    splitter.write(`a,b\n1,"2\n${"3,4\n".repeat(1000)}`);
    splitter.finish();
    expect(faults).toEqual(["2 a quoted cell does not end"]);
    expect(lines.length).toBeGreaterThan(800);
  });
});
