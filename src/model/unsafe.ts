// Ways to take one safeguard out of a run, so that tests can show which invariant notices. Only code can ask for one: no scenario or
// command line does. Each is one branch, where the safeguard stands.

export const UNSAFE_MODES = [
  /** The completion of an attempt that was given up counts as its task's: as where results carry no token, and whoever answers is believed. */
  "no-fencing",
  /** A suspected worker's tasks go to others while its leases live on: as where a failure detector is taken for the truth. */
  "requeue-keeps-lease",
  /** What an attempt held is given back when it is given up, and again when its end is told: as where two handlers clean up after it. */
  "double-release",
  /** A heartbeat counts as of when it arrives, not of when it was sent: as where messages bear no time or number. */
  "stale-heartbeat",
  /** A task may fail as often as it likes: as where nobody counts its attempts. */
  "retry-without-budget",
  /** A task whose attempt made room for another is forgotten: as where it is taken off its worker before it is put back into the queue. */
  "lost-preempted",
  /** The end of an attempt counts whose task was cancelled: as where the two race, and the last to write wins. */
  "cancel-not-fenced",
  /** Messages from or to a worker that has crashed since they were sent arrive: as where only its name is looked at. */
  "incarnation-ignored",
  /** A worker is not told to stop what goes back to the queue: as where only the record of it is changed. */
  "requeue-untold",
  /** What a worker held before it restarted is not given up: as where a registration is taken for a heartbeat. */
  "restart-unnoticed",
  /** What a suspended attempt gives back is given away when its worker is told: as where an order is taken for a fact. */
  "suspension-assumed",
  /** A copy goes on, and its result counts, though the attempt beside it has completed their task: as where nobody asks who was first. */
  "both-results",
  /** Snapshots of a replicated scheduler do not hold which calls of clients were executed: as where that is taken for a cache. */
  "dedup-not-in-snapshot",
  /** A start is sent when its assignment is proposed: as where a leader takes its own log for what is agreed. */
  "dispatch-early",
] as const;
export type UnsafeMode = (typeof UNSAFE_MODES)[number];

/** The same of the replicas of a log. */
export const UNSAFE_REPLICA_MODES = [
  /** A vote is told before it is on disk: as where only the log is synced. */
  "vote-not-synced",
  /** What a majority has of an earlier term counts as committed: as where copies are counted, and terms are not looked at (figure 8 of the paper). */
  "commit-old-term",
  /** A leader's lease is as long as an election timeout by its own clock: as where clocks are taken to run alike. */
  "lease-ignores-drift",
  /** A leader answers reads at once: as where who leads is taken to lead still. */
  "read-without-index",
  /** A new leader changes the members before anything of its own term is committed (Ongaro's correction of 2015). */
  "change-before-noop",
  /** Members change again before the last change is committed. */
  "two-changes-at-once",
  /** A replica whose disk is lost comes back as the member that it was, with an empty log, and votes: as where a name is all that one is known by. */
  "rejoin",
] as const;
export type UnsafeReplicaMode = (typeof UNSAFE_REPLICA_MODES)[number];
