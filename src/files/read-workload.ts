// Reads a workload's file into a task table, by the importer of its format, chunk by chunk.
import { existsSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { type Position, refuse } from "../model/errors.ts";
import { unknownValue } from "../model/quantity-schema.ts";
import { STANDARD_DIMENSIONS } from "../model/resources.ts";
import type { WorkerSpec } from "../model/scenario.ts";
import type { TaskTable } from "../model/world.ts";
import type { Imported, Importer } from "../workload/importers/importer.ts";
import { IMPORTERS, importerFor, importerNamed } from "../workload/importers/index.ts";
import { reusedRow } from "../workload/task-draws.ts";
import { TaskTableBuilder } from "../workload/task-table-builder.ts";
import { type Draft, type WorkloadPlace, workloadsOf } from "./draft.ts";
import { FaultList } from "./fault-list.ts";
import { noSuchFile } from "./file-errors.ts";
import { anyCluster } from "./generated-apart.ts";
import { fileChunks, peeked } from "./text-chunks.ts";
import { workersAtLargest } from "./normalise-faults.ts";
import { retriesOf } from "./normalise-scheduler.ts";
import { allOf, withJoining } from "./normalise-turnover.ts";

/** A file that is open already, such as standard input. */
export interface OpenFile {
  file: string;
  /** What messages call it, if not by the name of its file. */
  shown?: string;
  chunks: AsyncGenerator<string>;
}

/** What a file held, and where the scenario names it. */
export interface ReadWorkload extends Imported {
  file: string;
  position?: Position;
  /** Of a file with faults, of which nothing is known but the ids that can be read, and a sound cluster: whether there may be more. */
  remains?: { mayMiss: boolean; mayBringCluster: boolean };
}

/**
 * Reads the files of a draft's workloads; what is wrong with them goes to its faults. Paths start from `directory`, and are shown
 * behind `shown`, the folder as the user knows it.
 */
export async function readWorkloads(draft: Draft, directory: string, shown: string, open?: OpenFile): Promise<ReadWorkload[]> {
  const read: ReadWorkload[] = [];
  // Whether one of the files so far may bring a cluster that could not be read.
  let isClusterOpen = missesWorkload(draft);
  for (const place of workloadsOf(draft)) {
    const workload = await readWorkload(draft, place, { directory, shown, open, before: read, isClusterOpen });
    if (workload !== undefined) read.push(isClusterOpen ? withoutCluster(workload) : workload);
    isClusterOpen ||= workload === undefined ? mayBringCluster(place) : workload.remains?.mayBringCluster === true;
  }
  return read;
}

/** Whether one of the workloads is none at all: of that not even the file is known. */
export function missesWorkload({ input }: Draft): boolean {
  return Array.isArray(input.workload) && input.workload.some((given) => given === undefined);
}

/** Its cluster is not the scenario's where another file's comes first, and nobody is held against it. */
function withoutCluster(workload: ReadWorkload): ReadWorkload {
  const { workers: _, ...rest } = workload;
  return rest;
}

/** Whether a file that could not be read may bring a cluster. */
export function mayBringCluster({ workload: { format, file } }: WorkloadPlace): boolean {
  if (file === undefined) return true;
  return (importerNamed(format ?? "") ?? importerFor(file, ""))?.bringsCluster ?? true;
}

/** What is around a workload that is read. */
interface Around {
  directory: string;
  shown: string;
  open: OpenFile | undefined;
  /** The workloads before it, and whether one of them may bring a cluster that could not be read. */
  before: readonly Imported[];
  isClusterOpen: boolean;
}

async function readWorkload(draft: Draft, place: WorkloadPlace, around: Around): Promise<ReadWorkload | undefined> {
  const { workload, path } = place;
  const { directory, shown, open } = around;
  const before = draft.faults.count;
  if (workload.format !== undefined && importerNamed(workload.format) === undefined) {
    draft.faults.add(
      [...path, "format"],
      `format ${unknownValue(
        workload.format,
        IMPORTERS.map(({ name }) => name),
      )}`,
    );
  }
  if (workload.file === undefined) return undefined; // what is wrong with it is told already
  const location = resolve(directory, workload.file);
  const opened = open?.file === workload.file ? open : undefined;
  const name = opened?.shown ?? shownAs(workload.file, shown);
  if (opened === undefined && !existsSync(location)) draft.faults.add([...path, "file"], noSuchFile(name, location));
  if (draft.faults.count > before || draft.faulty([...path, "format"])) return undefined;
  try {
    const imported = await importText(opened?.chunks ?? fileChunks(location, name), place, draft, name, around);
    const position = draft.document.position([...path, "file"]);
    if (imported === undefined) return undefined;
    draft.notes.push(...imported.notes.map((note) => `${opened?.shown ?? workload.file}: ${note}`));
    return { ...imported, file: name, ...(position && { position }) };
  } catch (error) {
    draft.faults.take([...path, "file"], error);
    return undefined;
  }
}

/** A path as the user knows it: behind the folder where it starts from there. */
export function shownAs(file: string, folder: string): string {
  return isAbsolute(file) ? file : join(folder, file);
}

/** What a file holds; of one with faults, which are told, the ids of its tasks. */
async function importText(
  chunks: AsyncGenerator<string>,
  { workload, path }: WorkloadPlace,
  draft: Draft,
  name: string,
  { before, isClusterOpen }: Around,
): Promise<(Imported & Pick<ReadWorkload, "remains">) | undefined> {
  const { head, chunks: all } = await peeked(chunks);
  const importer = importerOf(workload, head);
  const own = draft.cluster && { workers: allOf(draft.cluster), dimensions: draft.cluster.dimensions };
  // Where faults leave nothing of the scenario's own cluster nothing is held against it.
  const cluster =
    own ??
    (draft.clusterInDoubt
      ? anyCluster(STANDARD_DIMENSIONS, Number.POSITIVE_INFINITY)
      : before.find(({ workers }) => workers !== undefined));
  const session = importer.open({
    file: name,
    ...(cluster?.workers !== undefined && { workers: workersAtLargest(draft, cluster.workers, cluster.dimensions) }),
    ...(!isClusterOpen && { around: (workers: readonly WorkerSpec[]) => withActions(draft, workers) }),
    dimensions: cluster?.dimensions ?? STANDARD_DIMENSIONS,
    scale: workload.scale ?? 1,
    ...(workload.limit !== undefined && { limit: workload.limit }),
    functions: fixedTimes(draft),
    retries: retriesOf(draft.input.scheduler),
  });
  for await (const chunk of all) {
    session.write(chunk);
    if (session.full) break;
  }
  const imported = draft.faults.attempt([...path, "file"], () => session.finish());
  if (imported !== undefined) return imported;
  const readable = session.readable?.();
  if (readable === undefined) return undefined;
  const { ids, mayMiss, workers = [] } = readable;
  const remains = { mayMiss, mayBringCluster: importer.bringsCluster && readable.workers === undefined };
  return {
    name,
    dimensions: [...STANDARD_DIMENSIONS],
    table: idsAlone(ids),
    ...(workers.length > 0 && { workers }),
    notes: [],
    remains,
  };
}

/** The cluster that a file brings with those who join it, each as large as it may be; what is wrong with these is told elsewhere. */
function withActions(draft: Draft, workers: readonly WorkerSpec[]): readonly WorkerSpec[] {
  const { input, document, faulty } = draft;
  const brought = { workers: [...workers], dimensions: [...STANDARD_DIMENSIONS] };
  const cluster = withJoining(brought, input.actions ?? [], new FaultList(document), faulty);
  return workersAtLargest(draft, allOf(cluster), cluster.dimensions);
}

/** A table of tasks of which nothing is known but their ids: they take no room and no time. */
function idsAlone(ids: Iterable<string>): TaskTable {
  const builder = new TaskTableBuilder(STANDARD_DIMENSIONS.length);
  const row = reusedRow(STANDARD_DIMENSIONS.length);
  for (const id of ids) {
    row.id = id;
    builder.add(row);
  }
  return builder.finish();
}

function importerOf({ format, file }: WorkloadPlace["workload"], head: string): Importer {
  const importer = format === undefined ? importerFor(file, head) : importerNamed(format);
  if (importer !== undefined) return importer;
  const names = IMPORTERS.map(({ name }) => name).join(", ");
  return refuse(`the format of ${file} is not recognised; say which it is, such as format: csv (${names})`);
}

/** Processing times by function that are one number, which is what a table can take. */
function fixedTimes({ functions }: Draft): Map<string, number> {
  const times = new Map<string, number>();
  for (const [name, time] of functions) if (typeof time === "number") times.set(name, time);
  return times;
}
