// What happens by itself in a run of the naive simulator, and what of it comes first.
import { TieOrder } from "../src/engine/tie-order.ts";
import type { SchedulerSettings } from "../src/model/settings.ts";

/** Something that happens by itself; of several of one kind at one time, a tie is between their subjects. */
export interface Due {
  time: number;
  kind?: number;
  subject?: number;
  happen: () => void;
}

export function dueFor(kind: number, subject: number, time: number, happen: () => void): Due {
  return { kind, subject, time, happen };
}

/** Where a subject stands among several to which a kind of event happens at one time. */
export type Turn = (time: number, kind: number, subject: number) => number;

export function turnsOf({ ties }: SchedulerSettings, seeds: { policy: string }): Turn {
  const drawn = ties === "seeded" ? new TieOrder(seeds.policy) : undefined;
  return (time, kind, subject) => drawn?.place(time, kind, subject) ?? subject;
}

/** What comes first, the list being in the order of one instant; of several of one kind, who does. */
export function firstOf(pending: Due[], turn: Turn): Due {
  const next = pending.reduce((least, event) => (event.time < least.time ? event : least));
  const { time, kind } = next;
  if (kind === undefined || time === Infinity) return next;
  const rivals = pending.filter((event) => event.time === time && event.kind === kind);
  return rivals.reduce((least, event) => (turn(time, kind, event.subject!) < turn(time, kind, least.subject!) ? event : least));
}
