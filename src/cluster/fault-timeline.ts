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
      if ("from" in episodes)
        return { time: onClock(episodes.from), on: false, episode: 0, key: NO_KEY, between: undefined, lasting: undefined };
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
      cursor.time = onClock(this.#drawn(cursor, cursor.between, episodes.entity, 0));
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
      cursor.time = cursor.on ? onClock(episodes.to) : Number.POSITIVE_INFINITY;
    } else if (cursor.on) {
      cursor.episode += 1;
      cursor.time = onClock(cursor.time + this.#drawn(cursor, cursor.lasting, episodes.entity, 1));
    } else {
      cursor.time = onClock(cursor.time + this.#drawn(cursor, cursor.between, episodes.entity, 0));
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

/** What would come after the end of the clock never comes. */
function onClock(time: Time): Time {
  return time > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : time;
}

/** The episodes of a track: `to` is Infinity where it does not end. */
export type Episodes = readonly { from: Time; to: Time }[];

/**
 * The episodes of each track of a plan that begin up to a time, and the next one: a run that ended then had planned that too. Undefined
 * where there are more than `most` of them.
 */
export function episodesUntil(plan: FaultPlan, end: Time, most: number): Episodes[] | undefined {
  const timeline = new FaultTimeline(plan);
  const all = plan.tracks.map((): { from: Time; to: Time }[] => []);
  let count = 0;
  for (const [track, episodes] of all.entries()) {
    let from = timeline.next(track);
    while (from < Number.POSITIVE_INFINITY) {
      timeline.advance(track);
      const to = timeline.next(track);
      count += 1;
      if (count > most) return undefined;
      episodes.push({ from, to });
      if (to === Number.POSITIVE_INFINITY || from > end) break;
      timeline.advance(track);
      from = timeline.next(track);
    }
  }
  return all;
}

const NO_KEY: StreamKey = { high: 0, low: 0 };
