// A scenario after reading: checked, in integer units, workloads loaded; nothing drawn yet, since every seed draws anew.
import type { AutoscalerSettings, Pool } from "./cloud.ts";
import type { ClientSettings } from "./clients.ts";
import type { LostOutputs, OutputPlace, Sharing } from "./data.ts";
import type { FieldPlace, Position } from "./errors.ts";
import type { Direction, InFlight, MessageKind } from "./network.ts";
import type { SchedulerSettings } from "./settings.ts";
import type { TaskProfile } from "./task-profile.ts";
import type { Duration, Time } from "./units.ts";
import type { Cycle, Lifetime, TaskChange, TaskTable } from "./world.ts";

/**
 * A distribution by name with its parameters, in the base unit of what it draws (µs, bytes, thousandths). `integer` may have a
 * `step` in that unit: it then draws min, min + step, … max, so that whole cores are whole cores (step 1000), not thousandths.
 */
export interface DistributionSpec {
  distribution: string;
  [parameter: string]: string | number | readonly number[];
}

/** A fixed integer, or one drawn per task. */
export type Amount = number | DistributionSpec;

/** One worker; `count: 4` in a file has become four of these. */
export interface WorkerSpec {
  id: string;
  /** Per dimension of the scenario; Infinity where unlimited. */
  capacity: number[];
  /** Thousandths: 1000 is speed 1. */
  speed: number;
  labels: Record<string, string>;
  /** Bytes of images that it keeps; undefined: any. */
  cache?: number;
  /** Bytes of files from elsewhere that it keeps when nothing there reads them; undefined: any. */
  fileCache?: number;
  /** Millionths of the unit of money per hour. */
  price?: number;
  /** Thousandths of a watt, with nothing and with all cores allocated. */
  watts?: { idle: number; busy: number };
}

/** Processing times by worker id or `label=value`, µs, in the order of the file. */
export interface PerWorkerDuration {
  on: readonly (readonly [key: string, amount: Amount])[];
}

/** An estimate as a multiple of the true time. */
export interface EstimateFactor {
  factor: number;
}

/** `always`, the numbers of the executions that fail, or a probability per execution in [0, 1]. */
export type FailureSpec = "always" | readonly number[] | number;

/** What a task uses: cores on average and the most memory (default: what it requests), bytes read from disk and written to it. */
export interface UsageSpec {
  cpu?: Amount;
  memory?: Amount;
  read?: Amount;
  written?: Amount;
}

/** One task as written, or the template of generated ones. */
export interface TaskSpec {
  id: string;
  /** µs at speed 1, or per worker. */
  duration: Amount | PerWorkerDuration;
  release: Amount;
  /** Per dimension of the scenario. */
  request: Amount[];
  /** Default: what it requests. */
  usage?: UsageSpec;
  dependencies: readonly string[];
  priority: number;
  weight: number;
  retries: number;
  fails?: FailureSpec;
  /** In (0, 1]; 1: a failing execution runs its whole time. */
  failsAfter: number;
  /** µs at speed 1, or by how much the true times, per worker too, are multiplied. */
  estimate?: Amount | EstimateFactor;
  /** Counted from release, µs. */
  due?: Amount;
  timeout?: Amount;
  /** Labels that the worker must have. */
  requires: Record<string, string>;
  profile?: TaskProfile;
  /** Bytes that each task that depends on it reads. */
  outputSize?: Amount;
  /** Ids of files that it reads, and those that it writes, with their sizes. */
  inputs?: readonly string[];
  outputs?: readonly { id: string; size: number }[];
  function?: string;
  command?: string;
  /** What its attempts print, with fields in braces. */
  stdout?: string;
  stderr?: string;
  job?: string;
  user?: string;
  group?: string;
  queue?: string;
  status?: string;
  /** Where it stands, for messages. */
  position?: Position;
  /** Where requests that are drawn stand, per dimension; undefined where none is drawn. */
  requestPlaces?: readonly (FieldPlace | undefined)[];
}

