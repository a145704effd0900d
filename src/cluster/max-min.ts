// Which share of a link's capacity its flows get, max-min: by progressive filling in whole bytes per second, of which only what a
// change alters is done anew.
//
// Filling fixes links in order of (share, link): the least share first, at which all flows of that link go that are not fixed yet. Their
// shares are the only numbers that agree with one another as follows: a link's share is what is left for each of its flows when those that
// come earlier in that order elsewhere have taken theirs. (Whatever does agree has the same first link as filling, then the same second, …)
// So after a change it is enough to correct links until all agree again. Corrected least first, as in the incremental shortest paths
// of Ramalingam and Reps (1996), what is set below its old share is right at once, and no link is corrected more than a few times.
import { HeapColumns, IndexedHeap } from "../engine/indexed-heap.ts";
import { IdSet } from "../engine/id-set.ts";
import { withRoom } from "../model/columns.ts";

/** The links that a path can have. */
const HOPS = 4;
/** A link of more flows than this is looked at only when all others agree: it takes as long as it has flows. */
const MANY = 24;
/** How often a share is raised at a guess in one settling; after that the link waits until its share is certain. */
const GUESSES = 2;

export class MaxMin {
  /** Stands for a link as the bottleneck of flows that nothing limits; its share is Infinity. */
  readonly unlimited: number;
  /** Since they were last cleared: links whose shares may have changed, and flows whose bottlenecks may have. */
  readonly changed = new IdSet();
  readonly moved = new IdSet();
  readonly #dirty = new IdSet();

  // By link.
  readonly #capacity: Float64Array;
  /** The share at which it was fixed; Infinity where it limits no flow. */
  readonly #share: Float64Array;
  /** What the share should be, as the others stand. */
  readonly #due: Float64Array;
  readonly #raised: Uint8Array;
  /** Of a link that limits no flow: so much more its flows may take together and it still limits none, whatever their order. */
  readonly #slack: Float64Array;
  /** Flows that have no other link of finite capacity: nobody needs to look at them. */
  readonly #alone: Int32Array;
  /** The others, as flow × HOPS + hop; none where the capacity is infinite. */
  readonly #joined: Int32Array[];
  readonly #joinedCount: Int32Array;

  // By flow and hop.
  #path = new Int32Array(0);
  #place = new Int32Array(0);

  // Links that do not agree with others, by the lesser of their share and what is due.
  readonly #queue = new HeapColumns();
  readonly #few = new IndexedHeap(this.#queue);
  readonly #many = new IndexedHeap(this.#queue);
  readonly #late = new IdSet();
  readonly #stale = new IdSet();
  #caps = new Float64Array(16);
  #capLinks = new Int32Array(16);

  constructor(capacities: readonly number[]) {
    const links = capacities.length;
    this.unlimited = links;
    this.#capacity = Float64Array.from(capacities);
    this.#share = new Float64Array(links + 1).fill(Number.POSITIVE_INFINITY);
    this.#due = new Float64Array(links).fill(Number.POSITIVE_INFINITY);
    this.#raised = new Uint8Array(links);
    this.#slack = new Float64Array(links);
    this.#alone = new Int32Array(links);
    this.#joined = capacities.map(() => new Int32Array(4));
    this.#joinedCount = new Int32Array(links);
    this.#queue.reserve(links);
  }

  has(flow: number): boolean {
    return flow * HOPS < this.#path.length && this.#path[flow * HOPS] !== 0;
  }

  /** A flow begins. */
  join(flow: number, path: readonly number[]): void {
    if (this.has(flow)) throw new RangeError(`flow ${flow} is under way already`);
    if (path.length < 1 || path.length > HOPS) throw new RangeError(`flow ${flow} has ${path.length} links; 1 to ${HOPS} can be`);
    for (let hop = 0; hop < path.length; hop++) {
      const link = path[hop] as number;
      if (!(link >= 0 && link < this.unlimited)) throw new RangeError(`flow ${flow} has link ${link}, which is not there`);
      if (path.indexOf(link) !== hop) throw new RangeError(`flow ${flow} has link ${link} twice`);
    }
    this.#path = withRoom(this.#path, (flow + 1) * HOPS);
    this.#place = withRoom(this.#place, (flow + 1) * HOPS);
    for (let hop = 0; hop < path.length; hop++) this.#path[flow * HOPS + hop] = (path[hop] as number) + 1;
    this.#enlist(flow);
  }

  /** A flow is no more. */
  leave(flow: number): void {
    this.#strike(flow);
    this.#path.fill(0, flow * HOPS, (flow + 1) * HOPS);
  }

