// What an expression for a rank may name: fields of a task that waits, and the clock.
import { SECOND, type Time } from "../model/units.ts";
import type { PolicyContext, TaskField, TaskView } from "./policy.ts";

/** What an expression sees of the queue. */
export type Queue = Pick<PolicyContext, "queueLength">;

/** One field: times in seconds, cores, bytes. */
export interface RankField {
  name: string;
  summary: string;
  read(task: TaskView, now: Time, queue: Queue): number;
  /**
   * How it changes while its task is ready: not at all; only with the graph, when tasks are submitted that depend on it; with the
   * clock, as the waiting time or the time itself does; or with the queue.
   */
  changes: "never" | "with the graph" | "wait" | "now" | "with the queue";
  needs: readonly TaskField[];
}

/** Stands for a due date that is not given: the latest that can be, seconds. */
const NO_DUE_DATE = Number.MAX_SAFE_INTEGER / SECOND;

const field = (
  name: string,
  summary: string,
  read: RankField["read"],
  needs: readonly TaskField[] = [],
  changes: RankField["changes"] = "never",
): RankField => ({ name, summary, read, needs, changes });

/** The fields, by the names that users write. */
export const RANK_FIELDS: readonly RankField[] = [
  field("estimate", "estimated processing time, s", (task) => task.estimate / SECOND, ["estimate"]),
  field("wait", "time since it first became ready, s", (task, now) => (now - task.readyAt) / SECOND, [], "wait"),
  field("release", "release date, s", (task) => task.release / SECOND),
  field("due", "due date, s; the latest possible where none is given", (task) => Math.min(task.due / SECOND, NO_DUE_DATE), ["due"]),
  field("now", "virtual time, s", (_, now) => now / SECOND, [], "now"),
  field("queueLength", "ready tasks at the beginning of the pass", (_, __, queue) => queue.queueLength, [], "with the queue"),
  field("priority", "as given", (task) => task.priority, ["priority"]),
  field("weight", "as given", (task) => task.weight, ["weight"]),
  field("cpu", "requested cores", (task) => task.cpu),
  field("memory", "requested bytes", (task) => task.memory),
  field("disk", "requested bytes", (task) => task.disk),
  field("slots", "requested slots", (task) => task.slots),
  field("attempts", "attempts that have started", (task) => task.attempts),
  field(
    "bottomLevel",
    "longest estimated path to the end of the graph, s",
    (task) => task.bottomLevel / SECOND,
    ["estimate", "dependencies"],
    "with the graph",
  ),
];
