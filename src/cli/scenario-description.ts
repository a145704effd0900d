// What a scenario consists of, in a few lines, for those who want to know whether it says what they mean.
import {
  type Backoff,
  formatPolicySpec,
  type LivenessSettings,
  MAX_BACKOFF,
  type PreemptionSettings,
  type SpeculationSettings,
  type SchedulerSettings,
} from "../model/settings.ts";
import { topologicalOrder } from "../model/graph.ts";
import { ELASTIC } from "../model/elastic.ts";
import { STANDARD_DIMENSIONS } from "../model/resources.ts";
import { profileOf } from "../model/task-profile.ts";
import { type FaultSpec, type Scenario, strikesWorkers, type WorkerSpec } from "../model/scenario.ts";
import { formatSeconds } from "../model/units.ts";
import type { ReplicationSettings } from "../model/replication.ts";
import { isTaskAction, type TaskTable, type World } from "../model/world.ts";
import { applies, POLICIES } from "../policies/index.ts";
import type { Styler } from "../report/text-table.ts";
import { seedsOf } from "../library/seeds.ts";
import { drawWorld } from "../workload/draw-world.ts";
import { counted, grouped } from "../workload/importers/importer.ts";
import { unitText } from "../files/quantity-text.ts";

/** Whole lines. Draws the world of the scenario's seed, and throws an InputError for what only that can show. */
export function describeScenario(scenario: Scenario, style: Styler): string {
  const { roots, text: seeds } = seedsOf({}, scenario);
  const world = drawWorld(scenario, roots);
  const lines: [string, string][] = [
    ["tasks", tasksText(world)],
    ...profileLines(world),
    ["workers", workersText(scenario)],
    ["pools", poolsText(scenario)],
    ["files", filesText(world)],
    ["scheduler", schedulerText(scenario.scheduler)],
    ["actions", actionsText(world)],
    ["faults", faultsText(scenario)],
    ["seeds", drawnText(world, scenario.scheduler, scenario.seed === undefined ? undefined : seeds)],
    ...policyLines(world, scenario.scheduler),
    ["expects", scenario.expect.map(({ column, text }) => `${column} ${text}`).join(", ")],
  ];
  const shown = lines.filter(([, text]) => text !== "").map(([name, text]) => `  ${style("dim", name.padEnd(9))}  ${text}\n`);
  return `${style("bold", scenario.name)}: ${style("green", "valid")}\n${shown.join("")}`;
}

/** Files that take time to get anywhere, or may be lost. */
function filesText({ data }: World): string {
  if (data === undefined) return "";
  const { files, sharing, outputPlace, lost } = data;
  const given = files.producer.filter((task) => task < 0).length;
  const parts = [
    `${counted(files.count, "file")} of ${grouped(files.size.reduce((sum, size) => sum + size, 0))} bytes in all, ${grouped(given)} there from the beginning`,
  ];
  if (sharing === "fair") parts.push("transfers share links");
  if (outputPlace === "local") parts.push(lost === "fail" ? "who reads what is lost fails" : "what is lost is made again");
  return parts.join(", ");
}

function actionsText({ actions = [] }: World): string {
  const clients = actions.filter(isTaskAction).length;
  const joins = actions.filter(({ kind }) => kind === "join").length;
  const leaves = actions.filter(({ kind }) => kind === "leave").length;
  const transfers = actions.length - clients - joins - leaves;
  const parts = [
    ...(clients > 0 ? [`${counted(clients, "request")} by clients`] : []),
    ...(joins > 0 ? [`${counted(joins, "worker")} ${joins === 1 ? "joins" : "join"}`] : []),
    ...(leaves > 0 ? [`${counted(leaves, "worker")} ${leaves === 1 ? "leaves" : "leave"}`] : []),
    ...(transfers > 0 ? [`${counted(transfers, "transfer")} of who leads`] : []),
  ];
  return parts.join(", ");
}

function faultsText({ faults = [] }: Scenario): string {
  const part = (of: readonly FaultSpec[], whom: string) => {
    const drawn = of.filter(isDrawn).length;
    return of.length === 0 ? [] : [`${counted(of.length, "fault")} of ${whom}${drawn === 0 ? "" : `, ${drawn} by chance`}`];
  };
  const whom = ["workers", "replicas", "clients", "tasks"];
  return whom
    .flatMap((each) =>
      part(
        faults.filter((fault) => struckBy(fault) === each),
        each,
      ),
    )
    .join("; "); // in that order
}

function struckBy(fault: FaultSpec): string {
  if (!strikesWorkers(fault)) return "tasks";
  if (fault.clients === true) return "clients";
  return fault.replica === undefined ? "workers" : "replicas";
}

function isDrawn(fault: FaultSpec): boolean {
  return strikesWorkers(fault) ? "between" in fault.when : fault.probability !== undefined || fault.options.noise !== undefined;
}

