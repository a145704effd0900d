// How a scheduler is replicated, from its form in a scenario file, and what goes with that.
import { DEFAULT_CLIENTS } from "../model/clients.ts";
import { REPEAT } from "../model/network.ts";
import { DEFAULT_REPLICATION, leaseOf, MOST_REPLICAS, type ReplicationSettings } from "../model/replication.ts";
import { type FaultSpec, type Scenario, strikesWorkers } from "../model/scenario.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import type { TaskProfile } from "../model/task-profile.ts";
import { type Duration, formatSeconds, parseDuration } from "../model/units.ts";
import { faultOf } from "../faults/draw-faults.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { meanOfAmount } from "../workload/amounts.ts";
import { amountOf, TIME } from "./normalise-amounts.ts";

export type ReplicasInput = NonNullable<NonNullable<ScenarioInput["scheduler"]>["replicas"]>;

const PATH = ["scheduler", "replicas"];

/** Undefined where it is one process: one replica agrees with itself at once. */
export function replicationOf(input: ReplicasInput | undefined, faults: FaultList): ReplicationSettings | undefined {
  if (input === undefined) return undefined;
  const given = typeof input === "object" ? input : { count: input };
  const { count, electionTimeout, heartbeat, sync, latency, drift, ...rest } = given;
  const duration = (value: number | string | undefined, otherwise: Duration, ...path: string[]) =>
    value === undefined ? otherwise : (faults.attempt([...PATH, ...path], () => parseDuration(value)) ?? otherwise);
  const { link, ...defaults } = DEFAULT_REPLICATION;
  const least = duration(electionTimeout?.from, defaults.electionTimeout.least, "electionTimeout", "from");
  const settings: ReplicationSettings = {
    ...defaults,
    count,
    electionTimeout: { least, most: duration(electionTimeout?.to, 2 * least, "electionTimeout", "to") },
    heartbeat: duration(heartbeat, Math.floor(least / 10), "heartbeat"),
    sync: duration(sync, defaults.sync, "sync"),
    ...(rest.preVote !== undefined && { preVote: rest.preVote }),
    ...(rest.checkQuorum !== undefined && { checkQuorum: rest.checkQuorum }),
    ...(rest.batch !== undefined && { batch: rest.batch }),
    ...(rest.pipeline !== undefined && { pipeline: rest.pipeline }),
    ...(rest.snapshotEvery !== undefined && { snapshotEvery: rest.snapshotEvery }),
    drift: Math.round((drift ?? 0) * 1_000_000),
    ...(rest.durability !== undefined && { durability: rest.durability }),
    link: {
      latency: latency === undefined ? link.latency : (amountOf(latency, TIME, [...PATH, "latency"], faults) ?? link.latency),
      loss: rest.loss ?? link.loss,
      duplicate: rest.duplicate ?? link.duplicate,
      reorder: rest.reorder ?? link.reorder,
    },
  };
  check(settings, faults);
  return count > 1 ? settings : undefined;
}

