// Writes a scenario as files that load again to the same: YAML or JSON, and beside it a table of tasks where there are many.
import { basename, dirname, extname, join } from "node:path";
import { stringify } from "csv-stringify/sync";
import { autoscalerNamed } from "../autoscalers/index.ts";
import type { AutoscalerSettings, SpotTerms } from "../model/cloud.ts";
import { CPU, DISK, STANDARD_DIMENSIONS } from "../model/resources.ts";
import {
  type ActionSpec,
  type Amount,
  type LinkSpec,
  type NetworkSpec,
  type FaultSpec,
  type GenerateSpec,
  type PerWorkerDuration,
  type Scenario,
  type Seeds,
  strikesWorkers,
  type TaskFaultSpec,
  type TaskSpec,
  type UsageSpec,
  type WorkerFaultSpec,
  type WorkerSpec,
} from "../model/scenario.ts";
import {
  type Backoff,
  DEFAULT_LIVENESS,
  DEFAULT_SETTINGS,
  type PolicySpec,
  type PreemptionSettings,
  type HeartbeatSettings,
  type RetrySettings,
  type SchedulerSettings,
} from "../model/settings.ts";
import type { World } from "../model/world.ts";
import { generatorNamed } from "../workload/generators/index.ts";
import { TASK_COLUMNS } from "../workload/importers/task-fields.ts";
import { MESSAGE_NAMES, MessageKind } from "../model/network.ts";
import type { ClientSettings } from "../model/clients.ts";
import { nameOfReplica, type ReplicationSettings } from "../model/replication.ts";
import { givenIn, joinFiles } from "../workload/task-files-builder.ts";
import { askKeys, elasticKeys, profileKeys } from "./profile-text.ts";
import { amountText, bytesText, durationText, unitText } from "./quantity-text.ts";
import { type Row, TableReader } from "./table-rows.ts";
import { refuseCollisions } from "./output-place.ts";
import { scenarioText } from "./scenario-text.ts";
import { writeFile } from "./write-file.ts";

/** Most tasks that are written into the scenario itself, if a table can hold them. */
export const MAX_INLINE = 1000;
const CHUNK = 5000;

export interface WriteOptions {
  /** Its tasks are written in place of the scenario's sources: what was generated becomes a list. */
  world?: World;
  /** Put at the beginning of YAML, a comment line each. */
  comments?: readonly string[];
  /** Files that it was made from, which are not overwritten. */
  inputs?: readonly string[];
  /** Ends the writing early. */
  signal?: AbortSignal;
}

/** One file: its name, and its text in parts. */
export interface ScenarioFile {
  name: string;
  parts: Iterable<string>;
}

/**
 * Writes NAME.yaml (or .json) at the path, and NAME.tasks.csv beside it where there are more than 1,000 tasks of a table. Gives the paths;
 * undefined where the signal ended it early. Rejects with an InputError where it would overwrite an input, or cannot be written.
 */
export async function writeScenario(path: string, scenario: Scenario, options: WriteOptions = {}): Promise<string[] | undefined> {
  const files = scenarioFiles(basename(path), scenario, options);
  const paths = files.map(({ name }) => join(dirname(path), name));
  refuseCollisions(
    paths.map((each) => ({ path: each, given: `-o ${path}` })),
    options.inputs ?? [],
  );
  // Tasks first: the scenario refers to them.
  for (const [i, file] of [...files.entries()].reverse()) {
    if (!(await writeFile(paths[i] as string, file.parts, options.signal))) return undefined;
  }
  return paths;
}

