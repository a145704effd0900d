// T20: what is lost and needed is made again, or who needs it fails.
import { type DataPlan, filesOf } from "../model/data.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { isNetworked } from "../model/world.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { Ledger, Stage } from "./ledger.ts";
import { ToldFiles } from "./told-files.ts";

export const LOST_OUTPUTS: Invariant = {
  id: "T20",
  statement:
    "Where outputs are local: a completed task is to run again only if the scheduler knows that what it wrote is lost, and a task reads that which has not ended, or is to run again itself; and at the end of an instant none is left of which that holds. Where lost files make tasks fail, none is left then that waits and reads one. Of attempts that have not got all that they read when they might wait for ever, none is left that is not taken back.",
  judge(trace) {
    const finding = new Finding();
    if (trace.world.data?.outputPlace !== "local") return finding;
    const state = new State(trace);
    let index = 0;
    let last: Time = 0;
    for (const entry of trace.entries) {
      if (entry.time !== last) for (const [is, message] of state.left()) finding.check(index, last, is ? undefined : message);
      last = entry.time;
      if (entry.kind === EntryKind.reopened)
        finding.check(
          index,
          entry.time,
          !state.told.isLost(entry.task) && `task ${entry.task} is to run again, and what it wrote is not lost`,
        );
      if (entry.kind === EntryKind.gathered) finding.check(index, entry.time, state.gathersWrongly(entry));
      if (state.lacksWord(entry))
        finding.check(index, entry.time, `attempt ${entry.attempt} of task ${entry.task} works, and never told that it had all its files`);
      state.apply(entry);
      index += 1;
    }
    return finding;
  },
};

/** Of attempts that have worked, beside those that failed after they began to. */
const HAVE_WORKED: readonly EntryKind[] = [EntryKind.finished, EntryKind.saving, EntryKind.asking];

class State {
  readonly told: ToldFiles;
  readonly #trace: Trace;
  readonly #ledger: Ledger;
  /** Attempts that have told that they have all their files, by task and number. */
  readonly #gathered = new Set<string>();
  /** Tasks of this instant that are to run again, and whether a task reads what they wrote that had not ended then. */
  readonly #reopened = new Map<number, boolean>();
  /** Of each attempt, where it is, when it began, or came to something else; and whether it waits for its files. */
  readonly #lastTurn = new Map<string, { worker: number; since: Time; waits: boolean }>();
  readonly #networked: boolean;
  /** Tasks whose attempts are to stop anyway. */
  readonly #stopping = new Set<number>();

  constructor(trace: Trace) {
    this.#trace = trace;
    this.#networked = isNetworked(trace.world);
    this.told = new ToldFiles(trace);
    this.#ledger = new Ledger(trace);
  }

  apply(entry: TraceEntry): void {
    const { kind, task, worker, attempt } = entry;
    this.told.apply(entry);
    this.#ledger.apply(entry);
    const name = `${task}#${attempt}`;
    if (kind === EntryKind.gathered) this.#gathered.add(name);
    if (kind === EntryKind.resumed) for (const turn of this.#lastTurn.values()) if (turn.worker === worker) turn.since = entry.time; // it may have begun only now
    if (kind === EntryKind.preparing || kind === EntryKind.started || kind === EntryKind.copied || kind === EntryKind.continued)
      this.#lastTurn.set(name, {
        worker,
        since: entry.time,
        waits: kind === EntryKind.preparing || (kind === EntryKind.continued && this.#lastTurn.get(name)?.waits === true),
      });
    if (kind === EntryKind.reopened) this.#reopened.set(task, this.#isRead(task));
    if (kind === EntryKind.cancelRequested || kind === EntryKind.preempted) this.#stopping.add(task);
    if (kind === EntryKind.started || kind === EntryKind.continued) this.#stopping.delete(task);
  }

  /** Whether an attempt tells that it has all its files though it reads none, has told that before, or at another time than when it had. */
  gathersWrongly({ task, attempt, time }: TraceEntry): string | undefined {
    const name = `attempt ${attempt} of task ${task}`;
    if (filesOf((this.#trace.world.data as DataPlan).inputs, task).length === 0) return `${name} tells of its files, and reads none`;
    if (this.#gathered.has(`${task}#${attempt}`)) return `${name} tells twice that it has its files`;
    const { since = time, waits: isWaiting = false } = this.#lastTurn.get(`${task}#${attempt}`) ?? {};
    return this.#networked || isWaiting || since === time ? undefined : `${name} tells late that it has its files`;
  }

  /** Whether an attempt has worked that should have told that it had its files. */
  lacksWord({ kind, task, attempt, reason, time }: TraceEntry): boolean {
    const turn = this.#lastTurn.get(`${task}#${attempt}`);
    const mayHaveWaited = reason !== Reason.execution && (turn === undefined || turn.waits || turn.since === time);
    const hasWorked = HAVE_WORKED.includes(kind) || (kind === EntryKind.failed && !mayHaveWaited);
    if (this.#networked || !hasWorked || filesOf((this.#trace.world.data as DataPlan).inputs, task).length === 0) return false;
    return !this.#gathered.has(`${task}#${attempt}`);
  }

  #isRead(task: number): boolean {
    return [...this.#ledger.readers(task)].some((reader) => this.#isOpen(reader));
  }

  #isOpen(task: number): boolean {
    return !this.#ledger.isTerminal(task);
  }

  /** What should hold by the end of an instant: whether it does, and what is said if not. */
  *left(): Iterable<[boolean, string]> {
    const { lost } = this.#trace.world.data ?? {};
    for (const [task, wasRead] of this.#reopened)
      yield [
        wasRead || this.#isRead(task) || this.#ledger.isTerminal(task),
        `task ${task} is to run again, and nobody reads what it wrote`,
      ];
    this.#reopened.clear();
    for (const [task, stage] of this.#ledger.stage.entries()) {
      if (stage === Stage.completed && lost === "recompute" && this.told.isLost(task)) {
        const reader = [...this.#ledger.readers(task)].find((each) => this.#isOpen(each));
        yield [reader === undefined, `task ${reader} reads what task ${task} wrote, which is lost, and that does not run again`];
      }
      if (!this.told.lacks(task)) continue;
      if (stage === Stage.waiting && lost === "fail") yield [false, `task ${task} waits, though it reads what is lost`];
      if (stage !== Stage.running && stage !== Stage.suspended) continue;
      const isTaken = this.#ledger.recalled.has(task) || this.#stopping.has(task);
      for (const attempt of this.#ledger.running(task))
        yield [
          isTaken || this.#gathered.has(`${task}#${attempt}`),
          `attempt ${attempt} of task ${task} runs and may wait for ever for what is lost`,
        ];
    }
  }
}
