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
import { mostProcessing, type TaskPlace, type ToldOf, worldFaults } from "./feasibility.ts";
import { GrowingTable } from "./growing-table.ts";
import { TaskDraws } from "./task-draws.ts";
import { TaskIndex } from "./task-index.ts";

export class WorldGrowth {
  readonly world: World;
  readonly #table: GrowingTable;
  readonly #scenario: Scenario;
  readonly #seeds: Seeds;
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
    this.#seeds = seeds;
    this.#table = new GrowingTable(drawn.tasks);
    this.world = { ...drawn, tasks: this.#table, environments: { seed: seeds.faults }, stragglers: { seed: seeds.faults }, grows: true };
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
    const added = this.#drawn(tasks, this.#draws);
    const dependencies = this.#dependenciesOf(tasks);
    const faults = [...this.#faultsOf(tasks, added, now), ...this.#refusals(added, dependencies, check)];
    if (faults.length > 0) throw new InputError(faults);
    this.#table.append(added, dependencies);
    this.#processing += mostProcessing({ tasks: added, workers: this.world.workers }).total;
    for (const [offset, { id }] of tasks.entries()) this.#joined.set(id, first + offset);
    this.world.drawn.workload ||= this.#draws.workload.used || this.#noise.used;
    this.world.drawn.faults ||= this.#draws.faults.used;
    return first;
  }

  /** What drawing them would show, though other faults are known already: told together with these. */
  judge(tasks: readonly TaskSpec[], now: Time, toldOf: ToldOf, check?: (grown: World) => readonly Fault[]): Fault[] {
    const added = this.#drawn(tasks, new TaskDraws(this.#seeds, this.#scenario.dimensions, this.#eligibility));
    return [...this.#faultsOf(tasks, added, now, toldOf), ...this.#refusals(added, this.#dependenciesOf(tasks), check)];
  }

  /** By position; names of no task are left out. */
  #dependenciesOf(tasks: readonly TaskSpec[]): number[][] {
    const first = this.#table.count;
    const places = new Map(tasks.map(({ id }, offset) => [id, first + offset]));
    return tasks.map((task) => task.dependencies.map((id) => places.get(id) ?? this.find(id)).filter((position) => position >= 0));
  }

  #refusals(added: TaskTable, dependencies: readonly number[][], check?: (grown: World) => readonly Fault[]): readonly Fault[] {
    if (check === undefined) return [];
    const grown = new GrowingTable(this.#table);
    grown.append(added, dependencies);
    return check({ ...this.world, tasks: grown });
  }

  /** The tasks as a table, without dependencies. */
  #drawn(tasks: readonly TaskSpec[], draws: TaskDraws): TaskTable {
    const { dimensions, scheduler } = this.#scenario;
    const plain = explicitTable(tasks, draws, dimensions.length);
    return withEstimates(plain, scheduler.estimates, this.#noise, this.world.workers, this.#eligibility);
  }

  #faultsOf(tasks: readonly TaskSpec[], table: TaskTable, now: Time, toldOf?: ToldOf): Fault[] {
    const placed = (task: number) => {
      const told = toldOf?.((tasks[task] as TaskSpec).request);
      return { ...placeOf(tasks[task] as TaskSpec), ...(told && { told }) };
    };
    const faults = worldFaults({ ...this.world, tasks: table }, placed, this.#processing);
    for (const { id, inputs, outputSize, outputs } of tasks)
      if (inputs !== undefined || outputSize !== undefined || outputs !== undefined)
        faults.push({ message: `task "${id}" has inputs, outputs or outputSize, which only tasks take that are there from the beginning` });
    for (const [task, { id, release }] of tasks.entries()) {
      const drawn = at(table.release, task);
      const isTold = toldOf !== undefined && typeof release === "number";
      if (!isTold && drawn < now)
        faults.push({
          message: `task "${id}" is released at ${formatSeconds(drawn)} s, which has passed: it is ${formatSeconds(now)} s`,
        });
    }
    return faults;
  }
}

function placeOf({ position, requestPlaces }: TaskSpec): TaskPlace {
  return { ...(position && { position }), ...(requestPlaces && { requestPlaces }) };
}
