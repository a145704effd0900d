// One row per task, as in tasks.csv.
import { at, nameAt } from "../model/columns.ts";
import { CPU, MEMORY } from "../model/resources.ts";
import type { Bytes, Duration, Thousandths, Time } from "../model/units.ts";
import { NEVER, STATUS_NAMES, type TaskOutcomes, TaskStatus } from "./task-outcomes.ts";

/** Times in µs; undefined where the task did not get so far. */
export interface TaskRow {
  task: string;
  status: (typeof STATUS_NAMES)[number];
  attempts: number;
  /** Of the last attempt; empty where there was none. */
  worker: string;
  submitted: Time;
  ready: Time | undefined;
  /** First start. */
  started: Time | undefined;
  /** End of the last attempt of a task that has ended. */
  finished: Time | undefined;
  wait: Duration | undefined;
  /** Time of the completing attempt; as `flow` and `slowdown`, of completed tasks only. */
  run: Duration | undefined;
  flow: Duration | undefined;
  slowdown: number | undefined;
  cpu: Thousandths;
  memory: Bytes;
}

/** The rows in order of position. */
export function* taskRows(outcomes: TaskOutcomes): Generator<TaskRow> {
  for (let task = 0; task < outcomes.world.tasks.count; task++) yield taskRow(outcomes, task);
}

/** The row of the task at a position. */
export function taskRow(outcomes: TaskOutcomes, task: number): TaskRow {
  const { tasks, workers } = outcomes.world;
  const status = outcomes.status(task);
  const completed = status === TaskStatus.completed;
  const submitted = at(tasks.release, task);
  const ready = known(outcomes.readyAt(task));
  const started = known(outcomes.firstStart(task));
  const finished = status > TaskStatus.running ? known(outcomes.end(task)) : undefined;
  const run = completed ? outcomes.ranBy(task, outcomes.end(task)) : undefined;
  const flow = completed ? outcomes.end(task) - submitted : undefined;
  return {
    task: nameAt(tasks.names, task),
    status: STATUS_NAMES[status],
    attempts: outcomes.attempts(task),
    worker: workers.names[outcomes.worker(task)] ?? "",
    submitted,
    ready,
    started,
    finished,
    wait: started === undefined || ready === undefined ? undefined : started - ready,
    run,
    flow,
    slowdown: run === undefined || run === 0 || flow === undefined ? undefined : flow / run,
    cpu: at(tasks.request[CPU] as (typeof tasks.request)[number], task),
    memory: at(tasks.request[MEMORY] as (typeof tasks.request)[number], task),
  };
}

function known(time: Time): Time | undefined {
  return time === NEVER ? undefined : time;
}
