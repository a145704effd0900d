// Faults, from their form in a scenario file. Whether their workers and tasks are there shows when the world is drawn.
import type { FaultKind, WorkerFaultKind } from "../faults/fault.ts";
import { FAULTS, faultNamed } from "../faults/index.ts";
import { didYouMean, nearest } from "../model/nearest.ts";
import { MessageKind } from "../model/network.ts";
import type { FaultSpec, WorkerFaultSpec } from "../model/scenario.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import type { SchedulerSettings } from "../model/settings.ts";
import { type Duration, parseDuration } from "../model/units.ts";
import type { Lifetime } from "../model/world.ts";
import type { Document, Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { labelsOf } from "./normalise-cluster.ts";
import { TASK_FAULT_KEYS, taskFault } from "./normalise-task-faults.ts";
import type { Checked } from "./schema-faults.ts";

export type FaultInput = NonNullable<ScenarioInput["faults"]>[number];

/** Whether a key stands there, be it with faults. */
export type Given = (key: keyof FaultInput) => boolean;

/** Options of faults of workers alone. */
const WORKER_FAULT_KEYS = ["speed", "direction", "messages", "by"] as const;

/** Keys that go with drawn times only. */
const DRAWN = ["mttr", "distribution", "shape", "cv", "per"] as const;

/** `traces`: what the files of those that name one held, by their index; one that is missing had faults. */
export function normaliseFaults(
  inputs: readonly (FaultInput | undefined)[],
  settings: SchedulerSettings,
  document: Document,
  faults: FaultList,
  faulty: Checked["faulty"],
  traces: ReadonlyMap<number, readonly FaultSpec[]>,
): FaultSpec[] {
  return inputs.flatMap((input, index): readonly FaultSpec[] => {
    if (input === undefined) return [];
    const path = ["faults", index];
    const given: Given = (key) => input[key] !== undefined || faulty([...path, key]);
    if (given("trace")) {
      refuseBesideTrace(input, path, faults);
      return traces.get(index) ?? [];
    }
    const kind = kindOf(input, given, path, faults);
    if (kind === undefined) {
      const when = whenOf(input, given, undefined, path, faults);
      return [{ kind: "crash", ...whomOf(input, document, path), when, options: {} }]; // for whom it strikes alone
    }
    const whom = kind.strikes === "tasks" ? "task" : "worker";
    const position = document.position(input[whom] === undefined ? path : [...path, whom]);
    const spec =
      kind.strikes === "tasks" ? taskFault(kind, input, given, path, settings, faults) : workerFault(kind, input, given, path, faults);
    return [{ ...spec, ...(position && { position }) }];
  });
}

function workerFault(kind: WorkerFaultKind, input: FaultInput, given: Given, path: Path, faults: FaultList): WorkerFaultSpec {
  const options: readonly string[] = [...kind.needs, ...(kind.takes ?? [])];
  for (const key of TASK_FAULT_KEYS)
    if (given(key) && !options.includes(key)) faults.add([...path, key], `fault ${kind.name} takes no ${key}: it strikes workers`, "key");
  for (const option of kind.needs) if (!given(option)) faults.add(path, `fault ${kind.name} needs ${option}`);
  for (const option of WORKER_FAULT_KEYS)
    if (given(option) && !options.includes(option)) faults.add([...path, option], `fault ${kind.name} takes no ${option}`, "key");
  const when = whenOf(input, given, kind, path, faults);
  const { worker, where, per, speed, direction, messages, probability } = input;
  const by = input.by === undefined ? undefined : faults.attempt([...path, "by"], () => parseDuration(input.by as number | string));
  return {
    kind: kind.name,
    ...(worker !== undefined && { worker: String(worker) }),
    ...(where !== undefined && { where: labelsOf(where) }),
    when,
    ...(per !== undefined && { per: String(per) }),
    options: {
      ...(speed !== undefined && { speed }),
      ...(direction !== undefined && { direction }),
      ...(messages !== undefined && { messages: messages.map((name) => MessageKind[name]) }),
      ...(probability !== undefined && { probability }),
      ...(by !== undefined && { by }),
    },
  };
}

function whomOf({ worker, where }: FaultInput, document: Document, path: Path): Pick<WorkerFaultSpec, "worker" | "where" | "position"> {
  const position = document.position(worker === undefined ? path : [...path, "worker"]);
  return {
    ...(worker !== undefined && { worker: String(worker) }),
    ...(where !== undefined && { where: labelsOf(where) }),
    ...(position && { position }),
  };
}

/** The kind, where it is misspelt the one that was meant: what stands beside it is judged by that. */
function kindOf({ kind }: FaultInput, given: Given, path: Path, faults: FaultList): FaultKind | undefined {
  if (kind === undefined) {
    if (!given("kind")) faults.add(path, 'missing key "kind"');
    return undefined;
  }
  const text = String(kind);
  const known = faultNamed(text);
  if (known !== undefined) return known;
  const names = FAULTS.map(({ name }) => name);
  faults.add([...path, "kind"], `fault "${text}" is not known${didYouMean(text, names) || `; known are ${names.join(", ")}`}`);
  return faultNamed(nearest(text, names) ?? "");
}

/** A trace says whom, when and what. */
function refuseBesideTrace(input: FaultInput, path: Path, faults: FaultList): void {
  for (const [key, value] of Object.entries(input)) {
    if (key === "trace" || value === undefined || (key === "kind" && value === "crash")) continue;
    faults.add([...path, key], `${key} does not go with trace: each row of the file is a crash of its worker`, "key");
  }
}

function whenOf(input: FaultInput, given: Given, kind: FaultKind | undefined, path: Path, faults: FaultList): WorkerFaultSpec["when"] {
  const read = (key: "at" | "for" | "restart" | "mtbf" | "mttr"): Duration | undefined => {
    const value = input[key];
    return value === undefined ? undefined : faults.attempt([...path, key], () => parseDuration(value));
  };
  const [at, lasting, restart, mtbf, mttr] = (["at", "for", "restart", "mtbf", "mttr"] as const).map(read);
  if (given("at") === given("mtbf")) faults.add(path, "a fault strikes at a time, or again and again: give at, or mtbf and mttr");
  if (given("restart") && kind !== undefined && kind.name !== "crash")
    faults.add([...path, "restart"], "restart goes with crash; others last `for` so long", "key");
  if (given("restart") && given("for")) faults.add([...path, "for"], "for and restart say the same; give one", "key");
  if (!given("mtbf")) {
    for (const key of DRAWN) if (given(key)) faults.add([...path, key], `${key} goes with mtbf`, "key");
    return { at: at ?? 0, lasting: restart ?? lasting ?? Number.POSITIVE_INFINITY };
  }
  for (const key of ["for", "restart"] as const)
    if (given(key)) faults.add([...path, key], `${key} goes with at; with mtbf give mttr`, "key");
  if (!given("mttr")) faults.add(path, "mtbf needs mttr, the mean time that the fault lasts");
  if (mtbf === 0) faults.add([...path, "mtbf"], "mtbf must be above 0");
  if (input.distribution !== undefined || !given("distribution")) checkLifetime(input, given, path, faults);
  return { between: lifetime(input, mtbf ?? 1), lasting: lifetime(input, mttr ?? 1) };
}

function checkLifetime({ distribution = "exponential" }: FaultInput, given: Given, path: Path, faults: FaultList): void {
  const takesShape = distribution === "weibull" || distribution === "gamma";
  if (takesShape !== given("shape")) faults.add(path, takesShape ? `${distribution} needs shape` : `${distribution} takes no shape`);
  if ((distribution === "lognormal") !== given("cv"))
    faults.add(path, distribution === "lognormal" ? "lognormal needs cv" : `${distribution} takes no cv`);
}

function lifetime({ distribution = "exponential", shape, cv }: FaultInput, mean: Duration): Lifetime {
  return { distribution, mean, ...(shape !== undefined && { shape }), ...(cv !== undefined && { cv }) };
}
