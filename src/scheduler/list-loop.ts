// List scheduling: the best-ranked ready task first, each on the worker that the placement picks.
//
// After a pass nothing that is queued fits anywhere. So the next pass looks at two things only: tasks that became ready
// since (each tried on all workers), and workers that gained room (each class of requests asked for its best task there).
import type { QueueClass, ReadyTasks } from "./ready-queue.ts";
import type { RankOrder } from "./rank-order.ts";
import type { RoomIndex } from "./room-index.ts";

/** What the loop needs of the scheduler. */
export interface ListHost {
  readonly queue: ReadyTasks;
  readonly order: RankOrder;
  readonly room: RoomIndex;
  /** Puts a task's request into the room index. */
  load(task: number): void;
  /** What a task asks for in a dimension. */
  needOf(task: number, dimension: number): number;
  /** Whether a set of workers has that one. */
  isEligible(set: number, worker: number): boolean;
  /** The worker where a task's next attempt must not run, or −1. */
  excludedOf(task: number): number;
  /** Whether any task has one. */
  readonly excludesAny: boolean;
  /** The worker that the placement picks for the loaded request, or −1. */
  choose(): number;
  /** Whether the placement has its own mind even where one worker alone has room: it remembers what it was asked before, or has tasks wait. */
  readonly asksAlways: boolean;
  /** Starts a task there; the request is loaded, the task not in the queue. */
  begin(task: number, worker: number): void;
}

const UNKNOWN = -2;
/** So many workers are looked through one by one. */
const FEW = 4;

export class ListLoop {
  readonly #host: ListHost;
  /** The head that found no worker at the end of the last blocking pass. */
  #blocked = -1;
  /** Requests that found no worker since any worker gained room: what is as large in all dimensions finds none either. */
  readonly #refused: Float64Array[] = [];
  /** Classes with a task that may fit; the others are out of this pass. */
  #open = new Int32Array(0);
  #openCount = 0;
  #candidates = new Int32Array(0);
  #limits = new Float64Array(0);
  /** The first rank numbers of the candidates. */
  #ranks = new Float64Array(0);
  /** Tasks that a class offers but that may not go where there is room. */
  readonly #passedOver = new Set<number>();

  constructor(host: ListHost) {
    this.#host = host;
  }

  /** Forgets what the last pass found: it is not to be relied upon. */
  reset(): void {
    this.#blocked = -1;
    this.#refused.length = 0;
  }

  /** Starts tasks in order until the first that fits nowhere; nothing overtakes it. */
  runBlocking(): void {
    const { queue } = this.#host;
    for (let head = queue.head(); head >= 0; head = queue.head()) {
      this.#host.load(head);
      const worker = head === this.#blocked ? this.#chooseOfGained() : this.#host.choose();
      if (worker < 0) {
        this.#blocked = head;
        return;
      }
      queue.remove(head);
      this.#blocked = -1; // should it come back for a retry, another worker is excluded
      this.#host.begin(head, worker);
    }
  }

