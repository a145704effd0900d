// The one place that a run writes to: every entry goes to the digest, to the stored trace if there is one, and to the folds.
import { Digest } from "./digest.ts";
import type { LogEntry } from "./log-entry.ts";
import type { MessageEntry } from "./network.ts";
import { type EntryKind, type Reason, TraceColumns, type TraceSink } from "./trace.ts";
import type { Time } from "./units.ts";

export class Recorder implements TraceSink {
  readonly digest = new Digest();
  readonly entries: TraceColumns | undefined;
  /** Where messages are asked for and the trace is stored. */
  readonly messages: MessageEntry[] | undefined;
  /** The same, where the scheduler is replicated. */
  readonly log: LogEntry[] | undefined;
  readonly #sinks: readonly TraceSink[];

  constructor(sinks: readonly TraceSink[], store: boolean, messages = false, replicated = false) {
    this.#sinks = sinks;
    this.messages = store && messages ? [] : undefined;
    this.log = store && messages && replicated ? [] : undefined;
    this.entries = store ? new TraceColumns() : undefined;
  }

  entry(time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason, amount?: number): void {
    this.digest.entry(time, kind, task, worker, attempt, reason, amount);
    if (this.entries !== undefined) this.entries.entry(time, kind, task, worker, attempt, reason, amount);
    for (let i = 0; i < this.#sinks.length; i++) this.#sinks[i]?.entry(time, kind, task, worker, attempt, reason, amount);
  }
}
