// Batch logs: conventions, what is left out, malformed lines; and the two real logs.
import { describe, expect, it } from "vitest";
import { at, type Column, nameAt } from "../../../src/model/columns.ts";
import { CPU } from "../../../src/model/resources.ts";
import { SECOND } from "../../../src/model/units.ts";
import type { TaskTable } from "../../../src/model/world.ts";
import { swf } from "../../../src/workload/importers/swf.ts";
import { dataPath, describeWithData } from "../../data.ts";
import { importFaults, importText, taskOf, textOf } from "./text-import.ts";

const HEADER = "; Version: 2.2\n; Computer: Toy\n; MaxProcs: 100\n; UnixStartTime: 843480031\n;\n";
/** job submit wait run allocated cpu mem procs time mem status user group exe queue partition preceding think */
const line = (fields: string) => `${fields}\n`;

describe("swf", () => {
  it("takes requested processors and time, else the used ones, and ends a job at its request", () => {
    const { table, workers, notes } = importText(
      swf,
      HEADER +
        line("1 0 5 97 56 -1 -1 60 210 -1 1 7 1 3 2 -1 -1 -1") +
        line("  2\t10 5 300 8 -1 -1 -1 200 -1 0 -1 1 -1 -1 -1 -1 -1") +
        line("5 20.5 5 30 4 12.5 -1 4 -1 2 1 7 1 3 2 -1 4 60"),
    );
    expect(taskOf(table, "1")).toMatchObject({
      release: 0,
      work: 97 * SECOND,
      estimate: 210 * SECOND,
      request: [60_000, 0, 0, 1],
      user: "7",
      group: "1",
      queue: "2",
      status: "completed",
      function: "3",
    });
    expect(taskOf(table, "2")).toMatchObject({
      release: 10 * SECOND,
      work: 200 * SECOND,
      estimate: 200 * SECOND,
      request: [8_000, 0, 0, 1],
      user: "",
      group: "1",
      queue: "",
      status: "failed",
    });
    expect(taskOf(table, "5")).toMatchObject({
      release: 20.5 * SECOND,
      work: 30 * SECOND,
      estimate: 30 * SECOND,
      request: [4_000, 8_192, 0, 1],
    });
    expect(workers).toEqual([{ id: "w", capacity: [100_000, Infinity, Infinity, Infinity], speed: 1000, labels: {} }]);
    expect(notes).toEqual([
      "3 of 3 jobs in the log",
      "1 job with a preceding job or think time; submit times are used as they are",
      "log of Toy",
      "time 0 is Unix time 843480031",
    ]);
  });

  it("leaves out what cannot run, and counts it by reason", () => {
    const { table, notes } = importText(
      swf,
      HEADER +
        line("1 0 -1 10 1 -1 -1 1 -1 -1 1 1 1 1 1 -1 -1 -1") +
        line("2 0 -1 0 1 -1 -1 1 -1 -1 5 1 1 1 1 -1 -1 -1") +
        line("3 0 -1 -1 1 -1 -1 1 -1 -1 5 1 1 1 1 -1 -1 -1") +
        line("4 0 -1 10 101 -1 -1 -1 -1 -1 1 1 1 1 1 -1 -1 -1") +
        line("5 0 -1 10 -1 -1 -1 -1 -1 -1 1 1 1 1 1 -1 -1 -1") +
        line("6 -1 -1 10 1 -1 -1 1 -1 -1 1 1 1 1 1 -1 -1 -1") +
        line("1 0 -1 10 1 -1 -1 1 -1 -1 2 1 1 1 1 -1 -1 -1") +
        line("1 9 -1 10 1 -1 -1 1 -1 -1 3 1 1 1 1 -1 -1 -1") +
        line("7 9 -1 10 1 -1 -1 1 -1 -1 4 1 1 1 1 -1 -1 -1"),
    );
    expect(table.count).toBe(1);
    expect(notes.slice(0, 6)).toEqual([
      "1 of 9 jobs in the log",
      "left out: 3 lines, partial executions (status 2, 3, 4)",
      "left out: 2 lines, run time not above 0",
      "left out: 1 line, no submit time",
      "left out: 1 line, no number of processors",
      "left out: 1 line, more processors than the worker has",
    ]);
  });

  it("divides the times between submissions by the scale, and stops at the limit", () => {
    const jobs = [0, 90, 300].map((submit, i) => line(`${i + 1} ${submit} -1 10 1 -1 -1 1 -1 -1 1 1 1 1 1 -1 -1 -1`)).join("");
    const { table, notes } = importText(swf, HEADER + jobs, { scale: 1.5, limit: 2 }, 20);
    expect(table.count).toBe(2);
    expect(taskOf(table, "2").release).toBe(60 * SECOND);
    expect(notes[0]).toBe("the first 2 jobs of the log that can run (limit)");
  });

  it("runs on the one worker given, and refuses several", () => {
    const job = line("1 0 -1 10 50 -1 -1 1 -1 -1 1 1 1 1 1 -1 -1 -1");
    const worker = { id: "big", capacity: [64_000, Infinity, Infinity, Infinity], speed: 1000, labels: {} };
    expect(importText(swf, job, { workers: [worker] }).workers).toEqual([worker]);
    expect(importFaults(swf, job, { workers: [worker, { ...worker, id: "other" }] })[0]).toContain("runs on one worker");
    expect(importFaults(swf, job)[0]).toContain("neither MaxProcs nor MaxNodes");
  });

  it("passes over a header's value that is no number of processors, and says so", () => {
    const job = line("1 0 -1 10 4 -1 -1 4 -1 -1 1 1 1 1 1 -1 -1 -1");
    const { workers, notes } = importText(swf, `; MaxProcs: abc\n; MaxNodes: 4 (of 8)\n${job}`);
    expect(workers?.[0]?.capacity[0]).toBe(4000);
    expect(notes).toEqual(["1 of 1 job in the log", 'MaxProcs "abc" in the header is not a number of processors; MaxNodes counts instead']);
    const way = "; say how many processors there are, such as --workers '1 x 128cpu'";
    expect(importFaults(swf, `; MaxProcs: 12x\n; MaxNodes: -1\n${job}`)).toEqual([
      `1:13 MaxProcs "12x" in the header is not a number of processors${way}`,
      `2:13 MaxNodes "-1" in the header is not a number of processors${way}`,
    ]);
    expect(importFaults(swf, `; MaxProcs: 99999999999999999999\n${job}`)).toEqual([
      `1:13 MaxProcs "99999999999999999999" in the header is too large${way}`,
    ]);
    expect(importText(swf, `; MaxProcs: 8\n; MaxNodes: none\n${job}`).notes).toHaveLength(1);
  });

  it("names every malformed line by line and column", () => {
    const faults = importFaults(
      swf,
      HEADER +
        line("1 0 -1 10 1 -1 -1 1 -1 -1 1 1 1 1 1 -1 -1 -1") +
        line("2 0 -1 ten 1 -1 -1 1 -1 -1 1 1 1 1 1 -1 -1 1.2.3") +
        line("3 0 -1") +
        line("  1 0 -1 10 1 -1 -1 1 -1 -1 1 1 1 1 1 -1 -1 -1"),
    );
    expect(faults).toEqual([
      '7:8 run time (field 4): "ten" is not a number',
      '7:44 think time (field 18): "1.2.3" is not a number',
      "8:1 a job has 18 fields, this line 3",
      "9:3 job 1 comes twice",
    ]);
    expect(importFaults(swf, HEADER)).toEqual(["input: there is no job in this log"]);
    // A line of another format is one fault.
    expect(importFaults(swf, `${HEADER}id,duration\na,3 b,4`).map((fault) => fault.replace(/^\d+:/, ""))).toEqual([
      "1 a job has 18 fields, this line 1",
      "1 a job has 18 fields, this line 2",
    ]);
  });

  it("names numbers that are too large, beside all else, and the job with which the clock ends", () => {
    const job = (number: string, submit: string, run: string, requested = "-1") =>
      line(`${number} ${submit} -1 ${run} 1 -1 -1 1 ${requested} -1 1 1 1 1 1 -1 -1 -1`);
    const faults = importFaults(
      swf,
      HEADER +
        job("1", "1e400", "1e11") +
        job("2", "0", "1e20", "99999999999999") +
        job("3", "0", "ten") +
        job("1e999", "0", "1") +
        job("4", "0", "5e9") +
        job("5", "4e9", "3e9") +
        job("6", "4e9", "3e9"),
    );
    const first = HEADER.split("\n").length;
    expect(faults).toEqual([
      `${first}:3 submit time (field 2): "1e400" is too large`,
      `${first}:12 run time (field 4): "1e11" is too large`,
      `${first + 1}:8 run time (field 4): "1e20" is too large`,
      `${first + 1}:23 requested time (field 9): "99999999999999" is too large`,
      `${first + 2}:8 run time (field 4): "ten" is not a number`,
      `${first + 3}:1 job number (field 1): "1e999" is too large`,
      `${first + 5}:10 the clock ends at 2^53 µs, 285 years, and the workload up to this task could run for 381 years (last release 127 years; this task 96 years)`,
    ]);
    expect(importFaults(swf, HEADER + job("1", "9e9", "1"), { scale: 0.5 })).toEqual([
      `${first}:3 the release is beyond the end of the clock, 2^53 µs (285 years)`,
    ]);
  });

  it("keeps some hundreds of faults and counts the rest", () => {
    const faults = importFaults(swf, HEADER + line("1 2 3").repeat(5000));
    expect(faults).toHaveLength(501);
    expect(faults.at(-1)).toBe("input: 4500 more faults of such kinds");
  });

  it("is recognised by name and by head", () => {
    expect(swf.matches("log.SWF.gz", "")).toBe(true);
    expect(swf.matches("log.txt", HEADER)).toBe(true);
    expect(swf.matches("log.txt", "id,duration\n")).toBe(false);
  });
});