/** Parts of a scenario that replicas cannot agree on: what they are called, and where they stand. */
export function refuseWithReplicas(scenario: Scenario, faults: FaultList): void {
  const { scheduler, actions = [], cloud, network, sources } = scenario;
  if (scheduler.replication === undefined) return;
  const { preemption, speculation, cancel, decisionTime, notify } = scheduler;
  const refuse = (is: boolean, path: readonly (string | number)[], what: string) =>
    is && faults.add([...path], `${what} does not go with scheduler.replicas, which do not agree on that: leave one of them out`, "key");
  refuse(preemption !== undefined, ["scheduler", "preemption"], "preemption");
  refuse(speculation !== undefined, ["scheduler", "speculation"], "speculation");
  refuse(cancel === "confirmed", ["scheduler", "cancel"], "cancel: confirmed");
  refuse(decisionTime.perPass + decisionTime.perTask > 0, ["scheduler", "decisionTime"], "decisionTime");
  refuse(cloud !== undefined, ["cluster", "pools"], "a cluster with pools");
  const areClientsFar = scenario.clients !== undefined || network?.clients !== undefined || (scenario.faults ?? []).some(isOfClients);
  const { session } = scenario.clients ?? DEFAULT_CLIENTS;
  const repeat = network?.clients?.repeat ?? REPEAT;
  if (areClientsFar && session > 0 && session <= repeat)
    faults.add(
      ["clients", "session"],
      `session must be above network.clients.repeat, ${formatSeconds(repeat)} s: else what a client asks for may be forgotten before it asks again`,
    );
  refuse(areClientsFar && notify, ["scheduler", "notify"], "notify to clients that are not where the leader is");
  for (const [index, action] of actions.entries()) {
    if ("status" in action && !areClientsFar)
      faults.add(["actions", index], "action status is asked by clients that are processes: give clients: { count: 1 }", "key");
    const deed = ["join", "leave"].find((key) => key in action) ?? ("cancel" in action && action.requeue ? "requeue" : undefined);
    refuse(deed !== undefined, ["actions", index], `action ${deed}`);
  }
  for (const [index, fault] of (scenario.faults ?? []).entries()) refuseFault(fault, ["faults", fault.index ?? index], faults);
  const asks = (profiles: readonly (TaskProfile | undefined)[]) => profiles.some((profile) => profile?.asks !== undefined);
  const isAsking = sources.some((source) => {
    if (source.kind === "tasks") return asks(source.tasks.map(({ profile }) => profile));
    return asks(source.kind === "table" ? source.table.profiles : [source.generate.template.profile]);
  });
  refuse(isAsking, PATH, "a task that asks for more while it runs");
}

function isOfClients(fault: FaultSpec): boolean {
  return strikesWorkers(fault) && fault.clients === true;
}

function refuseFault(fault: FaultSpec, path: Path, faults: FaultList): void {
  const { kind, options } = fault;
  const what = kind === "shrink" || kind === "grow" ? kind : "requeue" in options && options.requeue ? `${kind} with requeue` : undefined;
  if (what === undefined) return;
  const message = `fault ${what} does not go with scheduler.replicas, which do not agree on that: leave one of them out`;
  faults.addFault(faultOf(fault, Number(path[1]), message), path);
}

function check(settings: ReplicationSettings, faults: FaultList): void {
  const { count, electionTimeout, heartbeat, sync } = settings;
  const { least, most } = electionTimeout;
  if (count > MOST_REPLICAS) faults.add([...PATH, "count"], `count ${count} is more than ${MOST_REPLICAS}`);
  if (least === 0) faults.add([...PATH, "electionTimeout", "from"], "electionTimeout.from must be above 0");
  else if (most < least) faults.add([...PATH, "electionTimeout", "to"], "electionTimeout.to must not be below from");
  else if (heartbeat === 0 || heartbeat >= least)
    faults.add(
      [...PATH, "heartbeat"],
      "heartbeat must be above 0 and below electionTimeout.from: else followers stand for election while their leader is well",
    );
  if (least > 0 && sync >= least)
    faults.add([...PATH, "sync"], "sync must be below electionTimeout.from: else no vote is on disk before the next election");
  if (heartbeat < least) checkLease(settings, faults);
}

/** Who leads renews its lease by a round to the others with each heartbeat, if that comes back in time: without one it renews no leases of workers. */
function checkLease({ electionTimeout, heartbeat, link, drift, checkQuorum }: ReplicationSettings, faults: FaultList): void {
  const rate = drift / 1_000_000;
  const lease = leaseOf(electionTimeout.least, rate);
  const round = 2 * meanOfAmount(link.latency);
  if (!checkQuorum || lease >= round + heartbeat) return;
  const [lasts, takes] = [lease, round].map((time) => formatSeconds(Math.round(time)));
  faults.add(
    [...PATH, rate > 0 && electionTimeout.least >= round + heartbeat ? "drift" : "latency"],
    `the lease of a leader lasts ${lasts} s, electionTimeout.from${rate > 0 ? " × (1 − drift) / (1 + drift)" : ""}, ` +
      `and a round between replicas takes ${takes} s, with a heartbeat every ${formatSeconds(heartbeat)} s: it would be over before it is renewed, ` +
      "and workers would lose theirs; raise electionTimeout, or set checkQuorum: false",
  );
}
