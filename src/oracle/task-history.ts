// What befalls one task of a replicated scheduler, as clients may see it: their calls, from when they are made to when they are answered, and what the
// scheduler does by itself, which may take effect at any time after it was decided.
import { answerOf, clientOf, STATUS_CALL, TaskState } from "../model/clients.ts";
import { CommandKind } from "../model/command.ts";
import { EntryKind, Reason, type Trace } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { Ledger, Stage } from "./ledger.ts";

/** When something is told, and which entry tells it: equal times are told apart by these. */
export interface Moment {
  time: Time;
  entry: number;
}

/** A call of a client; unanswered ones may take effect later, or never. */
export interface CallOperation {
  client: number;
  number: number;
  kind: number;
  called: Moment;
  returned: Moment | undefined;
  /** Where its answer says that the task stands, and whether anything came of it; of one that is only noted it says neither. */
  state: TaskState | undefined;
  counts: boolean;
  /** Of one that submits: where that leads. */
  to: TaskState;
}

/** What the scheduler does by itself, in that order. */
export interface Step {
  decided: Moment;
  from: TaskState;
  to: TaskState;
}

export interface TaskHistory {
  task: number;
  calls: CallOperation[];
  steps: Step[];
}

/** Stages of the ledger as clients are told of them; all others are waiting. */
const STATES: Partial<Record<Stage, TaskState>> = {
  [Stage.unsubmitted]: TaskState.unsubmitted,
  [Stage.running]: TaskState.running,
  [Stage.suspended]: TaskState.running,
  [Stage.completed]: TaskState.completed,
  [Stage.failed]: TaskState.failed,
  [Stage.skipped]: TaskState.skipped,
  [Stage.cancelled]: TaskState.cancelled,
};

export function stateAt(ledger: Ledger, task: number): TaskState {
  return STATES[ledger.stage[task] as Stage] ?? TaskState.waiting;
}

/** What a command has done to tasks, told where it was applied. */
export interface AppliedCommand {
  index: number;
  at: Moment;
  /** When it was decided, as far as that is told: of a client's call when it was executed. */
  decided: Time;
  client: number;
  call: number;
  task: number;
  /** Where tasks stood before, and stand now. */
  moved: Map<number, { from: TaskState; to: TaskState }>;
}

/** All commands of a trace, in their order. */
export function* appliedCommands(trace: Trace): Generator<AppliedCommand> {
  const ledger = new Ledger(trace);
  const last = new Uint8Array(trace.world.tasks.count); // TaskState.unsubmitted
  const touched = new Set<number>();
  let index = 0;
  for (const entry of trace.entries) {
    const { kind, task, worker, attempt, time, amount = 0 } = entry;
    ledger.apply(entry);
    if (kind !== EntryKind.applied) {
      if (task >= 0 && stateAt(ledger, task) !== last[task]) touched.add(task);
    } else {
      const moved = new Map<number, { from: TaskState; to: TaskState }>();
      for (const each of touched) {
        const to = stateAt(ledger, each);
        if (to !== last[each]) moved.set(each, { from: last[each] as TaskState, to });
        last[each] = to;
      }
      touched.clear();
      const client = clientOf(worker);
      yield { index: amount, at: { time, entry: index }, decided: client < 0 ? time - attempt : time, client, call: attempt, task, moved };
    }
    index += 1;
  }
}

/** The history of each task of which clients have asked anything. */
export function taskHistories(trace: Trace): TaskHistory[] {
  const histories = new Map<number, TaskHistory>();
  const of = (task: number): TaskHistory => {
    const known = histories.get(task) ?? { task, calls: [], steps: [] };
    histories.set(task, known);
    return known;
  };
  const calls = new Map<string, CallOperation>();
  let index = 0;
  for (const { kind, task, worker, attempt, reason, time, amount = 0 } of trace.entries) {
    const key = `${clientOf(worker)} ${attempt}`;
    const now = { time, entry: index };
    if (kind === EntryKind.called) {
      const call: CallOperation = {
        ...{ client: clientOf(worker), number: attempt, kind: amount, called: now },
        ...{ returned: undefined, state: undefined, counts: false, to: TaskState.waiting },
      };
      calls.set(key, call);
      of(task).calls.push(call);
    } else if (kind === EntryKind.returned)
      Object.assign(calls.get(key) ?? {}, { returned: now, state: answerOf(amount).state, counts: reason === Reason.none });
    index += 1;
  }
  for (const { at, decided, client, call, task: about, moved } of appliedCommands(trace)) {
    for (const [task, { from, to }] of moved) {
      const caller = calls.get(`${client} ${call}`);
      if (caller !== undefined && task === about) caller.to = to;
      else {
        // What a call that was noted does to other tasks stands in the log before it is executed.
        const since = caller?.state === TaskState.noted ? caller.called : { time: decided, entry: entryAt(decided, at) };
        of(task).steps.push({ decided: since, from, to });
      }
    }
  }
  const isTold = ({ kind, returned }: CallOperation) => kind !== STATUS_CALL || returned !== undefined; // who was told nothing says nothing
  const all = [...histories.values()].map((history) => ({ ...history, calls: history.calls.filter(isTold) }));
  return all.sort((a, b) => a.task - b.task);
}

/** A decision may take effect before anything else of its instant. */
function entryAt(decided: Time, at: Moment): number {
  return decided < at.time ? -1 : at.entry;
}

/** What a call makes of a task that stands there; undefined where its answer says otherwise. */
export function afterCall({ kind, returned, state, counts, to }: CallOperation, stood: TaskState): TaskState | undefined {
  const isOpen = stood === TaskState.waiting || stood === TaskState.running;
  const does =
    kind === CommandKind.submit
      ? stood === TaskState.unsubmitted
      : kind === CommandKind.cancel
        ? isOpen
        : kind === CommandKind.change && (isOpen || stood === TaskState.unsubmitted);
  const stands = !does || kind === CommandKind.change ? stood : kind === CommandKind.submit ? to : TaskState.cancelled;
  if (returned === undefined || state === TaskState.noted) return stands;
  const isSo = state === stands && (kind === STATUS_CALL || counts === does);
  return isSo ? stands : undefined;
}
