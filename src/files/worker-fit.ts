// Whether any worker can run a task, as far as the scenario file alone tells: labels, per-worker durations, capacities.
import { claimOf } from "../model/asks.ts";
import { Hints } from "../model/nearest.ts";
import { amountText, STANDARD_DIMENSIONS } from "../model/resources.ts";
import type { Amount, TaskSpec } from "../model/scenario.ts";
import { covers, excesses } from "../workload/request-fit.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { leastOfAmount } from "./normalise-amounts.ts";
import { mayBeNamed, mayHave, type ReadWorker } from "./open-workers.ts";

type Fields = Pick<TaskSpec, "duration" | "request" | "requires"> & { profile?: TaskSpec["profile"] };

/** Judges tasks against one cluster. Tasks alike in these fields are judged once. */
export class WorkerFit {
  readonly #workers: readonly ReadWorker[];
  readonly #dimensions: readonly string[];
  readonly #ids: Set<string>;
  readonly #labels: Set<string>;
  readonly #fitting = new Set<string>();
  readonly #nowhere = new Set<readonly Amount[]>();
  readonly #told = new Map<readonly Amount[], Set<number>>();
  readonly #labelHints = new Hints(() => this.#labels);
  readonly #keyHints = new Hints(() => [...this.#ids, ...this.#labels]);
  /** For names of resources. */
  readonly resourceHints = new Hints(() => this.#dimensions.slice(STANDARD_DIMENSIONS.length));

  /** `limits` says how far workers, their labels and resources are known; empty where they are. */
  constructor(
    workers: readonly ReadWorker[],
    dimensions: readonly string[],
    readonly limits = "",
  ) {
    this.#workers = workers;
    this.#dimensions = dimensions;
    this.#ids = new Set(workers.map(({ id }) => id));
    this.#labels = new Set(workers.flatMap(({ labels }) => Object.entries(labels).map(([key, value]) => `${key}=${value}`)));
  }

  /** In what dimensions it was told of the task with that request that no worker meets it. */
  toldOf(request: readonly Amount[]): ReadonlySet<number> | undefined {
    return this.#told.get(request);
  }

  /** Whether it was told of the task with that request that no worker has the labels and durations that it asks for. */
  isNowhere(request: readonly Amount[]): boolean {
    return this.#nowhere.has(request);
  }

  /**
   * Records why no worker can ever run the task; `subject` is what the message calls it. `on`: where its per-worker durations stand;
   * undefined where they are its function's, of which that they name nobody is told by `checkKeys`.
   */
  check(fields: Fields, subject: string, path: Path, faults: FaultList, on: Path | undefined): void {
    const { request, requires } = fields;
    const asks = fields.profile?.asks;
    const least = request.map(leastOfAmount).map((amount, d) => (asks === undefined ? amount : claimOf(asks, amount, d)));
    const keys = keysOf(fields);
    const alike = JSON.stringify([least, Object.entries(requires), keys, asks?.asks.map(({ amounts }) => [...amounts]), asks?.claim && 0]);
    if (this.#fitting.has(alike)) return;
    const unknownLabels = this.#unknownLabels(fields, path, faults);
    const unknownKeys = this.#unknownKeys(keys ?? [], on, faults);
    const eligible = this.#workers.filter(
      (worker) => mayHave(worker, requires) && (keys === undefined || keys.some((key) => mayBeNamed(worker, key))),
    );
    if (eligible.length === 0 && !unknownLabels && !unknownKeys)
      faults.add(
        path,
        `${subject} can run on no worker: none has ${keys === undefined ? "all the labels" : "a duration and the labels"} that it asks for${this.limits}`,
      );
    const isNowhere = unknownLabels || unknownKeys || eligible.length === 0;
    if (isNowhere) this.#nowhere.add(request);
    // Its size is told beside that, whichever workers it may run on.
    const holders = isNowhere ? this.#workers : eligible;
    const fitting = holders.filter((worker) => covers(worker, least));
    if (fitting.length === 0) this.#tooLarge(least, request, holders, subject, path, faults);
    else if (!isNowhere && !this.#outgrows(fields, fitting, subject, path, faults)) this.#fitting.add(alike);
  }

  /** Whether what a task asks for that claims nothing is more than a worker has where it may run, and wait for that for ever. */
  #outgrows({ request, profile }: Fields, holders: readonly ReadWorker[], subject: string, path: Path, faults: FaultList): boolean {
    const asks = profile?.asks;
    if (asks === undefined || asks.claim !== undefined) return false;
    for (const [i, { amounts }] of asks.asks.entries())
      for (const [d, amount] of amounts) {
        const small = amount > (request[d] as number) && holders.find(({ capacity }) => (capacity[d] as number) < amount);
        if (small === undefined || small === false) continue;
        const isEverywhere = holders.every(({ capacity }) => (capacity[d] as number) < amount);
        const has = `"${small.id}", where it may run, has ${amountText(d, small.capacity[d] as number)}`;
        const why = isEverywhere ? "no worker where it may run has so much" : `${has}; give it a claim, which keeps it from such workers`;
        const text = `${subject} asks for ${amountText(d, amount)} of ${this.#dimensions[d]}, and ${why}`;
        faults.add([...path, "asks", i, ...requestPath(this.#dimensions, d)], text);
        return true;
      }
    return false;
  }

  /** Records which keys of per-worker durations name nobody. */
  checkKeys(keys: readonly string[], on: Path, faults: FaultList): void {
    this.#unknownKeys(keys, on, faults);
  }

  #isKnown(key: string): boolean {
    return this.#ids.has(key) || this.#labels.has(key);
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

  #tooLarge(
    least: readonly number[],
    request: readonly Amount[],
    eligible: readonly ReadWorker[],
    subject: string,
    path: Path,
    faults: FaultList,
  ): void {
    const among = eligible.length === this.#workers.length ? "worker" : "worker that it may run on";
    const told = new Set<number>();
    for (const { dimensions, text } of excesses(least, eligible, this.#dimensions, among)) {
      const [only, ...others] = dimensions as [number, ...number[]];
      const isClaimed = dimensions.some((d) => (least[d] as number) > leastOfAmount(request[d] as Amount));
      const place = [...path, ...(isClaimed ? ["claim"] : []), ...requestPath(this.#dimensions, only)];
      faults.add(others.length === 0 ? place : path, `${subject} ${isClaimed ? "claims" : "requests"} ${text}`);
      for (const d of dimensions) told.add(d);
    }
    this.#told.set(request, told);
  }
}

/** Where a task says what it requests in a dimension. */
export function requestPath(dimensions: readonly string[], dimension: number): Path {
  const name = dimensions[dimension] as string;
  return dimension < STANDARD_DIMENSIONS.length ? [name] : ["resources", name];
}

/** Keys of per-worker durations, or undefined where one duration holds for all. */
export function keysOf({ duration }: Pick<TaskSpec, "duration">): string[] | undefined {
  if (typeof duration === "number" || !Array.isArray(duration.on)) return undefined;
  return (duration.on as unknown as readonly (readonly [string, unknown])[]).map(([key]) => key);
}
