// One run as a scenario in which nothing is left to draw but by the policy, when instances are taken back, whether environments fail and who
// straggles: tasks, estimates and faults as they came out.
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { type Episodes, episodesUntil } from "../cluster/fault-timeline.ts";
import { WORKER_FAULTS } from "../faults/index.ts";
import { KILLER_TASK } from "../faults/killer-task.ts";
import { WRONG_ESTIMATES } from "../faults/wrong-estimates.ts";
import { CapacityEffects } from "../model/capacity-effects.ts";
import { at, nameAt } from "../model/columns.ts";
import type { LinkDisturbance } from "../model/network.ts";
import { type Fault, InputError, refuse } from "../model/errors.ts";
import type { ActionSpec, FaultSpec, Scenario, Seeds, WorkerFaultOptions, WorkerFaultSpec } from "../model/scenario.ts";
import { isPolicyPath, type PolicySpec } from "../model/settings.ts";
import type { Time } from "../model/units.ts";
import {
  CLIENTS,
  type FaultEffect,
  type FaultPlan,
  type FaultTrack,
  isTaskAction,
  ITS_WORKER,
  type World,
  REPLICAS,
} from "../model/world.ts";
import { type ScenarioFile, scenarioFiles } from "./write-scenario.ts";

/** Most that are written into the scenario itself, which is read as a whole: tasks that no table can hold, their times, faults. */
const MOST_TASKS = 100_000;
const MOST_TIMES = 500_000;
const MOST_EPISODES = 100_000;

/** Faults that are spelt out; of the others only their number is. */
const SPELT_OUT = 20;

export interface ExplicitRun {
  scenario: Scenario;
  /** Its world under the seeds. */
  world: World;
  seeds: Seeds;
  /** The seed of all roots that have no other. */
  seed: string;
  /** The policy as the scenario is to name it. */
  spec: PolicySpec;
}

/** The files of the scenario of a run that ended at a time, itself first: run, it gives the same digest and the same metrics. */
export function explicitFiles(name: string, run: ExplicitRun, end: Time, comments: readonly string[] = []): ScenarioFile[] {
  return scenarioFiles(name, explicitScenario(run, end), { world: run.world, comments });
}

function explicitScenario({ scenario, world, seeds, seed, spec }: ExplicitRun, end: Time): Scenario {
  const { scheduler, faults, actions, seeds: _, ...rest } = scenario;
  const others = Object.entries(seeds).filter(([, own]) => own !== seed);
  const plan = world.faults;
  const areMistaken = faults?.some(({ kind }) => kind === WRONG_ESTIMATES.name) === true;
  const estimates = typeof scheduler.estimates === "object" || areMistaken ? "user" : scheduler.estimates;
  return {
    ...rest,
    seed,
    ...(others.length > 0 && { seeds: Object.fromEntries(others) }),
    scheduler: { ...scheduler, policy: spec, estimates },
    ...actionsOf(actions, world),
    ...(plan && { faults: faultsOf(plan, world, end) }),
  };
}

/** What faults have clients ask for stands behind what is written, as in the world. */
function actionsOf(written: readonly ActionSpec[] | undefined, { actions = [], tasks }: World): Pick<Scenario, "actions"> {
  const asked = actions.flatMap((action): ActionSpec[] => {
    if (!isTaskAction(action) || action.byFault !== true) return [];
    return [{ at: action.time, cancel: nameAt(tasks.names, action.task), requeue: action.kind === "requeue" }];
  });
  return written === undefined && asked.length === 0 ? {} : { actions: [...(written ?? []), ...asked] };
}

/** Each episode by itself, track after track, so that changes of a worker at one time keep their order. */
function faultsOf(plan: FaultPlan, { workers, tasks }: World, end: Time): FaultSpec[] {
  const episodes = episodesUntil(plan, end, MOST_EPISODES);
  if (episodes === undefined) refuse(`--explicit: the run saw more than ${MOST_EPISODES} faults of workers, too many for a scenario file`);
  // The trace numbers what changes capacities; what never strikes is not written, and would shift the numbers.
  const written = plan.tracks.filter((track, index) => "anchor" in track.episodes || (episodes[index] as Episodes).length > 0);
  if (JSON.stringify(new CapacityEffects({ ...plan, tracks: written }).all) !== JSON.stringify(new CapacityEffects(plan).all))
    refuse(
      "--explicit: a fault of kind shrink or grow never strikes before the end of the clock (285 years); leave it out of the scenario",
    );
  const ofWorkers = plan.tracks.flatMap((track, index) =>
    whensOf(track, episodes[index] ?? [], tasks).map((when) => ({
      ...kindOf(track),
      ...whomOf(track, workers.names),
      when,
    })),
  );
  const killers = (plan.killers ?? []).map(({ task, after, lasting }): FaultSpec => {
    const options = { after, ...(lasting < Number.POSITIVE_INFINITY && { restart: lasting }) };
    return { kind: KILLER_TASK.name, task: nameAt(tasks.names, task), options };
  });
  return [...ofWorkers, ...killers];
}

/** Whom a track strikes. */
function whomOf(
  { worker, replica = 0, effect }: FaultTrack,
  names: readonly string[],
): Pick<WorkerFaultSpec, "worker" | "clients" | "replica" | "peers"> {
  if (worker === REPLICAS) return { replica, ...(effect.kind === "link" && effect.peers && { peers: effect.peers }) };
  return worker === CLIENTS ? { clients: true } : { worker: worker === ITS_WORKER ? "its" : (names[worker] as string) };
}