  /** A link has another capacity from now on. */
  resize(link: number, capacity: number): void {
    const old = this.#capacity[link] as number;
    if (capacity === old) return;
    if (Number.isFinite(old) && Number.isFinite(capacity)) {
      this.#capacity[link] = capacity;
      this.#dirty.add(link);
      return;
    }
    const crossing: number[] = [];
    for (let slot = 0; slot < this.#path.length; slot++) if (this.#path[slot] === link + 1) crossing.push(Math.floor(slot / HOPS));
    for (const flow of crossing) this.#strike(flow);
    this.#capacity[link] = capacity;
    if (capacity === Number.POSITIVE_INFINITY) {
      // It fixes nothing any more, and has no flows to tell so; their other links are looked at in any case.
      this.#share[link] = capacity;
      this.changed.add(link);
    }
    for (const flow of crossing) this.#enlist(flow);
  }

  /** Bytes per second that each flow gets whose bottleneck the link is. */
  shareOf(link: number): number {
    return this.#share[link] as number;
  }

  /** The link that a flow was fixed at: of its links the first in the order of filling. */
  bottleneckOf(flow: number): number {
    let bottleneck = this.unlimited;
    for (let slot = flow * HOPS; slot < (flow + 1) * HOPS; slot++) {
      const link = (this.#path[slot] as number) - 1;
      if (link < 0) break;
      const share = this.#share[link] as number;
      if (share === Number.POSITIVE_INFINITY) continue;
      if (isBefore(share, link, this.#share[bottleneck] as number, bottleneck)) bottleneck = link;
    }
    return bottleneck;
  }

  /** Brings the shares up to date. */
  settle(): void {
    for (let i = 0; i < this.#dirty.size; i++) this.#look(this.#dirty.at(i));
    this.#dirty.clear();
    for (;;) {
      if (this.#few.size > 0) {
        this.#correct(this.#few.least);
        continue;
      }
      for (let i = 0; i < this.#late.size; i++) this.#review(this.#late.at(i));
      this.#late.clear();
      if (this.#many.size === 0) break;
      this.#correct(this.#many.least);
    }
    for (let i = 0; i < this.changed.size; i++) this.#raised[this.changed.at(i)] = 0;
  }

  #enlist(flow: number): void {
    const isAlone = this.#finiteLinksOf(flow) < 2;
    for (let slot = flow * HOPS; slot < (flow + 1) * HOPS; slot++) {
      const link = (this.#path[slot] as number) - 1;
      if (link < 0) break;
      if (this.#capacity[link] === Number.POSITIVE_INFINITY) continue;
      this.#dirty.add(link);
      if (isAlone) {
        this.#alone[link]++;
        continue;
      }
      const count = this.#joinedCount[link]++;
      const joined = withRoom(this.#joined[link] as Int32Array, count + 1);
      this.#joined[link] = joined;
      joined[count] = slot;
      this.#place[slot] = count;
    }
    this.moved.add(flow);
  }

  #strike(flow: number): void {
    const isAlone = this.#finiteLinksOf(flow) < 2;
    for (let slot = flow * HOPS; slot < (flow + 1) * HOPS; slot++) {
      const link = (this.#path[slot] as number) - 1;
      if (link < 0) break;
      if (this.#capacity[link] === Number.POSITIVE_INFINITY) continue;
      // One that limits no flow does not begin to when one of them leaves.
      if (this.#share[link] !== Number.POSITIVE_INFINITY) this.#dirty.add(link);
      if (isAlone) {
        this.#alone[link]--;
        continue;
      }
      const joined = this.#joined[link] as Int32Array;
      const last = joined[--this.#joinedCount[link]] as number;
      joined[this.#place[slot] as number] = last;
      this.#place[last] = this.#place[slot] as number;
    }
  }

  #finiteLinksOf(flow: number): number {
    let count = 0;
    for (let slot = flow * HOPS; slot < (flow + 1) * HOPS; slot++) {
      const link = (this.#path[slot] as number) - 1;
      if (link >= 0 && this.#capacity[link] !== Number.POSITIVE_INFINITY) count += 1;
    }
    return count;
  }

  /** A link may not agree with others any more. */
  #look(link: number): void {
    if ((this.#joinedCount[link] as number) <= MANY) {
      this.#review(link);
    } else {
      this.#many.remove(link);
      this.#late.add(link);
    }
  }

  #review(link: number): void {
    const share = this.#share[link] as number;
    const due = this.#dueShare(link);
    const heap = (this.#joinedCount[link] as number) <= MANY ? this.#few : this.#many;
    this.#due[link] = due;
    if (due === share) {
      heap.remove(link);
      return;
    }
    this.#queue.first[link] = due < share ? due : share;
    this.#queue.second[link] = link;
    heap.set(link);
  }

  /** What is left of a link for each flow that is not fixed earlier. */
  #dueShare(link: number): number {
    let left = this.#capacity[link] as number;
    let open = this.#joinedCount[link] as number;
    let unfixed = (this.#alone[link] as number) + open;
    if (unfixed === 0 || left === Number.POSITIVE_INFINITY) return this.#limitsNone(link, left);
    const all = this.#gatherCaps(link, open);
    if (open === unfixed && all + open <= left) return this.#limitsNone(link, left - all);
    const caps = this.#caps;
    const capLinks = this.#capLinks;
    let share = Math.floor(left / unfixed);
    // It grows as flows are taken off, so that some come before it that did not at first.
    for (let before = -1; open !== before; ) {
      before = open;
      open = 0;
      for (let i = 0; i < before; i++) {
        const cap = caps[i] as number;
        const capLink = capLinks[i] as number;
        if (!isBefore(cap, capLink, share, link)) {
          caps[open] = cap;
          capLinks[open++] = capLink;
          continue;
        }
        left -= cap;
        unfixed -= 1;
        if (unfixed === 0) return this.#limitsNone(link, left);
        share = Math.floor(left / unfixed);
      }
    }
    return share;
  }

  /** For each flow that has other links: the first of these in the order of filling, and its share. Gives the sum of these shares. */
  #gatherCaps(link: number, count: number): number {
    if (count > this.#caps.length) {
      this.#caps = withRoom(this.#caps, count);
      this.#capLinks = withRoom(this.#capLinks, count);
    }
    const caps = this.#caps;
    const capLinks = this.#capLinks;
    const joined = this.#joined[link] as Int32Array;
    const path = this.#path;
    const shares = this.#share;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const slot = joined[i] as number;
      const begin = slot - (slot & (HOPS - 1));
      let cap = Number.POSITIVE_INFINITY;
      let capLink = this.unlimited;
      for (let hop = begin; hop < begin + HOPS; hop++) {
        const other = (path[hop] as number) - 1;
        if (other < 0) break;
        if (hop === slot || !isBefore(shares[other] as number, other, cap, capLink)) continue;
        cap = shares[other] as number;
        capLink = other;
      }
      caps[i] = cap;
      capLinks[i] = capLink;
      sum += cap;
    }
    return sum;
  }

  /** What is left when all flows are fixed elsewhere; a byte per second for each of them is enough that none is fixed here by a tie. */
  #limitsNone(link: number, left: number): number {
    this.#slack[link] = left - (this.#joinedCount[link] as number);
    return Number.POSITIVE_INFINITY;
  }

  /** Gives the first link that does not agree the share that is due, or takes its share away until all that come before it are certain. */
  #correct(link: number): void {
    const old = this.#share[link] as number;
    const due = this.#due[link] as number;
    const heap = (this.#joinedCount[link] as number) <= MANY ? this.#few : this.#many;
    let share = due;
    if (due > old) {
      if (this.#raised[link] === GUESSES) share = Number.POSITIVE_INFINITY;
      else this.#raised[link]++;
    }
    this.#share[link] = share;
    this.changed.add(link);
    if (share === due) {
      heap.remove(link);
    } else {
      this.#queue.first[link] = due;
      heap.set(link);
    }
    if (share < old) this.#tell(link, share, old, 0);
    else this.#tell(link, old, share, share - old);
  }

  /**
   * The share of a link has gone from one of two numbers to the other, so that its flows may take so much more elsewhere: looks at the
   * links that come after it in the order of filling, or did before.
   */
  #tell(link: number, lower: number, higher: number, more: number): void {
    const joined = this.#joined[link] as Int32Array;
    const count = this.#joinedCount[link] as number;
    const path = this.#path;
    for (let i = 0; i < count; i++) {
      const slot = joined[i] as number;
      const begin = slot - (slot & (HOPS - 1));
      for (let hop = begin; hop < begin + HOPS; hop++) {
        const other = (path[hop] as number) - 1;
        if (other < 0) break;
        if (hop === slot) continue;
        const due = this.#due[other] as number;
        if (due !== Number.POSITIVE_INFINITY) {
          if (isBefore(lower, link, due, other)) this.#stale.add(other);
        } else if (more > 0) {
          this.#slack[other] -= more;
          if ((this.#slack[other] as number) < 0) this.#stale.add(other);
        }
        const share = this.#share[other] as number;
        if (isBefore(lower, link, share, other) && isBefore(share, other, higher, link)) this.moved.add(begin / HOPS);
      }
    }
    for (let i = 0; i < this.#stale.size; i++) this.#look(this.#stale.at(i));
    this.#stale.clear();
  }
}

/** Whether a link is fixed before another, by their shares. */
function isBefore(share: number, link: number, otherShare: number, otherLink: number): boolean {
  return share < otherShare || (share === otherShare && link < otherLink);
}
