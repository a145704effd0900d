// What disturbed a run, counted: attempts that were given up or made room, and how well failures of workers were found.
import { EntryKind } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";

export class Disturbances {
  /** Attempts that were chosen to make room for others. */
  preemptions = 0;
  /** Attempts that were given up. */
  attemptsLost = 0;
  /** Suspicions of workers that were not down. */
  falseSuspicions = 0;
  /** Ends of attempts that arrived after those had been given up. */
  refused = 0;
  /** Time in which an attempt that was given up ran beside a newer one of its task, µs. */
  doubled: Duration = 0;
  /** Instances of pools that were launched, and of which it was said that they would be taken back. */
  launched = 0;
  reclaimed = 0;
  /** Copies of attempts that were started. */
  copies = 0;
  #detected = 0;
  #untilDetected: Duration = 0;
  /** Workers that are down, with the time of their crash where the scheduler has not found out. */
  readonly #down = new Map<number, Time | undefined>();

  /** Mean time from a crash to its suspicion, or to the registration of the next incarnation, µs; undefined without any. */
  get meanDetection(): Duration | undefined {
    return this.#detected === 0 ? undefined : this.#untilDetected / this.#detected;
  }

  entry(time: Time, kind: EntryKind, worker: number): void {
    if (kind === EntryKind.preempted) this.preemptions += 1;
    else if (kind === EntryKind.lost || (kind === EntryKind.requeued && worker >= 0)) this.attemptsLost += 1;
    else if (kind === EntryKind.copied) this.copies += 1;
    else if (kind === EntryKind.refused) this.refused += 1;
    else if (kind === EntryKind.launched) this.launched += 1;
    else if (kind === EntryKind.reclaimed) this.reclaimed += 1;
    else if (kind === EntryKind.crashed) this.#crash(time, worker);
    else if (kind === EntryKind.suspected) this.#suspect(time, worker);
    else if (kind === EntryKind.registered) {
      this.#detect(time, worker);
      this.#down.delete(worker);
    }
  }

  /** One that goes down again before it registers is down since the first time. */
  #crash(time: Time, worker: number): void {
    if (!this.#down.has(worker)) this.#down.set(worker, time);
  }

  #suspect(time: Time, worker: number): void {
    if (this.#down.has(worker)) this.#detect(time, worker);
    else this.falseSuspicions += 1;
  }

  #detect(time: Time, worker: number): void {
    const crashed = this.#down.get(worker);
    if (crashed === undefined) return;
    this.#detected += 1;
    this.#untilDetected += time - crashed;
    this.#down.set(worker, undefined);
  }
}
