// Kinds of events, in the order in which they happen at one instant.
export const Event = {
  attemptEnd: 0,
  /** A fault begins or ends; the counter is its track. */
  workerChange: 1,
  /** A worker registers (counter 0), or its first heartbeat after a silence arrives (1). */
  heard: 2,
  submission: 3,
  action: 4,
  decisionsTakeEffect: 5,
  backoffEnd: 6,
  /** The grace of a preempted attempt is over. */
  graceEnd: 7,
  /** Leases end on the worker's own clock. */
  workerLease: 8,
  /** Leases are over on the scheduler's. */
  schedulerLease: 9,
  suspicion: 10,
  /** What still runs on a worker that leaves is handed back. */
  drainLimit: 11,
  wake: 12,
} as const;
