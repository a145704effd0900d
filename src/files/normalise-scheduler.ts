// The scheduler's settings of a scenario file, its expectations, window of measurement and seed.
import { RUN_COLUMNS, runColumn } from "../metrics/run-summary.ts";
import { didYouMean, nearest } from "../model/nearest.ts";
import type { Expectation, MeasureWindow, Seeds } from "../model/scenario.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import {
  DEFAULT_LIVENESS,
  DEFAULT_PHI,
  DEFAULT_PREEMPTION,
  DEFAULT_SETTINGS,
  DEFAULT_SPECULATION,
  formatPolicySpec,
  isPolicyPath,
  type LivenessSettings,
  type ParameterValue,
  type PolicyPlaces,
  type PolicySpec,
  readPolicySpec,
  type PhiSettings,
  type RetrySettings,
  type SchedulerSettings,
} from "../model/settings.ts";
import { type Duration, parseDuration, SECOND } from "../model/units.ts";
import { cannotWork, POLICIES, policyNamed, policyOfSpec } from "../policies/index.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { backoffOf } from "./normalise-clients.ts";
import { anyPolicyFaults, policyOptionFaults, unknownPolicy } from "./policy-options.ts";
import { replicationOf } from "./normalise-replicas.ts";
import type { Checked } from "./schema-faults.ts";

const POLICY_NAMES = POLICIES.map(({ name }) => name);

/** As a policy that is written as text says it. */
const NO_NAME = 'policy "" has no name';

type SchedulerInput = NonNullable<ScenarioInput["scheduler"]>;

/** The settings, defaults filled in. `canFail`: whether the scenario has workers that fail, join or leave. */
export function normaliseScheduler(
  input: SchedulerInput,
  canFail: boolean,
  faults: FaultList,
  faulty: Checked["faulty"],
): SchedulerSettings {
  const duration = (value: number | string, ...path: string[]) => faults.attempt(["scheduler", ...path], () => parseDuration(value)) ?? 0;
  const { pass, decisionTime, rerank, localityDelay, speculation, deadlock } = input;
  const replication = replicationOf(input.replicas, faults);
  const settings: SchedulerSettings = {
    policy: normalisePolicy(input.policy, faults, faulty),
    placement: input.placement ?? DEFAULT_SETTINGS.placement,
    priorityOrder: input.priorityOrder ?? DEFAULT_SETTINGS.priorityOrder,
    retry: normaliseRetry(input.retries, faults, faulty),
    onDependencyFailure: input.onDependencyFailure ?? DEFAULT_SETTINGS.onDependencyFailure,
    estimates: input.estimates ?? DEFAULT_SETTINGS.estimates,
    pass: typeof pass === "object" ? { every: duration(pass.every, "pass", "every") } : (pass ?? DEFAULT_SETTINGS.pass),
    ties: input.ties ?? DEFAULT_SETTINGS.ties,
    cancel: input.cancel ?? DEFAULT_SETTINGS.cancel,
    notify: input.notify ?? DEFAULT_SETTINGS.notify,
    decisionTime: {
      perPass: duration(decisionTime?.perPass ?? 0, "decisionTime", "perPass"),
      perTask: duration(decisionTime?.perTask ?? 0, "decisionTime", "perTask"),
    },
    ...(localityDelay !== undefined && { localityDelay: duration(localityDelay, "localityDelay") }),
    ...(rerank !== undefined && { rerank: duration(rerank, "rerank") }),
    ...livenessOf(input, duration, canFail || replication !== undefined, faults, faulty),
    ...(replication && { replication }),
    ...preemptionOf(input.preemption, duration),
    ...(deadlock !== undefined && { deadlock }),
    ...(typeof speculation === "object" && {
      speculation: { factor: speculation.factor, min: speculation.min ?? DEFAULT_SPECULATION.min },
    }),
  };
  checkPolicyWorks(input.policy, settings, faults, faulty);
  if (settings.preemption !== undefined && settings.decisionTime.perPass + settings.decisionTime.perTask > 0)
    faults.add(["scheduler", "preemption"], "preemption goes with no decisionTime: what makes room would stop before the decision is made");
  if (typeof settings.pass === "object" && settings.pass.every === 0) faults.add(["scheduler", "pass", "every"], "every must be above 0");
  return settings;
}

