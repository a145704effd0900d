// Whether any worker can run a task, as far as the scenario file alone tells: labels, per-worker durations, capacities.
import { Hints } from "../model/nearest.ts";
import { STANDARD_DIMENSIONS } from "../model/resources.ts";
import type { TaskSpec, WorkerSpec } from "../model/scenario.ts";
import { covers, excesses } from "../workload/request-fit.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { leastOfAmount } from "./normalise-amounts.ts";

type Fields = Pick<TaskSpec, "duration" | "request" | "requires">;

/** Judges tasks against one cluster. Tasks alike in these fields are judged once. */
export class WorkerFit {
  readonly #workers: readonly WorkerSpec[];
  readonly #dimensions: readonly string[];
  readonly #ids: Set<string>;
  readonly #labels: Set<string>;
  readonly #fitting = new Set<string>();
  readonly #refused = new Set<string>();
  readonly #labelHints = new Hints(() => this.#labels);
  readonly #keyHints = new Hints(() => [...this.#ids, ...this.#labels]);
  /** For names of resources. */
  readonly resourceHints = new Hints(() => this.#dimensions.slice(STANDARD_DIMENSIONS.length));

  /** `limits` says how far workers, their labels and resources are known; empty where they are. */
  constructor(
    workers: readonly WorkerSpec[],
    dimensions: readonly string[],
    readonly limits = "",
  ) {
    this.#workers = workers;
    this.#dimensions = dimensions;
    this.#ids = new Set(workers.map(({ id }) => id));
    this.#labels = new Set(workers.flatMap(({ labels }) => Object.entries(labels).map(([key, value]) => `${key}=${value}`)));
  }

  /** Whether it was told of a task, by what messages call it, that no worker can run it. */
  isRefused(subject: string): boolean {
    return this.#refused.has(subject);
  }

  /**
   * Records why no worker can ever run the task; `subject` is what the message calls it. `on`: where its per-worker durations stand;
   * undefined where they are its function's, of which that they name nobody is told by `checkKeys`.
   */
  check(fields: Fields, subject: string, path: Path, faults: FaultList, on: Path | undefined): void {
    const before = faults.count;
    this.#judge(fields, subject, path, faults, on);
    const namesNobody = (keysOf(fields) ?? []).some((key) => !this.#isKnown(key));
    if (faults.count > before || namesNobody) this.#refused.add(subject);
  }

  /** Records which keys of per-worker durations name nobody. */
  checkKeys(keys: readonly string[], on: Path, faults: FaultList): void {
    this.#unknownKeys(keys, on, faults);
  }

  #isKnown(key: string): boolean {
    return this.#ids.has(key) || this.#labels.has(key);
  }

  #judge(fields: Fields, subject: string, path: Path, faults: FaultList, on: Path | undefined): void {
    const least = fields.request.map(leastOfAmount);
    const keys = keysOf(fields);
    if (this.limits !== "") {
      this.#unknownLabels(fields, path, faults);
      this.#unknownKeys(keys ?? [], on, faults);
      this.#checkSize(least, subject, path, faults);
      return;
    }
    const alike = JSON.stringify([least, Object.entries(fields.requires), keys]);
    if (this.#fitting.has(alike)) return;
    const unknownLabels = this.#unknownLabels(fields, path, faults);
    const unknownKeys = this.#unknownKeys(keys ?? [], on, faults);
    if (unknownLabels || unknownKeys) {
      this.#checkSize(least, subject, path, faults);
      return;
    }
    const eligible = this.#workers.filter(
      (worker) => hasAll(worker, fields.requires) && (keys === undefined || keys.some((key) => isNamed(worker, key))),
    );
    if (eligible.length === 0) {
      faults.add(
        path,
        `${subject} can run on no worker: none has ${keys === undefined ? "all the labels" : "a duration and the labels"} that it asks for`,
      );
    } else if (!eligible.some((worker) => covers(worker, least))) {
      this.#tooLarge(least, eligible, subject, path, faults);
    } else {
      this.#fitting.add(alike);
    }
  }

  /** Sizes alone, whichever workers the task may run on. */
  #checkSize(request: readonly number[], subject: string, path: Path, faults: FaultList): void {
    const least = request.map((amount, d) => (this.limits === "" || d < STANDARD_DIMENSIONS.length ? amount : 0));
    if (!this.#workers.some((worker) => covers(worker, least))) this.#tooLarge(least, this.#workers, subject, path, faults);
  }

  #unknownLabels({ requires }: Fields, path: Path, faults: FaultList): boolean {
    let any = false;
    for (const [key, value] of Object.entries(requires)) {
      const label = `${key}=${value}`;
      if (this.#labels.has(label)) continue;
      any = true;
      faults.add([...path, "requires", key], `no worker has the label ${label}${this.limits}${this.#labelHints.of(label)}`);
    }
    return any;
  }

  /** Whether any key names nobody; `on`: where they are told, if here. */
  #unknownKeys(keys: readonly string[], on: Path | undefined, faults: FaultList): boolean {
    let any = false;
    for (const key of keys) {
      if (this.#isKnown(key)) continue;
      any = true;
      if (on === undefined) continue;
      faults.add([...on, key], `"${key}" is neither a worker nor a label that one has${this.limits}${this.#keyHints.of(key)}`, "key");
    }
    return any;
  }

  #tooLarge(least: readonly number[], eligible: readonly WorkerSpec[], subject: string, path: Path, faults: FaultList): void {
    const among = eligible.length === this.#workers.length ? "worker" : "worker that it may run on";
    for (const { dimension, text } of excesses(least, eligible, this.#dimensions, among)) {
      const name = dimension === undefined ? [] : [this.#dimensions[dimension] as string];
      const where = (dimension ?? 0) < STANDARD_DIMENSIONS.length ? [...path, ...name] : [...path, "resources", ...name];
      faults.add(where, `${subject} requests ${text}`);
    }
  }
}

/** Keys of per-worker durations, or undefined where one duration holds for all. */
function keysOf({ duration }: Fields): string[] | undefined {
  if (typeof duration === "number" || !Array.isArray(duration.on)) return undefined;
  return (duration.on as unknown as readonly (readonly [string, unknown])[]).map(([key]) => key);
}

function hasAll(worker: WorkerSpec, requires: Readonly<Record<string, string>>): boolean {
  return Object.entries(requires).every(([key, value]) => Object.hasOwn(worker.labels, key) && worker.labels[key] === value);
}

function isNamed(worker: WorkerSpec, key: string): boolean {
  const equals = key.indexOf("=");
  return worker.id === key || (equals > 0 && hasAll(worker, { [key.slice(0, equals)]: key.slice(equals + 1) }));
}
