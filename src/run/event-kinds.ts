// Kinds of events, in the order in which they happen at one instant.
export const Event = {
  attemptEnd: 0,
  /** An attempt comes to a part of its work to which faults are anchored, or of which its worker tells. */
  anchor: 1,
  /** A fault begins or ends; the counter is its track. */
  workerChange: 2,
  /** A worker registers (counter 0), or a heartbeat of it is due, as `Beat` numbers them. */
  heard: 3,
  /** A message arrives at the other end of a worker's link, or, for the position after the last worker, of the clients'; the counter is its number there. */
  message: 4,
  submission: 5,
  action: 6,
  decisionsTakeEffect: 7,
  backoffEnd: 8,
  /** The grace of a preempted attempt is over. */
  graceEnd: 9,
  /** Leases end on the worker's own clock. */
  workerLease: 10,
  /** Leases are over on the scheduler's. */
  schedulerLease: 11,
  suspicion: 12,
  /** What still runs on a worker that leaves is handed back. */
  drainLimit: 13,
  wake: 14,
  /** Who waits for an answer asks again; the subject is the exchange. */
  askAgain: 15,
  /** Attempts of a function, by its label, may have taken too long; the subject is the label. */
  slowness: 16,
  /** Transfers of files end. */
  transfersEnd: 18,
  /** The autoscaler is to be asked (counter 0), or, when the pass of that instant is over, is asked (1). */
  autoscale: 20,
  /** A message arrives at another replica of the scheduler; the subject is its link there, the counter its number. */
  replicaMessage: 19,
  /** An instance has booted. */
  booted: 21,
  /** It is said of a spot instance that it will be taken back (counter 0), or it is (1). */
  reclaim: 22,
  /** A replica has synced what it wrote, or one of its timers is due (the subject is twice its position, and one more for the second). */
  replicaSynced: 23,
  replicaTimer: 24,
  /** Sessions of clients may have expired; the subject is the replica that led then, the counter its term. */
  sessionsDue: 25,
} as const;