/** A synthetic workload: the generator's own options, and the fields of its tasks as a template. */
export interface GenerateSpec {
  kind: string;
  /** Pins the draws of this workload against the run's seed. */
  seed?: string;
  /** The generator's own options, numbers in base units (µs, plain ratios and counts). */
  options: Record<string, number | string | DistributionSpec>;
  template: Omit<TaskSpec, "id" | "dependencies" | "position">;
  position?: Position;
}

/** Where tasks come from, in the order of the file. */
export type TaskSource =
  | { kind: "tasks"; tasks: readonly TaskSpec[] }
  /** `file` and `position`: what it was read from, and where that is named, for messages. */
  | { kind: "table"; table: TaskTable; notes: readonly string[]; file?: string; position?: Position }
  | { kind: "generate"; generate: GenerateSpec };

/** A check on a column of runs.csv: `makespan: "<= 10m"`. */
export interface Expectation {
  column: string;
  comparison: "<" | "<=" | "==" | "!=" | ">=" | ">";
  /** In the column's own unit (seconds for `_s`). */
  value: number;
  /** As written. */
  text: string;
}

/** A window of tasks, by submission order, that metrics count: fractions of the number of tasks. */
export interface MeasureWindow {
  from: number;
  to: number;
}

/** What tasks that join a run while it goes on take where they say nothing. */
export interface TaskDefaults {
  /** Further attempts after a failure. */
  retries: number;
  profile?: TaskProfile;
  /** Processing times by function name. */
  functions: readonly (readonly [name: string, duration: Amount | PerWorkerDuration])[];
}

/** What a client or an operator asks for while the run goes on, as it is written; tasks and workers by their ids. */
export type ActionSpec = {
  at: Time;
  /** Where the id stands, for errors. */
  position?: Position;
} & (
  | { cancel: string; requeue: boolean }
  | { status: string }
  | { set: TaskChange & { task: string } }
  /** A group spelt out, as in the cluster. */
  | { join: WorkerSpec[] }
  | { leave: string; limit: Duration }
  /** To the replica at that position. */
  | { transfer: number }
);

/** What a link is like, as far as it is said. */
export interface LinkSpec {
  /** µs each way. */
  latency?: Amount;
  loss?: number;
  duplicate?: number;
  reorder?: boolean;
  /** Bytes of files per second, each way. */
  bandwidth?: number;
}

/** The link of the clients as it is written. */
export interface ClientLinkSpec extends LinkSpec {
  /** µs until what was not answered is sent again. */
  repeat?: Duration;
}

/** A file as it is written. */
export interface FileSpec {
  id: string;
  /** Bytes. */
  size: number;
  /** Ids of workers that have it from the beginning, beside the store. */
  at: readonly string[];
  /** Where it stands, for errors. */
  position?: Position;
}

/** The network as it is written: of all links, and of some in place of it, later ones over earlier ones; and apart from them the clients'. */
export interface NetworkSpec extends LinkSpec {
  links: readonly (LinkSpec & { worker?: string; where?: Record<string, string>; position?: Position })[];
  clients?: ClientLinkSpec;
  /** How transfers get along on one link, and bytes per second from the store. */
  sharing?: Sharing;
  store?: number;
  detail: "folded" | "messages";
  inFlight: InFlight;
}

/** A fault as it is written: of workers, or of tasks, which has no `when`. */
export type FaultSpec = WorkerFaultSpec | TaskFaultSpec;

/** What crashes may take from disks; the last two from those of replicas alone. */
export const LOSSES = ["disk", "tail", "entry"] as const;

/** What faults of workers say beside whom they strike and when; each kind takes some of these. */
export interface WorkerFaultOptions {
  /** Part of its speed that a slow worker keeps. */
  speed?: number;
  /** By which part of the true time a clock runs fast (above 0) or slow. */
  drift?: number;
  /** What a worker that shrinks or grows has, per dimension of the scenario; undefined where that stays as it is. */
  capacity?: readonly (number | undefined)[];
  /** What one that goes down loses beside its memory; of replicas of the scheduler also the tail of a sync, or an entry of the log. */
  loses?: (typeof LOSSES)[number];
  /** How long a worker that flaps is down, and then up, each time. */
  cycle?: Cycle;
  /** Of links: which way; which messages; how many of them, in [0, 1]; how much longer they take, µs. */
  direction?: Direction;
  messages?: readonly MessageKind[];
  probability?: number;
  by?: Duration;
}

