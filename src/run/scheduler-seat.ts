// Who decides: the scheduler, or that of the replica which leads.
import type { Scheduler } from "../scheduler/scheduler.ts";

export interface SchedulerSeat {
  readonly scheduler: Scheduler;
}