/** The files of a scenario, itself first. */
export function scenarioFiles(name: string, scenario: Scenario, { world, comments = [] }: WriteOptions = {}): ScenarioFile[] {
  const stem = name.slice(0, name.length - extname(name).length);
  const tables: ScenarioFile[] = [];
  const content = {
    version: 1,
    name: scenario.name,
    ...(scenario.seed !== undefined && { seed: seedValue(scenario.seed) }),
    ...seedsOf(scenario.seeds),
    cluster: clusterOf(scenario),
    scheduler: schedulerOf(scenario.scheduler, scenario.defaults?.retries ?? 0),
    ...functionsOf(scenario),
    ...profileKeys(scenario.defaults?.profile, undefined),
    ...filesOf(scenario, world),
    ...(scenario.data !== undefined && { data: dataOf(scenario.data) }),
    ...sourcesOf(scenario, world, stem, tables),
    ...(scenario.actions !== undefined && { actions: scenario.actions.map((action) => actionOf(action, scenario.dimensions)) }),
    ...(scenario.faults !== undefined && { faults: scenario.faults.map((fault) => faultOf(fault, scenario.dimensions)) }),
    ...(scenario.network !== undefined && { network: networkOf(scenario.network) }),
    ...(scenario.clients !== undefined && { clients: clientsOf(scenario.clients) }),
    ...(scenario.expect.length > 0 && { expect: Object.fromEntries(scenario.expect.map(({ column, text }) => [column, text])) }),
    ...measureOf(scenario),
  };
  return [{ name, parts: [scenarioText(name, content, comments)] }, ...tables];
}

/** Files that are there from the beginning, those too that workloads bring along. */
function filesOf({ files = [], sources }: Scenario, world: World | undefined): { files?: unknown[] } {
  const known = new Set(files.map(({ id }) => id));
  const tables = world === undefined ? sources.flatMap((source) => (source.kind === "table" ? [source.table] : [])) : [world.tasks];
  const joined = joinFiles(tables);
  const brought = joined === undefined ? [] : givenIn(joined).filter(({ id }) => !known.has(id));
  const written = files.map(({ id, size, at }) => ({ id, size: bytesText(size), ...(at.length > 0 && { at }) }));
  const all = [...written, ...brought.map(({ id, size }) => ({ id, size: bytesText(size) }))];
  return all.length === 0 ? {} : { files: all };
}

function dataOf({ outputs, lost }: NonNullable<Scenario["data"]>): Record<string, string> {
  return { outputs, ...(outputs === "local" && { lost }) };
}

/** Workers, and behind them the pools, with all that their types say of them. */
function clusterOf({ workers, dimensions, cloud, billingMinimum }: Scenario): Record<string, unknown> {
  const { pools = [], autoscaler } = cloud ?? {};
  const own = workers.slice(0, pools[0]?.first);
  const times = ({ mtbf, notice }: SpotTerms) => ({ mtbf: durationText(mtbf), notice: durationText(notice) });
  return {
    ...(own.length > 0 && { workers: workerGroups(own, dimensions) }),
    ...(pools.length > 0 && {
      pools: pools.map(({ id, first, min, max, boot, spot }) => ({
        id,
        ...capacityOf(workers[first] as WorkerSpec, dimensions),
        min,
        max,
        boot: durationText(boot),
        ...(spot && { spot: times(spot) }),
      })),
    }),
    ...(autoscaler && { autoscaler: autoscalerOf(autoscaler) }),
    ...(billingMinimum !== undefined && { billing: { minimum: durationText(billingMinimum) } }),
  };
}

function autoscalerOf({ name, parameters, interval, cooldown }: AutoscalerSettings): Record<string, unknown> {
  const isTime = (key: string) => autoscalerNamed(name)?.parameters[key]?.unit === "time";
  const own = Object.entries(parameters).map(([key, value]) => [key, isTime(key) ? durationText(value) : value]);
  return { kind: name, ...Object.fromEntries(own), interval: durationText(interval), cooldown: durationText(cooldown) };
}

function seedsOf(seeds: Partial<Seeds> | undefined): { seeds?: Record<string, string | number> } {
  if (seeds === undefined) return {};
  return { seeds: Object.fromEntries(Object.entries(seeds).map(([root, seed]) => [root, seedValue(seed)])) };
}

