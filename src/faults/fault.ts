// What a kind of fault says of itself: its name, its options, whom it strikes and what it does to them.
import type { Direction, MessageKind } from "../model/network.ts";
import type { TaskFaultOptions } from "../model/scenario.ts";
import type { SchedulerSettings } from "../model/settings.ts";
import type { Duration, Time } from "../model/units.ts";
import type { FaultEffect } from "../model/world.ts";

/** Options of a kind of workers' faults beside those that say whom and when. */
export interface FaultOptions {
  /** Part of its speed that a slow worker keeps. */
  speed?: number | undefined;
  /** Of links: which way; which messages; how many of them, in [0, 1]; how much longer they take, µs. */
  direction?: Direction | undefined;
  messages?: readonly MessageKind[] | undefined;
  probability?: number | undefined;
  by?: Duration | undefined;
}

interface About<Options> {
  name: string;
  /** One line: what it does. */
  summary: string;
  /** The options that it needs. */
  needs: readonly (keyof Options)[];
}

/** Strikes workers, once or again and again, and lasts for a time. */
export interface WorkerFaultKind extends About<FaultOptions> {
  strikes: "workers";
  /** Further options. */
  takes?: readonly (keyof FaultOptions)[];
  effect(options: FaultOptions): FaultEffect;
}

/** Strikes tasks before the run begins: what it does to them is the same for every policy. */
export interface TaskFaultKind extends About<TaskFaultOptions> {
  strikes: "tasks";
  /** Further options. */
  takes: readonly (keyof TaskFaultOptions)[];
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
