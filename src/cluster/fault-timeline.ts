// When faults begin and end: by schedule, or drawn episode by episode, for as long as a run goes on.
import { draw, hashTextInto, type StreamKey, streamKey } from "../engine/random.ts";
import type { Duration, Time } from "../model/units.ts";
import type { FaultEffect, FaultPlan, FaultTrack } from "../model/world.ts";
import { lifetimeSampler, type LifetimeSampler } from "./lifetimes.ts";

const hash = new Int32Array(2);

/** The next change of one track. */
interface Cursor {
  time: Time;
  /** Whether the effect is on until then. */
  on: boolean;
  /** Episodes that have begun. */
  episode: number;
  key: StreamKey;
  between: LifetimeSampler | undefined;
  lasting: LifetimeSampler | undefined;
}

export class FaultTimeline {
  readonly tracks: readonly FaultTrack[];
  readonly #cursors: Cursor[];

  constructor({ seed, tracks }: FaultPlan) {
    this.tracks = tracks;
    const keys = new Map<string, StreamKey>();
    this.#cursors = tracks.map(({ episodes }): Cursor => {
      if ("from" in episodes) return { time: episodes.from, on: false, episode: 0, key: NO_KEY, between: undefined, lasting: undefined };
      const key = keys.get(episodes.purpose) ?? streamKey(seed, episodes.purpose);
      keys.set(episodes.purpose, key);
      const cursor: Cursor = {
        time: 0,
        on: false,
        episode: 0,
        key,
        between: lifetimeSampler(episodes.between),
        lasting: lifetimeSampler(episodes.lasting),
      };
      cursor.time = this.#drawn(cursor, cursor.between, episodes.entity, 0);
      return cursor;
    });
  }

  /** When a track changes next; Infinity where it never does. */
  next(track: number): Time {
    return (this.#cursors[track] as Cursor).time;
  }

  /** The change of a track that is due: what its effect is, and whether it begins or ends. */
  advance(track: number): { worker: number; effect: FaultEffect; begins: boolean } {
    const { worker, effect, episodes } = this.tracks[track] as FaultTrack;
    const cursor = this.#cursors[track] as Cursor;
    cursor.on = !cursor.on;
    if ("from" in episodes) {
      cursor.time = cursor.on ? episodes.to : Number.POSITIVE_INFINITY;
    } else if (cursor.on) {
      cursor.episode += 1;
      cursor.time += this.#drawn(cursor, cursor.lasting, episodes.entity, 1);
    } else {
      cursor.time += this.#drawn(cursor, cursor.between, episodes.entity, 0);
    }
    return { worker, effect, begins: cursor.on };
  }

  /** A drawn time of the next (0) or the present (1) episode, at least 1 µs. */
  #drawn({ key, episode }: Cursor, lifetime: LifetimeSampler | undefined, entity: string, part: 0 | 1): Duration {
    hashTextInto(entity, hash, 0);
    const [high, low] = hash as unknown as [number, number];
    const drawn = lifetime?.((index) => draw(key, high, low, episode, 2 * index + part)) ?? Number.POSITIVE_INFINITY;
    return Math.max(1, Math.round(drawn));
  }
}

const NO_KEY: StreamKey = { high: 0, low: 0 };