function actionOf(action: ActionSpec, dimensions: readonly string[]): object {
  const at = durationText(action.at);
  if ("set" in action) return { at, set: action.set };
  if ("join" in action) return { at, join: workerGroups(action.join, dimensions)[0] };
  if ("leave" in action) {
    const { leave, limit } = action;
    return { at, leave, ...(limit < Number.POSITIVE_INFINITY && { limit: durationText(limit) }) };
  }
  if ("status" in action) return { at, status: action.status };
  if ("transfer" in action) return { at, transfer: nameOfReplica(action.transfer) };
  const { cancel, requeue } = action;
  return { at, cancel, ...(requeue && { requeue }) };
}

function faultOf(fault: FaultSpec, dimensions: readonly string[]): object {
  return strikesWorkers(fault) ? workerFaultOf(fault, dimensions) : taskFaultOf(fault);
}

function taskFaultOf({ kind, task, probability, options }: TaskFaultSpec): object {
  const { at, for: span, restart, ...others } = options;
  const times = Object.entries({ at, for: span, restart }).filter((each): each is [string, number] => each[1] !== undefined);
  return {
    kind,
    ...(task !== undefined && { task }),
    ...(probability !== undefined && { probability }),
    ...Object.fromEntries(times.map(([key, time]) => [key, durationText(time)])),
    ...others,
  };
}

function workerFaultOf(
  { kind, worker, where, clients, replica, peers, when, per, options }: WorkerFaultSpec,
  dimensions: readonly string[],
): object {
  const whom = {
    kind,
    ...(worker !== undefined && { worker }),
    ...(where !== undefined && { where }),
    ...(clients && { clients }),
    ...(replica !== undefined && { replica: replica === "leader" ? replica : nameOfReplica(replica) }),
    ...(peers !== undefined && { peers: peers.map(nameOfReplica) }),
  };
  const does = workerOptionsOf(options, dimensions);
  if (!("between" in when)) {
    const lasting = when.lasting < Number.POSITIVE_INFINITY ? { for: durationText(when.lasting) } : {};
    return { ...whom, ...("at" in when ? { at: durationText(when.at) } : { when: when.anchor }), ...lasting, ...does };
  }
  const { mean: mtbf, ...spread } = when.between;
  return {
    ...whom,
    mtbf: durationText(mtbf),
    ...(when.lasting === undefined ? { permanent: true } : { mttr: durationText(when.lasting.mean) }),
    ...spread,
    ...(per !== undefined && { per }),
    ...does,
  };
}

function workerOptionsOf(
  { capacity, cycle, messages, by, ...others }: WorkerFaultSpec["options"],
  dimensions: readonly string[],
): Record<string, unknown> {
  const names = messages?.map((kind) => MESSAGE_NAMES.find((each) => MessageKind[each] === kind));
  return {
    ...others,
    ...(names !== undefined && { messages: names }),
    ...(by !== undefined && { by: durationText(by) }),
    ...(cycle && { down: durationText(cycle.on), up: durationText(cycle.off) }),
    ...(capacity && amountsOf(capacity, dimensions)),
  };
}

function networkOf({ links, clients, sharing, store, detail, inFlight, ...general }: NetworkSpec): object {
  const quality = ({ latency, loss, duplicate, reorder, bandwidth }: LinkSpec) => ({
    ...(latency !== undefined && { latency: amountText(latency, durationText) }),
    ...{ loss, duplicate, reorder },
    ...(bandwidth !== undefined && { bandwidth: bytesText(bandwidth) }),
  });
  return {
    ...quality(general),
    ...(links.length > 0 && { links: links.map((link) => ({ worker: link.worker, where: link.where, ...quality(link) })) }),
    ...(clients && {
      clients: { ...quality(clients), ...(clients.repeat !== undefined && { repeat: durationText(clients.repeat) }) },
    }),
    ...(store !== undefined && { store: bytesText(store) }),
    ...(sharing !== undefined && { sharing }),
    ...(detail !== "folded" && { detail }),
    ...(inFlight !== "drop" && { inFlight }),
  };
}

