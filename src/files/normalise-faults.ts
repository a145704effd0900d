// Faults, from their form in a scenario file. Whether their workers and tasks are there shows when the world is drawn.
import { type FaultKind, OPTION_KEYS, type WorkerFaultKind } from "../faults/fault.ts";
import { GROW } from "../faults/grow.ts";
import { FAULTS, faultNamed, WORKER_FAULTS } from "../faults/index.ts";
import { largestWorkers } from "../faults/largest-workers.ts";
import { didYouMean, nearest } from "../model/nearest.ts";
import { nameOfReplica } from "../model/replication.ts";
import { isFromWorker, isOfClients, MESSAGE_NAMES, MessageKind } from "../model/network.ts";
import type { FaultSpec, WorkerFaultSpec } from "../model/scenario.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import type { SchedulerSettings } from "../model/settings.ts";
import { type Duration, parseDuration } from "../model/units.ts";
import type { Cycle, Lifetime } from "../model/world.ts";
import type { Document, Path } from "./document.ts";
import type { Draft } from "./draft.ts";
import { FaultList } from "./fault-list.ts";
import { capacityOf } from "./normalise-capacity.ts";
import { labelsOf } from "./normalise-cluster.ts";
import { TASK_FAULT_KEYS, taskFault } from "./normalise-task-faults.ts";
import { resizingFaults } from "./normalise-resizings.ts";
import { staysOf } from "./normalise-turnover.ts";
import type { ReadWorker } from "./open-workers.ts";
import type { Checked } from "./schema-faults.ts";

export type FaultInput = NonNullable<ScenarioInput["faults"]>[number];

/** Whether a key stands there, be it with faults. */
export type Given = (key: keyof FaultInput) => boolean;

/** Stands in `worker` for the one where the task of `when` runs. */
export const ITS = "its";

/** Keys that go with drawn times only. */
const DRAWN = ["mttr", "distribution", "shape", "cv", "per"] as const;

/** What is around the faults of a scenario. `limits` says how far its workers are known; empty where they are. */
export interface FaultSurroundings {
  scheduler: SchedulerSettings;
  dimensions: readonly string[];
  limits: string;
  document: Document;
  faults: FaultList;
  faulty: Checked["faulty"];
}

/** `traces`: what the files of those that name one held, by their index; one that is missing had faults. */
export function normaliseFaults(
  inputs: readonly (FaultInput | undefined)[],
  surroundings: FaultSurroundings,
  traces: ReadonlyMap<number, readonly FaultSpec[]>,
): FaultSpec[] {
  const specs: FaultSpec[] = [];
  for (const [index, input] of inputs.entries()) {
    const own = input === undefined ? [] : specsOf(input, index, surroundings, traces.get(index));
    for (const spec of own) {
      const isPlaced = spec.position !== undefined || traces.has(index) || specs.length === index;
      specs.push(isPlaced ? spec : { ...spec, index });
    }
  }
  return specs;
}

/** One fault; the outages of its trace, if it names one. */
function specsOf(
  input: FaultInput,
  index: number,
  surroundings: FaultSurroundings,
  trace: readonly FaultSpec[] = [],
): readonly FaultSpec[] {
  const { scheduler, document, faults, faulty } = surroundings;
  const path = ["faults", index];
  const given: Given = (key) => input[key] !== undefined || faulty([...path, key]);
  if (given("trace")) {
    refuseBesideTrace(input, path, faults);
    return trace;
  }
  const kind = kindOf(input, given, path, faults);
  if (kind === undefined) {
    const when = whenOf(input, given, undefined, path, faults);
    return [{ kind: "crash", ...whomOf(input, document, path), when, options: {} }]; // for whom it strikes alone
  }
  const place = kind.strikes === "tasks" ? ["task"] : input.when !== undefined ? ["when", "task"] : ["worker"];
  const position = document.position(input[place[0] as keyof FaultInput] === undefined ? path : [...path, ...place]);
  const spec =
    kind.strikes === "tasks"
      ? taskFault(kind, input, given, path, scheduler, faults)
      : workerFault(kind, input, given, path, surroundings, faults);
  return [{ ...spec, ...(position && { position }) }];
}