/** How failures of workers are found: where they can fail, or where it is said. */
function livenessOf(
  { heartbeat, lease, requeue, drift, progress }: SchedulerInput,
  duration: (value: number | string, ...path: string[]) => Duration,
  canFail: boolean,
  faults: FaultList,
  faulty: Checked["faulty"],
): Pick<SchedulerSettings, "liveness"> {
  const isGiven = [heartbeat, lease, requeue, drift, progress].some((value) => value !== undefined);
  if (!canFail && !isGiven) return {};
  const of = (key: "interval" | "timeout") =>
    heartbeat?.[key] === undefined ? DEFAULT_LIVENESS.heartbeat[key] : duration(heartbeat[key], "heartbeat", key);
  const phi = phiOf(heartbeat, duration, faults, faulty);
  const liveness: LivenessSettings = {
    heartbeat: { interval: of("interval"), timeout: of("timeout"), ...(phi && { phi }) },
    lease: lease === undefined ? DEFAULT_LIVENESS.lease : duration(lease, "lease"),
    requeue: requeue ?? DEFAULT_LIVENESS.requeue,
    ...(drift !== undefined && drift > 0 && { drift: Math.round(drift * 1_000_000) }),
    ...progressOf(progress, faults),
  };
  const { interval, timeout } = liveness.heartbeat;
  if (interval === 0) faults.add(["scheduler", "heartbeat", "interval"], "interval must be above 0");
  const unclear = faulty(["scheduler", "heartbeat", "interval"]);
  if (!unclear && phi === undefined && timeout <= interval)
    faults.add(["scheduler", "heartbeat", "timeout"], "timeout must be above interval: else every worker is suspected");
  if (!unclear && liveness.lease <= interval)
    faults.add(["scheduler", "lease"], "lease must be above heartbeat.interval: else it ends before it can be renewed");
  return { liveness };
}

/** The part of their work after which attempts are told of, in thousandths. */
function progressOf(input: SchedulerInput["progress"], faults: FaultList): Pick<LivenessSettings, "progress"> {
  if (input === undefined) return {};
  const part = fractionOf(input);
  const progress = Math.round(part * 1000);
  if (part >= 0.001 && progress < 1000) return { progress };
  const given = JSON.stringify(input);
  faults.add(["scheduler", "progress"], `progress ${given} is not a part of the work from 0.1% to below 100%, such as 25% or 0.25`);
  return {};
}

const OF_PHI = ["threshold", "window", "deviation"] as const;

/** The φ accrual detector, where it is asked for: options of one detector are faults where the other is. */
function phiOf(
  heartbeat: SchedulerInput["heartbeat"],
  duration: (value: number | string, ...path: string[]) => Duration,
  faults: FaultList,
  faulty: Checked["faulty"],
): PhiSettings | undefined {
  const { detector = "timeout", threshold, window, deviation } = heartbeat ?? {};
  const given = (keys: readonly (keyof NonNullable<typeof heartbeat>)[]) => keys.filter((key) => heartbeat?.[key] !== undefined);
  const isUnclear = faulty(["scheduler", "heartbeat", "detector"]);
  for (const key of isUnclear ? [] : given(detector === "phi" ? ["timeout"] : OF_PHI))
    faults.add(
      ["scheduler", "heartbeat", key],
      detector === "phi"
        ? "detector phi takes no timeout: how long a worker may be silent follows from its heartbeats"
        : `${key} is an option of detector: phi`,
      "key",
    );
  if (threshold !== undefined && !(threshold >= 1 && threshold <= 300))
    faults.add(["scheduler", "heartbeat", "threshold"], "threshold must be from 1 to 300");
  if (window !== undefined && !(Number.isSafeInteger(window) && window >= 1 && window <= 10_000))
    faults.add(["scheduler", "heartbeat", "window"], "window must be a whole number from 1 to 10000");
  const least = deviation === undefined ? DEFAULT_PHI.deviation : duration(deviation, "heartbeat", "deviation");
  if (least === 0 && !faulty(["scheduler", "heartbeat", "deviation"]))
    faults.add(["scheduler", "heartbeat", "deviation"], "deviation must be above 0: else a worker is suspected when its heartbeat is due");
  if (detector !== "phi") return undefined;
  return { threshold: threshold ?? DEFAULT_PHI.threshold, window: window ?? DEFAULT_PHI.window, deviation: least };
}

type PreemptionInput = SchedulerInput["preemption"];

function preemptionOf(
  input: PreemptionInput,
  duration: (value: number | string, ...path: string[]) => Duration,
): Pick<SchedulerSettings, "preemption"> {
  if (input === undefined || input.mode === "off") return {};
  const of = (key: "grace" | "minRun") => (input[key] === undefined ? DEFAULT_PREEMPTION[key] : duration(input[key], "preemption", key));
  return { preemption: { mode: input.mode, grace: of("grace"), minRun: of("minRun"), max: input.max ?? DEFAULT_PREEMPTION.max } };
}

/** Further attempts of tasks that do not say so themselves. */
export function retriesOf(input: SchedulerInput | undefined): number {
  return (typeof input?.retries === "object" ? input.retries.max : input?.retries) ?? 0;
}

