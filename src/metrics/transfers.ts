// What a run moved of files, and what it did again for those that were lost.
import type { DataPlan } from "../model/data.ts";
import { EntryKind, type TraceSink } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import type { AttemptOutcomes } from "./attempt-outcomes.ts";

export interface TransferFields {
  /** How long attempts waited for files, and how many were sent, of how many bytes in all; undefined where there are none. */
  transferTime: Duration | undefined;
  transfers: number | undefined;
  bytesMoved: number | undefined;
  /** Tasks that ran again, each time, and how long the attempts had run that were for nothing; undefined where outputs are durable. */
  recomputed: number | undefined;
  recomputedTime: Duration | undefined;
}

/** Counts the files that came to where they were sent. */
export class Transfers implements TraceSink {
  readonly #data: DataPlan;
  count = 0;
  bytes = 0;

  constructor(data: DataPlan) {
    this.#data = data;
  }

  entry(_time: Time, kind: EntryKind, _task: number, _worker: number, file: number): void {
    if (kind !== EntryKind.fetched) return;
    this.count += 1;
    this.bytes += this.#data.files.size[file] as number;
  }
}

/** Of all attempts up to `end`. */
export function transfersOf(outcomes: AttemptOutcomes | undefined, transfers: Transfers | undefined, end: number): TransferFields {
  const { data } = outcomes?.world ?? {};
  if (outcomes === undefined || transfers === undefined || data === undefined)
    return { transferTime: undefined, transfers: undefined, bytesMoved: undefined, recomputed: undefined, recomputedTime: undefined };
  let transferTime = 0;
  for (const { transfer } of outcomes.records(end)) transferTime += transfer;
  const isLocal = data.outputPlace === "local";
  return {
    transferTime,
    transfers: transfers.count,
    bytesMoved: transfers.bytes,
    recomputed: isLocal ? outcomes.recomputed : undefined,
    recomputedTime: isLocal ? outcomes.recomputedTime : undefined,
  };
}
