// How the scheduler of a scenario is set: the policy by name and parameters, and everything beside it.
import { type FieldPlace, InputError } from "./errors.ts";
import { didYouMean } from "./nearest.ts";
import type { ReplicationSettings } from "./replication.ts";
import { type Duration, SECOND } from "./units.ts";

export const PLACEMENTS = ["first-fit", "best-fit", "worst-fit", "least-loaded", "round-robin", "random", "locality"] as const;
/** Which worker a task goes to, of those with room. */
export type Placement = (typeof PLACEMENTS)[number];

export type ParameterValue = string | number | boolean | readonly string[];

/** A policy as a scenario or the command line names it. */
export interface PolicySpec {
  /** A registered name, or the path of a user's file (it then holds a `/` or ends in .ts, .js or .mjs). */
  name: string;
  blocking?: boolean;
  placement?: Placement;
  parameters: Record<string, ParameterValue>;
  /** Of a user's file that a scenario names: where the name and the options stand, for errors that show when the file is read. */
  places?: PolicyPlaces;
}

export interface PolicyPlaces {
  name: FieldPlace;
  options: Readonly<Record<string, Readonly<Record<"key" | "value", FieldPlace>>>>;
}

/** When the scheduler looks at its queue: once per instant, after each event, or in cycles. */
export type PassMode = "instant" | "event" | { every: Duration };

/** The longest wait where none is given: a year, far beyond what a run can use. */
export const MAX_BACKOFF: Duration = 365 * 86_400 * SECOND;

/** How long a failed task waits before its retry: initial × factor^(failures − 1), at most max, ± jitter of it. */
export interface Backoff {
  initial: Duration;
  factor: number;
  max: Duration;
  /** Half-width of the uniform factor around 1: 0.2 is ±20 %. */
  jitter: number;
}

/** When and where a failed task runs again. */
export interface RetrySettings {
  /** Undefined: at once. */
  backoff?: Backoff;
  /** Whether attempts that were lost (to a worker, to preemption, to a client) use the budget up like those that failed. */
  countLost: boolean;
  /** `require`: not on the worker of the last attempt, if another could hold it when empty. `prefer`: not if another has room now. */
  elsewhere: "require" | "prefer";
}

/** The wait before the next attempt after so many failures, µs, for the middle of the jitter. */
export function backoffAfter({ initial, factor, max }: Backoff, failures: number): Duration {
  let wait = initial;
  for (let i = 1; i < failures && wait < max; i++) wait *= factor;
  return Math.min(max, Math.round(wait));
}

/** The same for a uniform number in [0, 1): µs, rounded. */
export function jittered(wait: Duration, jitter: number, u: number): Duration {
  return Math.round(wait * (1 - jitter + 2 * jitter * u));
}

export interface HeartbeatSettings {
  interval: Duration;
  /** How long is too long, where the detector is `timeout`. */
  timeout: Duration;
  /** Where it is `phi`. */
  phi?: PhiSettings;
}

/** The φ accrual failure detector: suspects at φ = threshold. */
export interface PhiSettings {
  threshold: number;
  /** How many gaps between heartbeats count, the last ones. */
  window: number;
  /** Their standard deviation is taken to be so long at least. */
  deviation: Duration;
}

export const DEFAULT_PHI: PhiSettings = { threshold: 8, window: 100, deviation: 100_000 };

/** How the scheduler finds out that workers have failed, and when it gives up what they held. */
export interface LivenessSettings {
  /** A worker that is not heard of for too long is suspected: it is sent nothing more until it is heard again. */
  heartbeat: HeartbeatSettings;
  /** How long a worker may go on with an attempt after its start or the last heartbeat that was answered. */
  lease: Duration;
  /** When attempts of a worker that is not heard of are given up: when their leases are over, or when the worker is suspected. */
  requeue: "lease-end" | "suspicion";
  /** By how many millionths of the true time workers' clocks may run slow, as far as the scheduler allows for it; default 0. */
  drift?: number;
  /** Workers tell each time that an attempt has done another part of its work of so many thousandths; undefined: never. */
  progress?: number;
}

/** How long the scheduler takes a lease to last: until it is over on the slowest clock that it allows for, µs. */
export function longestLease({ lease, drift = 0 }: LivenessSettings): Duration {
  if (drift === 0) return lease;
  const rate = BigInt(1_000_000 - drift);
  return Number((BigInt(lease) * 1_000_000n + rate - 1n) / rate);
}

export const DEFAULT_LIVENESS: LivenessSettings = {
  heartbeat: { interval: SECOND, timeout: 5 * SECOND },
  lease: 10 * SECOND,
  requeue: "lease-end",
};

/** How running attempts make room for others, under a policy that preempts. */
export interface PreemptionSettings {
  /**
   * `kill`: the attempt is lost, and its task begins anew, or from its last checkpoint. `suspend`: it waits on its worker, with its memory and
   * disk, and goes on later. `checkpoint`: it writes one first, if its task does so at all.
   */
  mode: "kill" | "suspend" | "checkpoint";
  /** How long the attempt goes on after it was chosen. */
  grace: Duration;
  /** How long an attempt runs at least, since it was started or continued, before it is chosen. */
  minRun: Duration;
  /** How often a task is chosen at most. */
  max: number;
}

export const DEFAULT_PREEMPTION: Omit<PreemptionSettings, "mode"> = { grace: 0, minRun: 0, max: Number.POSITIVE_INFINITY };

