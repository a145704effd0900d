// The drawn world of one (scenario, seed): tasks and workers as columns, the same for every policy that meets it.
import { type CloudPlan, type Tariffs, unlaunchedWorkers } from "./cloud.ts";
import type { Column, LabelColumn, Names } from "./columns.ts";
import type { DataPlan, TaskFiles } from "./data.ts";
import type { Adjacency } from "./graph.ts";
import type { ClientSettings } from "./clients.ts";
import type { ReplicationPlan } from "./replication.ts";
import { isIdeal, type LinkDisturbance, type NetworkPlan } from "./network.ts";
import type { TaskProfile } from "./task-profile.ts";
import type { Duration, Time } from "./units.ts";

/** Most tasks that one run can hold: task numbers take 26 bits of an event's key. */
export const MAX_TASKS = 2 ** 26;

/** Most further attempts of a task: an attempt's number takes 20 bits of an event's key. */
export const MAX_RETRIES = 1_000_000;

/**
 * What the scheduler is told of the tasks. Columns are read with `at(column, task)`; a task is its position in the input.
 * Times in µs, requests in the unit of their dimension (see resources.ts).
 */
export interface TaskBeliefs {
  count: number;
  names: Names;
  /** Release date, µs on the virtual clock. */
  release: Column;
  /** Processing time at speed 1 that the scheduler believes, µs; NaN where none is given. With per-worker times their mean. */
  estimate: Column;
  /** Index into `estimateTables`, or −1: per-worker estimates, not divided by speed. */
  estimateTable: Column;
  estimateTables: Float64Array[];
  /** One column per dimension of the world. */
  request: Column[];
  /** As given, lower or higher first by the scheduler's `priorityOrder`. */
  priority: Column;
  weight: Column;
  /** Due date counted from release, µs; Infinity where none is given. */
  due: Column;
  /** Limit of one attempt, µs on the worker; Infinity where none is given. */
  timeout: Column;
  /** Further attempts after a failure. */
  retries: Column;
  /** Index into the world's `eligibilitySets`. */
  eligibility: Column;
  /** Index into `profiles`, or −1. */
  profile: Column;
  profiles: readonly TaskProfile[];
  /** Bytes that each task that depends on it reads, where it says no more of what it writes; 0: none. */
  output: Column;
  /** What tasks read and write by name; undefined where none names any. */
  files?: TaskFiles;
  dependencies: Adjacency;
  dependents: Adjacency;
  job: LabelColumn;
  user: LabelColumn;
  group: LabelColumn;
  queue: LabelColumn;
  function: LabelColumn;
}

/** The whole truth about the tasks: what only the cluster and those who judge a trace may read. */
export interface TaskTable extends TaskBeliefs {
  /** Processing time at speed 1, µs; not used where `timeTable` is ≥ 0. */
  work: Column;
  /** Index into `timeTables`, or −1: per-worker processing times, not divided by speed. */
  timeTable: Column;
  /** One entry per worker, µs; NaN on a worker that cannot run the task. */
  timeTables: Float64Array[];
  /** How many executions fail, from the first on, before one would succeed; Infinity where all do. */
  failures: Column;
  /** The part of its time that a failing execution runs, in (0, 1]. */
  failsAfter: Column;
  /** What its true times were multiplied by to give the estimates, where that is how they were given or drawn; else NaN. */
  estimateFactor: Column;
  /** Cores that it keeps busy (thousandths) and most memory that it uses; NaN where that is what it requests. */
  usedCpu: Column;
  usedMemory: Column;
  /** Bytes of disk over all of its work. */
  bytesRead: Column;
  bytesWritten: Column;
  /** What its attempts print, with fields in braces (see output-template.ts). */
  stdout: LabelColumn;
  stderr: LabelColumn;
  /** How a log says that it ended, which does not decide how it ends here. */
  status: LabelColumn;
}

/** The cluster, one entry per worker: those that are there from the beginning, then those that join. */
export interface WorkerTable {
  count: number;
  names: string[];
  /** Per dimension, the capacity of each worker; Infinity where unlimited. */
  capacity: Float64Array[];
  /** Speed in thousandths: 1000 is speed 1. */
  speed: Float64Array;
  labels: Record<string, string>[];
  /** How long each runs in the mean between failures, as the faults declare it, µs; Infinity where they do not. */
  mtbf?: Float64Array;
  /** The least and the most that each worker may have, as columns like `capacity`, where faults may change that while the run goes on. */
  range?: { least: Float64Array[]; most: Float64Array[] };
  /** Bytes of images that each keeps; undefined where all keep any. */
  cache?: Float64Array;
  /** Undefined where none has a price or burns anything that is said. */
  tariffs?: Tariffs;
}