function tasksText({ tasks }: World): string {
  const edges = tasks.dependencies.targets.length;
  const jobs = tasks.job.values.length - 1;
  const parts = [counted(tasks.count, "task")];
  if (edges > 0)
    parts.push(
      `${grouped(edges)} ${edges === 1 ? "dependency" : "dependencies"}, the longest chain ${counted(longestChain(tasks), "task")}`,
    );
  if (jobs > 0) parts.push(counted(jobs, "job"));
  return parts.join(", ");
}

/** What some tasks are or do that others are not or do not, each by itself. */
function profileLines({ tasks, dimensions }: World): [string, string][] {
  const elastic = new Tally();
  const asking = new Tally();
  const saving = new Tally();
  const prepared = new Tally();
  const straggling = new Tally();
  for (let task = 0; task < tasks.count; task++) {
    const profile = profileOf(tasks, task);
    if (profile?.elastic) elastic.add(ELASTIC.filter((d) => profile.elastic?.[d]).map((d) => STANDARD_DIMENSIONS[d] as string));
    const asked = new Set(profile?.asks?.asks.flatMap(({ amounts }) => [...amounts.keys()]));
    if (asked.size > 0) asking.add([...asked].map((d) => dimensions[d] as string));
    if (profile?.checkpoint) saving.add([`${profile.checkpoint.storage} storage`]);
    if (profile?.environment) prepared.add([profile.environment.kind]);
    if ((profile?.straggle?.p ?? 0) > 0) straggling.add([`${profile?.straggle?.factor} × slower`]);
  }
  return [
    elastic.line("is elastic", "are elastic"),
    asking.line("asks for more or less as it runs", "ask for more or less as they run"),
    saving.line("saves its work", "save their work"),
    prepared.line("begins in an environment", "begin in environments"),
    straggling.line("may straggle", "may straggle"),
  ].map((text) => ["", text]);
}

/** Counts tasks, and of which sorts they are. */
class Tally {
  #count = 0;
  readonly #sorts = new Map<string, number>();

  add(sorts: readonly string[]): void {
    this.#count += 1;
    for (const sort of sorts) this.#sorts.set(sort, (this.#sorts.get(sort) ?? 0) + 1);
  }

