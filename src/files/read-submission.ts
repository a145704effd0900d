// Tasks that are submitted while a run goes on, read and judged as those of scenario files are.

import { Hints } from "../model/nearest.ts";
import type { Fault } from "../model/errors.ts";
import { everyWorker, type Scenario, type TaskSpec } from "../model/scenario.ts";
import type { TaskInput } from "../model/scenario-schema.ts";
import { formatSeconds, type Time } from "../model/units.ts";
import type { ToldOf } from "../workload/feasibility.ts";
import { documentOf } from "./document.ts";
import { FaultList } from "./fault-list.ts";
import { Profiles } from "./normalise-profile.ts";
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

/** Tasks that are to be drawn although faults were found. */
export interface DrawnBatch {
  specs: readonly TaskSpec[];
  /** Whether all tasks are there, with an id of their own. */
  isWhole: boolean;
  /** In what dimensions it was told before that no worker meets a request. */
  toldOf: ToldOf;
}

export class SubmissionReader {
  readonly #scenario: Scenario;
  readonly #fit: WorkerFit;
  readonly #functions: ReadonlyMap<string, TaskSpec["duration"]>;
  readonly #profiles: Profiles;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#fit = new WorkerFit(largestWorkers(everyWorker(scenario), scenario.faults ?? []), scenario.dimensions);
    this.#functions = new Map(scenario.defaults?.functions);
    this.#profiles = new Profiles(scenario.defaults?.profile, scenario.scheduler.deadlock === "prevent");
  }

  /**
   * One batch, judged whole: throws InputError with all its faults, each by its path (`tasks[2].cpu`). A task without a release date
   * is released now; one in the past is refused. `drawn` tells what only drawing shows of tasks that may have faults already.
   */
  read(tasks: readonly TaskInput[], known: KnownTasks, now: Time, drawn: (batch: DrawnBatch) => readonly Fault[]): TaskSpec[] {
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
        profiles: this.#profiles,
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
    if (faults.count === 0) return specs;
    const isWhole = specs.length === tasks.length && !faults.some((path) => path[2] === "id");
    const anywhere = specs.map((spec) => (this.#fit.isNowhere(spec.request) ? { ...spec, requires: {}, duration: 0 } : spec));
    for (const fault of drawn({ specs: anywhere, isWhole, toldOf: (request) => this.#fit.toldOf(request) })) faults.addFault(fault, []);
    faults.throwIfAny();
    return specs;
  }
}