function normaliseRetry(input: SchedulerInput["retries"], faults: FaultList, faulty: Checked["faulty"]): RetrySettings {
  if (typeof input !== "object") return DEFAULT_SETTINGS.retry;
  const { countLost = DEFAULT_SETTINGS.retry.countLost, elsewhere = DEFAULT_SETTINGS.retry.elsewhere } = input;
  if (input.backoff === undefined) return { countLost, elsewhere };
  return { countLost, elsewhere, backoff: backoffOf(input.backoff, ["scheduler", "retries", "backoff"], faults, faulty) };
}

/** Whether the settings give the policy what it works by; a user's is asked when the run is set up. */
function checkPolicyWorks(
  input: SchedulerInput["policy"],
  settings: SchedulerSettings,
  faults: FaultList,
  faulty: Checked["faulty"],
): void {
  const path = ["scheduler", "policy"];
  const { policy: spec } = settings;
  const meant = policyMeant(spec.name);
  if (meant === undefined || !areWorkingsClear(faulty) || Object.keys(meant.parameters ?? {}).some((option) => faulty([...path, option])))
    return;
  const { sound: judged, isWhole } = soundPart(spec, meant);
  const policy = policyOfSpec(judged) ?? meant;
  // An option with faults may be the one that it needs.
  if (!isWhole && !(policy.preempts === true || policy.needs.includes("estimate"))) return;
  const reason = cannotWork(policy, {}, { ...settings, policy: judged });
  if (reason !== undefined)
    faults.add(typeof input === "object" ? [...path, "name"] : path, `policy ${formatPolicySpec(judged)} does not apply: it ${reason}`);
}

/** Whether the settings are read on which it hangs that a policy can work. */
export function areWorkingsClear(faulty: Checked["faulty"]): boolean {
  return ![[], ["estimates"], ["preemption"], ["preemption", "mode"]].some((place) => faulty(["scheduler", ...place]));
}

/** A registered policy, of what was given the options that are right; `isWhole`: all of them are. */
export function soundPart(spec: PolicySpec, meant: PolicyDefinition): { sound: PolicySpec; isWhole: boolean } {
  const { name } = meant;
  const wrong = new Set(policyOptionFaults({ ...spec, name }, meant).map(({ option }) => option));
  const { blocking, placement } = spec;
  const sound = {
    name,
    ...(blocking !== undefined && !wrong.has("blocking") && { blocking }),
    ...(placement !== undefined && !wrong.has("placement") && { placement }),
    parameters: Object.fromEntries(Object.entries(spec.parameters).filter(([option]) => !wrong.has(option))),
  };
  return { sound, isWhole: wrong.size === 0 };
}

/** The registered policy of that name, where it is misspelt the one that was meant: what stands beside it is judged by that. */
export function policyMeant(name: string): PolicyDefinition | undefined {
  if (isPolicyPath(name)) return undefined;
  return policyNamed(name) ?? policyNamed(nearest(name, POLICY_NAMES) ?? "");
}

/** The policy by name and options. Those of a registered one are checked here; a user's file is read when the run is set up. */
function normalisePolicy(input: SchedulerInput["policy"], faults: FaultList, faulty: Checked["faulty"]): PolicySpec {
  const path = ["scheduler", "policy"];
  if (faulty([...path, "name"])) return DEFAULT_SETTINGS.policy;
  const { spec, faults: wrong } =
    typeof input === "object" ? { spec: policySpecOf(input), faults: [] } : readPolicySpec(input ?? DEFAULT_SETTINGS.policy.name);
  for (const message of wrong) faults.add(path, message);
  if (isPolicyPath(spec.name)) return { ...spec, places: placesOf(input, faults) };
  const pathOf = (key: string) => (typeof input === "object" ? [...path, key] : path);
  if (spec.name !== "" && policyNamed(spec.name) === undefined) faults.add(pathOf("name"), unknownPolicy(spec.name));
  if (spec.name === "" && typeof input === "object") faults.add(pathOf("name"), NO_NAME);
  const meant = policyMeant(spec.name);
  for (const { option, part, message } of meant === undefined ? anyPolicyFaults(spec) : policyOptionFaults(spec, meant))
    faults.add(pathOf(option), message, typeof input === "object" ? part : "value", meant === undefined);
  return spec.name === "" ? DEFAULT_SETTINGS.policy : spec;
}

/** Where the name and the options of a policy stand. */
export function placesOf(input: SchedulerInput["policy"], faults: FaultList): PolicyPlaces {
  const path = ["scheduler", "policy"];
  if (typeof input !== "object") return { name: faults.placeOf(path), options: {} };
  const options = Object.keys(input).map((key) => {
    const place = [...path, key];
    return [key, { key: faults.placeOf(place, "key"), value: faults.placeOf(place) }] as const;
  });
  return { name: faults.placeOf([...path, "name"]), options: Object.fromEntries(options) };
}