/** The same workers, as large as faults that are half read may make them; what is wrong with those is told elsewhere. */
export function workersAtLargest(
  { input, faulty, document, cluster }: Pick<Draft, "faulty" | "document" | "input" | "cluster">,
  workers: readonly ReadWorker[],
  dimensions: readonly string[],
): readonly ReadWorker[] {
  const unheard = new FaultList(document);
  const growing = (input.faults ?? []).flatMap((fault, index): WorkerFaultSpec[] => {
    if (fault === undefined) return [];
    const path = ["faults", index];
    const given: Given = (key) => fault[key] !== undefined || faulty([...path, key]);
    const kind = kindOf(fault, given, path, unheard);
    return kind === GROW ? [workerFault(kind, fault, given, path, { dimensions, limits: "" }, unheard)] : [];
  });
  const stays = staysOf(input.actions ?? [], cluster ?? { workers, joining: new Map() });
  const asked = resizingFaults(input.actions ?? [], { dimensions, limits: "", document, faults: unheard, faulty, workers, stays });
  const all = [...growing, ...asked];
  // Where it is open who a worker is, it may be one that grows.
  const anyones = all.map((fault) => {
    const { worker: _, where: __, ...any } = fault;
    return any;
  });
  const largest = largestWorkers(workers, all);
  return largest.map((worker, i) => (workers[i]?.open === undefined ? worker : (largestWorkers([worker], anyones)[0] as ReadWorker)));
}

function workerFault(
  kind: WorkerFaultKind,
  input: FaultInput,
  given: Given,
  path: Path,
  surroundings: Pick<FaultSurroundings, "dimensions" | "limits"> & Partial<Pick<FaultSurroundings, "scheduler" | "faulty">>,
  faults: FaultList,
): WorkerFaultSpec {
  const takes: readonly string[] = [...kind.needs, ...(kind.takes ?? [])].flatMap((option) => OPTION_KEYS[option]);
  for (const key of TASK_FAULT_KEYS)
    if (given(key) && !takes.includes(key)) faults.add([...path, key], `fault ${kind.name} takes no ${key}: it strikes workers`, "key");
  for (const option of kind.needs) {
    const keys: readonly (keyof FaultInput)[] = OPTION_KEYS[option];
    if (option !== "cycle" && !keys.some(given)) faults.add(path, `fault ${kind.name} needs ${listed(keys)}`);
  }
  for (const key of Object.values(OPTION_KEYS).flat()) {
    const isTold = takes.includes(key) || TASK_FAULT_KEYS.some((other) => other === key);
    if (given(key) && !isTold) faults.add([...path, key], `fault ${kind.name} takes no ${key}`, "key");
  }
  const when = whenOf(input, given, kind, path, faults);
  const { worker, where, per, speed, drift, loses, direction, messages, probability } = input;
  checkEnd(kind, input, given, path, faults);
  const replica = replicaOf(kind, input, given, path, surroundings, faults);
  if (speed !== undefined && speed < 0.001 && (speed > 0 || replica === undefined))
    faults.add([...path, "speed"], speed > 0 ? "speed must be 0.001 at least" : SPEED_OF_NOTHING);
  if ((loses === "tail" || loses === "entry") && input.replica === undefined)
    faults.add([...path, "loses"], `loses: ${loses} goes with replica: workers lose their disk, or nothing of it`);
  checkDirection(kind, input, path, faults);
  if (messages?.length === 0) faults.add([...path, "messages"], "messages names no kind of message; leave it out to strike all");
  const by = input.by === undefined ? undefined : faults.attempt([...path, "by"], () => parseDuration(input.by as number | string));
  return {
    kind: kind.name,
    ...(worker !== undefined && { worker: String(worker) }),
    ...(where !== undefined && { where: labelsOf(where) }),
    ...(input.clients === true && { clients: true as const }),
    ...(replica !== undefined && { replica }),
    ...(input.peers !== undefined && { peers: peersOf(kind, input.peers, replica, path, surroundings, faults) }),
    when,
    ...(per !== undefined && { per: String(per) }),
    options: {
      ...(speed !== undefined && { speed }),
      ...(drift !== undefined && { drift }),
      ...(loses !== undefined && { loses }),
      ...(kind.needs.includes("cycle") && { cycle: cycleOf(input, given, path, faults) }),
      ...(kind.needs.includes("capacity") && {
        capacity: capacityOf(kind === GROW ? "grow" : "shrink", input, given, path, surroundings, faults),
      }),
      ...(direction !== undefined && { direction }),
      ...(messages !== undefined && { messages: messages.map((name) => MessageKind[name]) }),
      ...(probability !== undefined && { probability }),
      ...(by !== undefined && { by }),
    },
  };
}

