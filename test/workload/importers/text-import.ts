// Imports a text as a file, for tests.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { at, nameAt } from "../../../src/model/columns.ts";
import { InputError } from "../../../src/model/errors.ts";
import { STANDARD_DIMENSIONS } from "../../../src/model/resources.ts";
import type { TaskTable } from "../../../src/model/world.ts";
import type { Imported, Importer, ImportOptions } from "../../../src/workload/importers/importer.ts";

/** The options of an import without anything special. */
export function plainOptions(options: Partial<ImportOptions> = {}): ImportOptions {
  return { file: "input", dimensions: [...STANDARD_DIMENSIONS], scale: 1, ...options };
}

/** The text imported, in chunks of so many characters. */
export function importText(importer: Importer, text: string, options: Partial<ImportOptions> = {}, chunkLength = 65_536): Imported {
  const session = importer.open(plainOptions(options));
  for (let start = 0; start < text.length && !session.full; start += chunkLength) session.write(text.slice(start, start + chunkLength));
  return session.finish();
}

/** The faults that an import ends with, as `line:column message`. */
export function importFaults(importer: Importer, text: string, options: Partial<ImportOptions> = {}): string[] {
  try {
    importText(importer, text, options);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.faults.map(({ message, position }) =>
      position === undefined ? message : `${position.line}:${position.column} ${message}`,
    );
  }
  throw new Error("the import found no fault");
}

/** A file's text, unpacked where it is gzipped. */
export function textOf(path: string): string {
  const bytes = readFileSync(path);
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
}

/** What a task of a table is, as a plain object. */
export function taskOf(table: TaskTable, name: string) {
  const task = Array.from({ length: table.count }, (_, i) => nameAt(table.names, i)).indexOf(name);
  const { offsets, targets } = table.dependencies;
  const label = (column: TaskTable["job"]) => column.values[at(column.indices, task)];
  return {
    release: at(table.release, task),
    work: at(table.work, task),
    estimate: at(table.estimate, task),
    request: table.request.map((column) => at(column, task)),
    dependencies: Array.from(targets.subarray(offsets[task], offsets[task + 1]), (target) => nameAt(table.names, target)),
    priority: at(table.priority, task),
    weight: at(table.weight, task),
    due: at(table.due, task),
    timeout: at(table.timeout, task),
    retries: at(table.retries, task),
    failures: at(table.failures, task),
    failsAfter: at(table.failsAfter, task),
    usage: [table.usedCpu, table.usedMemory, table.bytesRead, table.bytesWritten].map((column) => at(column, task)),
    job: label(table.job),
    user: label(table.user),
    group: label(table.group),
    queue: label(table.queue),
    function: label(table.function),
    status: label(table.status),
  };
}
