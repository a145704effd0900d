// Reads the fault traces that a scenario names, chunk by chunk, into the crashes that they are.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { AS_FAR } from "../model/errors.ts";
import type { FaultSpec } from "../model/scenario.ts";
import type { Imported } from "../workload/importers/importer.ts";
import { OutageTrace } from "../workload/outage-trace.ts";
import { clusterOf, type Draft, tracesOf } from "./draft.ts";
import { noSuchFile } from "./file-errors.ts";
import { allOf } from "./normalise-turnover.ts";
import { mayBeCalled } from "./open-workers.ts";
import { shownAs } from "./read-workload.ts";
import { fileChunks } from "./text-chunks.ts";

/**
 * The outages of a draft's fault traces, by the index of the fault; what is wrong with them goes to its faults. Paths start from
 * `directory`, and are shown behind `shown`, the folder as the user knows it.
 */
export async function readFaultTraces(
  draft: Draft,
  workloads: readonly Imported[],
  directory: string,
  shown: string,
): Promise<Map<number, FaultSpec[]>> {
  const read = new Map<number, FaultSpec[]>();
  const cluster = clusterOf(draft, workloads);
  const workers = cluster && allOf(cluster);
  const open = workers?.filter((worker) => worker.open?.id === true);
  const mayBe = (id: string) => draft.mayMissWorkers || open?.some((worker) => mayBeCalled(worker, id)) === true;
  const limits = open?.some((worker) => worker.open?.isCountAlone !== true) === true ? AS_FAR : "";
  for (const { file, path, index } of tracesOf(draft)) {
    const location = resolve(directory, file);
    const name = shownAs(file, shown);
    if (!existsSync(location)) {
      draft.faults.add(path, noSuchFile(name, location));
      continue;
    }
    try {
      const trace = new OutageTrace(name);
      for await (const chunk of fileChunks(location, name)) trace.write(chunk);
      read.set(index, trace.finish(workers, mayBe, limits));
    } catch (error) {
      draft.faults.take(path, error);
    }
  }
  return read;
}
