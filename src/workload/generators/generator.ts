// What a generator of synthetic workloads is: options, and the shape that it gives to tasks drawn from a template.
import { didYouMean } from "../../model/nearest.ts";
import type { DistributionSpec } from "../../model/scenario.ts";
import type { WorkerTable } from "../../model/world.ts";
import type { Eligibility } from "../eligibility.ts";
import type { EntityDraws } from "../entity-draws.ts";
import type { ReusedRow, TaskFields } from "../task-draws.ts";

/** An option of a generator. Durations are µs; `min` and `max` are included. */
export interface GeneratorOption {
  summary: string;
  type: "count" | "number" | "duration" | "text";
  default?: number | string;
  min?: number;
  max?: number;
  choices?: readonly string[];
}

/** Options by name, checked, defaults filled in; undefined where neither was given. */
export type OptionValues = Readonly<Record<string, number | string | undefined>>;

/** What a generator may know when it plans its tasks. */
export interface GeneratorContext {
  /** Uniform numbers for the task at hand: its entity is set before each `fill`. */
  draws: EntityDraws;
  /** Uniform numbers for the workload as a whole, keyed by the prefix of its ids. */
  overall: EntityDraws;
  template: TaskFields;
  workers: WorkerTable;
  eligibility: Eligibility;
  dimensions: readonly string[];
}

/** The tasks of one generated workload. */
export interface Shape {
  count: number;
  /** Fills in what the generator decides, for positions 0, 1, … in order; the template's fields are there, dependencies are empty. */
  fill(position: number, row: ReusedRow): void;
}

/** A generator's entry in the registry. */
export interface Generator {
  name: string;
  /** One line: what it makes. */
  summary: string;
  /** Paper or book. */
  source: string;
  /** Without `prefix` and what else all generators share. */
  options: Readonly<Record<string, GeneratorOption>>;
  /** Two options of which one at most is given. */
  alternatives?: readonly [string, string];
  /** Fields of the template that the generator draws itself and that must not be given. */
  draws?: readonly ("duration" | "cpu")[];
  /** May refuse options that contradict each other or the cluster, with an InputError. */
  shape(options: OptionValues, context: GeneratorContext): Shape;
}

/** Options that every generator takes. */
export const SHARED_OPTIONS = {
  prefix: { summary: "what the ids of the tasks begin with, a number follows; t, and t2-, t3-, … for further generators", type: "text" },
} as const satisfies Record<string, GeneratorOption>;

/** How many tasks: the option that most generators have. */
export const COUNT = { summary: "number of tasks", type: "count", default: 100, min: 1 } as const satisfies GeneratorOption;

/** A number that is an option by name; for options with a default. */
export function numberOf(options: OptionValues, name: string): number {
  return options[name] as number;
}

/**
 * The options with defaults filled in, and what is wrong with those given, one phrase each with the option's name; of two that exclude
 * each other without one. `keys`: the options that were meant, also where their values cannot be read.
 */
export function resolveOptions(
  generator: Generator,
  given: Readonly<Record<string, number | string | DistributionSpec>>,
  keys: readonly string[] = Object.keys(given),
): { values: OptionValues; faults: { option: string; message: string }[] } {
  const known: Record<string, GeneratorOption> = { ...generator.options, ...SHARED_OPTIONS };
  const values: Record<string, number | string | undefined> = {};
  const faults: { option: string; message: string }[] = [];
  for (const [name, option] of Object.entries(known)) {
    const value = given[name] ?? option.default;
    const message = value === undefined ? undefined : optionFault(option, value);
    if (message !== undefined) faults.push({ option: name, message: `${name} ${message}` });
    else values[name] = value as number | string | undefined;
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(known, name)) {
      faults.push({ option: name, message: `"${name}" is not an option of ${generator.name}${didYouMean(name, Object.keys(known))}` });
    }
  }
  const { alternatives = [] } = generator;
  if (alternatives.length > 0 && alternatives.every((option) => keys.includes(option)))
    faults.push({ option: "", message: `takes ${alternatives.join(" or ")}, not both` });
  return { values, faults };
}

/** What is wrong with an option's value, said behind its name. */
export function optionFault(option: GeneratorOption, value: number | string | DistributionSpec): string | undefined {
  if (option.type === "text") {
    if (typeof value !== "string") return "must be a text";
    if (option.choices === undefined || option.choices.includes(value)) return undefined;
    return `must be one of ${option.choices.join(", ")}, not "${value}"${didYouMean(value, option.choices)}`;
  }
  if (typeof value !== "number" || !Number.isFinite(value)) return `must be a ${option.type === "duration" ? "duration" : "number"}`;
  if (option.type === "count" && !Number.isSafeInteger(value)) return `must be a whole number, not ${value}`;
  if (option.min !== undefined && value < option.min) return `must be at least ${option.min}, not ${value}`;
  if (option.max !== undefined && value > option.max) return `must be at most ${option.max}, not ${value}`;
  return undefined;
}