/** Fields of a task that a client may change while it waits. */
export interface TaskChange {
  priority?: number | undefined;
  weight?: number | undefined;
}

/** What a client asks for while the run goes on. A task that has ended by then stays what it is. */
export type TaskAction = {
  time: Time;
  task: number;
  /** Not written as an action: a fault of the scenario has made it. */
  byFault?: true;
} & (
  | { kind: "cancel" }
  /** Its running attempt is given up and the task goes back to the queue; one that does not run stays as it is. */
  | { kind: "requeue" }
  /** Its client asks where it stands. */
  | { kind: "status" }
  | { kind: "set"; change: TaskChange }
);

/** What an operator asks for. */
export type WorkerAction = { time: Time; worker: number } /** The worker is there from then on. */ & (
  | { kind: "join" }
  /** It takes nothing more, and is gone when nothing runs there: after `limit` (µs, or Infinity) what still runs is handed back. */
  | { kind: "leave"; limit: Duration }
);

/** An operator has whoever leads a replicated scheduler hand over to that replica. */
export interface ReplicaAction {
  time: Time;
  replica: number;
  kind: "transfer";
}

export type Action = TaskAction | WorkerAction | ReplicaAction;

/** Whether an action is about a worker, and no task. */
export function isWorkerAction(action: Action): action is WorkerAction {
  return action.kind === "join" || action.kind === "leave";
}

/** Whether an action is about a task: what a client asks for. */
export function isTaskAction(action: Action): action is TaskAction {
  return "task" in action;
}

/** What a fault does to a worker for as long as it lasts. */
export type FaultEffect =
  /**
   * It is down: all that ran on it is lost, and its disk too if that is said. When it is up again it is another incarnation of the worker.
   * Of a replica: what becomes of its log on disk, where that is not kept as it was synced last.
   */
  | { kind: "down"; losesDisk?: true; log?: LogDamage }
  /** It does nothing and hears nothing, then goes on as if no time had passed, but for its clock. */
  | { kind: "frozen" }
  /** Its heartbeats do not arrive; all else does. */
  | { kind: "muted" }
  /** It runs at a part of its speed, in thousandths; of a replica its disk does, which finishes nothing at 0. */
  | { kind: "slow"; rate: number }
  /** Its clock runs at that rate, in millionths. */
  | { kind: "drifting"; rate: number }
  /** Its link is disturbed. */
  | ({ kind: "link" } & LinkDisturbance)
  /** It has at most so much, per dimension: Infinity where that is not said. */
  | { kind: "shrunk"; most: readonly number[] }
  /** It has at least so much, per dimension: 0 where that is not said. */
  | { kind: "grown"; least: readonly number[] };

/** `torn`: of the sync that was under way the beginning is on disk. `rotten`: an entry that was on disk cannot be read. */
export type LogDamage = "torn" | "rotten";

export const LIFETIMES = ["exponential", "weibull", "lognormal", "gamma", "constant"] as const;

/** How a time to failure or to repair is drawn: by its mean, µs, and for those that take one a shape or coefficient of variation. */
export interface Lifetime {
  distribution: (typeof LIFETIMES)[number];
  mean: Duration;
  /** Of weibull and gamma. */
  shape?: number;
  /** Of lognormal. */
  cv?: number;
}

/** A moment in a run: when an attempt of a task, the first being 1, has done a part of its work, from 0 to below 1. */
export interface Anchor {
  task: number;
  attempt: number;
  progress: number;
}

/** Stands for the worker on which the attempt runs to which a fault is anchored. */
export const ITS_WORKER = -1;

/** Stands for a worker in faults that strike the link of the clients. */
export const CLIENTS = -2;

/** Stands for a worker in faults that strike a replica of the scheduler. */
export const REPLICAS = -3;

/** An effect that comes and goes while its fault lasts: for how long it is on, then off. */
export interface Cycle {
  on: Duration;
  off: Duration;
}

/** What one fault does to one worker: once, again and again at drawn times, or when a task has come so far. */
export interface FaultTrack {
  worker: number;
  /** Where that is REPLICAS: which, or the one that leads then. */
  replica?: number | "leader";
  effect: FaultEffect;
  /** Undefined: the effect is on all the time. */
  cycle?: Cycle;
  episodes:
    | { from: Time; to: Time }
    | { anchor: Anchor; lasting: Duration }
    /** Times between episodes and of episodes (undefined: the first has no end), in µs; `purpose` and `entity` (a worker, or what fails together) key the draws. */
    | { purpose: string; entity: string; between: Lifetime; lasting?: Lifetime };
}

