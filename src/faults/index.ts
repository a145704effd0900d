// The registry of faults.
import { BURST } from "./burst.ts";
import { CANCEL_STORM } from "./cancel-storm.ts";
import { CLOCK_DRIFT } from "./clock-drift.ts";
import { CLOG } from "./clog.ts";
import { CRASH } from "./crash.ts";
import type { FaultKind, TaskFaultKind, WorkerFaultKind } from "./fault.ts";
import { FLAPPING } from "./flapping.ts";
import { GROW } from "./grow.ts";
import { HEARTBEAT_LOSS } from "./heartbeat-loss.ts";
import { KILLER_TASK } from "./killer-task.ts";
import { LOST_ANSWER } from "./lost-answer.ts";
import { LOST_COMPLETION } from "./lost-completion.ts";
import { LOST_DISPATCH } from "./lost-dispatch.ts";
import { MESSAGE_DELAY } from "./message-delay.ts";
import { MESSAGE_DUPLICATION } from "./message-duplication.ts";
import { MESSAGE_LOSS } from "./message-loss.ts";
import { MESSAGE_REORDERING } from "./message-reordering.ts";
import { PARTITION } from "./partition.ts";
import { PAUSE } from "./pause.ts";
import { POISON_TASK } from "./poison-task.ts";
import { SHRINK } from "./shrink.ts";
import { SLOW } from "./slow.ts";
import { WRONG_ESTIMATES } from "./wrong-estimates.ts";

export const FAULTS: readonly FaultKind[] = [
  CRASH,
  FLAPPING,
  PAUSE,
  SLOW,
  CLOCK_DRIFT,
  SHRINK,
  GROW,
  HEARTBEAT_LOSS,
  PARTITION,
  CLOG,
  MESSAGE_LOSS,
  MESSAGE_DELAY,
  MESSAGE_DUPLICATION,
  MESSAGE_REORDERING,
  LOST_DISPATCH,
  LOST_COMPLETION,
  LOST_ANSWER,
  POISON_TASK,
  KILLER_TASK,
  WRONG_ESTIMATES,
  BURST,
  CANCEL_STORM,
];

export const WORKER_FAULTS: readonly WorkerFaultKind[] = FAULTS.flatMap((fault) => (fault.strikes === "workers" ? [fault] : []));

export function faultNamed(name: string): FaultKind | undefined {
  return FAULTS.find((fault) => fault.name === name);
}

export function workerFaultNamed(name: string): WorkerFaultKind | undefined {
  return WORKER_FAULTS.find((fault) => fault.name === name);
}

export function taskFaultNamed(name: string): TaskFaultKind | undefined {
  const fault = faultNamed(name);
  return fault?.strikes === "tasks" ? fault : undefined;
}
