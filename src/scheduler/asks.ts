// What running attempts ask for: who holds what, who waits for more, and when that would be for ever.
//
// At the beginning of a pass each ask that waits is met, in the order in which they came, if what it wants is free; one that comes later may
// be met earlier. What is free and not enough is kept for those that wait: ready tasks get none of it.
import { at, type Column } from "../model/columns.ts";
import { type AskPlan, claimOf, heldAfter, wantsMore } from "../model/asks.ts";
import { CPU } from "../model/resources.ts";
import type { Deadlock } from "../model/settings.ts";
import { profileOf } from "../model/task-profile.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { type Holder, reduce, ringOf } from "./deadlock.ts";
import type { Scheduler } from "./scheduler.ts";

/** An attempt that waits for the ask of that number in turn of its task. */
interface Waiting {
  seat: number;
  number: number;
}

/** Up to which of its task's asks an attempt has asked, how many of them may be met, and when its worker was told so last. */
interface Asked {
  asked: number;
  allowed: number;
  told: Time;
}

const NOTHING: Asked = { asked: 0, allowed: 0, told: 0 };

export class Asks {
  readonly #scheduler: Scheduler;
  readonly #deadlock: Deadlock;
  /** What attempts hold that have asked, per dimension of the room, by seat; those that have not hold their request. */
  readonly #held = new Map<number, Float64Array>();
  /** Up to where they have asked. */
  readonly #asked = new Map<number, Asked>();
  /** By worker, in the order in which they asked. */
  readonly #waiting = new Map<number, Waiting[]>();
  /** Workers where something has come or gone since it was looked at last. */
  readonly #touched = new Set<number>();
  /** What attempts that may ask have cost up to a time, by seat: their cores × time, in thousandths × µs. */
  readonly #spent = new Map<number, { cost: number; until: Time }>();
  /** What is kept of workers for those, per dimension of the room. */
  readonly #kept = new Map<number, number[]>();

  constructor(scheduler: Scheduler, deadlock: Deadlock) {
    this.#scheduler = scheduler;
    this.#deadlock = deadlock;
    if (deadlock === "prevent") scheduler.room.isSafe = (worker) => this.#mayTake(worker);
  }

  #planOf(seat: number): AskPlan | undefined {
    return profileOf(this.#scheduler.tasks, this.#scheduler.taskOf(seat))?.asks;
  }

