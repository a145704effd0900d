// The links between the scheduler and the workers: when a message arrives, how often, or whether at all.
import { hashTextInto, streamKey } from "../engine/random.ts";
import {
  type Direction,
  type LinkDisturbance,
  type LinkQuality,
  LinkState,
  type MessageKind,
  type NetworkPlan,
  isFromWorker,
} from "../model/network.ts";
import { Passage, type PassageKeys } from "./passage.ts";
import { type Duration, SECOND, type Time } from "../model/units.ts";
import type { FaultTrack } from "../model/world.ts";
import { meanOfAmount } from "../workload/amounts.ts";
import { type Distribution, type Sampler, samplerOf } from "../workload/distributions.ts";

/** What names a message for its draws: nothing that depends on what else is sent. */
export interface MessageName {
  kind: MessageKind;
  worker: number;
  /** Of a task: its name's hash, the attempt, how often it was sent before; of a worker: its name's hash, and when it was sent. */
  high: number;
  low: number;
  count: number;
  repeat: number;
}

/** One way of a worker's link. */
interface Way {
  quality: LinkQuality;
  latency: Sampler | undefined;
  /** What is done to it now. */
  disturbances: LinkDisturbance[];
  /** What comes of that for messages, by their kinds. */
  passages: (Passage | undefined)[];
  /** When the last message arrives of those that were sent: none of those that keep their order arrives before it. */
  last: Time;
}

/** How far messages have come on a worker's link: the number of the next, and when the last arrives that was sent each way. */
export interface LinkProgress {
  number: number;
  there: Time;
  back: Time;
}

/** A message's number on its link takes 22 bits of an event's key; beyond that they begin anew. */
const MOST_NUMBERS = 2 ** 22;

/** The number of the message that is sent next on a link. */
export function numberAfter(number: number): number {
  return (number + 1) % MOST_NUMBERS;
}

/** A counter of draws takes 32 bits. */
const MOMENTS = 2 ** 30;

/** A time within the width that a draw's counter has: tells repeats of a message apart. */
export function momentOf(time: Time): number {
  return time - Math.floor(time / MOMENTS) * MOMENTS; // exact, and quicker than a remainder
}

export class Network {
  /** When copies of the message sent last arrive; NaN for one that does not. */
  first: Time = Number.NaN;
  second: Time = Number.NaN;
  readonly #toWorker: Way[];
  readonly #fromWorker: Way[];
  readonly #seed: string;
  /** Whether what is under way when a link is cut arrives. */
  readonly #delivers: boolean;
  /** Of what is drawn, by the kind of the message. */
  readonly #keys: (PassageKeys | undefined)[] = [];
  /** The number of the next message on each worker's link. */
  readonly #numbers: Int32Array;

  constructor({ seed, links, inFlight }: NetworkPlan) {
    this.#seed = seed;
    this.#delivers = inFlight === "deliver";
    const samplers = new Map<LinkQuality["latency"], Sampler>();
    const ways = () =>
      links.map((quality): Way => {
        const { latency } = quality;
        if (typeof latency !== "number" && !samplers.has(latency)) samplers.set(latency, samplerOf(latency as Distribution));
        return { quality, latency: samplers.get(latency), disturbances: [], passages: [], last: 0 };
      });
    this.#toWorker = ways();
    this.#fromWorker = ways();
    this.#numbers = new Int32Array(links.length);
  }

  /** The number of a message that is sent now on a worker's link, either way. */
  takeNumber(worker: number): number {
    const number = this.#numbers[worker] as number;
    this.#numbers[worker] = numberAfter(number);
    return number;
  }

  /** Whether a message draws anything as things stand: else its name does not matter. */
  draws(kind: MessageKind, worker: number): boolean {
    const { quality, disturbances } = this.#way(kind, worker);
    return disturbances.length > 0 || typeof quality.latency !== "number" || quality.loss > 0 || quality.duplicate > 0;
  }

  /** How long a message takes as things stand; Infinity where it draws that, or may be lost or delayed. */
  fixedDelay(kind: MessageKind, worker: number): Duration {
    const { latency } = this.#way(kind, worker).quality;
    return this.draws(kind, worker) || typeof latency !== "number" ? Number.POSITIVE_INFINITY : latency;
  }

  /** Sends a message: `first` and `second` say when its copies arrive. */
  send({ kind, worker, high, low, count, repeat }: MessageName, now: Time): void {
    const way = this.#way(kind, worker);
    const passage = this.passage(kind, worker);
    way.last = passage.send(high, low, count, repeat, now, way.last);
    this.first = passage.first;
    this.second = passage.second;
  }