  /** `3 tasks are elastic: cpu of 3, memory of 1`, or nothing. */
  line(one: string, more: string): string {
    if (this.#count === 0) return "";
    const sorts = [...this.#sorts].map(([sort, count]) => (count === this.#count ? sort : `${sort} of ${grouped(count)}`));
    return `${counted(this.#count, "task")} ${this.#count === 1 ? one : more}: ${sorts.join(", ")}`;
  }
}

/** Tasks on the longest path of dependencies. */
function longestChain({ count, dependencies, dependents }: TaskTable): number {
  const depth = new Int32Array(count);
  let longest = 0;
  for (const task of topologicalOrder(dependencies, dependents) ?? []) {
    let before = 0;
    for (let edge = dependencies.offsets[task] as number; edge < (dependencies.offsets[task + 1] as number); edge++) {
      before = Math.max(before, depth[dependencies.targets[edge] as number] as number);
    }
    depth[task] = before + 1;
    longest = Math.max(longest, before + 1);
  }
  return longest;
}

/** Workers that are alike as one group. */
function workersText({ workers, dimensions, cloud }: Scenario): string {
  const groups = new Map<string, number>();
  for (const worker of workers.slice(0, cloud?.pools[0]?.first)) {
    const text = capacityText(worker, dimensions);
    groups.set(text, (groups.get(text) ?? 0) + 1);
  }
  return [...groups].map(([text, count]) => `${grouped(count)} × ${text}`).join("; ");
}

/** Each pool with how many instances it may have, and who says how many. */
function poolsText({ workers, dimensions, cloud }: Scenario): string {
  if (cloud === undefined) return "";
  const pools = cloud.pools.map(({ id, first, min, max, spot }) => {
    const size = min === max ? grouped(max) : `${grouped(min)} to ${grouped(max)}`;
    return `${id}: ${size} × ${capacityText(workers[first] as WorkerSpec, dimensions)}${spot === undefined ? "" : ", spot"}`;
  });
  return [...pools, `autoscaler ${cloud.autoscaler.name}, asked every ${formatSeconds(cloud.autoscaler.interval)} s`].join("; ");
}

function capacityText({ capacity, speed, labels }: WorkerSpec, dimensions: readonly string[]): string {
  const amounts = dimensions.flatMap((name, d) => {
    const amount = capacity[d] as number;
    if (!Number.isFinite(amount) || (d >= STANDARD_DIMENSIONS.length && amount === 0)) return [];
    return [`${unitText(d, amount)} ${name}`];
  });
  const more = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  if (speed !== 1000) more.unshift(`speed ${speed / 1000}`);
  return [...amounts, ...more].join(", ");
}

function schedulerText(settings: SchedulerSettings): string {
  const { policy, placement, priorityOrder, retry, onDependencyFailure, estimates, pass, decisionTime } = settings;
  const parts = [`policy ${formatPolicySpec(policy)}`, `placement ${placement}`, `priorities ${priorityOrder}`];
  parts.push(`estimates ${typeof estimates === "object" ? `with noise ${estimates.noise}` : estimates}`);
  if (retry.backoff !== undefined) parts.push(backoffText(retry.backoff));
  if (retry.countLost) parts.push("lost attempts count");
  if (retry.elsewhere === "prefer") parts.push("retries elsewhere if there is room");
  if (onDependencyFailure === "fail") parts.push("dependents of a failed task fail");
  if (typeof pass === "object") parts.push(`a pass every ${formatSeconds(pass.every)} s`);
  else if (pass === "event") parts.push("a pass after each event");
  if (settings.ties === "seeded") parts.push("ties drawn");
  if (settings.cancel === "confirmed") parts.push("cancellations are confirmed");
  if (settings.notify) parts.push("clients are told");
  const { perPass, perTask } = decisionTime;
  if (perPass + perTask > 0) parts.push(`a pass takes ${formatSeconds(perPass)} s and ${formatSeconds(perTask)} s a task`);
  if (settings.preemption !== undefined) parts.push(preemptionText(settings.preemption));
  if (settings.speculation !== undefined) parts.push(speculationText(settings.speculation));
  if (settings.liveness !== undefined) parts.push(livenessText(settings.liveness));
  if (settings.replication !== undefined) parts.push(replicationText(settings.replication));
  return parts.join(", ");
}

function replicationText({ count, electionTimeout: { least, most }, durability }: ReplicationSettings): string {
  const alone = durability === "leader" ? " and a leader's word is enough" : "";
  return `${count} replicas, which elect another leader after ${formatSeconds(least)} s to ${formatSeconds(most)} s${alone}`;
}

function livenessText({ heartbeat: { interval, timeout, phi }, lease, requeue, drift = 0, progress }: LivenessSettings): string {
  const [every, term] = [interval, lease].map((time) => `${formatSeconds(time)} s`);
  const when = phi === undefined ? `after ${formatSeconds(timeout)} s` : `at φ = ${phi.threshold}`;
  const slow = drift === 0 ? "" : ` and clocks slow by ${drift / 10_000} % at most`;
  const told = progress === undefined ? "" : `, progress told every ${progress / 10} %`;
  return `heartbeats every ${every}, suspected ${when}, leases of ${term}${slow}, requeue at ${requeue}${told}`;
}

function preemptionText({ mode, grace, minRun, max }: PreemptionSettings): string {
  const terms = [`preemption: ${mode}`];
  if (grace > 0) terms.push(`grace ${formatSeconds(grace)} s`);
  if (minRun > 0) terms.push(`after ${formatSeconds(minRun)} s at least`);
  if (max < Number.POSITIVE_INFINITY) terms.push(`${max} times a task at most`);
  return terms.join(", ");
}

function speculationText({ factor, min }: SpeculationSettings): string {
  return `copies of attempts that take ${factor} × the median of their function, from ${min} completed tasks on`;
}

function backoffText({ initial, factor, max, jitter }: Backoff): string {
  const most = max === MAX_BACKOFF ? "" : ` up to ${formatSeconds(max)} s`;
  const growth = factor === 1 ? "" : `, × ${factor} each time${most}`;
  return `retries after ${formatSeconds(initial)} s${growth}${jitter === 0 ? "" : `, ± ${jitter * 100} %`}`;
}

function drawnText({ drawn }: World, { retry, ties }: SchedulerSettings, seed: string | undefined): string {
  const waits = (retry.backoff?.jitter ?? 0) > 0 ? ["the waits of retries"] : [];
  const order = ties === "seeded" ? ["ties"] : [];
  const what = [...(drawn.workload ? ["the workload"] : []), ...(drawn.faults ? ["failures"] : []), ...waits, ...order];
  if (what.length === 0) return "nothing is drawn: one run of a policy that draws nothing stands for every seed";
  return `${what.join(" and ")} ${what.length > 1 || !drawn.workload ? "are" : "is"} drawn; ${seed === undefined ? "no seed is given, 1 holds" : `seed ${seed}`}`;
}

function policyLines(world: World, settings: SchedulerSettings): [string, string][] {
  const names: string[] = [];
  const others: [string, string][] = [];
  for (const policy of POLICIES) {
    const spec = settings.policy.name === policy.name ? settings.policy : { name: policy.name, parameters: {} };
    const reason = applies(policy.specialise?.(spec.parameters) ?? policy, world, { ...settings, policy: spec });
    if (reason === undefined) names.push(policy.name);
    else others.push(["", `not ${policy.name}: it ${reason}`]);
  }
  return [["policies", `these apply: ${names.join(", ")}`], ...others];
}
