// Since when workers are silent, as far as the entries tell.
import { LinkState } from "../model/network.ts";
import { EntryKind, type TraceEntry } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { Clocks } from "./clocks.ts";

/** When a worker fell silent, by what the trace says of it, and whether it is down. */
export class Silences {
  /** Since when each silent worker is. */
  readonly since = new Map<number, Time>();
  /** The same, but that a silence goes on across a moment in which no heartbeat had to arrive. Kept when it ends. */
  readonly earliest = new Map<number, Time>();
  readonly #ended = new Map<number, Time>();
  /** Since when links are cut. */
  readonly #cut = new Map<number, Time>();
  /** Workers that nobody listens to any more. */
  readonly #left = new Set<number>();
  readonly #clocks = new Clocks();
  readonly #interval: Duration;
  readonly #delay: Duration;
  /** By cause, since when it holds each worker. */
  readonly #causes: Map<string, Map<number, Time>> = new Map([
    ["down", new Map()],
    ["frozen", new Map()],
    ["muted", new Map()],
    ["cut", new Map()],
  ]);

  /** `unlessMuted`: lost heartbeats alone are no silence, for a worker may register again and again until it is answered. */
  constructor(interval: Duration, { delay = 0, unlessMuted = false } = {}) {
    this.#interval = interval;
    this.#delay = delay;
    if (unlessMuted) this.#causes.delete("muted");
  }

  /** Whether nothing may have been heard of the worker since its silence ended, or since the run began. */
  isAwaited(worker: number, time: Time): boolean {
    return time - (this.#ended.get(worker) ?? 0) <= this.gap(worker) + this.#delay;
  }

  /** How long it has been at most from one heartbeat of the worker to the next: its interval, on the slowest that its clock has run. */
  gap(worker: number): Duration {
    return this.#clocks.longest(worker, this.#interval);
  }

  apply(entry: TraceEntry): void {
    const { kind, worker, attempt, time } = entry;
    this.#clocks.apply(entry);
    if (kind === EntryKind.linked) this.#notesCut(worker, attempt, time);
    if (kind === EntryKind.launched) this.#launched(worker);
    if (this.#left.has(worker)) return;
    if (kind === EntryKind.crashed) this.#begin("down", worker, time);
    else if (kind === EntryKind.paused) this.#begin("frozen", worker, time);
    else if (kind === EntryKind.muted) this.#begin("muted", worker, time);
    else if (kind === EntryKind.resumed) this.#end("frozen", worker, time);
    else if (kind === EntryKind.unmuted) this.#end("muted", worker, time);
    else if (kind === EntryKind.linked) {
      if ((attempt & LinkState.cutFromWorker) !== 0) this.#begin("cut", worker, time);
      else this.#end("cut", worker, time);
    } else if (kind === EntryKind.left) {
      this.#left.add(worker);
      for (const workers of this.#causes.values()) workers.delete(worker);
      this.since.delete(worker);
    } else if (kind === EntryKind.registered) {
      this.#end("down", worker, time);
      if (!this.earliest.has(worker)) this.earliest.set(worker, time); // of one that joins: it may be silent from then on
      if (!this.#isSilent(worker)) return;
      this.since.set(worker, time);
      this.earliest.set(worker, time);
    }
  }

  #notesCut(worker: number, state: number, time: Time): void {
    if ((state & LinkState.cutFromWorker) === 0) this.#cut.delete(worker);
    else if (!this.#cut.has(worker)) this.#cut.set(worker, time);
  }

  /** Another instance comes in the place of one that has left: nothing was heard of it, and what is wrong with its link still is. */
  #launched(worker: number): void {
    if (!this.#left.delete(worker)) return;
    this.earliest.delete(worker);
    this.#ended.delete(worker);
    const cut = this.#cut.get(worker);
    if (cut !== undefined) this.#causes.get("cut")?.set(worker, cut);
  }

  #begin(cause: string, worker: number, time: Time): void {
    const workers = this.#causes.get(cause);
    if (workers === undefined || workers.has(worker)) return;
    if (!this.#isSilent(worker)) {
      this.since.set(worker, time);
      if (!this.isAwaited(worker, time)) this.earliest.set(worker, time);
      else if (!this.earliest.has(worker)) this.earliest.set(worker, 0); // nothing may have been heard of it yet
    }
    workers.set(worker, time);
  }

  #end(cause: string, worker: number, time: Time): void {
    const ended = this.#causes.get(cause)?.delete(worker) ?? false;
    if (!ended && (cause === "cut" || !this.#causes.has(cause))) return; // its link changed in another way
    if (this.#isSilent(worker)) {
      // What was sent while its link was cut may still be under way, and arrive.
      if (cause === "cut") this.since.set(worker, Math.min(...this.#causesOf(worker)));
      return;
    }
    this.since.delete(worker);
    this.#ended.set(worker, time);
  }

  #isSilent(worker: number): boolean {
    return [...this.#causes.values()].some((workers) => workers.has(worker));
  }

  /** Since when each cause holds the worker that does. */
  #causesOf(worker: number): Time[] {
    return [...this.#causes.values()].flatMap((workers) => workers.get(worker) ?? []);
  }
}
