// What messages are called for what they draw: by their link, and when they are sent.
import { type MessageName, momentOf } from "./network.ts";
import type { Time } from "../model/units.ts";

/** A moment's part above what `momentOf` keeps. */
const MOMENTS = 2 ** 30;

export class MomentNames {
  /** Of each link, when something was sent last, and how often at that time. */
  readonly #sentAt: Float64Array;
  readonly #sentThen: Int32Array;

  constructor(links: number) {
    this.#sentAt = new Float64Array(links).fill(-1);
    this.#sentThen = new Int32Array(links);
  }

  /** Of the message that is sent on a link now. */
  next(link: number, now: Time): Omit<MessageName, "kind" | "worker"> {
    this.#sentThen[link] = this.#sentAt[link] === now ? (this.#sentThen[link] as number) + 1 : 0;
    this.#sentAt[link] = now;
    return { high: link, low: Math.floor(now / MOMENTS), count: momentOf(now), repeat: this.#sentThen[link] as number };
  }
}