/** Amounts by the names of their dimensions; those that are not said are left out. */
function amountsOf(amounts: readonly (number | undefined)[], dimensions: readonly string[]): Record<string, unknown> {
  const written = amounts.flatMap((amount, d) => (amount === undefined ? [] : [[d, [dimensions[d], unitText(d, amount)]] as const]));
  const [standard, named] = [true, false].map((wanted) =>
    written.filter(([d]) => d < STANDARD_DIMENSIONS.length === wanted).map(([, entry]) => entry),
  ) as [[string, unknown][], [string, unknown][]];
  return { ...Object.fromEntries(standard), ...(named.length > 0 && { resources: Object.fromEntries(named) }) };
}

function seedValue(seed: string): string | number {
  const number = Number(seed);
  return Number.isSafeInteger(number) && String(number) === seed ? number : seed;
}

/** Workers that differ in their number alone, as one entry with a count. */
function workerGroups(workers: readonly WorkerSpec[], dimensions: readonly string[]): unknown[] {
  const groups: Record<string, unknown>[] = [];
  for (let first = 0; first < workers.length; ) {
    const worker = workers[first] as WorkerSpec;
    const prefix = worker.id.endsWith("-1") ? worker.id.slice(0, -2) : "";
    const alike = shapeOf(worker);
    let count = 1;
    if (prefix !== "") while (isAlike(workers[first + count], `${prefix}-${count + 1}`, alike)) count += 1;
    groups.push({ ...(count > 1 ? { id: prefix, count } : { id: worker.id }), ...capacityOf(worker, dimensions) });
    first += count;
  }
  return groups;
}

function isAlike(worker: WorkerSpec | undefined, id: string, alike: string): boolean {
  return worker?.id === id && shapeOf(worker) === alike;
}

/** All but its id. */
function shapeOf({ capacity, speed, labels, cache, fileCache, price, watts }: WorkerSpec): string {
  return JSON.stringify([capacity, speed, labels, cache, fileCache, price, watts]);
}

function capacityOf(
  { capacity, speed, labels, cache, fileCache, price, watts }: WorkerSpec,
  dimensions: readonly string[],
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const resources: Record<string, unknown> = {};
  for (const [d, name] of dimensions.entries()) {
    const value = capacity[d] as number;
    if (d >= STANDARD_DIMENSIONS.length) resources[name] = unitText(d, value);
    else if (Number.isFinite(value)) fields[name] = unitText(d, value);
  }
  if (speed !== 1000) fields.speed = speed / 1000;
  if (Object.keys(labels).length > 0) fields.labels = labels;
  if (Object.keys(resources).length > 0) fields.resources = resources;
  if (cache !== undefined) fields.cache = unitText(DISK, cache);
  if (fileCache !== undefined) fields.fileCache = unitText(DISK, fileCache);
  if (price !== undefined) fields.price = price / 1_000_000;
  if (watts !== undefined) fields.watts = { idle: watts.idle / 1000, busy: watts.busy / 1000 };
  return fields;
}

/** Processing times by function, for tasks that join later; those written here have their own. */
function functionsOf({ defaults }: Scenario): { functions?: Record<string, unknown> } {
  if (defaults === undefined || defaults.functions.length === 0) return {};
  return { functions: Object.fromEntries(defaults.functions.map(([name, duration]) => [name, processingTime(duration)])) };
}

function backoffText({ initial, factor, max, jitter }: Backoff): object {
  return { initial: durationText(initial), factor, max: durationText(max), jitter };
}

function clientsOf({ count, batch, interval, status, reads, session, backoff }: ClientSettings): object {
  return {
    ...{ count, batch, interval: durationText(interval) },
    ...(status !== undefined && { status: durationText(status) }),
    ...{ reads, session: durationText(session), backoff: backoffText(backoff) },
  };
}

/** The number alone where nothing else is said. */
function retriesOf({ backoff, countLost, elsewhere }: RetrySettings, max: number): unknown {
  const fields: Record<string, unknown> = max === 0 ? {} : { max };
  if (countLost) fields.countLost = countLost;
  if (elsewhere !== DEFAULT_SETTINGS.retry.elsewhere) fields.elsewhere = elsewhere;
  if (backoff !== undefined) fields.backoff = backoffText(backoff);
  return Object.keys(fields).every((name) => name === "max") ? max : fields;
}