/** Whether it is said rightly at which end of a link it strikes: at workers, or at the clients. */
function checkEnd(kind: WorkerFaultKind, input: FaultInput, given: Given, path: Path, faults: FaultList): void {
  const { clients, messages = [] } = input;
  const names = (of: boolean) => messages.filter((name) => isOfClients(MessageKind[name]) === of).join(", ");
  if (clients !== true) {
    if (names(true) !== "" && !given("clients"))
      faults.add([...path, "messages"], `${names(true)} go between the scheduler and its clients: say clients: true`);
    return;
  }
  if (kind.takes?.includes("direction") !== true)
    return faults.add([...path, "clients"], `clients goes with faults of links: ${LINK_FAULTS.join(", ")}`, "key");
  for (const key of ["worker", "where", "per", "when"] as const)
    if (given(key)) faults.add([...path, key], `${key} does not go with clients: true, which strikes no worker`, "key");
  if (names(false) !== "") faults.add([...path, "messages"], `${names(false)} go between the scheduler and workers: leave out clients`);
}

/** The replica of the scheduler that it strikes, if it strikes one. */
function replicaOf(
  { name, takes = [], needs }: WorkerFaultKind,
  { replica }: FaultInput,
  given: Given,
  path: Path,
  { scheduler, faulty }: Partial<Pick<FaultSurroundings, "scheduler" | "faulty">>,
  faults: FaultList,
): WorkerFaultSpec["replica"] {
  if (replica === undefined) return undefined;
  const count = scheduler?.replication?.count ?? 1;
  const text = String(replica);
  const names = ["leader", ...Array.from({ length: count }, (_, position) => nameOfReplica(position))];
  const isOfLinks = [...takes, ...needs].includes("direction");
  const isClear = faulty?.(["scheduler", "replicas"]) !== true && faulty?.(["scheduler"]) !== true;
  if (!isClear) return undefined; // they may be there when that is mended
  if (count === 1) faults.add([...path, "replica"], "the scheduler has no replicas: give scheduler: { replicas: 3 }");
  else if (!names.includes(text))
    faults.add([...path, "replica"], `replica "${text}" is not known${didYouMean(text, names) || `; known are ${names.join(", ")}`}`);
  if (!isOfLinks && !STRIKE_REPLICAS.includes(name))
    faults.add([...path, "replica"], `replica goes with ${[...STRIKE_REPLICAS, ...LINK_FAULTS].join(", ")}`, "key");
  for (const key of ["worker", "where", "clients", "per", "when", "messages"] as const)
    if (given(key)) faults.add([...path, key], `${key} does not go with replica, which strikes no worker`, "key");
  return text === "leader" ? text : Math.max(0, names.indexOf(text) - 1);
}

/** The replicas to which the links are that it strikes, by position. */
function peersOf(
  { takes = [], needs }: WorkerFaultKind,
  input: NonNullable<FaultInput["peers"]>,
  replica: WorkerFaultSpec["replica"],
  path: Path,
  { scheduler }: Partial<Pick<FaultSurroundings, "scheduler">>,
  faults: FaultList,
): number[] {
  const given = Array.isArray(input) ? input : [input];
  if (replica === undefined || ![...takes, ...needs].includes("direction")) {
    faults.add([...path, "peers"], "peers goes with replica, and with faults of links", "key");
    return [];
  }
  const names = Array.from({ length: scheduler?.replication?.count ?? 1 }, (_, position) => nameOfReplica(position));
  const others = names.filter((_, position) => position !== replica);
  if (given.length === 0) faults.add([...path, "peers"], "peers names no replica; leave it out to strike the links to all others");
  return given.map((peer, index) => {
    const place = Array.isArray(input) ? [...path, "peers", index] : [...path, "peers"];
    const position = names.indexOf(String(peer));
    if (position < 0)
      faults.add(place, `replica "${peer}" is not known${didYouMean(String(peer), others) || `; known are ${others.join(", ")}`}`);
    else if (position === replica) faults.add(place, `replica "${peer}" has no link to itself`);
    return Math.max(0, position);
  });
}

/** Kinds that strike replicas of the scheduler too, beside those of links. */
const STRIKE_REPLICAS: readonly string[] = ["crash", "pause", "flapping", "slow", "clock-drift"];

const SPEED_OF_NOTHING = "speed 0 goes with replica, whose disk finishes nothing then; a worker that does nothing is paused: kind: pause";

