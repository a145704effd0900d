// Where a task stands: from `completed` on it has ended. The numbers are part of the format, for what clients are told is one of them.
export const Status = {
  unsubmitted: 0,
  blocked: 1,
  ready: 2,
  /** Decided, not yet begun: the scheduler takes time to decide. */
  starting: 3,
  running: 4,
  /** Its attempt waits on its worker, to go on there. */
  suspended: 5,
  /** Its attempt failed; the next comes when the wait before it ends. */
  backoff: 6,
  completed: 7,
  failed: 8,
  skipped: 9,
  cancelled: 10,
} as const;
export type Status = (typeof Status)[keyof typeof Status];