  /** What the attempt in a seat holds when so many of its asks are met, per dimension of the room. */
  #after(seat: number, count: number): Float64Array {
    const { requests, tasks } = this.#scheduler;
    const task = this.#scheduler.taskOf(seat);
    const plan = this.#planOf(seat);
    const after = (request: number, d: number) => (plan === undefined ? request : heldAfter(plan, request, d, count));
    return Float64Array.from(requests.inRoom(tasks.request.map((column, d) => after(at(column as Column, task), d))));
  }

  /** What it may hold, as far as it says. */
  #claimOf(seat: number): Float64Array {
    const { requests, tasks } = this.#scheduler;
    const task = this.#scheduler.taskOf(seat);
    const plan = this.#planOf(seat);
    const claim = (request: number, d: number) => (plan === undefined ? request : claimOf(plan, request, d));
    return Float64Array.from(requests.inRoom(tasks.request.map((column, d) => claim(at(column as Column, task), d))));
  }

  /** What the attempt in a seat holds in a dimension of the room. */
  heldBy(seat: number, dimension: number): number | undefined {
    return this.#held.get(seat)?.[dimension];
  }

  #heldOf(seat: number): Float64Array {
    return this.#held.get(seat) ?? this.#after(seat, 0);
  }

  of(seat: number): Asked {
    return this.#asked.get(seat) ?? NOTHING;
  }

  /** Whether its worker has it wait: be it for what nobody runs short of. */
  #wantsMore(seat: number, met: number, number: number): boolean {
    const task = this.#scheduler.taskOf(seat);
    const requests = this.#scheduler.tasks.request.map((column) => at(column, task));
    return wantsMore(this.#planOf(seat) as AskPlan, requests, met, number);
  }

  started(seat: number): void {
    if (this.#planOf(seat) !== undefined) this.#spent.set(seat, { cost: 0, until: this.#scheduler.now });
  }

  /** The attempt in a seat asks, up to the ask of that number, where so many were met. What it is to hold less of it has given back. Says whether that is new. */
  asked(seat: number, number: number, met: number): boolean {
    const { ledger, recorder, now } = this.#scheduler;
    const { asked, allowed, told } = this.of(seat);
    if (number <= asked) return false;
    const worker = ledger.worker(seat);
    this.#touched.add(worker);
    recorder.entry(now, EntryKind.asked, this.#scheduler.taskOf(seat), worker, ledger.attempts(seat), Reason.none, number);
    const wanted = this.#after(seat, number);
    const held = this.#heldOf(seat);
    const before = this.#after(seat, met);
    const kept = held.map((amount, d) => Math.min(amount, before[d] as number, wanted[d] as number));
    this.#take(
      worker,
      kept.map((amount, d) => amount - (held[d] as number)),
    );
    this.#holds(seat, kept);
    const waits = this.#wantsMore(seat, met, number);
    this.#asked.set(seat, { asked: number, allowed: waits ? allowed : number, told });
    if (!waits) return true;
    const waiting = this.#waiting.get(worker) ?? [];
    waiting.push({ seat, number });
    this.#waiting.set(worker, waiting);
    return true;
  }

  #holds(seat: number, held: Float64Array): void {
    this.#spent.set(seat, { cost: this.#costOf(seat), until: this.#scheduler.now });
    this.#held.set(seat, held);
  }

  /** A heartbeat says so, as it was sent then; where it does not know what it may have, that is told once more. Says whether anything is new. */
  reported(seat: number, asked: number, met: number, sent: Time): boolean {
    if (this.asked(seat, asked, met)) return true;
    const known = this.of(seat);
    if (met < known.allowed && known.told < sent) this.#tell(seat, known);
    return false;
  }

  #tell(seat: number, asked: Asked): void {
    const { orders, ledger, now } = this.#scheduler;
    asked.told = now;
    orders.allow(this.#scheduler.taskOf(seat), ledger.worker(seat), ledger.attempts(seat), asked.allowed);
  }

  /** Takes amounts from a worker's room, some of which may be less than nothing. */
  #take(worker: number, amounts: ArrayLike<number>): void {
    const { room, requests } = this.#scheduler;
    requests.unload();
    const gains = Array.from(amounts).some((amount) => amount < 0);
    for (let d = 0; d < room.dimensions; d++) room.need[d] = (gains ? -1 : 1) * (amounts[d] as number);
    room.take(worker, gains ? -1 : 1);
    if (gains) this.#scheduler.bound?.touch(worker);
  }

  /** The attempt in a seat has ended, or was given up: its books are as if it held what it requests, which is given back next. */
  ended(seat: number, worker: number): void {
    this.#touched.add(worker);
    this.#spent.delete(seat);
    const held = this.#held.get(seat);
    this.#asked.delete(seat);
    if (held === undefined) return;
    this.#held.delete(seat);
    const request = this.#after(seat, 0);
    this.#take(
      worker,
      request.map((amount, d) => amount - (held[d] as number)),
    );
    const waiting = this.#waiting.get(worker)?.filter((ask) => ask.seat !== seat);
    if (waiting !== undefined && waiting.length > 0) this.#waiting.set(worker, waiting);
    else if (waiting !== undefined) {
      this.#waiting.delete(worker);
      this.#giveKept(worker);
    }
  }

  /** The attempt in a seat stands in another from now on. */
  moves(from: number, to: number): void {
    const spent = this.#spent.get(from);
    this.#spent.delete(from);
    if (spent !== undefined) this.#spent.set(to, spent);
    const held = this.#held.get(from);
    const asked = this.#asked.get(from);
    if (held === undefined || asked === undefined) return;
    this.#held.delete(from);
    this.#asked.delete(from);
    this.#held.set(to, held);
    this.#asked.set(to, asked);
    for (const ask of this.#waiting.get(this.#scheduler.ledger.worker(to)) ?? []) if (ask.seat === from) ask.seat = to;
  }

  /** A worker has another size: what was kept of it for those that wait is reckoned anew. */
  resized(worker: number): void {
    this.#kept.delete(worker);
    this.#touched.add(worker);
  }

  #giveKept(worker: number): void {
    const kept = this.#kept.get(worker);
    this.#kept.delete(worker);
    if (kept?.some((amount) => amount > 0))
      this.#take(
        worker,
        kept.map((amount) => -amount),
      );
  }

  /** Meets what can be met, and finds those that wait for ever. */
  settle(): void {
    const workers = [...this.#waiting.keys()].filter((worker) => this.#touched.has(worker)).sort((a, b) => a - b);
    this.#touched.clear();
    for (const worker of workers) {
      this.#giveKept(worker);
      do this.#meet(worker);
      while (this.#breaksRing(worker));
      this.#keep(worker);
    }
  }

  #lackOf({ seat, number }: Waiting): Float64Array {
    const held = this.#heldOf(seat);
    return this.#after(seat, number).map((amount, d) => amount - (held[d] as number));
  }

  #meet(worker: number): void {
    const left = (this.#waiting.get(worker) ?? []).filter((ask) => !this.#isMet(worker, ask));
    if (left.length > 0) this.#waiting.set(worker, left);
    else this.#waiting.delete(worker);
  }

  #isMet(worker: number, ask: Waiting): boolean {
    const { ledger, recorder, now, failover } = this.#scheduler;
    const { seat, number } = ask;
    if (failover.awaitsStop(seat)) return false;
    const lack = this.#lackOf(ask);
    const free = this.#freeOn(worker);
    if (!free.every((amount, d) => (lack[d] as number) <= amount)) return false;
    const held = this.#heldOf(seat).map((amount, d) => amount + (lack[d] as number));
    if (this.#deadlock === "prevent" && !this.#isSafe(worker, free, { seat, held })) return false;
    this.#take(worker, lack);
    this.#holds(seat, held);
    const asked = { asked: number, allowed: number, told: now };
    this.#asked.set(seat, asked);
    recorder.entry(now, EntryKind.allowed, this.#scheduler.taskOf(seat), worker, ledger.attempts(seat), Reason.none, number);
    this.#tell(seat, asked);
    return true;
  }

  /** What is free on a worker, with what is kept for those that wait. */
  #freeOn(worker: number): number[] {
    const { room } = this.#scheduler;
    const kept = this.#kept.get(worker);
    return Array.from({ length: room.dimensions }, (_, d) => room.freeOn(d, worker) + (kept?.[d] ?? 0));
  }

  /** Of what is free and not enough, those that wait get no less for what is ready. */
  #keep(worker: number): void {
    const lacks = (this.#waiting.get(worker) ?? []).map((ask) => this.#lackOf(ask));
    if (lacks.length === 0) return;
    const kept = this.#freeOn(worker).map((free, d) =>
      Math.max(
        0,
        Math.min(
          free,
          lacks.reduce((sum, lack) => sum + Math.max(0, lack[d] as number), 0),
        ),
      ),
    );
    this.#take(worker, kept);
    this.#kept.set(worker, kept);
  }

  // Deadlocks.

  #seatsOn(worker: number): number[] {
    const { membership, allocations } = this.#scheduler;
    return [...(membership?.tasksOn(worker) ?? []), ...allocations.startingOn(worker)];
  }

  /** Whether all can get what they claim, one after the other, when one of them holds so much, or joins them with that. */
  #isSafe(worker: number, free: readonly number[], one: { seat: number; held: Float64Array }): boolean {
    const seats = this.#seatsOn(worker);
    const before = seats.includes(one.seat) ? this.#heldOf(one.seat) : one.held.map(() => 0);
    const left = free.map((amount, d) => amount - (one.held[d] as number) + (before[d] as number));
    const holders = [...seats.filter((seat) => seat !== one.seat), one.seat].map((seat) => {
      const held = seat === one.seat ? one.held : this.#heldOf(seat);
      return { held, more: this.#claimOf(seat).map((amount, d) => Math.max(0, amount - (held[d] as number))) };
    });
    return reduce(left, holders).stuck.length === 0;
  }

  /** Whether the loaded task, which claims more than it requests, may begin on a worker where it fits. */
  #mayTake(worker: number): boolean {
    const { requests } = this.#scheduler;
    const seat = requests.loaded;
    return this.#isSafe(worker, this.#freeOn(worker), { seat, held: this.#after(seat, 0) });
  }

  /** The attempts that wait on the first worker where any do, by their tasks: those that want more than that has, if any, or else all. */
  get waitingOnOne(): { worker: number; tasks: number[]; wantTooMuch: boolean } | undefined {
    const [first] = this.#waiting;
    if (first === undefined) return undefined;
    const [worker, waiting] = first;
    const beyond = waiting.filter((ask) => this.#isTooMuch(worker, ask));
    const tasks = (beyond.length > 0 ? beyond : waiting).map(({ seat }) => this.#scheduler.taskOf(seat));
    return { worker, tasks, wantTooMuch: beyond.length > 0 };
  }

  /** Whether what it waits for is more than its worker has in all: that has shrunk. */
  #isTooMuch(worker: number, ask: Waiting): boolean {
    const { room } = this.#scheduler;
    return this.#after(ask.seat, ask.number).some((amount, d) => amount > (room.capacity[d]?.[worker] as number));
  }

  /** Has one of those run again that wait for one another on a worker, as soon as nothing there is about to stop. Says whether more is free now. */
  #breaksRing(worker: number): boolean {
    const { failover, ledger, recorder, now } = this.#scheduler;
    const waiting = this.#waiting.get(worker) ?? [];
    if (this.#deadlock === "none" || waiting.length < 2 || failover.awaitsStopOn(worker)) return false;
    const seats = [...waiting.map(({ seat }) => seat)];
    for (const seat of this.#seatsOn(worker)) if (!seats.includes(seat)) seats.push(seat);
    const holders = seats.map((seat, i) => this.#holderOf(worker, seat, waiting[i]));
    const { stuck, free } = reduce(this.#freeOn(worker), holders);
    const ring = ringOf(stuck, free, holders).map((i) => seats[i] as number);
    if (ring.length === 0) return false;
    for (const seat of ring)
      recorder.entry(now, EntryKind.deadlocked, this.#scheduler.taskOf(seat), worker, ledger.attempts(seat), Reason.none);
    const victim = ring.reduce((best, seat) => (this.#costOf(seat) <= this.#costOf(best) ? seat : best));
    failover.takeBack(victim, Reason.deadlock);
    return true;
  }

  /** One that waits for more than its worker has at all waits for the worker, and not for others: it counts as if it ended. */
  #holderOf(worker: number, seat: number, ask: Waiting | undefined): Holder {
    const held = this.#heldOf(seat);
    return { held, more: ask === undefined || this.#isTooMuch(worker, ask) ? held.map(() => 0) : this.#lackOf(ask) };
  }

  /** What would be lost with an attempt: its cores, as it had them, × the time since it began. */
  #costOf(seat: number): number {
    const { now, requests } = this.#scheduler;
    const { cost, until } = this.#spent.get(seat) ?? { cost: 0, until: now };
    return cost + requests.inDimension(this.#heldOf(seat), CPU) * (now - until);
  }
}