/** A task that takes its worker down when an attempt has done the part `after` of its work, for so long (µs, or Infinity). */
export interface Killer {
  task: number;
  after: number;
  lasting: Duration;
}

/** Faults of workers: the same for every policy. */
export interface FaultPlan {
  /** Seed of the drawn ones. */
  seed: string;
  tracks: readonly FaultTrack[];
  /** At most one for each task. */
  killers?: readonly Killer[];
}

/** A world without what only the cluster may know of its tasks. */
export type BelievedWorld = Omit<
  World,
  "tasks" | "actions" | "faults" | "network" | "replicas" | "clients" | "cloud" | "environments" | "stragglers"
> & {
  tasks: TaskBeliefs;
};

/** What a trace opens with: all that can be known before the first event. */
export interface World {
  /** The scenario's name. */
  name: string;
  /** Names of the dimensions: cpu, memory, disk, slots, then the named resources. */
  dimensions: string[];
  tasks: TaskTable;
  workers: WorkerTable;
  /** Sets of workers that labels and per-worker times leave to a task, 1 = may run; set 0 is every worker. Capacity is apart. */
  eligibilitySets: Uint8Array[];
  /** In order of time, then of the scenario. */
  actions?: readonly Action[];
  /** Undefined: workers never fail. */
  faults?: FaultPlan;
  /** Undefined: messages arrive at once. */
  network?: NetworkPlan;
  /** Undefined: the scheduler is one process. */
  replicas?: ReplicationPlan;
  /** What clients of a replicated scheduler are like; undefined: they are where the leader is, or the scheduler is one process. */
  clients?: ClientSettings;
  /** Undefined: no workers are launched while it goes on. */
  cloud?: CloudPlan;
  /** Seed of what fails before attempts work; undefined where nothing is to be done before. */
  environments?: { seed: string };
  /** Undefined: there are no files that take time to be where they are read, or may be lost. */
  data?: DataPlan;
  /** Seed of which executions straggle; undefined where none may. */
  stragglers?: { seed: string };
  /** Whether anything in it was drawn: if not, every seed gives the same world. */
  drawn: { workload: boolean; faults: boolean };
  /** Tasks may join it while a run goes on. */
  grows?: true;
  /** Tasks are a user's functions: an attempt takes at least its processing time, and fails if the function does. */
  functions?: boolean;
}

/** Positions of the workers that are not there from the beginning. */
export function joiningWorkers({ actions = [], cloud }: Pick<World, "actions" | "cloud">): number[] {
  const joining = actions.flatMap((action) => (action.kind === "join" ? [action.worker] : []));
  return cloud === undefined ? joining : [...unlaunchedWorkers(cloud), ...joining];
}

/** Whether messages between the scheduler and the workers take time, get lost, or may: else each arrives where it is sent, at once. */
export function isNetworked({ network, faults, replicas }: Pick<World, "network" | "faults" | "replicas">): boolean {
  if (network === undefined) return false;
  return (
    replicas !== undefined || !network.links.every(isIdeal) || (faults?.tracks.some((track) => disturbanceOf(track) !== undefined) ?? false)
  );
}

/** Whether tasks may be submitted after their release dates: clients are far, or what they want is to be committed first. */
export function arriveLate({ network, replicas }: Pick<World, "network" | "replicas">): boolean {
  return network?.clients !== undefined || replicas !== undefined;
}

/** Whether nothing can happen to workers, nor between them, the scheduler and its clients, and messages are not recorded. */
export function isUndisturbed({
  network,
  faults,
  actions = [],
  cloud,
  replicas,
}: Pick<World, "network" | "faults" | "actions" | "cloud" | "replicas">): boolean {
  if (cloud !== undefined || replicas !== undefined) return false;
  if (network !== undefined && (network.detail === "messages" || network.clients !== undefined || !network.links.every(isIdeal)))
    return false;
  return (faults?.tracks.length ?? 0) === 0 && (faults?.killers?.length ?? 0) === 0 && !actions.some(isWorkerAction);
}

/** What a fault does to the links of workers, if it does anything to these. */
export function disturbanceOf({ effect, worker }: Pick<FaultTrack, "effect" | "worker">): LinkDisturbance | undefined {
  return effect.kind === "link" && worker !== CLIENTS && worker !== REPLICAS ? effect : undefined;
}
