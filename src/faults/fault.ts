// What a kind of fault says of itself: its name, its options, whom it strikes and what it does to them.
import type { TaskFaultOptions, WorkerFaultOptions } from "../model/scenario.ts";
import type { SchedulerSettings } from "../model/settings.ts";
import type { Duration, Time } from "../model/units.ts";
import type { FaultEffect } from "../model/world.ts";

interface About<Options> {
  name: string;
  /** One line: what it does. */
  summary: string;
  /** The options that it needs. */
  needs: readonly (keyof Options)[];
  /** Those that it takes beside. */
  takes?: readonly (keyof Options)[];
}

/** Strikes workers, once or again and again, and lasts for a time. */
export interface WorkerFaultKind extends About<WorkerFaultOptions> {
  strikes: "workers";
  effect(options: WorkerFaultOptions): FaultEffect;
}

/** Strikes tasks before the run begins: what it does to them is the same for every policy. */
export interface TaskFaultKind extends About<TaskFaultOptions> {
  strikes: "tasks";
  /** Options of which it needs one at least. */
  needsOneOf?: readonly (keyof TaskFaultOptions)[];
  /** Why it can do nothing under these settings, if so. */
  idle?(settings: SchedulerSettings): string | undefined;
  /** What the user should know of it under these settings, though it is no fault of the scenario. */
  caution?(settings: SchedulerSettings): string | undefined;
  /** Whether workers fail by it. */
  failsWorkers?: true;
  strike(task: number, options: TaskFaultOptions, world: StruckWorld): void;
}

export type FaultKind = WorkerFaultKind | TaskFaultKind;

/** What faults of tasks may change of a world. */
export interface StruckWorld {
  /** No execution of the task succeeds. */
  failAlways(task: number): void;
  /** Each attempt of the task that has done the part `after` of its work takes its worker down, for so long (Infinity: for good). */
  killsWorkers(task: number, after: number, lasting: Duration): void;
  /** When the task is released, as things stand. */
  release(task: number): Time;
  releaseAt(task: number, time: Time): void;
  /** Its client cancels the task at a time, if it is submitted by then and has not ended; or sends it back to the queue. */
  cancelAt(task: number, time: Time, requeue: boolean): void;
  /** What the scheduler is told of its processing time is multiplied by a factor, and by one drawn: lognormal of mean 1. */
  misestimate(task: number, factor: number, noise: number): void;
}

/** The keys of a scenario file by which each option of a fault of workers is given, one or several of them. */
export const OPTION_KEYS = {
  speed: ["speed"],
  drift: ["drift"],
  capacity: ["cpu", "memory", "disk", "slots", "resources"],
  loses: ["loses"],
  cycle: ["down", "up"],
  direction: ["direction"],
  messages: ["messages"],
  probability: ["probability"],
  by: ["by"],
} as const satisfies Record<keyof WorkerFaultOptions, readonly string[]>;
