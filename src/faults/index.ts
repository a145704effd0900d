// The registry of faults.
import { BURST } from "./burst.ts";
import { CANCEL_STORM } from "./cancel-storm.ts";
import { CRASH } from "./crash.ts";
import type { FaultKind, TaskFaultKind, WorkerFaultKind } from "./fault.ts";
import { HEARTBEAT_LOSS } from "./heartbeat-loss.ts";
import { KILLER_TASK } from "./killer-task.ts";
import { PAUSE } from "./pause.ts";
import { POISON_TASK } from "./poison-task.ts";
import { SLOW } from "./slow.ts";
import { WRONG_ESTIMATES } from "./wrong-estimates.ts";

export const FAULTS: readonly FaultKind[] = [
  CRASH,
  PAUSE,
  SLOW,
  HEARTBEAT_LOSS,
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