/** When an attempt that takes long gets a copy. */
export interface SpeculationSettings {
  /** How many times the median of the tasks of its function that have completed. */
  factor: number;
  /** How many of these there must be. */
  min: number;
}

export const DEFAULT_SPECULATION: Pick<SpeculationSettings, "min"> = { min: 5 };

export interface SchedulerSettings {
  policy: PolicySpec;
  placement: Placement;
  priorityOrder: "lower-first" | "higher-first";
  retry: RetrySettings;
  onDependencyFailure: "skip" | "fail";
  estimates: "user" | "exact" | "none" | { noise: number };
  pass: PassMode;
  /** Which of several events of one kind at one instant comes first: by the position of their tasks or workers, or drawn by the seed. */
  ties: "position" | "seeded";
  /** Virtual time that a pass takes: `perPass` + `perTask` × tasks ready at its start. */
  decisionTime: { perPass: Duration; perTask: Duration };
  /** Undefined where workers cannot fail. */
  liveness?: LivenessSettings;
  /** Undefined: it is one process. */
  replication?: ReplicationSettings;
  /** Undefined: what runs is left alone. */
  preemption?: PreemptionSettings;
  /** What is done about attempts that wait for what others hold which wait likewise; undefined: `detect`. */
  deadlock?: Deadlock;
  /** Undefined: no attempt gets a copy. */
  speculation?: SpeculationSettings;
  /**
   * When a cancellation is acknowledged: at once, or when the worker of the running attempt has answered, or can hold it no more, since its
   * lease is over or it has restarted or left.
   */
  cancel: "immediate" | "confirmed";
  /** Whether the trace has an entry for each client that is told of the end of its task. */
  notify: boolean;
  /** Placement locality: how long a task that is ready waits for room on the workers that have most of its files; undefined: not at all. */
  localityDelay?: Duration;
  /** How stale the order of a dynamic policy may get above 10,000 queued tasks. */
  rerank?: Duration;
}

/** Whether what is decided begins later: deciding takes time, or is to be committed first. */
export function startsLater({ decisionTime, replication }: Pick<SchedulerSettings, "decisionTime" | "replication">): boolean {
  return decisionTime.perPass + decisionTime.perTask > 0 || replication !== undefined;
}

export const DEFAULT_SETTINGS: SchedulerSettings = {
  policy: { name: "fcfs", parameters: {} },
  placement: "first-fit",
  priorityOrder: "lower-first",
  retry: { countLost: false, elsewhere: "require" },
  onDependencyFailure: "skip",
  estimates: "user",
  pass: "instant",
  ties: "position",
  cancel: "immediate",
  notify: false,
  decisionTime: { perPass: 0, perTask: 0 },
};

/**
 * About attempts that wait for what others hold: `prevent` grants only what leaves a way for all to get what they claim (E. W. Dijkstra's
 * banker), `detect` has one run again where they wait for one another, `none` lets them.
 */
export const DEADLOCKS = ["prevent", "detect", "none"] as const;
export type Deadlock = (typeof DEADLOCKS)[number];

/** Whether a policy's name is the path of a file. */
export function isPolicyPath(name: string): boolean {
  return name.includes("/") || /\.(ts|mts|js|mjs)$/.test(name);
}

/** `sjf:blocking=true:placement=best-fit`, the text that the `policy` column holds. */
export function formatPolicySpec(spec: PolicySpec): string {
  const options: string[] = [];
  if (spec.blocking !== undefined) options.push(`blocking=${spec.blocking}`);
  if (spec.placement !== undefined) options.push(`placement=${spec.placement}`);
  for (const [key, value] of Object.entries(spec.parameters)) {
    options.push(`${key}=${Array.isArray(value) ? value.join(" ") : String(value)}`);
  }
  return [spec.name, ...options].join(":");
}

/** The reverse of `formatPolicySpec`; also after a path (`./my.ts:alpha=2`). Refuses what is not `key=value`, all of it at once. */
export function parsePolicySpec(text: string): PolicySpec {
  const { spec, faults } = readPolicySpec(text);
  if (faults.length > 0) throw new InputError(faults.map((message) => ({ message })));
  return spec;
}

/** The same, with what is wrong beside what could be read. */
export function readPolicySpec(text: string): { spec: PolicySpec; faults: string[] } {
  const [name = "", ...options] = text.split(":");
  const spec: PolicySpec = { name, parameters: {} };
  const faults: string[] = [];
  const refuse = (message: string) => faults.push(`policy "${text}"${message}`);
  if (name === "") refuse(" has no name");
  const given = new Set<string>();
  for (const option of options) {
    const equals = option.indexOf("=");
    const key = option.slice(0, equals);
    const value = option.slice(equals + 1);
    if (equals < 1) refuse(`: "${option}" is not key=value (such as blocking=true)`);
    else if (given.has(key)) refuse(`: ${key} is given twice`);
    else if (key === "blocking") {
      if (value !== "true" && value !== "false") refuse(`: blocking is true or false, not "${value}"`);
      else spec.blocking = value === "true";
    } else if (key === "placement") {
      if (isPlacement(value)) spec.placement = value;
      else refuse(`: placement "${value}" is not known${didYouMean(value, PLACEMENTS)}`);
    } else {
      spec.parameters[key] = parameterValue(value);
    }
    given.add(key);
  }
  return { spec, faults };
}

function isPlacement(text: string): text is Placement {
  return (PLACEMENTS as readonly string[]).includes(text);
}

function parameterValue(text: string): ParameterValue {
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
