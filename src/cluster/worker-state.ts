// What is true of a worker: whether it is there, up, awake and heard, and how fast it is.
import type { Time } from "../model/units.ts";

/** Where a worker stands: not there yet; there, but down or frozen since before, so that it has not registered; there; gone for good. */
export const Standing = { absent: 0, arriving: 1, present: 2, gone: 3 } as const;
type Standing = (typeof Standing)[keyof typeof Standing];

export interface WorkerState {
  standing: Standing;
  /** Whether it is to leave: if it goes down now, it does not come back. */
  leaving: boolean;
  incarnation: number;
  /** Faults that hold it down, frozen or muted now. */
  down: number;
  frozen: number;
  muted: number;
  /** Rates of the faults that slow it now. */
  rates: number[];
  /** Their product, in thousandths. */
  rate: number;
  /** Numbers of the effects on its capacity that last, and of those that it has taken in: while it does nothing, it takes in none. */
  resizing: number[];
  resized: number[];
  /** Whether the scheduler knows this incarnation. */
  registered: boolean;
  /** Last heartbeat that was answered; kept while it is silent. */
  renewed: Time;
  /** When its last pause ended. */
  thawed: Time;
  /** When a heartbeat was answered that was not at its regular time: the first after a silence. */
  answered: Time;
  /** When the first heartbeat after a silence arrives, if nothing comes between; Infinity where none is under way. */
  nextBeat: Time;
  /** Where heartbeats are simulated one by one: when the next is due that follows another, and when the last one arrived. */
  regularBeat: Time;
  lastBeat: Time;
  /** When its timer of leases is due; Infinity where none is set. */
  leaseTimer: Time;
}

/** A worker that is there from the beginning. */
export function workerAtStart(): WorkerState {
  return {
    standing: Standing.present,
    leaving: false,
    incarnation: 1,
    down: 0,
    frozen: 0,
    muted: 0,
    rates: [],
    rate: 1000,
    resizing: [],
    resized: [],
    registered: true,
    renewed: 0,
    thawed: -1,
    answered: 0,
    nextBeat: Number.POSITIVE_INFINITY,
    regularBeat: Number.POSITIVE_INFINITY,
    lastBeat: 0,
    leaseTimer: Number.POSITIVE_INFINITY,
  };
}

/** Whether the worker is there, be it known yet or not. */
export function isThere({ standing }: WorkerState): boolean {
  return standing === Standing.present || standing === Standing.arriving;
}

/** Asked where it may have left in between. */
export function isGone({ standing }: WorkerState): boolean {
  return standing === Standing.gone;
}

/** Whether the worker does what it is told. */
export function isAwake({ down, frozen }: WorkerState): boolean {
  return down === 0 && frozen === 0;
}

/** Whether its heartbeats arrive: those of an incarnation that the scheduler knows. */
export function isHeard({ registered, down, frozen, muted }: WorkerState): boolean {
  return registered && down === 0 && frozen === 0 && muted === 0;
}

/** Whether nothing has been heard of the worker since some last heartbeat. */
export function isSilent(state: WorkerState): boolean {
  return !isHeard(state) || state.nextBeat < Number.POSITIVE_INFINITY;
}

/** A fault that slows the worker begins or ends. */
export function changeRate(state: WorkerState, rate: number, begins: boolean): void {
  if (begins) state.rates.push(rate);
  else state.rates.splice(state.rates.indexOf(rate), 1);
  state.rate = Math.max(1, Math.round(state.rates.reduce((product, each) => (product * each) / 1000, 1000)));
}
