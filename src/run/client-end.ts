// Clients at the far end of links of their own, as the run sees them.
import type { LinkDisturbance } from "../model/network.ts";
import type { TraceSink } from "../model/trace.ts";
import type { TaskAction } from "../model/world.ts";

export interface ClientEnd extends TraceSink {
  /** A task is to be submitted; what a client was to ask for at this time, with the action's index; it cancels a task, or sends it back to the queue. */
  submits(task: number): void;
  asks(action: TaskAction, index: number): void;
  cancels(task: number, requeue: boolean): void;
  /** Whether somebody is still to be told something before the run is over. */
  readonly owes: boolean;
  /** Whether the event of that number at which it is asked again is of use. */
  waits(subject: number): boolean;
  asksAgain(subject: number, counter: number): void;
  /** A copy of a message is at the other end of a link. */
  arrives(link: number, number: number): void;
  /** A fault of the links begins or ends. */
  changes(effect: LinkDisturbance, begins: boolean): void;
}
