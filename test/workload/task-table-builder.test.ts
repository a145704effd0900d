// The builder against rows that are kept as they are; joining tables against building one.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, type Column, isConstant, labelAt, nameAt } from "../../src/model/columns.ts";
import type { TaskTable } from "../../src/model/world.ts";
import { concatTables, type TaskRow, TaskTableBuilder } from "../../src/workload/task-table-builder.ts";

const TIMES = [Float64Array.of(1, Number.NaN), Float64Array.of(3, 4)];
const whole = fc.integer({ min: 0, max: 3 });
const label = fc.constantFrom(undefined, "", "a", "b");
const rowArbitrary = fc.record(
  {
    release: whole,
    work: whole,
    request: fc.tuple(whole, whole),
    estimate: fc.constantFrom(Number.NaN, 1, 2),
    times: fc.constantFrom(undefined, ...TIMES),
    estimates: fc.constantFrom(undefined, ...TIMES),
    due: fc.constantFrom(Number.POSITIVE_INFINITY, 5),
    timeout: fc.constantFrom(Number.POSITIVE_INFINITY, 5),
    retries: whole,
    failures: fc.constantFrom(0, 1, Number.POSITIVE_INFINITY),
    failsAfter: fc.constantFrom(1, 0.5),
    priority: fc.integer({ min: -1, max: 1 }),
    weight: whole,
    eligibility: whole,
    usage: fc.option(
      fc.record({ cpu: fc.constantFrom(Number.NaN, 0, 1, 2), memory: fc.constantFrom(Number.NaN, 1), read: whole, written: whole }),
      { nil: undefined },
    ),
    job: label,
    user: label,
    group: label,
    queue: label,
    function: label,
    status: label,
    stdout: label,
    stderr: label,
    edges: fc.array(fc.nat(9), { maxLength: 3 }),
  },
  { requiredKeys: ["release", "work", "request", "edges"] },
);
type DrawnRow = TaskRow & { edges: number[] };
const rowsArbitrary = fc.array(rowArbitrary, { maxLength: 8 }) as fc.Arbitrary<DrawnRow[]>;

function build(rows: readonly DrawnRow[], named: boolean): TaskTable {
  const builder = new TaskTableBuilder(2, "n");
  for (const [i, row] of rows.entries()) {
    const dependencies = row.edges.map((edge) => edge % rows.length);
    expect(builder.add({ ...row, dependencies, ...(named && { id: `id ${i * 7}` }) })).toBe(i);
  }
  return builder.finish();
}

/** What a table says of each task, defaults and all, positions of dependencies from the table's start. */
function rowsOf(table: TaskTable, from = 0, to = table.count) {
  const perWorker = (column: Column, task: number, tables: Float64Array[]) => (at(column, task) < 0 ? undefined : tables[at(column, task)]);
  const listed = ({ offsets, targets }: TaskTable["dependencies"], task: number) =>
    Array.from(targets.subarray(offsets[task], offsets[task + 1]), (target) => target - from);
  return Array.from({ length: to - from }, (_, i) => {
    const task = from + i;
    return {
      release: at(table.release, task),
      work: at(table.work, task),
      request: table.request.map((column) => at(column, task)),
      estimate: at(table.estimate, task),
      times: perWorker(table.timeTable, task, table.timeTables),
      estimates: perWorker(table.estimateTable, task, table.estimateTables),
      due: at(table.due, task),
      timeout: at(table.timeout, task),
      retries: at(table.retries, task),
      failures: at(table.failures, task),
      failsAfter: at(table.failsAfter, task),
      priority: at(table.priority, task),
      weight: at(table.weight, task),
      eligibility: at(table.eligibility, task),
      usage: [table.usedCpu, table.usedMemory, table.bytesRead, table.bytesWritten].map((column) => at(column, task)),
      job: labelAt(table.job, task),
      user: labelAt(table.user, task),
      group: labelAt(table.group, task),
      queue: labelAt(table.queue, task),
      function: labelAt(table.function, task),
      status: labelAt(table.status, task),
      stdout: labelAt(table.stdout, task),
      stderr: labelAt(table.stderr, task),
      dependencies: listed(table.dependencies, task),
      dependents: listed(table.dependents, task),
    };
  });
}

/** No more than the request, unless nothing is requested. */
function usageOf({ usage, request }: TaskRow): number[] {
  if (usage === undefined) return [Number.NaN, Number.NaN, 0, 0];
  const held = (used: number, requested: number) => (requested === 0 ? used : Math.min(used, requested));
  return [held(usage.cpu, request[0] as number), held(usage.memory, request[1] as number), usage.read, usage.written];
}

