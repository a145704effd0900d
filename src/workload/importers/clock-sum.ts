// The rows of a file added up against the clock, so that the one that goes beyond its end can be named where it stands.
import type { WorkerSpec } from "../../model/scenario.ts";
import { clockEnds, longestOf } from "../feasibility.ts";
import type { TaskRow } from "../task-table-builder.ts";

/** What is wrong with a row, and which of its fields says so. */
interface BeyondClock {
  field: "release" | "duration";
  message: string;
}

export class ClockSum {
  readonly #slowest: number;
  #release = 0;
  #total = 0;
  #isOver = false;

  constructor(workers: readonly WorkerSpec[] = []) {
    this.#slowest = workers.reduce((least, { speed }) => Math.min(least, speed), 1000);
  }

  /** Adds a row; of the first that the clock may have no time for, what is to be said. */
  add(row: TaskRow): BeyondClock | undefined {
    if (this.#isOver || Number.isNaN(row.work)) return undefined;
    const { timeout = Number.POSITIVE_INFINITY, failures = 0, retries = 0 } = row;
    const longest = longestOf((row.work * 1000) / this.#slowest, timeout, failures, retries);
    this.#release = Math.max(this.#release, row.release);
    this.#total += longest;
    if (this.#release + this.#total <= Number.MAX_SAFE_INTEGER) return undefined;
    this.#isOver = true;
    if (row.release > Number.MAX_SAFE_INTEGER)
      return { field: "release", message: "the release is beyond the end of the clock, 2^53 µs (285 years)" };
    return { field: "duration", message: clockEnds("the workload up to this task", this.#release, this.#total, longest) };
  }
}