function schedulerOf(settings: SchedulerSettings, retries: number): Record<string, unknown> {
  const { placement, priorityOrder, onDependencyFailure, estimates, pass, decisionTime, rerank } = settings;
  const fields: Record<string, unknown> = { policy: policyOf(settings.policy) };
  const give = (key: string, value: unknown, otherwise: unknown) => value !== otherwise && Object.assign(fields, { [key]: value });
  give("placement", placement, DEFAULT_SETTINGS.placement);
  give("retries", retriesOf(settings.retry, retries), 0);
  give("priorityOrder", priorityOrder, DEFAULT_SETTINGS.priorityOrder);
  give("onDependencyFailure", onDependencyFailure, DEFAULT_SETTINGS.onDependencyFailure);
  give("estimates", estimates, DEFAULT_SETTINGS.estimates);
  give("pass", typeof pass === "object" ? { every: durationText(pass.every) } : pass, DEFAULT_SETTINGS.pass);
  give("ties", settings.ties, DEFAULT_SETTINGS.ties);
  give("cancel", settings.cancel, DEFAULT_SETTINGS.cancel);
  give("notify", settings.notify, DEFAULT_SETTINGS.notify);
  const { perPass, perTask } = decisionTime;
  if (perPass > 0 || perTask > 0) fields.decisionTime = { perPass: durationText(perPass), perTask: durationText(perTask) };
  if (settings.localityDelay !== undefined) fields.localityDelay = durationText(settings.localityDelay);
  if (rerank !== undefined) fields.rerank = durationText(rerank);
  if (settings.preemption !== undefined) fields.preemption = preemptionOf(settings.preemption);
  if (settings.deadlock !== undefined) fields.deadlock = settings.deadlock;
  if (settings.speculation !== undefined) fields.speculation = settings.speculation;
  if (settings.replication !== undefined) fields.replicas = replicasOf(settings.replication);
  if (settings.liveness !== undefined) {
    const { heartbeat, lease, requeue, drift = 0, progress = 0 } = settings.liveness;
    fields.heartbeat = heartbeatOf(heartbeat);
    give("lease", durationText(lease), durationText(DEFAULT_LIVENESS.lease));
    give("requeue", requeue, DEFAULT_LIVENESS.requeue);
    give("drift", drift / 1_000_000, 0);
    give("progress", progress / 1000, 0);
  }
  return fields;
}

function replicasOf({ count, electionTimeout, heartbeat, sync, link, drift, ...others }: ReplicationSettings): object {
  return {
    count,
    electionTimeout: { from: durationText(electionTimeout.least), to: durationText(electionTimeout.most) },
    heartbeat: durationText(heartbeat),
    sync: durationText(sync),
    ...{ latency: amountText(link.latency, durationText), loss: link.loss, duplicate: link.duplicate, reorder: link.reorder },
    ...others,
    drift: drift / 1_000_000,
  };
}

function heartbeatOf({ interval, timeout, phi }: HeartbeatSettings): object {
  if (phi === undefined) return { interval: durationText(interval), timeout: durationText(timeout) };
  const { threshold, window, deviation } = phi;
  return { interval: durationText(interval), detector: "phi", threshold, window, deviation: durationText(deviation) };
}

function preemptionOf({ mode, grace, minRun, max }: PreemptionSettings): object {
  return {
    mode,
    ...(grace > 0 && { grace: durationText(grace) }),
    ...(minRun > 0 && { minRun: durationText(minRun) }),
    ...(max < Number.POSITIVE_INFINITY && { max }),
  };
}

function policyOf({ name, blocking, placement, parameters }: PolicySpec): unknown {
  const options = { ...(blocking !== undefined && { blocking }), ...(placement !== undefined && { placement }), ...parameters };
  // Text would be torn apart at its colons.
  return Object.keys(options).length === 0 && !name.includes(":") ? name : { name, ...options };
}

