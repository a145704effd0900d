// A day in the life of replicas on which all kinds of things happen, in an order that a seed gives.
import type { ReplicaId } from "../../src/consensus/message.ts";
import type { MembersChange, ReplicaOptions } from "../../src/consensus/replica.ts";
import { Replicas, type Weather } from "./replicas.ts";

/** How often what has happened: `snapshots` of others that were installed, `transfers` that came about, `calm` ends of days, disks that were lost (`losses`) and new voters in their stead (`returns`). */
export const seen = {
  elections: 0,
  commands: 0,
  crashes: 0,
  reads: 0,
  snapshots: 0,
  transfers: 0,
  members: 0,
  takeovers: 0,
  calm: 0,
  losses: 0,
  returns: 0,
};

const pick = <T>(random: () => number, ...some: T[]): T => some[Math.floor(random() * some.length)]!;

/** Numbers for commands, each once. */
let next = 1;

function crash(replicas: Replicas, id: ReplicaId): void {
  if (replicas.isUp(id)) seen.crashes += 1;
  replicas.crash(id, replicas.random() < 0.5);
}

function propose(replicas: Replicas, id: ReplicaId): void {
  if (replicas.isUp(id)) replicas.propose(id, ...Array.from({ length: 1 + Math.floor(replicas.random() * 3) }, () => next++));
}

function change(replicas: Replicas, leader: ReplicaId, kind?: MembersChange["kind"], whom?: ReplicaId): void {
  const random = () => replicas.random();
  const drawn = { kind: kind ?? pick(random, "add", "promote", "remove" as const), replica: whom ?? pick(random, ...replicas.nodes).id };
  const { voters } = replicas.replica(leader).log.members;
  const { lost } = replicas;
  if (lost.has(drawn.replica) && drawn.kind !== "remove") return; // it is never there again
  const left = voters.filter((id) => id !== drawn.replica);
  if (2 * left.filter((id) => !lost.has(id)).length <= left.length) return;
  if (drawn.kind !== "remove" || voters.length > 2) seen.members += +replicas.input(leader, { kind: "change", change: drawn });
}

function transfer(replicas: Replicas, leader: ReplicaId): void {
  replicas.input(leader, { kind: "transfer", to: pick(() => replicas.random(), ...replicas.replica(leader).log.members.voters) });
}

const leaders = (replicas: Replicas) => replicas.nodes.filter(({ replica }) => replica?.role === "leader").map(({ id }) => id);

/** The leader is cut off, alone or with others, and does not know; whoever leads is asked for all kinds of things. */
function takeover(replicas: Replicas, leader: ReplicaId): void {
  seen.takeovers += 1;
  const { learners } = replicas.replica(leader).log.members;
  const isWithIt = replicas.nodes.map(({ id }) => id === leader || replicas.random() < (learners.includes(id) ? 0.6 : 0.15));
  for (const { id: a } of replicas.nodes)
    for (const { id: b } of replicas.nodes) if (isWithIt[a] !== isWithIt[b]) replicas.cut.add(`${a}>${b}`);
  const known = new Set<ReplicaId>();
  for (let i = 0; i < 60; i++) {
    replicas.runFor(Math.floor(replicas.random() * 12_000));
    for (const id of leaders(replicas)) {
      const isNew = !known.has(id);
      known.add(id);
      if (isNew && id !== leader && replicas.random() < 0.5) {
        change(replicas, id, "remove", leader);
        // Another does not even hear that it leads.
        const others = replicas.nodes.filter((node) => node.id !== id && !isWithIt[node.id]);
        if (others.length > 0 && replicas.random() < 0.7) crash(replicas, pick(() => replicas.random(), ...others).id);
      } else if (isNew && id === leader && replicas.random() < 0.5)
        for (const other of replicas.nodes) change(replicas, id, "promote", other.id);
      else if (replicas.random() < 0.05) for (let j = 0; j < 2; j++) change(replicas, id);
      if (replicas.random() < 0.5) propose(replicas, id);
      if (replicas.random() < 0.9) replicas.read(id);
    }
  }
  if (replicas.random() < 0.5) {
    const successors = leaders(replicas).filter((id) => id !== leader);
    for (const { id } of replicas.nodes) replicas.start(id);
    for (const id of successors) crash(replicas, id);
  }
  if (replicas.random() < 0.8) replicas.cut.clear();
}