  /** Starts whatever fits, best-ranked first. `arrivals`, in order of rank, are not in the queue yet; those that stay go there. */
  runOvertaking(arrivals: Int32Array): void {
    const { queue, order, room } = this.#host;
    if (room.gained.length > 0 && this.#refused.length > 0) this.#refused.length = 0;
    queue.classify();
    this.#openClasses();
    for (let next = 0; ; ) {
      const number = this.#bestClass();
      const queued = number < 0 ? -1 : (this.#candidates[number] as number);
      const arrival = next < arrivals.length ? (arrivals[next] as number) : -1;
      if (arrival >= 0 && (queued < 0 || order.before(arrival, queued))) {
        next += 1;
        if (!this.#tryArrival(arrival)) queue.insert(arrival);
      } else if (queued >= 0) {
        this.#tryQueued(queue.classes[number] as QueueClass, number, queued);
      } else {
        break;
      }
    }
    if (this.#passedOver.size > 0) this.#passedOver.clear();
  }

  /** Asks every class for its best task within reach of the workers that gained room. */
  #openClasses(): void {
    const { queue, room } = this.#host;
    const count = queue.classes.length;
    if (this.#candidates.length < count) {
      this.#open = new Int32Array(count);
      this.#candidates = new Int32Array(count);
      this.#limits = new Float64Array(count);
      this.#ranks = new Float64Array(count);
    }
    this.#openCount = 0;
    if (room.gained.length === 0) return;
    for (let number = 0; number < count; number++) {
      const target = queue.classes[number] as QueueClass;
      const limit = target.ready === 0 ? -1 : this.#reach(target);
      if (limit < 0) continue;
      this.#limits[number] = limit;
      this.#candidates[number] = UNKNOWN;
      this.#open[this.#openCount++] = number;
    }
  }

  /** The class with the best-ranked candidate, or −1. */
  #bestClass(): number {
    const { queue } = this.#host;
    const open = this.#open;
    let best = -1;
    let kept = 0;
    for (let i = 0; i < this.#openCount; i++) {
      const number = open[i] as number;
      if (this.#candidates[number] === UNKNOWN) {
        const target = queue.classes[number] as QueueClass;
        const task = this.#bestOf(target, this.#limits[number] as number);
        if (task < 0) continue;
        this.#candidates[number] = task;
        this.#ranks[number] = target.index.foundRank;
      }
      open[kept++] = number;
      if (best < 0 || this.#goesBefore(number, best)) best = number;
    }
    this.#openCount = kept;
    return best;
  }

  /** Whether one class's candidate goes before another's. */
  #goesBefore(number: number, other: number): boolean {
    const rank = this.#ranks[number] as number;
    const otherRank = this.#ranks[other] as number;
    if (rank !== otherRank) return rank < otherRank;
    return this.#host.order.before(this.#candidates[number] as number, this.#candidates[other] as number);
  }

  #bestOf(target: QueueClass, limit: number): number {
    const { gained } = this.#host.room;
    const only = this.#host.excludesAny && gained.length === 1 ? (gained[0] as number) : -1;
    if (target.exact && only < 0 && this.#passedOver.size === 0) return target.index.bestWithin(limit, undefined);
    return target.index.bestWithin(limit, (task) => {
      if (this.#passedOver.has(task) || (only >= 0 && this.#host.excludedOf(task) === only)) return false;
      if (target.exact) return true;
      this.#host.load(task);
      return this.#host.room.first() >= 0;
    });
  }

  /** The most of the varying dimension that a worker which gained room offers to a class, or −1 where none can hold its least. */
  #reach(target: QueueClass): number {
    const { room } = this.#host;
    const { gained } = room;
    let most = -1;
    for (let i = 0; i < gained.length; i++) {
      const worker = gained[i] as number;
      const offered = room.free(target.varying, worker);
      if (offered > most && this.#host.isEligible(target.eligibility, worker) && room.covers(worker, target.least)) most = offered;
    }
    return most;
  }

  #tryArrival(task: number): boolean {
    const { room } = this.#host;
    this.#host.load(task);
    if (this.#isRefused()) return false;
    const worker = this.#host.choose();
    if (worker >= 0) {
      this.#host.begin(task, worker);
      return true;
    }
    if (room.except < 0 && room.eligible === undefined && room.claim === undefined && (!this.#host.asksAlways || room.first() < 0))
      this.#refuse();
    return false;
  }

  #isRefused(): boolean {
    const { need } = this.#host.room;
    return this.#refused.some((refused) => refused.every((amount, d) => amount <= (need[d] as number)));
  }

  #refuse(): void {
    const need = this.#host.room.need.slice();
    const larger = this.#refused.findIndex((refused) => refused.every((amount, d) => amount >= (need[d] as number)));
    if (larger >= 0) this.#refused[larger] = need;
    else if (this.#refused.length < 16) this.#refused.push(need);
  }

  /** Starts a class's candidate, or finds that the class's reach has shrunk meanwhile. */
  #tryQueued(target: QueueClass, number: number, task: number): void {
    this.#host.load(task);
    const worker = this.#chooseOfGained();
    if (worker >= 0) {
      this.#host.queue.remove(task);
      this.#host.begin(task, worker);
      this.#candidates[number] = UNKNOWN;
      this.#narrowAll();
    } else {
      const limit = this.#reach(target);
      if (limit === this.#limits[number]) this.#passedOver.add(task);
      this.#limits[number] = limit; // −1 finds nothing
      this.#candidates[number] = UNKNOWN;
    }
  }

  /** The choice for a task that fits at most where room was gained: if that is few workers, and one of them has it, no other need be asked. */
  #chooseOfGained(): number {
    const { room } = this.#host;
    const { gained } = room;
    if (gained.length > FEW || this.#host.asksAlways) return this.#host.choose();
    let found = -1;
    for (let i = 0; i < gained.length; i++) {
      if (!room.fits(gained[i] as number)) continue;
      if (found >= 0) return this.#host.choose();
      found = gained[i] as number;
    }
    return found;
  }

  /** After a start: where few workers gained room, asks again what they offer, so that fewer candidates are tried in vain. */
  #narrowAll(): void {
    const { queue, room } = this.#host;
    if (room.gained.length > FEW) return;
    const open = this.#open;
    let kept = 0;
    for (let i = 0; i < this.#openCount; i++) {
      const number = open[i] as number;
      const target = queue.classes[number] as QueueClass;
      const limit = target.ready === 0 ? -1 : this.#reach(target);
      if (limit < 0) continue;
      open[kept++] = number;
      if (limit === this.#limits[number]) continue;
      this.#limits[number] = limit;
      const candidate = this.#candidates[number] as number;
      if (candidate >= 0 && this.#host.needOf(candidate, target.varying) > limit) this.#candidates[number] = UNKNOWN;
    }
    this.#openCount = kept;
  }
}
