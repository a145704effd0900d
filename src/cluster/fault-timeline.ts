// When faults begin and end: by schedule, or drawn episode by episode, for as long as a run goes on.
import { draw, hashTextInto, type StreamKey, streamKey } from "../engine/random.ts";
import type { Duration, Time } from "../model/units.ts";
import { type FaultEffect, type FaultPlan, type FaultTrack, ITS_WORKER } from "../model/world.ts";
import { lifetimeSampler, type LifetimeSampler } from "./lifetimes.ts";

const hash = new Int32Array(2);

/** The next change of one track. */
interface Cursor {
  time: Time;
  worker: number;
  /** Whether the effect is on until then. */
  on: boolean;
  /** Episodes that have begun, whether the last still lasts, and when it ends. */
  episode: number;
  lasts: boolean;
  end: Time;
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
    this.#cursors = tracks.map(({ worker, episodes }): Cursor => {
      const once = { worker, on: false, episode: 0, lasts: false, end: 0, key: NO_KEY, between: undefined, lasting: undefined };
      if ("from" in episodes) return { ...once, time: onClock(episodes.from) };
      if ("anchor" in episodes) return { ...once, time: Number.POSITIVE_INFINITY };
      const key = keys.get(episodes.purpose) ?? streamKey(seed, episodes.purpose);
      keys.set(episodes.purpose, key);
      const cursor: Cursor = {
        time: 0,
        worker,
        on: false,
        episode: 0,
        lasts: false,
        end: 0,
        key,
        between: lifetimeSampler(episodes.between),
        lasting: episodes.lasting && lifetimeSampler(episodes.lasting),
      };
      cursor.time = onClock(this.#drawn(cursor, cursor.between, episodes.entity, 0));
      return cursor;
    });
  }

  /** When a track changes next; Infinity where it never does. */
  next(track: number): Time {
    return (this.#cursors[track] as Cursor).time;
  }

  /** Whom a track strikes. */
  workerOf(track: number): number {
    return (this.#cursors[track] as Cursor).worker;
  }

  /** A track's anchor is reached now, on that worker: it strikes, once. */
  strike(track: number, now: Time, on: number): void {
    const cursor = this.#cursors[track] as Cursor;
    cursor.time = now;
    if (cursor.worker === ITS_WORKER) cursor.worker = on;
  }

  /** The change of a track that is due: what its effect is, and whether it begins or ends. */
  advance(track: number): { worker: number; effect: FaultEffect; begins: boolean } {
    const { effect, cycle } = this.tracks[track] as FaultTrack;
    const cursor = this.#cursors[track] as Cursor;
    const { worker, time } = cursor;
    cursor.on = !cursor.on;
    if (cursor.on) {
      if (!cursor.lasts) cursor.end = this.#endOf(track, cursor);
      cursor.lasts = true;
      cursor.time = cycle === undefined ? cursor.end : Math.min(onClock(time + cycle.on), cursor.end);
    } else {
      const again = cycle === undefined ? Number.POSITIVE_INFINITY : onClock(time + cycle.off);
      cursor.lasts = again < cursor.end;
      cursor.time = cursor.lasts ? again : this.#nextBegin(track, cursor);
    }
    return { worker, effect, begins: cursor.on };
  }

  /** When the episode that begins now ends. */
  #endOf(track: number, cursor: Cursor): Time {
    const { episodes } = this.tracks[track] as FaultTrack;
    cursor.episode += 1;
    if ("from" in episodes) return onClock(episodes.to);
    if ("anchor" in episodes) return onClock(cursor.time + episodes.lasting);
    return onClock(cursor.time + this.#drawn(cursor, cursor.lasting, episodes.entity, 1));
  }

  /** When the next begins after that which is over. */
  #nextBegin(track: number, cursor: Cursor): Time {
    const { episodes } = this.tracks[track] as FaultTrack;
    if (!("purpose" in episodes)) return Number.POSITIVE_INFINITY;
    return onClock(cursor.end + this.#drawn(cursor, cursor.between, episodes.entity, 0));
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
