// What an invariant is: a statement about every trace, judged from the trace alone, with a count of how often it applied.
import type { Duration, Time } from "../model/units.ts";
import type { Trace } from "../model/trace.ts";

/** Where and how a trace breaks an invariant. */
export interface Violation {
  /** Index of the entry at which it shows; the trace's length where it shows only at the end. */
  entry: number;
  time: Time;
  message: string;
}

/** What an invariant makes of a trace: how often its premise held, and the first place where it was broken. */
export interface Judgement {
  premises: number;
  violation?: Violation;
}

/** What cannot be read from a trace and is handed to the oracle as data. */
export interface JudgeOptions {
  /**
   * Rank of a task (by position) in a pass at `now`, least first; ties go by release, then position. `remaining` is what is left of its
   * estimate, µs, where that is not all of it. P2, P5 and T13 need it.
   */
  rank?: (task: number, now: Time, remaining?: Duration) => readonly number[];
  /** With `ties: seeded`, the place of a task among those whose attempts end, or that are submitted, at one instant. E2 needs it then. */
  place?: (time: Time, event: "end" | "submission", task: number) => number;
}

/** One line of the catalogue. */
export interface Invariant {
  /** As in the catalogue: E1, T7, … */
  id: string;
  /** What holds, with its premise. */
  statement: string;
  judge(trace: Trace, options: JudgeOptions): Judgement;
}

/** `held`: its premise occurred and nothing broke it. `never exercised`: its premise did not occur. */
export interface Verdict extends Judgement {
  id: string;
  statement: string;
  verdict: "held" | "violated" | "never exercised";
}

/** Collects a judgement: counts premises, keeps the first violation. */
export class Finding implements Judgement {
  premises = 0;
  violation?: Violation;

  /** Counts one occurrence of the premise; it is broken when `message` is given. */
  check(entry: number, time: Time, message: string | undefined | false): void {
    this.premises += 1;
    if (message !== undefined && message !== false) this.violation ??= { entry, time, message };
  }
}

/** Whether a run went on until nothing was left to happen; the others were cut, so that things are still under way. */
export function ranOut(trace: Trace): boolean {
  return ["complete", "starved", "policy-idle"].includes(trace.ending.kind);
}
