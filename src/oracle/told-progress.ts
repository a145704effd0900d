// T17: what workers tell of how far attempts are is true, and where nothing lies between all of it is told, at once.
import { EntryKind, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { isNetworked } from "../model/world.ts";
import { ExpectedEnds } from "./expected-ends.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { Ledger, releases, Stage } from "./ledger.ts";

export const TOLD_PROGRESS: Invariant = {
  id: "T17",
  statement:
    "What the scheduler learns of an attempt's progress is of the running or suspended one, if that was not a copy, never more than it has done by then, a multiple of the part that the settings give, and more each time; where no network lies between, it comes as that much is done (if the attempt is halted just then, at the latest as it goes on), and none is missing.",
  judge(trace) {
    const finding = new Finding();
    const part = trace.settings.liveness?.progress;
    const told = new Told(trace, part ?? 1000);
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, time } = entry;
      if (kind === EntryKind.progressed)
        finding.check(index, time, part === undefined ? "workers tell of progress, which nobody has asked for" : told.wrong(entry));
      else if (part !== undefined && releases(entry)) finding.check(index, time, told.missing(entry.task, time));
      told.apply(entry);
      index += 1;
    }
    if (part !== undefined) for (const task of told.held()) finding.check(index, trace.ending.time, told.missing(task, trace.ending.time));
    return finding;
  },
};

class Told {
  readonly #part: number;
  readonly #ledger: Ledger;
  readonly #ends: ExpectedEnds;
  readonly #networked: boolean;
  /** Attempts that were started as copies: of these nothing is told. */
  readonly #copies = new Set<string>();
  /** What was told last of each attempt, in thousandths. */
  readonly #last = new Map<string, number>();

  constructor(trace: Trace, part: number) {
    this.#part = part;
    this.#ledger = new Ledger(trace);
    this.#ends = new ExpectedEnds(trace);
    this.#networked = isNetworked(trace.world);
  }

  apply(entry: TraceEntry): void {
    const { kind, task, attempt } = entry;
    if (kind === EntryKind.copied) this.#copies.add(`${task}#${attempt}`);
    if (kind === EntryKind.progressed) this.#last.set(this.#keyOf(task), attempt);
    this.#ledger.apply(entry);
    this.#ends.follow(entry, this.#ledger);
  }

  /** Tasks whose attempts run, or are suspended. */
  held(): number[] {
    return [...this.#ledger.stage.keys()].filter((task) => this.#isHeld(task));
  }

  #isHeld(task: number): boolean {
    return this.#ledger.stage[task] === Stage.running || this.#ledger.stage[task] === Stage.suspended;
  }

  #keyOf(task: number): string {
    return `${task}#${this.#ledger.current(task)}`;
  }

  wrong({ task, worker, attempt: thousandths, time }: TraceEntry): string | undefined {
    const name = `attempt ${this.#ledger.current(task)} of task ${task}`;
    if (!this.#isHeld(task) || this.#ledger.worker[task] !== worker) return `${name} does not run on worker ${worker}`;
    const last = this.#last.get(this.#keyOf(task)) ?? 0;
    if (thousandths <= last) return `${name} is told to have done ${thousandths} thousandths, after ${last}`;
    if (thousandths % this.#part !== 0 || thousandths >= 1000) return `${thousandths} thousandths are no part of which workers tell`;
    const done = this.#ends.done(task, this.#ledger.current(task), thousandths, time);
    if (done === undefined) return `${name} has not done ${thousandths} thousandths of its work`;
    if (this.#networked) return undefined;
    if (done.time !== time && done.later !== time) return `${name} had done ${thousandths} thousandths at ${done.time}, not at ${time}`;
    const more = this.#ends.done(task, this.#ledger.current(task), thousandths + this.#part, time);
    if (more !== undefined && thousandths + this.#part < 1000) return `${name} has done more by then than is told`;
    return this.missing(task, time);
  }

  /** What was done of the present attempt before a time, and not told. */
  missing(task: number, time: Time): string | undefined {
    const next = (this.#last.get(this.#keyOf(task)) ?? 0) + this.#part;
    if (this.#networked || next >= 1000 || this.#copies.has(this.#keyOf(task))) return undefined;
    const done = this.#ends.done(task, this.#ledger.current(task), next, time);
    if (done?.surely !== true) return undefined;
    return `attempt ${this.#ledger.current(task)} of task ${task} had done ${next} thousandths at ${done.time}, and that is not told`;
  }
}
