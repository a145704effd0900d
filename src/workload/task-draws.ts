// Draws the fields of one task after another, explicit ones and those of a generator's template alike.
import type { Amount, EstimateFactor, FailureSpec, PerWorkerDuration, TaskSpec, UsageSpec } from "../model/scenario.ts";
import { AmountDraws } from "./amounts.ts";
import type { Eligibility } from "./eligibility.ts";
import { EntityDraws } from "./entity-draws.ts";
import type { TaskRow } from "./task-table-builder.ts";
import type { Usage } from "./usage.ts";

const USAGE_KEYS = ["cpu", "memory", "read", "written"] as const;

/** What a task and a template have in common. */
export type TaskFields = Omit<TaskSpec, "id" | "dependencies" | "position">;

/** A row that is filled again for each task. */
export interface ReusedRow extends TaskRow {
  request: Float64Array;
  dependencies: number[];
}

/** A row for a table of so many dimensions. */
export function reusedRow(dimensionCount: number): ReusedRow {
  return { release: 0, work: 0, request: new Float64Array(dimensionCount), dependencies: [] };
}

/** Draws keyed by (purpose of the field, hash of the task's id), so that no task's draws depend on another's. */
export class TaskDraws {
  /** Durations, releases, sizes and the like. */
  readonly workload: EntityDraws;
  /** Failures of executions. */
  readonly faults: EntityDraws;
  readonly #eligibility: Eligibility;
  readonly #duration: AmountDraws;
  readonly #release: AmountDraws;
  readonly #estimate: AmountDraws;
  readonly #due: AmountDraws;
  readonly #timeout: AmountDraws;
  readonly #output: AmountDraws;
  readonly #request: AmountDraws[];
  #usage: AmountDraws[] | undefined;
  readonly #durationOn = new Map<string, AmountDraws>();
  readonly #resolved = new Map<PerWorkerDuration, PerWorker>();
  #executions: number[] | undefined;
  #leading = 0;

  constructor(seeds: { workload: string; faults: string }, dimensions: readonly string[], eligibility: Eligibility) {
    this.workload = new EntityDraws(seeds.workload, "workload");
    this.faults = new EntityDraws(seeds.faults, "faults");
    this.#eligibility = eligibility;
    this.#duration = new AmountDraws(this.workload, "duration");
    this.#release = new AmountDraws(this.workload, "release");
    this.#estimate = new AmountDraws(this.workload, "estimate");
    this.#due = new AmountDraws(this.workload, "due");
    this.#timeout = new AmountDraws(this.workload, "timeout");
    this.#output = new AmountDraws(this.workload, "output");
    this.#request = dimensions.map((name) => new AmountDraws(this.workload, `request/${name}`));
  }

  /** What follows is drawn for the task of that id. */
  task(id: string): void {
    this.workload.entity(id);
    this.faults.entity(id);
  }

