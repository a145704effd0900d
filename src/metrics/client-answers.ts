// What clients of a replicated scheduler were told, and how soon; and whether any was told less than another had been before it asked.
import { answerOf, clientOf, STATUS_CALL, TaskState } from "../model/clients.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { nearestRank } from "./nearest-rank.ts";

export interface AnswerFields {
  /** Calls of clients, and those that were not answered, but for those of expired sessions, which were made anew; all undefined where clients are no processes. */
  calls: number | undefined;
  unanswered: number | undefined;
  /** From a call to its answer, µs: median and 99th percentile; undefined where none was answered. */
  answerMedian: Duration | undefined;
  answerP99: Duration | undefined;
  /** Answers about a task as of an earlier command than an answer that was given before the call. */
  staleAnswers: number | undefined;
  /** Answers that are not where the task stood as of their command, and those to changes that are not in the log once. */
  wrongAnswers: number | undefined;
}

export const NO_ANSWERS: AnswerFields = {
  calls: undefined,
  unanswered: undefined,
  answerMedian: undefined,
  answerP99: undefined,
  staleAnswers: undefined,
  wrongAnswers: undefined,
};

/** Where a task stands from an entry on; undefined of those that do not move it, though they are about it. */
const STATES = new Map<EntryKind, TaskState | undefined>([
  [EntryKind.submitted, TaskState.waiting],
  [EntryKind.started, TaskState.running],
  [EntryKind.finished, TaskState.completed],
  [EntryKind.accepted, TaskState.completed],
  [EntryKind.failed, TaskState.waiting],
  [EntryKind.retried, TaskState.waiting],
  [EntryKind.requeued, TaskState.waiting],
  [EntryKind.lost, TaskState.waiting],
  [EntryKind.abandoned, TaskState.failed],
  [EntryKind.skipped, TaskState.skipped],
  [EntryKind.cancelled, TaskState.cancelled],
  [EntryKind.changed, undefined],
  [EntryKind.refused, undefined],
]);

/** A call that is not answered: when it was made, what it asks for, and as of which command its task had been told of by then. */
interface OpenCall {
  time: Time;
  kind: number;
  told: number;
  /** And of how many calls about it clients had been told by then that they are noted. */
  noted: number;
}

/** Where a task stood from a command on. */
interface Stand {
  index: number;
  state: TaskState;
}

export class ClientAnswers {
  #calls = 0;
  #stale = 0;
  #wrong = 0;
  readonly #waits: Duration[] = [];
  readonly #open = new Map<string, OpenCall>();
  /** Of each task, the latest command of which any client was told. */
  readonly #told: Float64Array;
  /** Calls that were executed: by which command, 0 where nothing came of that. */
  readonly #executed = new Map<string, number>();
  /** By task, calls of which clients were told that they are noted, and nothing else; and those of all that nobody's log has. */
  readonly #noted = new Map<number, string[]>();
  readonly #forgone = new Set<string>();
  /** Of each task where it stood, by commands in ascending order; and what the command that is applied now has done so far. */
  readonly #history: Stand[][];
  readonly #moved = new Map<number, TaskState>();

  constructor(tasks: number) {
    this.#told = new Float64Array(tasks);
    this.#history = Array.from({ length: tasks }, () => []);
  }

  entry(time: Time, kind: EntryKind, task: number, client: number, call: number, reason: Reason, amount = 0): void {
    if (STATES.has(kind)) this.#moved.set(task, STATES.get(kind) ?? this.#moved.get(task) ?? this.#stands(task));
    else if (kind === EntryKind.applied) this.#applied(client, call, reason, amount);
    else if (kind === EntryKind.forgone) this.#forgone.add(`${client} ${call}`);
    else if (kind === EntryKind.called) {
      this.#calls += 1;
      const noted = this.#noted.get(task)?.length ?? 0;
      this.#open.set(`${client} ${call}`, { time, kind: amount, told: this.#told[task] as number, noted });
    } else if (kind === EntryKind.forgotten) this.#open.delete(`${client} ${call}`);
    else if (kind === EntryKind.returned) this.#returned(time, task, `${client} ${call}`, answerOf(amount));
  }

  #stands(task: number): TaskState {
    return this.#history[task]?.at(-1)?.state ?? TaskState.unsubmitted;
  }

  #applied(client: number, call: number, reason: Reason, index: number): void {
    for (const [task, state] of this.#moved) this.#history[task]?.push({ index, state });
    this.#moved.clear();
    if (clientOf(client) < 0) return;
    const key = `${client} ${call}`;
    if (this.#executed.has(key)) this.#wrong += 1;
    this.#executed.set(key, reason === Reason.none ? index : 0);
  }

  #returned(time: Time, task: number, key: string, answer: Stand): void {
    const open = this.#open.get(key) as OpenCall;
    this.#open.delete(key);
    this.#waits.push(time - open.time);
    if (answer.state === TaskState.noted) {
      this.#noted.set(task, [...(this.#noted.get(task) ?? []), key]);
      return;
    }
    if (answer.index < open.told || this.#misses(task, open.noted, answer.index)) this.#stale += 1;
    this.#told[task] = Math.max(this.#told[task] as number, answer.index);
    const isChange = open.kind !== STATUS_CALL;
    if (!this.#stood(task, answer) || (isChange && !this.#executed.has(key))) this.#wrong += 1;
  }

  /** Whether an answer as of that command knows nothing of one of the first calls that were noted about a task, though the log has it, or is to have it. */
  #misses(task: number, noted: number, index: number): boolean {
    const calls = noted === 0 ? [] : (this.#noted.get(task) ?? []).slice(0, noted);
    return calls.some((call) => !this.#forgone.has(call) && (this.#executed.get(call) ?? Number.POSITIVE_INFINITY) > index);
  }

  /** Whether that is the last command that moved a task until then, and where it stood. O(log n) of its commands. */
  #stood(task: number, { index, state }: Stand): boolean {
    const history = this.#history[task] as Stand[];
    let [low, high] = [0, history.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((history[middle] as Stand).index <= index) low = middle + 1;
      else high = middle;
    }
    const last = history[low - 1] ?? { index: 0, state: TaskState.unsubmitted };
    return last.index === index && last.state === state;
  }

  fields(): AnswerFields {
    const waits = Float64Array.from(this.#waits);
    return {
      calls: this.#calls,
      unanswered: this.#open.size,
      answerMedian: nearestRank(waits, 0.5),
      answerP99: nearestRank(waits, 0.99),
      staleAnswers: this.#stale,
      wrongAnswers: this.#wrong,
    };
  }
}
