// Who led a replicated scheduler, and for how long nobody did.
import { clientOf } from "../model/clients.ts";
import { EntryKind, Reason } from "../model/trace.ts";
import type { Duration, Time } from "../model/units.ts";
import { LostCommands } from "./lost-commands.ts";
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
  /** Commands of which nothing came, for another was before them in the log. */
  repeated: number | undefined;
  /** Commands that were acknowledged when only the leader had them, and that nobody's log has. */
  lostCommands: number | undefined;
  /** From when the leader puts a decision to its log to when it takes effect, µs: median and 99th percentile; undefined where none did. */
  decisionMedian: Duration | undefined;
  decisionP99: Duration | undefined;
  /** What replicas said to one another, divided by how many commands were applied; undefined where none was. */
  messagesPerCommand: number | undefined;
  bytesPerCommand: number | undefined;
}

/** Where the scheduler is one process. */
export const NO_LEADERSHIP: LeadershipFields = {
  elections: undefined,
  leaderless: undefined,
  failoverMedian: undefined,
  failoverP99: undefined,
  fenced: undefined,
  repeated: undefined,
  lostCommands: undefined,
  decisionMedian: undefined,
  decisionP99: undefined,
  messagesPerCommand: undefined,
  bytesPerCommand: undefined,
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
  #commands = 0;
  #repeated = 0;
  readonly #lost = new LostCommands();
  readonly #decisions: Duration[] = [];
  #messages = 0;
  #bytes = 0;

  entry(time: Time, kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason, amount = 0): void {
    this.#lost.entry(kind, task, worker, attempt, amount);
    if (kind < EntryKind.elected) return;
    if (kind === EntryKind.applied) this.#applied(worker, attempt, reason);
    else if (kind === EntryKind.spoke) {
      this.#messages += attempt;
      this.#bytes += amount;
    } else if (kind === EntryKind.elected) this.#elections += 1;
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

  #applied(client: number, age: Duration, reason: Reason): void {
    this.#commands += 1;
    if (reason === Reason.overtaken) this.#repeated += 1;
    if (clientOf(client) < 0) this.#decisions.push(age);
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
    const decisions = Float64Array.from(this.#decisions);
    const perCommand = (total: number) => (this.#commands === 0 ? undefined : total / this.#commands);
    return {
      elections: this.#elections,
      leaderless: this.#leaderless + (this.#since === undefined ? 0 : Math.max(0, end - this.#since)),
      failoverMedian: nearestRank(failovers, 0.5),
      failoverP99: nearestRank(failovers, 0.99),
      fenced: this.#fenced,
      repeated: this.#repeated,
      lostCommands: this.#lost.count(),
      decisionMedian: nearestRank(decisions, 0.5),
      decisionP99: nearestRank(decisions, 0.99),
      messagesPerCommand: perCommand(this.#messages),
      bytesPerCommand: perCommand(this.#bytes),
    };
  }
}
