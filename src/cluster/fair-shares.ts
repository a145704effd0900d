// Bandwidth shared fairly, max-min, among the flows that cross links: at which rate each goes, and when it ends.
//
// A flow is served by the clock of its bottleneck, at the rate of all flows that this link limits; it ends when the clock reads what it did
// when the flow came to it, and what was left of the flow then. So a rate that changes touches the clock alone, not the flows.
import { HeapColumns, IndexedHeap } from "../engine/indexed-heap.ts";
import { IdSet } from "../engine/id-set.ts";
import { withRoom } from "../model/columns.ts";
import { type Bytes, SECOND, type Time } from "../model/units.ts";
import { MaxMin } from "./max-min.ts";
import { ServiceClocks } from "./service-clocks.ts";

const MILLION = SECOND;

/**
 * Links and flows are dense numbers, a flow's own from its beginning to its end. Changes at one instant count together, in any order; nothing
 * comes of asking in between. Time never goes on beyond an end that has not been taken by `ended`.
 */
export class FairShares {
  #now: Time = 0;
  readonly #rates: MaxMin;

  /** By link, and the last for flows that nothing limits. */
  readonly #clocks: ServiceClocks;
  /** By link: the flows whose bottleneck it is, the first to end first. */
  readonly #flows: IndexedHeap[];
  readonly #tags = new HeapColumns();
  /** 1 + the link whose clock serves a flow: its tag is what that reads when the flow ends; 0 when there is none yet: its tag is what is left. */
  #servedBy = new Int32Array(0);

  /** Links by the time at which the first of their flows ends. */
  readonly #endTimes = new HeapColumns();
  readonly #ends = new IndexedHeap(this.#endTimes);
  /** Links whose rate or first flow may be another than when their end was set. */
  readonly #touched = new IdSet();
  #isSettled = true;
  #ended: number[] = [];

  /** Bytes per second of each link: whole numbers, or Infinity. */
  constructor(capacities: readonly number[]) {
    this.#rates = new MaxMin(capacities);
    const clocks = capacities.length + 1;
    this.#clocks = new ServiceClocks(clocks);
    this.#clocks.rate[this.#rates.unlimited] = Number.POSITIVE_INFINITY;
    this.#flows = Array.from({ length: clocks }, () => new IndexedHeap(this.#tags));
    this.#endTimes.reserve(clocks);
  }

  /** A flow of so many bytes begins, over one to four links. */
  begin(now: Time, flow: number, path: readonly number[], bytes: Bytes): void {
    this.#change(now);
    this.#rates.join(flow, path);
    this.#tags.reserve(flow + 1);
    this.#servedBy = withRoom(this.#servedBy, flow + 1);
    this.#tags.first[flow] = bytes;
    this.#tags.second[flow] = 0;
  }

