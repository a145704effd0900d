// Kinds of events, in the order in which they happen at one instant.
export const Event = {
  attemptEnd: 0,
  /** A fault begins or ends; the counter is its track. */
  workerChange: 1,
  /** A worker registers (counter 0), or its first heartbeat after a silence arrives (1). */
  heard: 2,
  /** A message arrives at the other end of a worker's link; the counter is its number there. */
  message: 3,
  submission: 4,
  action: 5,
  decisionsTakeEffect: 6,
  backoffEnd: 7,
  /** The grace of a preempted attempt is over. */
  graceEnd: 8,
  /** Leases end on the worker's own clock. */
  workerLease: 9,
  /** Leases are over on the scheduler's. */
  schedulerLease: 10,
  suspicion: 11,
  /** What still runs on a worker that leaves is handed back. */
  drainLimit: 12,
  wake: 13,
} as const;
