// L11 to L13: what clients of a replicated scheduler are told is so, is no older than what they could know, and what they are told to be done is done once.
import { answerOf, clientOf, STATUS_CALL, TaskState } from "../model/clients.ts";
import { EntryKind } from "../model/trace.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { appliedCommands } from "./task-history.ts";

export const ANSWERS_ARE_TRUE: Invariant = {
  id: "L11",
  statement:
    "A client is told where its task stood when the command was applied that it is told of, and till then no later command had moved it.",
  judge(trace) {
    const finding = new Finding();
    if (trace.world.clients === undefined) return finding;
    /** By task and command where that left it: only commands after which it stood elsewhere. */
    const stands = new Map<number, { index: number; state: TaskState }[]>();
    for (const { index, moved } of appliedCommands(trace))
      for (const [task, { to }] of moved) stands.set(task, [...(stands.get(task) ?? []), { index, state: to }]);
    let entry = 0;
    for (const { kind, task, time, amount = 0 } of trace.entries) {
      if (kind === EntryKind.returned) {
        const { index, state } = answerOf(amount);
        const stood = stands.get(task)?.findLast((each) => each.index <= index)?.state ?? TaskState.unsubmitted;
        finding.check(entry, time, stood !== state && `task ${task} is told to be ${state} as of command ${index}, but was ${stood}`);
      }
      entry += 1;
    }
    return finding;
  },
};

export const ANSWERS_IN_REAL_TIME: Invariant = {
  id: "L12",
  statement:
    "A client is told of its task as of no earlier command than any client had been told of before it asked, unless reads are stale.",
  judge({ entries, world }) {
    const finding = new Finding();
    if (world.clients?.reads !== "linearizable") return finding;
    const told = new Map<number, number>();
    const asked = new Map<string, number>();
    let entryIndex = 0;
    for (const { kind, task, worker, attempt, time, amount = 0 } of entries) {
      const key = `${worker} ${attempt}`;
      if (kind === EntryKind.called) asked.set(key, told.get(task) ?? 0);
      else if (kind === EntryKind.returned) {
        const { index } = answerOf(amount);
        const least = asked.get(key) ?? Number.POSITIVE_INFINITY;
        finding.check(
          entryIndex,
          time,
          index < least && `task ${task} is told of as of command ${index}, though it was as of ${least} before`,
        );
        told.set(task, Math.max(told.get(task) ?? 0, index));
      }
      entryIndex += 1;
    }
    return finding;
  },
};

export const CALLED_AND_DONE_ONCE: Invariant = {
  id: "L13",
  statement:
    "A call of a client is answered once at most; what it asks for is executed at most once, after it was called, and before that is answered; and by no other command is a task submitted, cancelled or changed.",
  judge({ entries, world }) {
    const finding = new Finding();
    if (world.clients === undefined) return finding;
    const open = new Map<string, { kind: number; task: number }>();
    const executed = new Set<string>();
    /** What clients alone may do, since the last command. */
    let wanted: { task: number; index: number } | undefined;
    let entryIndex = 0;
    for (const { kind, task, worker, attempt, time, amount } of entries) {
      const key = `${worker} ${attempt}`;
      if (kind === EntryKind.called) open.set(key, { kind: amount ?? STATUS_CALL, task });
      else if (kind === EntryKind.submitted || kind === EntryKind.cancelled || kind === EntryKind.changed)
        wanted = { task, index: entryIndex };
      else if (kind === EntryKind.applied) {
        const isCall = clientOf(worker) >= 0;
        const call = open.get(key);
        const isUnknown = isCall && (call?.task !== task || executed.has(key));
        finding.check(
          entryIndex,
          time,
          isUnknown && `call ${attempt} about task ${task} is executed, which ${executed.has(key) ? "was" : "nobody made"}`,
        );
        if (isCall) executed.add(key);
        if (wanted !== undefined)
          finding.check(wanted.index, time, wanted.task !== (isCall ? task : -1) && `task ${wanted.task} changes though no client called`);
        wanted = undefined;
      } else if (kind === EntryKind.returned) {
        const call = open.get(key);
        const why =
          call?.task !== task
            ? "which nobody made, or which was answered before"
            : call.kind !== STATUS_CALL && !executed.has(key)
              ? "which was not executed"
              : undefined;
        finding.check(entryIndex, time, why && `call ${attempt} about task ${task} is answered, ${why}`);
        if (call !== undefined) open.set(key, { ...call, task: -2 });
      }
      entryIndex += 1;
    }
    return finding;
  },
};