/** When a track strikes: each time that was drawn, or where it is anchored. */
function whensOf({ episodes }: FaultTrack, drawn: Episodes, tasks: World["tasks"]): WorkerFaultSpec["when"][] {
  if (!("anchor" in episodes)) return drawn.map(({ from, to }) => ({ at: from, lasting: to - from }));
  const { anchor, lasting } = episodes;
  return [{ anchor: { ...anchor, task: nameAt(tasks.names, anchor.task) }, lasting }];
}

/** The fault that has the track's effect. */
function kindOf({ effect, cycle, episodes }: FaultTrack): Pick<WorkerFaultSpec, "kind" | "options"> {
  if (effect.kind === "link") return linkFaultOf(effect);
  if (cycle !== undefined && "anchor" in episodes) return { kind: "flapping", options: { cycle } }; // otherwise crash by crash
  const options = optionsOf(effect);
  const kind = WORKER_FAULTS.find((each) => each.effect(options).kind === effect.kind);
  if (kind === undefined) throw new TypeError(`no fault has the effect ${effect.kind}`);
  return { kind: kind.name, options };
}

/** The fault of links that does the same. */
function linkFaultOf({ does, direction, messages, probability, by }: LinkDisturbance): Pick<WorkerFaultSpec, "kind" | "options"> {
  const all = { direction, ...(messages && { messages }), probability, by };
  for (const kind of WORKER_FAULTS) {
    const effect = kind.effect(all);
    if (effect.kind !== "link" || effect.does !== does || kind.takes?.includes("direction") !== true) continue;
    const own = Object.entries(all).filter(([option]) => [...kind.needs, ...(kind.takes ?? [])].some((each) => each === option));
    return { kind: kind.name, options: Object.fromEntries(own) };
  }
  throw new TypeError(`no fault ${does}s messages`);
}

function optionsOf(effect: FaultEffect): WorkerFaultOptions {
  if (effect.kind === "slow") return { speed: effect.rate / 1000 };
  if (effect.kind === "drifting") return { drift: (effect.rate - 1_000_000) / 1_000_000 };
  if (effect.kind === "shrunk")
    return { capacity: effect.most.map((amount) => (amount === Number.POSITIVE_INFINITY ? undefined : amount)) };
  if (effect.kind === "grown") return { capacity: effect.least.map((amount) => (amount === 0 ? undefined : amount)) };
  if (effect.kind !== "down") return {};
  if (effect.losesDisk === true) return { loses: "disk" };
  return effect.log === undefined ? {} : { loses: effect.log === "torn" ? "tail" : "entry" };
}

/** Throws an InputError, before a run, for what no scenario file can say of its world. */
export function requireExplicable(world: World): void {
  const { tasks } = world;
  const messages: string[] = [];
  let times = 0;
  let flat = true;
  for (let task = 0; task < tasks.count; task++) {
    const say = (what: string) => messages.push(`--explicit: task "${nameAt(tasks.names, task)}" has drawn ${what}`);
    if (at(tasks.timeout, task) === 0) say("a time limit of 0, which a scenario file cannot say");
    if (at(tasks.estimate, task) === Number.POSITIVE_INFINITY) say("an estimate beyond the clock");
    for (const [d, column] of tasks.request.entries())
      if (at(column, task) === Number.POSITIVE_INFINITY) say(`a request of ${world.dimensions[d]} beyond 2^53`);
    const table = at(tasks.timeTable, task);
    if (table >= 0) times += (tasks.timeTables[table] as Float64Array).length;
    flat &&= table < 0 && at(tasks.eligibility, task) === 0;
  }
  if (!flat && tasks.count > MOST_TASKS)
    messages.push(
      `--explicit: ${tasks.count} tasks, some with labels or times per worker, are too many for a scenario file (${MOST_TASKS})`,
    );
  if (times > MOST_TIMES) messages.push(`--explicit: ${times} times of tasks per worker are too many for a scenario file (${MOST_TIMES})`);
  const asked = world.actions?.length ?? 0;
  if (asked > MOST_EPISODES) messages.push(`--explicit: ${asked} requests by clients are too many for a scenario file (${MOST_EPISODES})`);
  const killers = world.faults?.killers?.length ?? 0;
  if (killers > MOST_EPISODES)
    messages.push(`--explicit: ${killers} tasks that kill their workers are too many for a scenario file (${MOST_EPISODES})`);
  if (messages.length === 0) return;
  const faults: Fault[] = messages.slice(0, SPELT_OUT).map((message) => ({ message }));
  const more = messages.length - faults.length;
  throw new InputError(more > 0 ? [...faults, { message: `--explicit: ${more} more of such kinds`, more }] : faults);
}

/** The policy as a scenario at `path` names it: files that it is read from start from that one's folder. */
export function policyFrom(spec: PolicySpec, folder: string, path: string): PolicySpec {
  const { name, parameters } = spec;
  const moved = (file: string) => (isAbsolute(file) ? file : movedPath(file, folder, dirname(resolve(path))));
  const { file } = parameters;
  return {
    ...spec,
    name: isPolicyPath(name) ? moved(name) : name,
    parameters: file === undefined ? parameters : { ...parameters, file: moved(String(file)) },
  };
}

function movedPath(file: string, from: string, to: string): string {
  if (resolve(from) === to) return file;
  const path = relative(to, resolve(from, file)).replaceAll(sep, "/");
  return path.startsWith(".") || isAbsolute(path) ? path : `./${path}`;
}
