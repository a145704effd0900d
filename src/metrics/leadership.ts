// Who led a replicated scheduler, and for how long nobody did.
import { EntryKind } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { nearestRank } from "./nearest-rank.ts";

export interface LeadershipFields {
  /** Replicas that were elected; all undefined where the scheduler is one process. */
  elections: number | undefined;
  /** Time without a leader that could do anything, µs. */
  leaderless: Duration | undefined;
  /** From the loss of a leader to the next that could do anything: median and 99th percentile, µs; undefined where none was lost. */
  failoverMedian: Duration | undefined;
  failoverP99: Duration | undefined;
  /** Orders of replicas that led no more, which workers refused. */
  fenced: number | undefined;
}

/** Where the scheduler is one process. */
export const NO_LEADERSHIP: LeadershipFields = {
  elections: undefined,
  leaderless: undefined,
  failoverMedian: undefined,
  failoverP99: undefined,
  fenced: undefined,
};

export class Leadership {
  #elections = 0;
  #fenced = 0;
  #leaderless: Duration = 0;
  readonly #failovers: Duration[] = [];
  /** Since when nobody leads, or who does is paused; undefined where somebody does. */
  #since: Time | undefined = 0;
  /** As entries name it; 0 while nobody is. */
  #leader = 0;
  #hasLed = false;

  entry(time: Time, kind: EntryKind, worker: number): void {
    if (kind < EntryKind.elected) return;
    if (kind === EntryKind.elected) this.#elections += 1;
    else if (kind === EntryKind.fenced) this.#fenced += 1;
    else if (kind === EntryKind.led) {
      this.#ends(time);
      this.#leader = worker;
    } else if (worker !== this.#leader) return;
    else if (kind === EntryKind.replicaResumed) this.#ends(time);
    else if (kind === EntryKind.deposed || kind === EntryKind.replicaCrashed) {
      this.#since ??= time;
      this.#leader = 0; // whatever befalls it now
    } else if (kind === EntryKind.replicaPaused) this.#since ??= time;
  }

  #ends(time: Time): void {
    if (this.#since === undefined) return;
    this.#leaderless += time - this.#since;
    if (this.#hasLed) this.#failovers.push(time - this.#since); // the first leader takes over from nobody
    this.#hasLed = true;
    this.#since = undefined;
  }

  /** Of a run that went on until `end`. */
  fields(end: Time): LeadershipFields {
    const failovers = Float64Array.from(this.#failovers);
    return {
      elections: this.#elections,
      leaderless: this.#leaderless + (this.#since === undefined ? 0 : Math.max(0, end - this.#since)),
      failoverMedian: nearestRank(failovers, 0.5),
      failoverP99: nearestRank(failovers, 0.99),
      fenced: this.#fenced,
    };
  }
}