/** Whoever leads goes down with what it has begun to say, and the next one, as in figure 8 of the paper. */
function relay(replicas: Replicas): void {
  const roundTrip = 2 * replicas.weather.latency.most + replicas.weather.disk.most;
  for (let i = 0; i < 8; i++) {
    for (let wait = 0; wait < 60 && replicas.leader === undefined; wait++) replicas.runFor(10_000);
    const { leader } = replicas;
    if (leader === undefined) for (const { id } of replicas.nodes) replicas.start(id);
    else {
      if (replicas.random() < 0.5) propose(replicas, leader);
      replicas.runFor(Math.floor(replicas.random() * 2 * roundTrip));
      crash(replicas, leader);
      const down = replicas.nodes.filter(({ id }) => !replicas.isUp(id) && id !== leader);
      if (down.length > 0) replicas.start(pick(() => replicas.random(), ...down).id);
    }
  }
}

/** A leader that is cut off with a learner makes that a voter, and who is elected meanwhile has it removed; then their sides meet. */
function rivals(replicas: Replicas, leader: ReplicaId): void {
  const { learners } = replicas.replica(leader).log.members;
  const side = new Set([leader, ...learners.slice(0, 1)]);
  for (const { id: a } of replicas.nodes)
    for (const { id: b } of replicas.nodes) if (side.has(a) !== side.has(b)) replicas.cut.add(`${a}>${b}`);
  for (const id of learners.slice(0, 1)) change(replicas, leader, "promote", id);
  const until = replicas.now + 1_500_000;
  const elected = () => leaders(replicas).find((id) => !side.has(id));
  while (elected() === undefined && replicas.step(until));
  const successor = elected();
  if (successor !== undefined) {
    change(replicas, successor, "remove", leader);
    const others = replicas.nodes.filter(({ id }) => id !== successor && !side.has(id));
    if (others.length > 0) crash(replicas, pick(() => replicas.random(), ...others).id); // it does not even hear of the successor
    replicas.runFor(300_000);
    crash(replicas, successor);
    for (const { id } of others) replicas.start(id);
  }
  replicas.cut.clear();
  replicas.runFor(1_500_000);
}

/** While they elect one, replicas go down and come back at once, before what they have said is on disk. */
function stumbling(replicas: Replicas): void {
  if (replicas.leader !== undefined) crash(replicas, replicas.leader);
  for (let i = 0; i < 5; i++) {
    const standing = () => replicas.nodes.find(({ replica }) => replica?.role === "candidate")?.replica?.term;
    for (let wait = 0; wait < 400 && standing() === undefined; wait++) replicas.runFor(1000);
    const term = standing() ?? 0;
    // Others stand in the same term.
    for (const { id, replica } of replicas.nodes)
      if ((replica?.term ?? term) < term && replicas.random() < 0.5) replicas.input(id, { kind: "timer", timer: "election" });
    for (let j = 0; j < 6; j++) {
      replicas.runFor(Math.floor(replicas.random() * replicas.weather.latency.most));
      const { id } = pick(() => replicas.random(), ...replicas.nodes);
      if (replicas.random() < 0.6) crash(replicas, id);
      replicas.start(id);
    }
  }
}

/** One that has helped to commit loses its disk, and is back beside those that have missed that; then it is to be a member again. */
function amnesia(replicas: Replicas, leader: ReplicaId): void {
  const random = () => replicas.random();
  const { log, commit } = replicas.replica(leader);
  const followers = log.members.voters.filter((id) => id !== leader);
  if (followers.length < 2 || log.membersSince > commit || followers.some((id) => replicas.lost.has(id))) return;
  seen.losses += 1;
  const victim = pick(random, ...followers);
  const others = followers.filter((id) => id !== victim);
  for (const id of others) if (random() < 0.7) crash(replicas, id);
  replicas.start(victim);
  propose(replicas, leader);
  replicas.runFor(Math.floor(random() * 300_000));
  const fresh = replicas.loseDisk(victim);
  if (random() < 0.7) crash(replicas, leader);
  for (const id of others) replicas.start(id);
  replicas.runFor(1_000_000);
  replicas.start(leader);
  if (fresh === victim) return;
  for (let i = 0; i < 30; i++) {
    replicas.runFor(60_000);
    const leading = replicas.leader;
    if (leading === undefined) continue;
    const { voters, learners } = replicas.replica(leading).log.members;
    if (voters.includes(fresh)) {
      seen.returns += 1;
      return;
    }
    if (voters.includes(victim)) change(replicas, leading, "remove", victim);
    else change(replicas, leading, learners.includes(fresh) ? "promote" : "add", fresh);
  }
}

