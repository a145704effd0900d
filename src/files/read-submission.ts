// Tasks that are submitted while a run goes on, read and judged as those of scenario files are.

import { Hints } from "../model/nearest.ts";
import { everyWorker, type Scenario, type TaskSpec } from "../model/scenario.ts";
import type { TaskInput } from "../model/scenario-schema.ts";
import { formatSeconds, type Time } from "../model/units.ts";
import { documentOf } from "./document.ts";
import { FaultList } from "./fault-list.ts";
import { normaliseTasks } from "./normalise-tasks.ts";
import { type Checked, checkForm } from "./schema-faults.ts";
import { largestWorkers } from "../faults/largest-workers.ts";
import { WorkerFit } from "./worker-fit.ts";

/** The tasks of a run so far. */
export interface KnownTasks {
  has(id: string): boolean;
  /** Some of their ids, to find the one that was meant. */
  ids(): Iterable<string>;
}

export class SubmissionReader {
  readonly #scenario: Scenario;
  readonly #fit: WorkerFit;
  readonly #functions: ReadonlyMap<string, TaskSpec["duration"]>;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#fit = new WorkerFit(largestWorkers(everyWorker(scenario), scenario.faults ?? []), scenario.dimensions);
    this.#functions = new Map(scenario.defaults?.functions);
  }

  /**
   * One batch, judged whole: throws InputError with all its faults, each by its path (`tasks[2].cpu`). A task without a release date
   * is released now; one in the past is refused.
   */
  read(tasks: readonly TaskInput[], known: KnownTasks, now: Time): TaskSpec[] {
    const document = documentOf({ tasks });
    const faults = new FaultList(document);
    const checked = checkForm(document, faults);
    if (checked === undefined) faults.throwIfAny();
    const { input, faulty } = checked as Checked;
    const specs = normaliseTasks(
      input.tasks ?? [],
      {
        document,
        faults,
        faulty,
        dimensions: this.#scenario.dimensions,
        fit: this.#fit,
        retries: this.#scenario.defaults?.retries ?? 0,
        functions: this.#functions,
        functionHints: new Hints(() => this.#functions.keys()),
        notes: [],
        otherIds: known.ids(),
      },
      (id) => known.has(id),
    );
    const indices = tasks.flatMap((_, index) => (input.tasks?.[index]?.id === undefined ? [] : [index]));
    for (const [place, spec] of specs.entries()) {
      const index = indices[place] as number;
      if (known.has(spec.id)) faults.add(["tasks", index, "id"], `task "${spec.id}" is there already; ids are unique`);
      if (input.tasks?.[index]?.release === undefined) spec.release = now;
      else if (typeof spec.release === "number" && spec.release < now) {
        const when = `${formatSeconds(spec.release)} s, which has passed: it is ${formatSeconds(now)} s`;
        faults.add(["tasks", index, "release"], `task "${spec.id}" is released at ${when}`);
      }
    }
    faults.throwIfAny();
    return specs;
  }
}
