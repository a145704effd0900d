// What elastic tasks may hold beyond their requests, and what that is good for, from a task of a scenario file.
import { type ElasticPlan, ELASTIC, type Speedup, type Stretch } from "../model/elastic.ts";
import { amountText, CPU, STANDARD_DIMENSIONS } from "../model/resources.ts";
import { UnitError } from "../model/units.ts";
import type { TaskInput } from "../model/scenario-schema.ts";
import type { SpeedupInput } from "../model/task-schema.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { unitOfDimension } from "./normalise-amounts.ts";
import type { Checked } from "./schema-faults.ts";

type Bounds = { min: number | string; max: number | string };
type Key = "cpu" | "memory";

/** Whether an amount is given by its least and its most. */
export function isStretched(given: unknown): given is Bounds {
  return typeof given === "object" && given !== null && "min" in given && !("distribution" in given);
}

/** What a task may hold beyond its requests; undefined where that is nothing. */
export function elasticOf(task: Partial<TaskInput>, path: Path, faults: FaultList, faulty: Checked["faulty"]): ElasticPlan | undefined {
  const plan: ElasticPlan = {};
  for (const dimension of ELASTIC) {
    if (faulty([...path, STANDARD_DIMENSIONS[dimension] as string])) continue; // nothing is left of what was said
    const stretch = stretchIn(task, dimension, path, faults);
    if (stretch !== undefined) plan[dimension] = stretch;
  }
  return Object.keys(plan).length === 0 ? undefined : plan;
}

function stretchIn(task: Partial<TaskInput>, dimension: (typeof ELASTIC)[number], path: Path, faults: FaultList): Stretch | undefined {
  const key = STANDARD_DIMENSIONS[dimension] as Key;
  const given = task[key];
  const speedup = speedupGiven(task, key);
  if (speedup.twice)
    faults.add([...path, "speedup", key], `the speed-up of ${key} is given twice; leave out this, or what stands beside it`, "key");
  const where = [...path, "speedup", ...speedup.path];
  if (!isStretched(given)) {
    if (speedup.given !== undefined)
      faults.add(where, `the speed-up says what more ${key} is good for, and ${key} has no least and most; give it { min: …, max: … }`);
    return undefined;
  }
  const read = (bound: "min" | "max") =>
    faults.attempt([...path, key, bound], () => unitOfDimension(dimension).parse(given[bound])) ?? undefined;
  const [least, most] = [read("min"), read("max")];
  if (least === undefined || most === undefined) return undefined;
  if (most < least) {
    const text = `max ${amountText(dimension, most)} is below min ${amountText(dimension, least)}`;
    faults.add([...path, key, "max"], text);
  }
  if (least === 0) faults.add([...path, key, "min"], `min of ${key} must be above 0: its duration is the one that it takes with that`);
  const model = speedup.given ?? (dimension === CPU ? "linear" : undefined);
  if (model === undefined) {
    faults.add([...path, key], `more memory is good for nothing without a speed-up; give it speedup: { memory: { table: … } }`);
    return undefined;
  }
  const known = speedupOf(model, dimension, where, faults);
  return known === undefined || most <= least || least === 0 ? undefined : { most, speedup: known };
}

/** What is said of a dimension, and where. */
function speedupGiven({ speedup }: Partial<TaskInput>, key: Key): { given: SpeedupInput | undefined; path: Path; twice?: boolean } {
  if (speedup === undefined || speedup === "linear") return { given: key === "cpu" ? speedup : undefined, path: [] };
  const { cpu, memory, ...short } = speedup;
  if (key === "memory") return { given: memory, path: ["memory"] };
  const isShort = Object.values(short).some((value) => value !== undefined);
  return isShort ? { given: short, path: [], twice: cpu !== undefined } : { given: cpu, path: ["cpu"] };
}

function speedupOf(given: SpeedupInput, dimension: number, path: Path, faults: FaultList): Speedup | undefined {
  if (given === "linear") return { kind: "linear" };
  const { amdahl, table } = given;
  if ((amdahl === undefined) === (table === undefined)) {
    faults.add(path, "a speed-up is linear, or has one of amdahl and table");
    return undefined;
  }
  if (amdahl !== undefined) {
    if (dimension !== CPU) faults.add([...path, "amdahl"], "Amdahl's law is about cores; give memory a table", "key");
    return dimension === CPU ? { kind: "amdahl", parallel: amdahl } : undefined;
  }
  const points: [number, number][] = [];
  for (const [text, factor] of Object.entries(table ?? {})) {
    try {
      points.push([unitOfDimension(dimension).parse(/^[0-9.]+$/.test(text) ? Number(text) : text), factor]);
    } catch (error) {
      if (!(error instanceof UnitError)) throw error;
      faults.add([...path, "table", text], `the amount ${error.message}`, "key");
    }
  }
  points.sort(([a], [b]) => a - b);
  if (points.length === 0) faults.add([...path, "table"], "the table of a speed-up needs one amount at least");
  const twice = points.find(([amount], i) => points[i - 1]?.[0] === amount);
  if (twice !== undefined) faults.add([...path, "table"], `the table has ${amountText(dimension, twice[0])} twice; give each amount once`);
  const falls = points.find(([, factor], i) => i > 0 && factor < (points[i - 1] as [number, number])[1]);
  if (falls !== undefined)
    faults.add([...path, "table"], `a speed-up does not fall: ${amountText(dimension, falls[0])} has less than the one before`);
  return points.length === 0 || (twice ?? falls) !== undefined ? undefined : { kind: "table", points };
}