function measureOf({ measure: { from, to } }: Scenario): { measure?: { from: number; to: number } } {
  return from === 0 && to === 1 ? {} : { measure: { from, to } };
}

/** The keys tasks, workload and generate, in the order of the sources. */
function sourcesOf(scenario: Scenario, world: World | undefined, stem: string, files: ScenarioFile[]): Record<string, unknown[]> {
  const { dimensions, sources, defaults } = scenario;
  const keys: Record<string, unknown[]> = {};
  const put = (key: string, items: readonly unknown[]) => {
    keys[key] = [...(keys[key] ?? []), ...items];
  };
  const putTable = (table: TableReader, alone: boolean) => {
    const flat = table.isFlat;
    if (!flat || (alone && table.count <= MAX_INLINE)) put("tasks", rowsOf(table));
    else {
      const file = tableFile(table, dimensions, `${stem}.tasks${files.length === 0 ? "" : `-${files.length + 1}`}`);
      files.push(file);
      put("workload", [{ format: extname(file.name).slice(1), file: file.name }]);
    }
  };
  if (world !== undefined) {
    putTable(new TableReader(world.tasks, scenario, world.eligibilitySets), true);
    return keys;
  }
  for (const source of sources) {
    if (source.kind === "tasks")
      put(
        "tasks",
        source.tasks.map((task) => ({
          id: task.id,
          ...taskFields(task, dimensions, defaults),
          ...dependenciesOf(task),
          ...outputsOf(task),
        })),
      );
    else if (source.kind === "generate") put("generate", [generateOf(source.generate, dimensions, defaults)]);
    else putTable(new TableReader(source.table, scenario), sources.length === 1);
  }
  return keys;
}

function rowsOf(table: TableReader): Row[] {
  return Array.from({ length: table.count }, (_, task) => table.row(task));
}

function outputsOf({ outputs }: TaskSpec): { outputs?: Record<string, unknown> } {
  return outputs === undefined ? {} : { outputs: Object.fromEntries(outputs.map(({ id, size }) => [id, bytesText(size)])) };
}

function dependenciesOf({ dependencies }: TaskSpec): { dependencies?: readonly string[] } {
  return dependencies.length > 0 ? { dependencies } : {};
}

function taskFields(
  task: GenerateSpec["template"],
  dimensions: readonly string[],
  defaults: Scenario["defaults"],
  drawn: readonly string[] = [],
): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const give = (key: string, value: unknown, otherwise?: unknown) => value !== otherwise && Object.assign(fields, { [key]: value });
  const time = (amount: Amount | undefined) => (amount === undefined ? undefined : amountText(amount, durationText));
  give("function", task.function);
  for (const key of ["command", "stdout", "stderr"] as const) give(key, task[key]);
  if (!drawn.includes("duration")) fields.duration = processingTime(task.duration);
  if (task.release !== 0) give("release", time(task.release));
  const resources: Record<string, unknown> = {};
  for (const [d, name] of dimensions.entries()) {
    const amount = task.request[d] ?? 0;
    const written = amountText(amount, (value) => unitText(d, value));
    if (d >= STANDARD_DIMENSIONS.length) {
      if (amount !== 0) resources[name] = written;
    } else if (amount !== (name === "cpu" ? 1000 : name === "slots" ? 1 : 0) && !drawn.includes(name)) {
      fields[name] = written;
    }
  }
  if (Object.keys(resources).length > 0) fields.resources = resources;
  Object.assign(fields, elasticKeys(task.profile, task.request), askKeys(task.profile, dimensions));
  if (task.usage !== undefined) fields.usage = usageOf(task.usage);
  give("priority", task.priority, 0);
  give("weight", task.weight, 1);
  give("retries", task.retries, defaults?.retries ?? 0);
  give("fails", task.fails);
  give("failsAfter", task.failsAfter, 1);
  const { estimate } = task;
  give("estimate", typeof estimate === "object" && "factor" in estimate ? estimate : time(estimate as Amount | undefined));
  for (const key of ["due", "timeout"] as const) give(key, time(task[key]));
  Object.assign(fields, profileKeys(task.profile, defaults?.profile));
  give("inputs", task.inputs);
  if (task.outputSize !== undefined) fields.outputSize = amountText(task.outputSize, bytesText);
  if (Object.keys(task.requires).length > 0) fields.requires = task.requires;
  for (const key of ["job", "user", "group", "queue", "status"] as const) give(key, task[key]);
  return fields;
}