  /** Fills a row's fields, all but its id and dependencies, for the task set last. */
  fill(fields: TaskFields, row: ReusedRow): void {
    row.release = this.#release.of(fields.release);
    this.#fillDuration(fields, row);
    for (let d = 0; d < row.request.length; d++) {
      const amount = fields.request[d] ?? 0;
      row.request[d] = typeof amount === "number" ? amount : (this.#request[d] as AmountDraws).of(amount);
    }
    row.usage = fields.usage && this.#usageOf(fields.usage);
    this.#fillEstimate(fields, row);
    row.due = fields.due === undefined ? Number.POSITIVE_INFINITY : this.#due.of(fields.due);
    row.timeout = fields.timeout === undefined ? Number.POSITIVE_INFINITY : this.#timeout.of(fields.timeout);
    row.priority = fields.priority;
    row.weight = fields.weight;
    row.retries = fields.retries;
    row.failures = fields.fails === undefined ? 0 : this.#failures(fields.fails, fields.retries);
    row.failsAfter = fields.failsAfter;
    row.profile = fields.profile;
    row.job = fields.job;
    row.user = fields.user;
    row.group = fields.group;
    row.queue = fields.queue;
    row.function = fields.function;
    row.status = fields.status;
    row.stdout = fields.stdout;
    row.stderr = fields.stderr;
    row.output = fields.outputSize === undefined ? 0 : Math.min(this.#output.of(fields.outputSize), Number.MAX_SAFE_INTEGER);
    row.inputs = fields.inputs;
    row.outputs = fields.outputs;
  }

  #usageOf({ cpu = Number.NaN, memory = Number.NaN, read = 0, written = 0 }: UsageSpec): Usage {
    this.#usage ??= USAGE_KEYS.map((key) => new AmountDraws(this.workload, `usage/${key}`));
    const draws = this.#usage;
    const [used, most, input, output] = [cpu, memory, read, written].map((amount, i) =>
      Math.min((draws[i] as AmountDraws).of(amount), Number.MAX_SAFE_INTEGER),
    );
    return { cpu: used as number, memory: most as number, read: input as number, written: output as number };
  }

  #fillEstimate({ estimate }: TaskFields, row: ReusedRow): void {
    row.estimate = Number.NaN;
    row.estimateFactor = Number.NaN;
    if (estimate === undefined) return;
    if (typeof estimate === "object" && "factor" in estimate) row.estimateFactor = (estimate as EstimateFactor).factor;
    else row.estimate = this.#estimate.of(estimate as Amount);
  }

  #fillDuration(fields: TaskFields, row: ReusedRow): void {
    const { duration } = fields;
    row.eligibility = this.#eligibility.withLabels(fields.requires);
    row.times = undefined;
    if (typeof duration === "number" || !("on" in duration)) {
      row.work = this.#duration.of(duration as Exclude<TaskSpec["duration"], PerWorkerDuration>);
      return;
    }
    const on = this.#perWorker(duration as PerWorkerDuration);
    row.work = 0;
    row.times =
      on.fixed ??
      this.#eligibility.table(
        on.resolved,
        on.draws.map((draws, i) => draws.of(on.spec.on[i]?.[1] ?? 0)),
      );
    row.eligibility = this.#eligibility.narrowed(row.eligibility, row.times);
  }

  #perWorker(spec: PerWorkerDuration): PerWorker {
    const known = this.#resolved.get(spec);
    if (known !== undefined) return known;
    const resolved = this.#eligibility.resolve(spec.on.map(([key]) => key));
    const draws = spec.on.map(([key]) => {
      const own = this.#durationOn.get(key) ?? new AmountDraws(this.workload, `duration/on/${key}`);
      this.#durationOn.set(key, own);
      return own;
    });
    const amounts = spec.on.map(([, amount]) => amount);
    const fixed = amounts.every((amount) => typeof amount === "number")
      ? this.#eligibility.table(resolved, amounts as number[])
      : undefined;
    const perWorker = { spec, resolved, draws, fixed };
    this.#resolved.set(spec, perWorker);
    return perWorker;
  }

  /** How many executions fail before one would succeed; with a probability counted up to the last that there can be. */
  #failures(fails: FailureSpec, retries: number): number {
    if (fails === "always") return Number.POSITIVE_INFINITY;
    if (typeof fails !== "number") return this.#leadingOf(fails as number[]);
    if (fails === 0) return 0;
    if (fails === 1) return Number.POSITIVE_INFINITY;
    const key = this.faults.key("failure");
    let execution = 1;
    for (; execution <= retries + 1; execution++) {
      this.faults.purpose(key, execution);
      if (this.faults.uniform(0) >= fails) break;
    }
    return execution - 1;
  }

  #leadingOf(executions: number[]): number {
    if (executions !== this.#executions) {
      this.#executions = executions;
      this.#leading = leadingFailures(executions);
    }
    return this.#leading;
  }
}

interface PerWorker {
  spec: PerWorkerDuration;
  resolved: Int32Array;
  draws: AmountDraws[];
  fixed: Float64Array | undefined;
}

/** Of a list of failing executions, how many lead from the first on: an execution comes about only if those before it failed. */
export function leadingFailures(executions: readonly number[]): number {
  const failing = new Set(executions);
  let count = 0;
  while (failing.has(count + 1)) count += 1;
  return count;
}