/** Each kind of message goes one way: whether all that are named go the way that is struck. */
function checkDirection(
  kind: WorkerFaultKind,
  { clients = false, direction = "both", messages = [] }: FaultInput,
  path: Path,
  faults: FaultList,
) {
  if (direction === "both" || kind.takes?.includes("direction") !== true) return;
  const ofThisEnd = MESSAGE_NAMES.filter((name) => isOfClients(MessageKind[name]) === clients);
  const goesThatWay = (name: (typeof messages)[number]) => isFromWorker(MessageKind[name]) === (direction === "from-worker");
  const others = messages.filter((name) => ofThisEnd.includes(name) && !goesThatWay(name));
  if (others.length === 0) return;
  const way = direction === "from-worker" ? "to-worker" : "from-worker";
  const those = ofThisEnd.filter(goesThatWay).join(", ");
  faults.add(
    [...path, "messages"],
    `messages ${others.join(", ")}: direction ${direction} never strikes what goes ${way}; that direction has ${those}`,
  );
}

/** Kinds that strike the link of the clients too. */
const LINK_FAULTS = WORKER_FAULTS.filter(({ takes }) => takes?.includes("direction")).map(({ name }) => name);

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

/** cpu, memory or disk */
function listed(keys: readonly string[]): string {
  return [keys.slice(0, -1).join(", "), ...keys.slice(-1)].filter((part) => part !== "").join(" or ");
}

/** How long it is on and off each time: both are needed. */
function cycleOf(input: FaultInput, given: Given, path: Path, faults: FaultList): Cycle {
  const [on, off] = (["down", "up"] as const).map((key) => {
    const value = input[key];
    const time = value === undefined ? undefined : faults.attempt([...path, key], () => parseDuration(value));
    if (time === 0) faults.add([...path, key], `${key} must be above 0`);
    return time;
  });
  if (!given("down") || !given("up"))
    faults.add(path, "fault flapping needs down and up: how long the worker is down, and then up, each time");
  return { on: on ?? 1, off: off ?? 1 };
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
  const ways = (["at", "mtbf", "when"] as const).filter(given);
  if (ways.length !== 1)
    faults.add(path, "a fault strikes at a time, again and again, or when a task has come so far: give at, or mtbf and mttr, or when");
  if (input.worker === ITS && ways.length === 1 && !given("when"))
    faults.add([...path, "worker"], "worker: its goes with when: it is the one where that task runs");
  if (given("restart") && kind !== undefined && kind.name !== "crash")
    faults.add([...path, "restart"], "restart goes with crash; others last `for` so long", "key");
  if (given("restart") && given("for")) faults.add([...path, "for"], "for and restart say the same; give one", "key");
  const isForGood = input.permanent ?? given("permanent");
  for (const key of ["for", "restart", "mttr"] as const)
    if (input.permanent === true && given(key)) faults.add([...path, key], `${key} does not go with permanent: true`, "key");
  if (!given("mtbf")) {
    for (const key of DRAWN) if (given(key)) faults.add([...path, key], `${key} goes with mtbf`, "key");
    const length = restart ?? lasting ?? Number.POSITIVE_INFINITY;
    if (!given("when")) return { at: at ?? 0, lasting: length };
    const { task = "", attempt = 1, progress = 0 } = input.when ?? {};
    return { anchor: { task: String(task), attempt, progress }, lasting: length };
  }
  for (const key of ["for", "restart"] as const)
    if (given(key)) faults.add([...path, key], `${key} goes with at or when; with mtbf give mttr`, "key");
  if (!given("mttr") && !isForGood) faults.add(path, "mtbf needs mttr, the mean time that the fault lasts, or permanent: true");
  if (mtbf === 0) faults.add([...path, "mtbf"], "mtbf must be above 0");
  if (input.distribution !== undefined || !given("distribution")) checkLifetime(input, given, path, faults);
  const spread = lifetime(input);
  return { between: { ...spread, mean: mtbf ?? 1 }, ...(!isForGood && { lasting: { ...spread, mean: mttr ?? 1 } }) };
}

function checkLifetime({ distribution = "exponential" }: FaultInput, given: Given, path: Path, faults: FaultList): void {
  const takesShape = distribution === "weibull" || distribution === "gamma";
  if (takesShape && !given("shape")) faults.add(path, `${distribution} needs shape`);
  if (!takesShape && given("shape")) faults.add([...path, "shape"], `${distribution} takes no shape`, "key");
  if (distribution === "lognormal" && !given("cv")) faults.add(path, "lognormal needs cv");
  if (distribution !== "lognormal" && given("cv")) faults.add([...path, "cv"], `${distribution} takes no cv`, "key");
}

/** How both times are distributed. */
function lifetime({ distribution = "exponential", shape, cv }: FaultInput): Omit<Lifetime, "mean"> {
  return { distribution, ...(shape !== undefined && { shape }), ...(cv !== undefined && { cv }) };
}
