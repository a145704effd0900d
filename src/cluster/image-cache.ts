// The images on the disk of one worker: what was pulled stays there while there is room, and what was used longest ago makes room.
import type { Time } from "../model/units.ts";

/** An image that is there, or is being pulled: from `ready` on an attempt can start from it, unless its pull fails then. */
export interface Image {
  readonly name: string;
  readonly size: number;
  /** When an attempt began last that uses it. */
  used: Time;
  ready: Time;
  readonly fails: boolean;
}

export class ImageCache {
  readonly #capacity: number;
  #used = 0;
  readonly #images = new Map<string, Image>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The image of that name, which is used now: it is there, or is being pulled. */
  use(name: string, now: Time): Image | undefined {
    const image = this.#images.get(name);
    if (image === undefined) return undefined;
    if (image.fails && image.ready <= now) {
      this.#drop(image); // nothing came of its pull
      return undefined;
    }
    image.used = now;
    return image;
  }

  /** A pull begins, for which images make room that are not in use; undefined where that is not enough, and it will not be kept. */
  pull(image: Image, isInUse: (image: Image) => boolean): Image | undefined {
    const idle = [...this.#images.values()].filter((other) => !isInUse(other)).sort(inOrderOfUse);
    const room = this.#capacity - this.#used;
    if (room + idle.reduce((sum, { size }) => sum + size, 0) < image.size) return undefined;
    for (const other of idle) if (this.#capacity - this.#used < image.size) this.#drop(other);
    this.#images.set(image.name, image);
    this.#used += image.size;
    return image;
  }

  #drop(image: Image): void {
    this.#images.delete(image.name);
    this.#used -= image.size;
  }

  /** The worker stood still from a time on, and so did its pulls. */
  standsStill(from: Time, to: Time): void {
    for (const image of this.#images.values()) if (image.ready > from) image.ready += to - from;
  }

  /** What was not all there at a time is lost. */
  loseUnfinished(time: Time): void {
    for (const image of this.#images.values()) if (image.ready > time) this.#drop(image);
  }

  clear(): void {
    this.#images.clear();
    this.#used = 0;
  }
}

/** That which was used longest ago first; of several, by name. */
function inOrderOfUse(a: Image, b: Image): number {
  return a.used - b.used || (a.name < b.name ? -1 : 1);
}