  /** How messages of a kind fare, until a disturbance begins or ends. */
  passage(kind: MessageKind, worker: number): Passage {
    const way = this.#way(kind, worker);
    way.passages[kind] ??= passageOf(way, kind, this.#keysOf(kind));
    return way.passages[kind];
  }

  #keysOf(kind: MessageKind): PassageKeys {
    const key = (purpose: string) => streamKey(this.#seed, `network/${purpose}/${kind}`);
    this.#keys[kind] ??= { loss: key("loss"), duplicate: key("duplicate"), latency: key("latency") };
    return this.#keys[kind];
  }

  /** What a worker's link has come to. */
  progressOf(worker: number): LinkProgress {
    const [there, back] = [this.#fromWorker[worker] as Way, this.#toWorker[worker] as Way];
    return { number: this.#numbers[worker] as number, there: there.last, back: back.last };
  }

  /** Messages that others have sent have brought the link to that. */
  goOnFrom(worker: number, { number, there, back }: LinkProgress): void {
    this.#numbers[worker] = number;
    (this.#fromWorker[worker] as Way).last = there;
    (this.#toWorker[worker] as Way).last = back;
  }

  /** A disturbance of a worker's link begins or ends; the bits of `LinkState` that hold then. */
  change(worker: number, disturbance: LinkDisturbance, begins: boolean): number {
    for (const [way, direction] of [
      [this.#fromWorker[worker], "from-worker"],
      [this.#toWorker[worker], "to-worker"],
    ] as const) {
      if (way === undefined || (disturbance.direction !== "both" && disturbance.direction !== direction)) continue;
      way.passages = [];
      if (begins) way.disturbances.push(disturbance);
      else way.disturbances.splice(way.disturbances.indexOf(disturbance), 1);
    }
    return this.#state(worker);
  }

  #state(worker: number): number {
    let bits = 0;
    const directions: readonly [Way | undefined, Exclude<Direction, "both">][] = [
      [this.#fromWorker[worker], "from-worker"],
      [this.#toWorker[worker], "to-worker"],
    ];
    for (const [way, direction] of directions) {
      for (const { does } of way?.disturbances ?? []) {
        if (does === "cut") bits |= direction === "from-worker" ? LinkState.cutFromWorker : LinkState.cutToWorker;
        else bits |= STATES[does];
      }
    }
    return bits;
  }

  /** Whether a message that is sent now is dropped: the link is cut, and what is under way is not. */
  takesNone(kind: MessageKind, worker: number): boolean {
    return this.#delivers && this.isCut(kind, worker);
  }

  /** Whether a message that would arrive now is dropped. */
  drops(kind: MessageKind, worker: number): boolean {
    return !this.#delivers && this.isCut(kind, worker);
  }

  /** Whether the link is cut for a kind of messages. */
  isCut(kind: MessageKind, worker: number): boolean {
    return this.#isNow("cut", kind, worker);
  }

  /** Whether all messages of a kind are lost. */
  losesAll(kind: MessageKind, worker: number): boolean {
    return this.#way(kind, worker).disturbances.some((each) => each.does === "lose" && each.probability >= 1 && concerns(each, kind));
  }

  /** Whether a message that would arrive now waits for the end of a clog. */
  isClogged(kind: MessageKind, worker: number): boolean {
    return this.#isNow("clog", kind, worker);
  }

  /** Whether messages of a kind do not arrive when they should, for a cut or a clog. */
  isHalted(kind: MessageKind, worker: number): boolean {
    return this.isCut(kind, worker) || this.isClogged(kind, worker);
  }

  #isNow(what: LinkDisturbance["does"], kind: MessageKind, worker: number): boolean {
    const { disturbances } = this.#way(kind, worker);
    if (disturbances.length === 0) return false;
    return disturbances.some((each) => each.does === what && concerns(each, kind));
  }

  #way(kind: MessageKind, worker: number): Way {
    return (isFromWorker(kind) ? this.#fromWorker : this.#toWorker)[worker] as Way;
  }
}

function passageOf({ quality, latency, disturbances }: Way, kind: MessageKind, keys: PassageKeys): Passage {
  let { loss, duplicate, reorder } = quality;
  let delay: Duration = 0;
  for (const disturbance of disturbances) {
    if (!concerns(disturbance, kind)) continue;
    const { does, probability, by } = disturbance;
    if (does === "lose") loss = 1 - (1 - loss) * (1 - probability);
    else if (does === "duplicate") duplicate = 1 - (1 - duplicate) * (1 - probability);
    else if (does === "delay") delay += by;
    else if (does === "reorder") reorder = true;
  }
  return new Passage({ loss, duplicate, reorder }, delay, latency ?? (quality.latency as Duration), keys);
}

const STATES = {
  clog: LinkState.clogged,
  lose: LinkState.lossy,
  delay: LinkState.slow,
  duplicate: LinkState.duplicating,
  reorder: LinkState.reordering,
} as const;

function concerns({ messages }: LinkDisturbance, kind: MessageKind): boolean {
  return messages === undefined || messages.includes(kind);
}

/** What messages take on average, at most, on the slowest link and under all that delays them; no more than LONGEST_DELAY. */
export function typicalDelay({ links }: NetworkPlan, tracks: readonly Pick<FaultTrack, "effect">[]): Duration {
  const latency = links.reduce((most, link) => Math.max(most, meanOfAmount(link.latency)), 0);
  const delays = tracks.reduce((sum, { effect }) => sum + (effect.kind === "link" && effect.does === "delay" ? effect.by : 0), 0);
  return Math.min(Math.ceil(latency + delays), LONGEST_DELAY);
}

/** The mean of a distribution may be infinite. */
const LONGEST_DELAY = 86_400_000 * SECOND;

const hash = new Int32Array(2);

/** The lanes of a name's hash. */
export function lanesOf(name: string): { high: number; low: number } {
  hashTextInto(name, hash, 0);
  return { high: hash[0] as number, low: hash[1] as number };
}