export interface WorkerFaultSpec {
  kind: string;
  /** Whom: the worker of that id, or those with the labels; neither: all. With an anchor `its`: the one on which the attempt runs. */
  worker?: string;
  where?: Record<string, string>;
  /** Not workers, but the link of the clients. */
  clients?: true;
  /** Not workers, but a replica of the scheduler: the one of that position, or the one that leads. */
  replica?: number | "leader";
  /** Of links between it and others: only those to these, by position. */
  peers?: readonly number[];
  /** Once, for so long (Infinity: for good); or again and again (without `lasting`: by chance, and then for good); or when an attempt has come so far. */
  when:
    | { at: Time; lasting: Duration }
    | { between: Lifetime; lasting?: Lifetime }
    | { anchor: { task: string; attempt: number; progress: number }; lasting: Duration };
  /** A label: workers that have the same value of it fail together. */
  per?: string;
  options: WorkerFaultOptions;
  /** Where it stands, for errors; its number in the file, where what stands before it gives it another here. */
  position?: Position;
  index?: number;
}

export interface TaskFaultSpec {
  kind: string;
  /** Whom: the task of that id, or each task with that probability; neither: all. */
  task?: string;
  probability?: number;
  options: TaskFaultOptions;
  /** Where it stands, for errors; its number in the file, where what stands before it gives it another here. */
  position?: Position;
  index?: number;
}

/** What faults of tasks say beside whom they strike; each kind takes some of these. */
export interface TaskFaultOptions {
  at?: Time;
  for?: Duration;
  /** What estimates are multiplied by, and the coefficient of variation of a factor of mean 1 beside it. */
  factor?: number;
  noise?: number;
  requeue?: boolean;
  /** The part of its work after which a task kills its worker, and how long that then stays down. */
  after?: number;
  restart?: Duration;
}

/** Whether a fault strikes workers. */
export function strikesWorkers(fault: FaultSpec): fault is WorkerFaultSpec {
  return "when" in fault;
}

export interface Scenario {
  version: 1;
  name: string;
  /** Text, as all seeds are; undefined where the file has none. */
  seed?: string;
  /** Roots that have a seed of their own, as long as nothing replaces `seed`. */
  seeds?: Partial<Seeds>;
  /** cpu, memory, disk, slots, then the named resources. */
  dimensions: string[];
  /** Those that are there from the beginning, and behind them those of the pools. */
  workers: WorkerSpec[];
  /** Default: no pools. */
  cloud?: { pools: Pool[]; autoscaler: AutoscalerSettings };
  /** So long is paid for at least, each time that a worker with a price is there; default: a minute. */
  billingMinimum?: Duration;
  scheduler: SchedulerSettings;
  sources: TaskSource[];
  /** Default: none. */
  actions?: ActionSpec[];
  /** Default: none. */
  faults?: FaultSpec[];
  /** Default: messages arrive at once. */
  network?: NetworkSpec;
  /** Default: clients of a replicated scheduler are where the leader is. */
  clients?: ClientSettings;
  /** Files that are there from the beginning; default: none. */
  files?: FileSpec[];
  /** Default: what tasks write is durable. */
  data?: { outputs: OutputPlace; lost: LostOutputs };
  expect: Expectation[];
  measure: MeasureWindow;
  /** Default: no retries, no profile, no functions. */
  defaults?: TaskDefaults;
}

/** The seeds of one run: one root each, so that one can be varied alone. */
export interface Seeds {
  workload: string;
  faults: string;
  policy: string;
  /** What messages draw; default: the faults'. */
  network?: string;
}

/** Every worker that is ever there: those of the cluster, then those that join, in the order in which the file has them. */
export function everyWorker({ workers, actions = [] }: Pick<Scenario, "workers" | "actions">): readonly WorkerSpec[] {
  const joining = actions.flatMap((action) => ("join" in action ? action.join : []));
  return joining.length === 0 ? workers : [...workers, ...joining];
}
