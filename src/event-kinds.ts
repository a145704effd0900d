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
  /** Leases end on the worker's own clock. */
  workerLease: 7,
  /** Leases are over on the scheduler's. */
  schedulerLease: 8,
  suspicion: 9,
  wake: 10,
} as const;
