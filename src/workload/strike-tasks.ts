// What faults of tasks make of a drawn world, before its run: the same for every policy.
import { at, type Column, columnOf, nameAt, sharedFloats } from "../model/columns.ts";
import type { Fault } from "../model/errors.ts";
import { faultOf } from "../faults/draw-faults.ts";
import type { StruckWorld, TaskFaultKind } from "../faults/fault.ts";
import { taskFaultNamed } from "../faults/index.ts";
import { didYouMean } from "../model/nearest.ts";
import { type FaultSpec, strikesWorkers } from "../model/scenario.ts";
import type { Duration, Time } from "../model/units.ts";
import type { Killer, TaskAction, TaskTable } from "../model/world.ts";
import { samplerOf } from "./distributions.ts";
import { EntityDraws } from "./entity-draws.ts";
import { TaskIndex } from "./task-index.ts";

/** What is left of the tasks. */
export interface Struck {
  tasks: TaskTable;
  /** What their estimates are multiplied by; undefined where all stay. */
  mistakes?: Float64Array;
  /** In the order of their tasks. */
  killers: Killer[];
  /** What clients ask for beside the actions of the scenario, in no order of time. */
  asked: TaskAction[];
  /** Whether anything was drawn. */
  drawn: boolean;
}

/** Strikes in the order of the scenario. The table itself is not changed; tasks that are not there are added to `faults`. */
export function strikeTasks(specs: readonly FaultSpec[], tasks: TaskTable, seed: string, faults: Fault[]): Struck {
  if (specs.every(strikesWorkers)) return { tasks, killers: [], asked: [], drawn: false };
  const draws = new EntityDraws(seed, "faults");
  const world = new StruckTasks(tasks, draws);
  const index = new TaskIndex(tasks.names);
  const alike = new Map<string, number>();
  for (const [i, spec] of specs.entries()) {
    if (strikesWorkers(spec)) continue;
    const number = (alike.get(spec.kind) ?? 0) + 1;
    alike.set(spec.kind, number);
    const kind = taskFaultNamed(spec.kind) as TaskFaultKind;
    const named = spec.task === undefined ? undefined : index.find(spec.task);
    if (named === -1) faults.push(faultOf(spec, i, `task "${spec.task}" is not there${didYouMean(spec.task as string, someNames(tasks))}`));
    const key = draws.key(`${spec.kind}/${number}`);
    const { probability = 1 } = spec;
    const [from, to] = named === undefined ? [0, tasks.count] : [Math.max(0, named), named + 1];
    for (let task = from; task < to; task++) {
      draws.entity(nameAt(tasks.names, task)); // whether it is struck hangs on this, the kind and its number among its like alone
      draws.purpose(key);
      if (probability === 1 || draws.uniform(0) < probability) kind.strike(task, spec.options, world);
    }
  }
  return { ...world.result(), drawn: draws.used };
}

/** Enough names to find what was meant, without looking at millions. */
export function* someNames({ names, count }: TaskTable): Iterable<string> {
  for (let task = 0; task < Math.min(count, 10_000); task++) yield nameAt(names, task);
}

/** The columns that faults have changed, copied when the first does. What they draw themselves is drawn for the task struck last. */
class StruckTasks implements StruckWorld {
  readonly #table: TaskTable;
  readonly #draws: EntityDraws;
  #failures: Float64Array | undefined;
  #mistakes: Float64Array | undefined;
  #releases: Float64Array | undefined;
  readonly #killers = new Map<number, Killer>();
  readonly #cancels: TaskAction[] = [];

  constructor(table: TaskTable, draws: EntityDraws) {
    this.#table = table;
    this.#draws = draws;
  }

  failAlways(task: number): void {
    this.#failures ??= copyOf(this.#table.failures, this.#table.count);
    this.#failures[task] = Number.POSITIVE_INFINITY;
  }

  misestimate(task: number, factor: number, noise: number): void {
    this.#mistakes ??= new Float64Array(this.#table.count).fill(1);
    const u = (index: number) => this.#draws.uniform(index + 1); // 0 has decided whether it is struck
    const drawn = noise === 0 ? 1 : samplerOf({ distribution: "lognormal", mean: 1, cv: noise })(u);
    this.#mistakes[task] *= factor * drawn;
  }

  /** Of several, the one that comes first in its work. */
  killsWorkers(task: number, after: number, lasting: Duration): void {
    const killer = this.#killers.get(task);
    if (killer === undefined || after < killer.after) this.#killers.set(task, { task, after, lasting });
  }

  release(task: number): Time {
    return this.#releases === undefined ? at(this.#table.release, task) : (this.#releases[task] as number);
  }

  releaseAt(task: number, time: Time): void {
    this.#releases ??= copyOf(this.#table.release, this.#table.count);
    this.#releases[task] = time;
  }

  cancelAt(task: number, time: Time, requeue: boolean): void {
    this.#cancels.push({ time, task, kind: requeue ? "requeue" : "cancel", byFault: true });
  }

  result(): Omit<Struck, "drawn"> {
    const tasks = {
      ...this.#table,
      ...(this.#failures && { failures: columnOf(this.#failures) }),
      ...(this.#releases && { release: columnOf(this.#releases) }),
    };
    const asked = this.#cancels.filter(({ task, time }) => this.release(task) <= time); // by now all bursts have moved what they move
    const killers = [...this.#killers.values()].sort((a, b) => a.task - b.task);
    return { tasks, killers, asked, ...(this.#mistakes && { mistakes: this.#mistakes }) };
  }
}

function copyOf(column: Column, count: number): Float64Array {
  const data = sharedFloats(count);
  for (let task = 0; task < count; task++) data[task] = at(column, task);
  return data;
}
