// T15 and T16: what comes of the messages of clients, where these are at the end of a link.
import { MessageFate, MessageKind } from "../model/network.ts";
import { Status } from "../model/status.ts";
import { EntryKind, type Trace } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { Ledger, Stage } from "./ledger.ts";

/** How a status that clients are told shows in the trace, by its number. */
const STAGES: Readonly<Record<number, Stage>> = {
  [Status.unsubmitted]: Stage.unsubmitted,
  [Status.blocked]: Stage.waiting,
  [Status.ready]: Stage.waiting,
  [Status.starting]: Stage.waiting,
  [Status.running]: Stage.running,
  [Status.suspended]: Stage.suspended,
  [Status.backoff]: Stage.attemptFailed,
  [Status.completed]: Stage.completed,
  [Status.failed]: Stage.failed,
  [Status.skipped]: Stage.skipped,
  [Status.cancelled]: Stage.cancelled,
};

export const SUBMITTED_BY_MESSAGE: Invariant = {
  id: "T15",
  statement:
    "Over the clients' link a task is submitted when a message that submits it first arrives, and never again; and when one has arrived it is submitted.",
  judge(trace) {
    const finding = new Finding();
    const { world, messages } = trace;
    if (world.network?.clients === undefined || world.clients !== undefined || messages === undefined) return finding;
    const arrived = new Map<number, Time>();
    for (const { fate, kind, task, time } of messages)
      if (fate === MessageFate.delivered && kind === MessageKind.submit && !arrived.has(task)) arrived.set(task, time);
    let index = 0;
    for (const { kind, task, time } of trace.entries) {
      if (kind === EntryKind.submitted) {
        finding.check(index, time, arrived.get(task) !== time && `task ${task} is submitted by no message`);
        arrived.delete(task);
      }
      index += 1;
    }
    for (const [task, time] of arrived) finding.check(index, time, `task ${task} is not submitted, though a message to do so arrived`);
    return finding;
  },
};

export const ANSWERS: Invariant = {
  id: "T16",
  statement: "A client who asks where a task stands is told once, then or later, where it stood at some time since.",
  judge(trace) {
    const finding = new Finding();
    const asked = trace.world.clients === undefined ? requests(trace) : new Map<number, Time[]>(); // L11 is about those that are processes
    if (trace.world.clients !== undefined || (asked.size === 0 && !trace.world.actions?.some(({ kind }) => kind === "status")))
      return finding;
    const ledger = new Ledger(trace);
    const changes = new Map<number, { time: Time; stage: number }[]>();
    let index = 0;
    for (const entry of trace.entries) {
      ledger.apply(entry);
      const { kind, task, attempt, time } = entry;
      if (task >= 0 && asked.has(task)) changes.set(task, [...(changes.get(task) ?? []), { time, stage: ledger.stage[task] as number }]);
      if (kind === EntryKind.answered) {
        const since = asked.get(task)?.shift();
        const stages = stagesSince(changes.get(task) ?? [], since ?? Number.POSITIVE_INFINITY);
        const wrong =
          since === undefined || since > time
            ? "is told of, though nobody has asked"
            : stages.has(STAGES[attempt] ?? -1)
              ? undefined
              : `is told to be ${attempt}, which it was not`;
        finding.check(index, time, wrong && `task ${task} ${wrong}`);
      }
      index += 1;
    }
    return finding;
  },
};

/** When it is asked where tasks stand, by task. */
function requests({ world: { actions = [] } }: Trace): Map<number, Time[]> {
  const asked = new Map<number, Time[]>();
  for (const action of actions) if (action.kind === "status") asked.set(action.task, [...(asked.get(action.task) ?? []), action.time]);
  return asked;
}

/** Where a task stood at a time or after it. */
function stagesSince(changes: readonly { time: Time; stage: number }[], since: Time): Set<number> {
  const before = changes.findLast(({ time }) => time < since)?.stage ?? Stage.unsubmitted;
  return new Set([before, ...changes.filter(({ time }) => time >= since).map(({ stage }) => stage)]);
}