function usageOf({ cpu, ...bytes }: UsageSpec): Record<string, unknown> {
  const sizes = Object.entries(bytes).map(([key, amount]) => [key, amountText(amount, bytesText)]);
  return { ...(cpu !== undefined && { cpu: amountText(cpu, (value) => unitText(CPU, value)) }), ...Object.fromEntries(sizes) };
}

function processingTime(duration: TaskSpec["duration"]): unknown {
  if (typeof duration === "number" || !isPerWorker(duration)) return amountText(duration as Amount, durationText);
  return { on: Object.fromEntries(duration.on.map(([key, amount]) => [key, amountText(amount, durationText)])) };
}

function isPerWorker(duration: object): duration is PerWorkerDuration {
  return "on" in duration;
}

function generateOf(
  { kind, seed, options, template }: GenerateSpec,
  dimensions: readonly string[],
  defaults: Scenario["defaults"],
): Record<string, unknown> {
  const generator = generatorNamed(kind);
  const written = Object.entries(options).map(([option, value]) => {
    const isTime = generator?.options[option]?.type === "duration";
    return [option, isTime && typeof value === "number" ? durationText(value) : value];
  });
  return {
    kind,
    ...(seed !== undefined && { seed: seedValue(seed) }),
    ...Object.fromEntries(written),
    ...taskFields(template, dimensions, defaults, generator?.draws ?? []),
  };
}

/** A table as CSV; as JSON lines where ids would be torn apart in a cell of several. */
function tableFile(table: TableReader, dimensions: readonly string[], stem: string): ScenarioFile {
  const named = dimensions.slice(STANDARD_DIMENSIONS.length);
  const columns = [...TASK_COLUMNS, ...named];
  const used = new Set<string>();
  let torn = named.some((name) => TASK_COLUMNS.includes(name));
  for (let task = 0; task < table.count; task++) {
    const row = table.row(task);
    for (const key of Object.keys(flat(row))) used.add(key);
    torn ||= [row.id, ...((row.inputs ?? []) as string[]), ...Object.keys(row.outputs ?? {})].some((id) => /[\s;]/.test(id));
  }
  if (torn) return { name: `${stem}.jsonl`, parts: chunksOf(table, (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join("")) };
  const header = columns.filter((column) => used.has(column));
  const cell = (row: Row, column: string): string => {
    const value = row[column];
    return value === undefined ? "" : Array.isArray(value) ? value.join(";") : String(value as string | number);
  };
  const body = chunksOf(table, (rows) => stringify(rows.map(flat).map((row) => header.map((column) => cell(row, column)))));
  return { name: `${stem}.csv`, parts: withHead(stringify([header]), body) };
}

/** A row as a table has it: named resources by their names, what it uses behind `usage.`. */
function flat({ resources, usage, outputs, ...row }: Row): Row {
  const used = Object.entries(usage ?? {}).map(([key, amount]) => [`usage.${key}`, amount]);
  const written = Object.entries(outputs ?? {}).map(([id, size]) => `${id}=${size}`);
  return { ...row, ...(resources as object | undefined), ...Object.fromEntries(used), ...(written.length > 0 && { outputs: written }) };
}

function* withHead(head: string, body: Iterable<string>): Iterable<string> {
  yield head;
  yield* body;
}

function* chunksOf(table: TableReader, text: (rows: Row[]) => string): Iterable<string> {
  for (let start = 0; start < table.count; start += CHUNK) {
    yield text(Array.from({ length: Math.min(CHUNK, table.count - start) }, (_, i) => table.row(start + i)));
  }
}