function expected(rows: readonly DrawnRow[]) {
  const defaults = {
    estimate: Number.NaN,
    times: undefined,
    estimates: undefined,
    due: Number.POSITIVE_INFINITY,
    timeout: Number.POSITIVE_INFINITY,
    retries: 0,
    failures: 0,
    failsAfter: 1,
    priority: 0,
    weight: 1,
    eligibility: 0,
  };
  return rows.map(({ edges, ...row }, i) => ({
    ...defaults,
    ...row,
    request: [...(row.request as number[])],
    usage: usageOf(row),
    job: row.job ?? "",
    user: row.user ?? "",
    group: row.group ?? "",
    queue: row.queue ?? "",
    function: row.function ?? "",
    status: row.status ?? "",
    stdout: row.stdout ?? "",
    stderr: row.stderr ?? "",
    dependencies: edges.map((edge) => edge % rows.length),
    dependents: rows.flatMap((other, j) => other.edges.flatMap((edge) => (edge % rows.length === i ? [j] : []))),
  }));
}

describe("TaskTableBuilder", () => {
  it("gives back every row", () => {
    fc.assert(
      fc.property(rowsArbitrary, fc.boolean(), (rows, named) => {
        const table = build(rows, named);
        expect(table.count).toBe(rows.length);
        expect(rowsOf(table)).toEqual(expected(rows));
        for (let i = 0; i < rows.length; i++) expect(nameAt(table.names, i)).toBe(named ? `id ${i * 7}` : `n${i + 1}`);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("keeps one number for a column that never changes, and shares its memory", () => {
    const builder = new TaskTableBuilder(2);
    for (let i = 0; i < 1000; i++) builder.add({ release: 5, work: i, request: [1000, 7], weight: 3, user: "eva" });
    const table = builder.finish();
    const constant = [table.release, ...table.request, table.weight, table.due, table.estimate, table.user.indices, table.timeTable];
    expect(constant.every(isConstant)).toBe(true);
    expect(isConstant(table.work)).toBe(false);
    for (const column of [table.work, table.release]) expect(column.data.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect([at(table.release, 999), at(table.weight, 999), labelAt(table.user, 999)]).toEqual([5, 3, "eva"]);
  });

  it("keeps ids that count up as a number, whatever follows", () => {
    const ids = ["job1", "job2", "job3", "x", "job5", "a rather long name of a task"];
    const builder = new TaskTableBuilder(1);
    for (const id of ids) builder.add({ id, release: 0, work: 0, request: [0] });
    const { names } = builder.finish();
    expect(ids.map((_, i) => nameAt(names, i))).toEqual(ids);
    expect(names.runs[0]).toMatchObject({ prefix: "job", count: 3 });
  });

  it("fills in references to later rows", () => {
    const builder = new TaskTableBuilder(1);
    const edge = builder.edges + 1;
    builder.add({ release: 0, work: 0, request: [0], dependencies: [0, 0] });
    builder.add({ release: 0, work: 0, request: [0] });
    builder.redirect(edge, 1);
    const { dependencies, dependents } = builder.finish();
    expect(Array.from(dependencies.targets)).toEqual([0, 1]);
    expect(Array.from(dependents.offsets)).toEqual([0, 1, 2]);
  });

  it("refuses rows with and without an id in one table", () => {
    const builder = new TaskTableBuilder(1);
    builder.add({ release: 0, work: 0, request: [0] });
    expect(() => builder.add({ id: "a", release: 0, work: 0, request: [0] })).toThrow(TypeError);
  });
});

describe("concatTables", () => {
  it("returns a single table as it is, and an empty one for none", () => {
    const table = build([], false);
    expect(concatTables([table])).toBe(table);
    expect(concatTables([]).count).toBe(0);
  });

  it("says of each task what its own table said", () => {
    fc.assert(
      fc.property(fc.array(rowsArbitrary, { minLength: 2, maxLength: 4 }), fc.boolean(), (parts, named) => {
        const tables = parts.map((rows) => build(rows, named));
        const joined = concatTables(tables);
        let start = 0;
        for (const [k, table] of tables.entries()) {
          expect(rowsOf(joined, start, start + table.count)).toEqual(rowsOf(table));
          for (let i = 0; i < table.count; i++) expect(nameAt(joined.names, start + i)).toBe(nameAt(tables[k]?.names as never, i));
          start += table.count;
        }
        expect(joined.count).toBe(start);
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it("keeps columns constant where all tables agree, and keeps tables of times once", () => {
    const one = new TaskTableBuilder(1);
    for (let i = 0; i < 3; i++) one.add({ release: 0, work: 4, request: [1], job: "x", times: TIMES[0] });
    const other = new TaskTableBuilder(2);
    for (let i = 0; i < 2; i++) other.add({ release: 0, work: 5, request: [1, 9], job: "x", times: TIMES[0] });
    const joined = concatTables([one.finish(), other.finish()]);
    expect([joined.release, joined.request[0] as Column, joined.job.indices, joined.timeTable].every(isConstant)).toBe(true);
    expect([0, 2, 3, 4].map((task) => at(joined.work, task))).toEqual([4, 4, 5, 5]);
    expect([0, 3].map((task) => at(joined.request[1] as Column, task))).toEqual([0, 9]);
    expect(joined.timeTables).toEqual([TIMES[0]]);
  });
});
