// How a scheduler is replicated: how many replicas keep its log, how they agree on who leads, and what their disks and links are like.
import type { LinkQuality } from "./network.ts";
import { type Duration, SECOND } from "./units.ts";

/** Who has a command on disk when clients and workers are told that it is noted: a majority, which has applied it, or the leader alone. */
export const DURABILITIES = ["quorum", "leader"] as const;
export type Durability = (typeof DURABILITIES)[number];

export interface ReplicationSettings {
  /** How many replicas. */
  count: number;
  /** An election timeout is drawn anew each time, uniformly, from this to that. */
  electionTimeout: { least: Duration; most: Duration };
  /** How often a leader tells the others that it leads. */
  heartbeat: Duration;
  /** Whether a replica asks before an election whether it would win it; and whether a leader that no majority answers steps down. */
  preVote: boolean;
  checkQuorum: boolean;
  /** Most entries in one message, and messages ahead of their answers to one replica. */
  batch: number;
  pipeline: number;
  /** How long a disk takes to have everything that is waiting on it. */
  sync: Duration;
  /** What the links between replicas are like. */
  link: LinkQuality;
  /** So many applied entries are replaced by a snapshot. */
  snapshotEvery: number;
  /** By which part of the true time clocks of replicas may run fast or slow, as far as leases allow for it; in millionths. */
  drift: number;
  durability: Durability;
}

/** The same as it is drawn. */
export interface ReplicationPlan extends ReplicationSettings {
  /** Of what election timeouts and messages draw. */
  seed: string;
}

export const DEFAULT_REPLICATION: Omit<ReplicationSettings, "count"> = {
  electionTimeout: { least: SECOND, most: 2 * SECOND },
  heartbeat: SECOND / 10,
  preVote: true,
  checkQuorum: true,
  batch: 256,
  pipeline: 16,
  sync: SECOND / 200,
  link: { latency: 500, loss: 0, duplicate: 0, reorder: false },
  snapshotEvery: 10_000,
  drift: 0,
  durability: "quorum",
};

/** Most replicas of one scheduler. */
export const MOST_REPLICAS = 15;

/** Stands for replicas in entries of a trace where others name their worker: the first is the largest of these. */
const FIRST_REPLICA = -3;

/** How an entry names the replica at a position. */
export function codeOfReplica(replica: number): number {
  return FIRST_REPLICA - replica;
}

/** The replica that an entry names; −1 where it names none. */
export function replicaOf(code: number): number {
  return code <= FIRST_REPLICA ? FIRST_REPLICA - code : -1;
}

/** At which position a member is; the first there have the same number. */
export function positionOf(member: number, replicas: number): number {
  return member % replicas;
}

/** How many members were at its position before it. */
export function generationOf(member: number, replicas: number): number {
  return Math.floor(member / replicas);
}

/** `r-1` is the first. */
export function nameOfReplica(replica: number): string {
  return `r-${replica + 1}`;
}

/** How long a leader's lease lasts from when the round was sent that a majority has answered: nobody votes for another meanwhile, by any clock that drifts by no more. */
export function leaseOf(leastTimeout: Duration, drift: number): Duration {
  return Math.floor((leastTimeout * (1 - drift)) / (1 + drift));
}
