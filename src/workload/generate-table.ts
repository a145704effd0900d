// One generated workload as a table: its shape from the generator, its fields from the template, drawn by the ids of its tasks.
import { type Fault, InputError, type Position } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import type { GenerateSpec } from "../model/scenario.ts";
import { MAX_TASKS, type TaskTable, type WorkerTable } from "../model/world.ts";
import type { Eligibility } from "./eligibility.ts";
import { EntityDraws } from "./entity-draws.ts";
import { resolveOptions, type Shape } from "./generators/generator.ts";
import { GENERATORS, generatorNamed } from "./generators/index.ts";
import { reusedRow, TaskDraws } from "./task-draws.ts";
import { TaskTableBuilder } from "./task-table-builder.ts";

/** The cluster that a workload is generated for. */
export interface GenerateContext {
  workers: WorkerTable;
  eligibility: Eligibility;
  dimensions: readonly string[];
  /** What ids begin with unless the options say otherwise. */
  prefix: string;
}

/** The table, and whether its draws depended on the seeds given (a seed of its own pins the workload's). */
export function generateTable(
  spec: GenerateSpec,
  seeds: { workload: string; faults: string },
  context: GenerateContext,
): { table: TaskTable; drawn: { workload: boolean; faults: boolean } } {
  const { shape, prefix, draws, overall } = planned(spec, seeds, context);
  const builder = new TaskTableBuilder(context.dimensions.length, prefix);
  const row = reusedRow(context.dimensions.length);
  for (let position = 0; position < shape.count; position++) {
    draws.task(prefix + (position + 1));
    draws.fill(spec.template, row);
    row.dependencies.length = 0;
    shape.fill(position, row);
    builder.add(row);
  }
  const drawn = { workload: spec.seed === undefined && (draws.workload.used || overall.used), faults: draws.faults.used };
  return { table: builder.finish(), drawn };
}

/** How many tasks the table would have; refuses what `generateTable` refuses. */
export function generatedCount(spec: GenerateSpec, seeds: { workload: string; faults: string }, context: GenerateContext): number {
  return planned(spec, seeds, context).shape.count;
}

interface Planned {
  shape: Shape;
  prefix: string;
  draws: TaskDraws;
  overall: EntityDraws;
}

/** What is to be generated; what contradicts itself or the cluster is refused, where it stands. */
function planned(spec: GenerateSpec, seeds: { workload: string; faults: string }, context: GenerateContext): Planned {
  const generator = generatorNamed(spec.kind);
  if (generator === undefined) {
    const names = GENERATORS.map((known) => known.name);
    throw refusal([`generator "${spec.kind}" is not known${didYouMean(spec.kind, names)} (${names.join(", ")})`], spec.position);
  }
  const { values, faults } = resolveOptions(generator, spec.options);
  if (faults.length > 0)
    throw refusal(
      faults.map(({ message }) => `${spec.kind}: ${message}`),
      spec.position,
    );
  const prefix = (values.prefix as string | undefined) ?? context.prefix;
  const workload = spec.seed ?? seeds.workload;
  const draws = new TaskDraws({ workload, faults: seeds.faults }, context.dimensions, context.eligibility);
  const overall = new EntityDraws(workload, "workload");
  overall.entity(prefix);
  let shape: Shape;
  try {
    shape = generator.shape(values, { ...context, draws: draws.workload, overall, template: spec.template });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw refusal(
      error.faults.map(({ message }) => message),
      spec.position,
    );
  }
  if (shape.count > MAX_TASKS)
    throw refusal([`${spec.kind} would make ${shape.count} tasks; ${MAX_TASKS} is the most that a run can hold`], spec.position);
  return { shape, prefix, draws, overall };
}

function refusal(messages: readonly string[], position: Position | undefined): InputError {
  return new InputError(messages.map((message): Fault => (position === undefined ? { message } : { message, position })));
}
