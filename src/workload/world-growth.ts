// A world that grows while a run goes on: tasks that join it are drawn as if they had been there from the start.
import { at } from "../model/columns.ts";
import { type Fault, InputError } from "../model/errors.ts";
import type { Scenario, Seeds, TaskSpec } from "../model/scenario.ts";
import { type Duration, formatSeconds, type Time } from "../model/units.ts";
import { MAX_TASKS, type TaskTable, type World } from "../model/world.ts";
import { drawWorld, explicitTable } from "./draw-world.ts";
import { Eligibility } from "./eligibility.ts";
import { EntityDraws } from "./entity-draws.ts";
import { withEstimates } from "./estimates.ts";
import { mostProcessing, type TaskPlace, worldFaults } from "./feasibility.ts";
import { GrowingTable } from "./growing-table.ts";
import { TaskDraws } from "./task-draws.ts";
import { TaskIndex } from "./task-index.ts";

export class WorldGrowth {
  readonly world: World;
  readonly #table: GrowingTable;
  readonly #scenario: Scenario;
  readonly #eligibility: Eligibility;
  readonly #draws: TaskDraws;
  readonly #noise: EntityDraws;
  readonly #original: TaskIndex;
  readonly #joined = new Map<string, number>();
  #processing: Duration;

  /** Draws the world that a scenario begins with; throws InputError as `drawWorld` does. */
  constructor(scenario: Scenario, seeds: Seeds) {
    const drawn = drawWorld(scenario, seeds);
    this.#scenario = scenario;
    this.#table = new GrowingTable(drawn.tasks);
    this.world = { ...drawn, tasks: this.#table };
    this.#eligibility = new Eligibility(drawn.workers, drawn.eligibilitySets);
    this.#draws = new TaskDraws(seeds, scenario.dimensions, this.#eligibility);
    this.#noise = new EntityDraws(seeds.workload, "workload");
    this.#original = new TaskIndex(drawn.tasks.names);
    this.#processing = mostProcessing(drawn).total;
  }

  /** The position of the task with that id, or −1. */
  find(id: string): number {
    const position = this.#original.find(id);
    return position >= 0 ? position : (this.#joined.get(id) ?? -1);
  }

  /**
   * Draws tasks and appends them; returns the position of the first. Their ids are new, and what they depend on is there or among them.
   * Throws InputError, and changes nothing, for what only drawing can show, a release before `now` included. `check` may refuse the
   * world that it is shown: as it will be.
   */
  add(tasks: readonly TaskSpec[], now: Time, check?: (grown: World) => readonly Fault[]): number {
    const first = this.#table.count;
    if (first + tasks.length > MAX_TASKS)
      throw new InputError([{ message: `the run has more than ${MAX_TASKS} tasks, the most that it can hold` }]);
    const added = this.#drawn(tasks, now);
    const places = new Map(tasks.map(({ id }, offset) => [id, first + offset]));
    const dependencies = tasks.map((task) => task.dependencies.map((id) => places.get(id) ?? this.find(id)));
    if (check !== undefined) {
      const grown = new GrowingTable(this.#table);
      grown.append(added, dependencies);
      const faults = check({ ...this.world, tasks: grown });
      if (faults.length > 0) throw new InputError(faults);
    }
    this.#table.append(added, dependencies);
    this.#processing += mostProcessing({ tasks: added, workers: this.world.workers }).total;
    for (const [id, position] of places) this.#joined.set(id, position);
    this.world.drawn.workload ||= this.#draws.workload.used || this.#noise.used;
    this.world.drawn.faults ||= this.#draws.faults.used;
    return first;
  }

  /** The tasks as a table, without dependencies. */
  #drawn(tasks: readonly TaskSpec[], now: Time): TaskTable {
    const { dimensions, scheduler } = this.#scenario;
    const plain = explicitTable(tasks, this.#draws, dimensions.length);
    const table = withEstimates(plain, scheduler.estimates, this.#noise, this.world.workers, this.#eligibility);
    const faults = worldFaults({ ...this.world, tasks: table }, (task) => placeOf(tasks[task] as TaskSpec), this.#processing);
    for (const [task, { id }] of tasks.entries()) {
      const release = at(table.release, task);
      if (release < now)
        faults.push({
          message: `task "${id}" is released at ${formatSeconds(release)} s, which has passed: it is ${formatSeconds(now)} s`,
        });
    }
    if (faults.length > 0) throw new InputError(faults);
    return table;
  }
}

function placeOf({ position }: TaskSpec): TaskPlace {
  return position === undefined ? {} : { position };
}