describeWithData("batch logs of the Parallel Workloads Archive", () => {
  it("reads KTH-SP2 whole", () => {
    const { table, workers, notes } = importText(swf, textOf(dataPath("swf/KTH-SP2.swf.gz")), { file: "logs/KTH-SP2.swf.gz" });
    expect(workers?.[0]?.capacity[0]).toBe(100_000);
    expect(notes[0]).toBe("28,481 of 28,481 jobs in the log");
    expect(table.count).toBe(28_481);
    expect(nameAt(table.names, 0)).toBe("1");
    expect(totals(table)).toEqual({ coreSeconds: 2_013_209_080, estimateSeconds: 389_572_200 });
  });

  it("reads NASA-iPSC whole, where nothing was requested", () => {
    const { table, workers, notes } = importText(swf, textOf(dataPath("swf/NASA-iPSC-1993-3.1-cln.swf.gz")));
    expect(workers?.[0]?.capacity[0]).toBe(128_000);
    expect(notes[0]).toBe("18,066 of 18,239 jobs in the log");
    expect(totals(table)).toEqual({ coreSeconds: 474_238_015, estimateSeconds: 13_950_781 });
    for (let task = 0; task < table.count; task++) expect(at(table.estimate, task)).toBe(at(table.work, task));
  });
});

/** Sums over a log of whole seconds, counted apart from Makespan. */
function totals(table: TaskTable) {
  let coreSeconds = 0;
  let estimateSeconds = 0;
  for (let task = 0; task < table.count; task++) {
    coreSeconds += (at(table.request[CPU] as Column, task) / 1000) * (at(table.work, task) / SECOND);
    estimateSeconds += at(table.estimate, task) / SECOND;
  }
  return { coreSeconds, estimateSeconds };
}