/** Something befalls them, or somebody asks for something. */
function befall(replicas: Replicas, disks: boolean): void {
  const standing = replicas.leader;
  if (disks && standing !== undefined && replicas.random() < 0.1) return amnesia(replicas, standing);
  const count = replicas.nodes.length;
  const one = Math.floor(replicas.random() * count);
  const other = Math.floor(replicas.random() * count);
  const { leader } = replicas;
  const what = replicas.random();
  if (what < 0.06) crash(replicas, one);
  else if (what < 0.18) replicas.start(one);
  else if (what < 0.22) replicas.cut.add(`${one}>${other}`);
  else if (what < 0.265 && leader !== undefined) takeover(replicas, leader);
  else if (what < 0.29) relay(replicas);
  else if (what < 0.32) stumbling(replicas);
  else if (what < 0.34 && leader !== undefined) rivals(replicas, leader);
  else if (what < 0.37) replicas.cut.clear();
  else if (what < 0.41) replicas.compact(replicas.random() < 0.3 ? one : (leader ?? one));
  else if (what < 0.45 && leader !== undefined) transfer(replicas, leader);
  else if (what < 0.53 && leader !== undefined) for (let i = 0; i < 3; i++) change(replicas, leader);
  else if (what < 0.63) {
    const asked = replicas.random() < 0.5 ? one : (leader ?? one);
    if (replicas.isUp(asked)) replicas.read(asked);
  } else propose(replicas, replicas.random() < 0.2 ? one : (leader ?? one));
}

/** By how much clocks may run apart. */
export const DRIFT = 0.3;

/** What is drawn from a seed, unless it is given: so many replicas, of which some are no members yet, the weather, how they are set, and whether disks may be lost. */
export function badDay(seed: number, given: Partial<ReplicaOptions> & { count?: number; disks?: boolean } = {}): void {
  const { count = 3 + ((seed >>> 4) % 3), disks = false, ...some } = given;
  const others = seed % 3;
  const checkQuorum = seed % 5 < 3;
  const drawn = { drift: DRIFT, checkQuorum, preVote: seed % 7 < 4, batch: seed % 11 < 5 ? 1 : 8, pipeline: seed % 13 < 6 ? 1 : 4 };
  const options = { ...drawn, ...some };
  const replicas = new Replicas(count + others, seed, options, {
    voters: [...new Array(count).keys()],
    learners: [...new Array(others).keys()].map((i) => count + i),
  });
  const random = () => replicas.random();
  const isMild = random() < 0.4;
  const weather: Weather = {
    latency: { least: 500, most: isMild ? 2000 : pick(random, 5000, 20_000, 60_000) },
    disk: { least: 500, most: isMild ? 1000 : pick(random, 1000, 10_000, 100_000) },
    loss: pick(random, 0, 0.02, 0.1),
    twice: 0.05,
    late: 0.02,
  };
  replicas.weather = weather;
  for (const node of replicas.nodes) node.rate = 1 + pick(random, -1, -1, 0, 1, 1) * DRIFT;
  for (let i = 0; i < 60; i++) {
    replicas.runFor(Math.floor(random() * random() * 300_000));
    befall(replicas, disks);
  }
  // Without pre-vote, who was removed disturbs the others for ever.
  const isCalm = random() < 0.8 && options.preVote;
  if (isCalm) replicas.calmDown();
  else replicas.settle();
  seen.calm += +isCalm;
  seen.elections += replicas.leaders.size;
  seen.commands += replicas.acknowledged.size;
  seen.reads += replicas.answered.size;
  seen.snapshots += replicas.installed;
  seen.transfers += replicas.transferred;
}