/** A policy that is written as a map. */
export function policySpecOf({ name, blocking, placement, ...rest }: Exclude<SchedulerInput["policy"], string | undefined>): PolicySpec {
  const parameters: Record<string, ParameterValue> = {};
  for (const [key, value] of Object.entries(rest)) parameters[key] = Array.isArray(value) ? value.map(String) : (value as ParameterValue);
  return { name, ...(blocking !== undefined && { blocking }), ...(placement !== undefined && { placement }), parameters };
}

/** Checks on columns of runs.csv. */
export function normaliseExpectations(input: NonNullable<ScenarioInput["expect"]>, faults: FaultList): Expectation[] {
  const expectations: Expectation[] = [];
  for (const [key, given] of Object.entries(input)) {
    const expectation = expectationOf(key, String(given), faults);
    if (expectation !== undefined) expectations.push(expectation);
  }
  return expectations;
}

const COMPARISON = /^\s*(<=|>=|==|!=|<|>|=)?\s*(.+?)\s*$/;

function expectationOf(key: string, text: string, faults: FaultList): Expectation | undefined {
  const path = ["expect", key];
  const column = runColumn(key);
  const names = RUN_COLUMNS.flatMap(({ name, unit }) => (unit === "text" ? [] : [name.replace(/_s$/, "")]));
  if (column === undefined || column.unit === "text") {
    const hint = didYouMean(key, names) || `; those are ${names.join(", ")}`;
    faults.add(path, `expect: "${key}" is not a column of numbers in runs.csv${hint}`, "key");
    return undefined;
  }
  const [, sign = "==", operand = ""] = COMPARISON.exec(text) ?? [];
  const comparison = (sign === "=" ? "==" : sign) as Expectation["comparison"];
  const value = faults.attempt(path, () =>
    column.unit === "s" ? secondsOf(operand) : Number(operand.endsWith("%") ? Number(operand.slice(0, -1)) / 100 : operand || Number.NaN),
  );
  if (value === undefined) return undefined;
  if (Number.isFinite(value)) return { column: column.name, comparison, value, text };
  const expected = column.unit === "s" ? "duration, such as <= 10m" : "number, such as == 0";
  faults.add(path, `expect: "${text}" is not a comparison with a ${expected}`);
  return undefined;
}

/** Seconds of a duration; negative ones are allowed, since lateness can be. */
function secondsOf(text: string): number {
  const magnitude = text.replace(/^-\s*/, "");
  const seconds = parseDuration(magnitude) / SECOND;
  return magnitude === text ? seconds : 0 - seconds;
}

/** The window of tasks that metrics count, as fractions. */
export function normaliseMeasure(input: NonNullable<ScenarioInput["measure"]>, faults: FaultList): MeasureWindow {
  const read = (key: "from" | "to", otherwise: number) => {
    const value = input[key] === undefined ? otherwise : fractionOf(input[key]);
    if (value >= 0 && value <= 1) return value;
    faults.add(["measure", key], `${key} ${JSON.stringify(input[key])} is not a part of the tasks, such as 10% or 0.1`);
    return otherwise;
  };
  const window = { from: read("from", 0), to: read("to", 1) };
  if (window.from >= window.to) faults.add(["measure"], "the window is empty: from must be below to");
  return window;
}

function fractionOf(value: number | string): number {
  if (typeof value === "number") return value;
  const percent = /^\s*([0-9]+\.?[0-9]*|\.[0-9]+)\s*%\s*$/.exec(value);
  return percent === null ? Number(value.trim() || Number.NaN) : Number(percent[1]) / 100;
}

/** The seed as text. A number that YAML cannot hold exactly has lost digits already. */
export function seedOf(seed: ScenarioInput["seed"], path: Path, faults: FaultList): { seed?: string } {
  if (seed === undefined) return {};
  if (typeof seed === "string" || Number.isSafeInteger(seed)) return { seed: String(seed) };
  faults.add(path, "a seed is text, or a whole number below 2^53; quote it, so that it is read as text");
  return {};
}

/** The seeds of single roots. */
export function rootSeedsOf(input: ScenarioInput["seeds"], faults: FaultList): { seeds?: Partial<Seeds> } {
  if (input === undefined) return {};
  const seeds: Partial<Seeds> = {};
  for (const root of ["workload", "faults", "network", "policy"] as const) {
    const { seed } = seedOf(input[root], ["seeds", root], faults);
    if (seed !== undefined) seeds[root] = seed;
  }
  return { seeds };
}
