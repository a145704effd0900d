// L11 to L14: what clients of a replicated scheduler are told is so, is no older than what they could know, and what they are told to be done is done once.
import { answerOf, clientOf, STATUS_CALL, TaskState } from "../model/clients.ts";
import { EntryKind, Reason, type Trace } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { appliedCommands } from "./task-history.ts";

export const ANSWERS_ARE_TRUE: Invariant = {
  id: "L11",
  statement:
    "A client is told where its task stood when the command was applied that it is told of, and till then no later command had moved it; unless it is told only that its call is noted.",
  judge(trace) {
    const finding = new Finding();
    if (trace.world.clients === undefined) return finding;
    /** By task and command where that left it: only commands after which it stood elsewhere. */
    const stands = new Map<number, { index: number; state: TaskState }[]>();
    for (const { index, moved } of appliedCommands(trace))
      for (const [task, { to }] of moved) stands.set(task, [...(stands.get(task) ?? []), { index, state: to }]);
    let entry = 0;
    for (const { kind, task, time, amount = 0 } of trace.entries) {
      const { index, state } = answerOf(amount);
      if (kind === EntryKind.returned && state !== TaskState.noted) {
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
    "A client is told of its task as of no earlier command than any client had been told of before it asked, or of which it had been told that it is noted and which took effect, unless reads are stale.",
  judge({ entries, world }) {
    const finding = new Finding();
    if (world.clients?.reads !== "linearizable") return finding;
    const told = new Map<number, number>();
    const asked = new Map<string, number>();
    /** Where calls took effect that clients were told to be noted only. */
    const effects = effectsOfNoted(entries);
    let entryIndex = 0;
    for (const { kind, task, worker, attempt, time, amount = 0 } of entries) {
      const key = `${worker} ${attempt}`;
      const { index, state } = answerOf(amount);
      if (kind === EntryKind.called) asked.set(key, told.get(task) ?? 0);
      else if (kind === EntryKind.returned && state === TaskState.noted)
        told.set(task, Math.max(told.get(task) ?? 0, effects.get(key) ?? 0));
      else if (kind === EntryKind.returned) {
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
    "A call of a client is answered once at most; what it asks for is executed at most once, after it was called, and before that is answered, unless it is noted by a leader whose word is enough; and by no other command is a task submitted, cancelled or changed.",
  judge({ entries, world }) {
    const finding = new Finding();
    if (world.clients === undefined) return finding;
    const open = new Map<string, { kind: number; task: number; isAnswered: boolean }>();
    const executed = new Set<string>();
    /** What clients alone may do, since the last command. */
    let wanted: { task: number; index: number } | undefined;
    let entryIndex = 0;
    for (const { kind, task, worker, attempt, time, amount } of entries) {
      const key = `${worker} ${attempt}`;
      if (kind === EntryKind.called) open.set(key, { kind: amount ?? STATUS_CALL, task, isAnswered: false });
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
        const isNoted = answerOf(amount ?? 0).state === TaskState.noted && world.replicas?.durability === "leader";
        const why =
          call?.task !== task || call.isAnswered
            ? "which nobody made, or which was answered before"
            : call.kind !== STATUS_CALL && !executed.has(key) && !isNoted
              ? "which was not executed"
              : undefined;
        finding.check(entryIndex, time, why && `call ${attempt} about task ${task} is answered, ${why}`);
        if (call !== undefined) open.set(key, { ...call, isAnswered: true });
      }
      entryIndex += 1;
    }
    return finding;
  },
};

/** By which commands calls took effect of which clients were told that they are noted. */
function effectsOfNoted(entries: Trace["entries"]): Map<string, number> {
  const noted = new Set<string>();
  const applied = new Map<string, number>();
  for (const { kind, worker, attempt, reason, amount = 0 } of entries) {
    const key = `${worker} ${attempt}`;
    if (kind === EntryKind.returned && answerOf(amount).state === TaskState.noted) noted.add(key);
    else if (kind === EntryKind.applied && clientOf(worker) >= 0 && reason === Reason.none) applied.set(key, amount);
  }
  return new Map([...applied].filter(([key]) => noted.has(key)));
}

/** By which the scheduler knows that an attempt has ended. */
const ENDS: readonly EntryKind[] = [EntryKind.finished, EntryKind.failed, EntryKind.accepted, EntryKind.refused];

export const LOST_WITH_LEADERS: Invariant = {
  id: "L14",
  statement:
    "A call that a client was told to be noted is executed, or told to be lost when another leads that has it not; what is told to be lost was not done before, was noted where a leader's word is enough, and is a call that was made, a task that nobody knows of, or an attempt that has begun.",
  judge({ entries, world }) {
    const finding = new Finding();
    if (world.replicas === undefined) return finding;
    const made = new Map<string, number>();
    const done = new Set<string>();
    const forgone = new Set<string>();
    const noted = new Map<string, { entry: number; time: Time }>();
    const begun = new Set<string>();
    const submitted = new Set<number>();
    const unknown = new Set<number>();
    let lastLed = 0;
    let entryIndex = 0;
    for (const { kind, task, worker, attempt, time, amount = 0 } of entries) {
      const isCall = clientOf(worker) >= 0;
      const key = isCall ? `call ${worker} ${attempt}` : `attempt ${attempt} of task ${task}`;
      if (kind === EntryKind.led) lastLed = entryIndex;
      else if (kind === EntryKind.called) made.set(key, task);
      else if (kind === EntryKind.started) begun.add(key);
      else if (kind === EntryKind.submitted) {
        submitted.add(task);
        finding.check(entryIndex, time, unknown.has(task) && `task ${task} is submitted, though nobody is to know it any more`);
      } else if ((kind === EntryKind.applied && isCall) || ENDS.includes(kind)) done.add(key);
      else if (kind === EntryKind.returned && answerOf(amount).state === TaskState.noted) noted.set(key, { entry: entryIndex, time });
      else if (kind === EntryKind.forgone) {
        forgone.add(key);
        if (worker === -1 && !submitted.has(task)) unknown.add(task);
        const isKnown = isCall ? made.get(key) === task : worker === -1 || begun.has(key);
        const why =
          world.replicas?.durability !== "leader"
            ? "where a majority is to have it first"
            : done.has(key)
              ? "which was done"
              : isKnown
                ? undefined
                : "of which nobody has told";
        finding.check(entryIndex, time, why && `${key} is told to be lost, ${why}`);
      }
      entryIndex += 1;
    }
    for (const [key, { entry, time }] of noted)
      if (entry < lastLed)
        finding.check(entry, time, !done.has(key) && !forgone.has(key) && `${key} is noted, and neither executed nor told to be lost`);
    return finding;
  },
};
