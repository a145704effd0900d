// How messages of one kind fare on one way of a link, as things stand: when copies of one arrive, or whether it is lost.
import { draw, type StreamKey } from "../engine/random.ts";
import type { LinkQuality } from "../model/network.ts";
import type { Duration, Time } from "../model/units.ts";
import type { Sampler, Uniforms } from "../workload/distributions.ts";

/** Numbers that one draw of a latency may read. */
const PER_DRAW = 16;

/** What a message draws, each by a key of its own. */
export type PassageKeys = Readonly<Record<"loss" | "duplicate" | "latency", StreamKey>>;

export class Passage {
  /** When copies of the message sent last arrive; NaN for one that does not. */
  first: Time = Number.NaN;
  second: Time = Number.NaN;
  readonly #quality: Omit<LinkQuality, "latency">;
  /** What each message waits beside its latency. */
  readonly #delay: Duration;
  readonly #latency: Duration | Sampler;
  readonly #keys: PassageKeys;
  /** The message that draws: its name, and which number it draws first. */
  #high = 0;
  #low = 0;
  #count = 0;
  #offset = 0;
  readonly #uniforms: Uniforms;

  constructor(quality: Omit<LinkQuality, "latency">, delay: Duration, latency: Duration | Sampler, keys: PassageKeys) {
    this.#quality = quality;
    this.#delay = delay;
    this.#latency = latency;
    this.#keys = keys;
    this.#uniforms = (index) => draw(this.#keys.latency, this.#high, this.#low, this.#count, this.#offset + index);
  }

  /**
   * Sends the message of that name: `first` and `second` say when its copies arrive. Those that keep their order arrive after `last`, when
   * the last one does that was sent before; says when that is from now on.
   */
  send(high: number, low: number, count: number, repeat: number, now: Time, last: Time): Time {
    const { loss, duplicate, reorder } = this.#quality;
    this.first = Number.NaN;
    this.second = Number.NaN;
    if (loss > 0 && draw(this.#keys.loss, high, low, count, repeat) < loss) return last;
    this.#high = high;
    this.#low = low;
    this.#count = count;
    const first = now + this.#delay + this.#drawDelay(repeat, 0);
    this.first = arrival(first, last, reorder);
    if (duplicate === 0 || draw(this.#keys.duplicate, high, low, count, repeat) >= duplicate) return reorder ? last : this.first;
    const second = now + this.#delay + this.#drawDelay(repeat, 1);
    this.second = arrival(second, this.first, reorder);
    return reorder ? last : this.second;
  }

  #drawDelay(repeat: number, copy: 0 | 1): Duration {
    const latency = this.#latency;
    if (typeof latency === "number") return Math.max(0, Math.round(latency));
    this.#offset = (repeat * 2 + copy) * PER_DRAW;
    return Math.max(0, Math.round(latency(this.#uniforms)));
  }
}

function arrival(time: Time, last: Time, reorder: boolean): Time {
  const possible = Math.min(time, Number.MAX_SAFE_INTEGER);
  return reorder ? possible : Math.max(last, possible);
}