  /** A flow is given up; what is left of it, in bytes, rounded up. */
  stop(now: Time, flow: number): Bytes {
    this.#check(flow);
    this.#change(now);
    this.#leaveClock(flow);
    this.#rates.leave(flow);
    return (this.#tags.first[flow] as number) + +((this.#tags.second[flow] as number) > 0);
  }

  /** A link has another capacity: 0 while it is cut. */
  resize(now: Time, link: number, capacity: number): void {
    this.#change(now);
    this.#rates.resize(link, capacity);
  }

  /** Bytes per second from now on, as things stand; Infinity where nothing limits it. */
  rateOf(flow: number): number {
    this.#check(flow);
    this.#settle();
    return this.#rates.shareOf((this.#servedBy[flow] as number) - 1);
  }

  /** When the next flow ends, as things stand; Infinity when none does. */
  nextEnd(): Time {
    this.#settle();
    return this.#ends.size === 0 ? Number.POSITIVE_INFINITY : (this.#endTimes.first[this.#ends.least] as number);
  }

  /** The flows that end now, by their numbers; they are no more. The next call uses the list again. */
  ended(now: Time): readonly number[] {
    this.#goTo(now);
    this.#settle();
    const ended = this.#ended;
    ended.length = 0;
    while (this.#ends.size > 0 && this.#endTimes.first[this.#ends.least] === now) this.#endFlowsOf(this.#ends.least, ended);
    if (ended.length > 1) ended.sort(ascending);
    return ended;
  }

  #endFlowsOf(link: number, ended: number[]): void {
    this.#isSettled = false;
    this.#forward(link);
    const flows = this.#flows[link] as IndexedHeap;
    const { first, second } = this.#tags;
    while (flows.size > 0) {
      const flow = flows.least;
      if (link !== this.#rates.unlimited && !this.#clocks.hasReached(link, first[flow] as number, second[flow] as number)) break;
      flows.remove(flow);
      this.#servedBy[flow] = 0;
      this.#rates.leave(flow);
      ended.push(flow);
    }
    this.#ends.remove(link);
    this.#touched.add(link);
  }

  #check(flow: number): void {
    if (!this.#rates.has(flow)) throw new RangeError(`flow ${flow} is not under way`);
  }

  /** A change is about to be made. */
  #change(now: Time): void {
    this.#goTo(now);
    this.#isSettled = false;
  }

  #goTo(now: Time): void {
    if (now === this.#now) return;
    const end = this.nextEnd();
    if (now < this.#now) throw new RangeError(`time goes back from ${this.#now} to ${now} µs`);
    if (now > end) throw new RangeError(`time goes on to ${now} µs, and the flows that end at ${end} µs have not been taken`);
    this.#now = now;
  }

  /** Works out what the changes of this instant come to. */
  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    const rates = this.#rates;
    rates.settle();
    for (let i = 0; i < rates.changed.size; i++) this.#turn(rates.changed.at(i));
    rates.changed.clear();
    for (let i = 0; i < rates.moved.size; i++) this.#serve(rates.moved.at(i));
    rates.moved.clear();
    for (let i = 0; i < this.#touched.size; i++) this.#plan(this.#touched.at(i));
    this.#touched.clear();
  }

  /** The clock of a link goes at its share from now on. */
  #turn(link: number): void {
    const share = this.#rates.shareOf(link);
    if (share === this.#clocks.rate[link]) return;
    this.#forward(link);
    this.#clocks.rate[link] = share;
    this.#touched.add(link);
  }

  /** A flow is served by its bottleneck. */
  #serve(flow: number): void {
    if (!this.#rates.has(flow)) return;
    const link = this.#rates.bottleneckOf(flow);
    if (this.#servedBy[flow] === link + 1) return;
    this.#leaveClock(flow);
    this.#forward(link);
    const { first, second } = this.#tags;
    if ((first[flow] as number) + (this.#clocks.whole[link] as number) >= Number.MAX_SAFE_INTEGER) this.#rebase(link);
    const part = (second[flow] as number) + (this.#clocks.part[link] as number);
    const carry = +(part >= MILLION);
    first[flow] = (first[flow] as number) + (this.#clocks.whole[link] as number) + carry;
    second[flow] = part - carry * MILLION;
    this.#servedBy[flow] = link + 1;
    (this.#flows[link] as IndexedHeap).set(flow);
    this.#touched.add(link);
  }

  /** Puts what is left of a flow in the place of its tag. */
  #leaveClock(flow: number): void {
    const link = (this.#servedBy[flow] as number) - 1;
    if (link < 0) return;
    this.#forward(link);
    (this.#flows[link] as IndexedHeap).remove(flow);
    this.#servedBy[flow] = 0;
    this.#untag(flow, link);
    this.#touched.add(link);
  }

  /** From what the clock reads when a flow ends, what is left of it: nothing, where its last microsecond served more. */
  #untag(flow: number, link: number): void {
    const { first, second } = this.#tags;
    if (this.#clocks.hasReached(link, first[flow] as number, second[flow] as number)) {
      first[flow] = 0;
      second[flow] = 0;
      return;
    }
    const part = (second[flow] as number) - (this.#clocks.part[link] as number);
    const borrow = +(part < 0);
    first[flow] = (first[flow] as number) - (this.#clocks.whole[link] as number) - borrow;
    second[flow] = part + borrow * MILLION;
  }

  /** Counts anew from now on, lest tags outgrow what is exact; flows stay in order. */
  #rebase(link: number): void {
    const flows = this.#flows[link] as IndexedHeap;
    for (let i = 0; i < flows.size; i++) this.#untag(flows.at(i), link);
    this.#clocks.reset(link, this.#now);
  }

  /** Brings the clock of a link up to now. */
  #forward(link: number): void {
    if ((this.#flows[link] as IndexedHeap).size === 0) this.#clocks.reset(link, this.#now);
    else this.#clocks.forward(link, this.#now);
  }

  #plan(link: number): void {
    const flows = this.#flows[link] as IndexedHeap;
    const flow = flows.least;
    const { first, second } = this.#tags;
    const end = flows.size === 0 ? Number.POSITIVE_INFINITY : this.#clocks.when(link, first[flow] as number, second[flow] as number);
    if (end === Number.POSITIVE_INFINITY) {
      this.#ends.remove(link);
      return;
    }
    this.#endTimes.first[link] = end;
    this.#ends.set(link);
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}
