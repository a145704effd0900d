import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, labelAt, nameAt } from "../../src/model/columns.ts";
import { reversed } from "../../src/model/graph.ts";
import type { TaskTable } from "../../src/model/world.ts";
import { GrowingTable } from "../../src/workload/growing-table.ts";
import { TaskTableBuilder, type TaskRow } from "../../src/workload/task-table-builder.ts";

type Row = TaskRow & { dependencies: number[] };

const TIMES = [Float64Array.of(1, 2), Float64Array.of(3, Number.NaN)];

/** Tasks in chunks; what they depend on comes earlier, or later in their own chunk. */
const chunks: fc.Arbitrary<Row[][]> = fc
  .array(
    fc.array(
      fc.record({
        release: fc.nat(2),
        work: fc.nat(1),
        cpu: fc.constantFrom(1000, 1000, 2000),
        estimate: fc.constantFrom(undefined, 5),
        times: fc.constantFrom(undefined, undefined, ...TIMES),
        estimates: fc.constantFrom(undefined, undefined, ...TIMES),
        due: fc.constantFrom(undefined, 7),
        priority: fc.constantFrom(-1, 0, 0),
        failures: fc.constantFrom(0, 0, Number.POSITIVE_INFINITY),
        job: fc.constantFrom(undefined, "j", "k"),
        user: fc.constantFrom(undefined, "u"),
        edges: fc.array(fc.nat(30), { maxLength: 3 }),
      }),
      { maxLength: 4 },
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((drawn) => {
    let start = 0;
    return drawn.map((chunk) => {
      const known = start + chunk.length;
      const rows = chunk.map(({ cpu, edges, ...row }, i): Row => {
        const position = start + i;
        const dependencies = [...new Set(edges.map((edge) => edge % known))].filter((edge) => edge !== position);
        return { ...row, id: `t${position % 5 === 0 ? position : `${position}-x`}`, request: [cpu, 0, 0, 1], dependencies };
      });
      start = known;
      return rows;
    });
  });

function tableOf(rows: readonly Row[], withDependencies: boolean): TaskTable {
  const builder = new TaskTableBuilder(4);
  for (const row of rows) builder.add(withDependencies ? row : { ...row, dependencies: [] });
  return builder.finish();
}

const COLUMNS = [
  "release",
  "estimate",
  "priority",
  "weight",
  "due",
  "timeout",
  "retries",
  "eligibility",
  "work",
  "failures",
  "failsAfter",
  "usedCpu",
  "usedMemory",
  "bytesRead",
  "bytesWritten",
] as const;

const LABELS = ["job", "user", "group", "queue", "function", "status", "stdout", "stderr"] as const;

/** All that a table says, task by task. */
function contents(table: TaskTable): unknown {
  const tasks = Array.from({ length: table.count }, (_, task) => ({
    name: nameAt(table.names, task),
    columns: COLUMNS.map((column) => at(table[column], task)),
    request: table.request.map((column) => at(column, task)),
    labels: LABELS.map((key) => table[key]).map((label) => labelAt(label, task)),
    times: table.timeTables[at(table.timeTable, task)],
    estimates: table.estimateTables[at(table.estimateTable, task)],
  }));
  const graph = ({ offsets, targets }: TaskTable["dependencies"]) => [[...offsets], [...targets]];
  return { tasks, names: table.names.count, dependencies: graph(table.dependencies), dependents: graph(table.dependents) };
}

describe("GrowingTable", () => {
  it("says after any appending what the whole table says, and leaves what it began with alone", () => {
    fc.assert(
      fc.property(chunks, ([first = [], ...more]) => {
        const sound = first.map((row) => ({ ...row, dependencies: row.dependencies.filter((edge) => edge < first.length) }));
        const original = tableOf(sound, true);
        const before = JSON.stringify(contents(original));
        const growing = new GrowingTable(original);
        const other = new GrowingTable(original);
        const holders = [growing.release, growing.request[0], growing.names, growing.dependencies];
        let rows = sound;
        for (const chunk of more) {
          growing.append(
            tableOf(chunk, false),
            chunk.map(({ dependencies }) => dependencies),
          );
          rows = [...rows, ...chunk];
          expect(contents(growing)).toEqual(contents(tableOf(rows, true)));
          expect([...growing.dependents.targets]).toEqual([...reversed(growing.dependencies).targets]);
        }
        expect([growing.release, growing.request[0], growing.names, growing.dependencies]).toEqual(holders);
        expect(JSON.stringify(contents(original))).toBe(before);
        expect(JSON.stringify(contents(other))).toBe(before);
      }),
      { seed: 31, numRuns: 300 },
    );
  });
});
