// Quantities of a scenario file as integers of their base unit, fixed or drawn.

import { DISK, MEMORY, unitOf } from "../model/resources.ts";
import type { Amount, DistributionSpec } from "../model/scenario.ts";
import { nearest } from "../model/nearest.ts";
import { DISTRIBUTION_NAMES } from "../model/quantity-schema.ts";
import { parseBytes, parseCount, parseDuration, parseThousandths, SECOND } from "../model/units.ts";
import { type Distribution, distributionFaults, leastOf } from "../workload/distributions.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";

/** How texts of a unit are read, and in what steps whole numbers of it are drawn: the greatest that divides both bounds. */
export interface Unit {
  parse(input: number | string): number;
  steps: readonly number[];
}

export const TIME: Unit = { parse: parseDuration, steps: [SECOND, 1000, 1] };
const SIZE: Unit = { parse: parseBytes, steps: [1] };
const THOUSANDTHS: Unit = { parse: parseThousandths, steps: [1000, 1] };
const COUNT: Unit = { parse: parseCount, steps: [1] };

/** The unit of a dimension's requests and capacities. */
export function unitOfDimension(dimension: number): Unit {
  if (dimension === MEMORY || dimension === DISK) return SIZE;
  return unitOf(dimension) === "count" ? COUNT : THOUSANDTHS;
}

/** Whether a distribution's parameter has no unit. */
export function isPlainParameter(parameter: string): boolean {
  return ["cv", "shape", "probabilities", "weights"].includes(parameter);
}

/** An amount as the schema lets it pass; undefined, and a fault at its path, where it is not one after all. */
export function amountOf(value: unknown, unit: Unit, path: Path, faults: FaultList): Amount | undefined {
  if (typeof value !== "object" || value === null) return faults.attempt(path, () => unit.parse(value as number | string));
  const given = value as Record<string, number | string | readonly (number | string)[]>;
  const spec: DistributionSpec = { distribution: String(given.distribution) };
  let complete = true;
  for (const [parameter, amount] of Object.entries(given)) {
    if (parameter === "distribution") continue;
    const parse = isPlainParameter(parameter) ? Number : unit.parse;
    const parsed = faults.attempt([...path, parameter], () =>
      Array.isArray(amount) ? amount.map(parse) : parse(amount as number | string),
    );
    if (parsed === undefined) complete = false;
    else spec[parameter] = parsed;
  }
  const badForm = formFaults(spec.distribution, Object.keys(given));
  for (const message of complete ? [] : (badForm ?? [])) faults.add(path, `${spec.distribution}: ${message}`);
  if (!complete) return undefined;
  const wrong = badForm ?? distributionFaults(spec as Distribution);
  for (const message of wrong) {
    const parameter = message.split(" ", 1)[0] as string;
    faults.add(Object.hasOwn(given, parameter) ? [...path, parameter] : path, `${spec.distribution}: ${message}`);
  }
  if (wrong.length > 0) return undefined;
  return spec.distribution === "integer" ? { ...spec, step: stepOf(spec, unit) } : spec;
}

/** Every parameter that a distribution may have. */
const PARAMETERS = ["value", "min", "max", "mean", "cv", "shape", "scale", "probabilities", "means", "values", "weights"];

/** What is wrong with the parameters of a distribution that has others of which the form is wrong: as far as that is said of sound ones. */
export function judgeParameters(
  given: Record<string, unknown>,
  unsound: ReadonlySet<string>,
  unit: Unit,
  path: Path,
  faults: FaultList,
): void {
  const name = String(given["distribution"]);
  const distribution = nearest(name, DISTRIBUTION_NAMES);
  if (distribution === undefined) return;
  const spec: DistributionSpec = { distribution };
  for (const parameter of PARAMETERS) spec[parameter] = TAKES_LIST.includes(parameter) ? [] : Number.NaN;
  if (given["means"] === undefined) delete spec["means"];
  if (given["weights"] === undefined) delete spec["weights"];
  for (const message of formFaults(distribution, Object.keys(given)) ?? []) faults.add(path, `${distribution}: ${message}`);
  const open = new Set(PARAMETERS);
  const counted = new Set<string>();
  for (const [parameter, amount] of Object.entries(given)) {
    if (TAKES_LIST.includes(parameter) && Array.isArray(amount)) {
      counted.add(parameter);
      spec[parameter] = amount.map(() => Number.NaN); // of one that is wrong it is known how many there are
    }
    if (parameter === "distribution" || unsound.has(parameter) || !PARAMETERS.includes(parameter)) continue;
    const parse = isPlainParameter(parameter) ? Number : unit.parse;
    const parsed = faults.attempt([...path, parameter], () =>
      Array.isArray(amount) ? amount.map(parse) : parse(amount as number | string),
    );
    if (parsed === undefined) continue;
    spec[parameter] = parsed;
    open.delete(parameter);
  }
  for (const message of distributionFaults(spec as Distribution)) {
    const words = message.split(/[^a-z]+/);
    const isOpen = (word: string) => open.has(word) && !(isCount(message) && counted.has(word));
    if (words.some((word) => isOpen(word) || isOpen(`${word}s`))) continue;
    const parameter = words[0] as string;
    faults.add(Object.hasOwn(given, parameter) ? [...path, parameter] : path, `${distribution}: ${message}`);
  }
}

/** Parameters that are lists. */
const TAKES_LIST = ["probabilities", "means", "values", "weights"];

/** Whether a message is of how many a list has. */
function isCount(message: string): boolean {
  return /as many as|not be empty/.test(message);
}

/** What the schema leaves open: which of its two forms a hyperexponential has. */
function formFaults(distribution: string, parameters: readonly string[]): string[] | undefined {
  if (distribution !== "hyperexponential") return undefined;
  const given = ["mean", "cv", "probabilities", "means"].filter((parameter) => parameters.includes(parameter)).join();
  return given === "mean,cv" || given === "probabilities,means" ? undefined : ["it takes mean and cv, or probabilities and means"];
}

function stepOf(spec: DistributionSpec, unit: Unit): number {
  const divides = (step: number) => (spec.min as number) % step === 0 && (spec.max as number) % step === 0;
  return unit.steps.find(divides) as number;
}

/** The least that an amount can be. */
export function leastOfAmount(amount: Amount): number {
  return typeof amount === "number" ? amount : Math.max(0, Math.round(leastOf(amount as Distribution)));
}
