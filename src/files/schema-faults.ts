// What the schema finds wrong with a document, as faults for a person; and the document without it, so that the rest can be judged too.
import type { z } from "zod";
import { type ScenarioInput, scenarioSchema } from "../model/scenario-schema.ts";
import { nearest } from "../model/nearest.ts";
import { DISTRIBUTION_NAMES } from "../model/quantity-schema.ts";
import { DISK, STANDARD_DIMENSIONS } from "../model/resources.ts";
import { GENERATE_KEYS, TEMPLATE_KEYS } from "../model/task-schema.ts";
import { SHARED_OPTIONS } from "../workload/generators/generator.ts";
import { GENERATORS } from "../workload/generators/index.ts";
import type { Document, Part, Path } from "./document.ts";
import { type FaultList, keyOf } from "./fault-list.ts";
import { judgeParameters, TIME, type Unit, unitOfDimension } from "./normalise-amounts.ts";

type Issue = z.core.$ZodIssue;

/** A list of which the elements with faults were taken out: they are undefined, so that the others keep their places. */
export type WithHoles<List> = List extends readonly (infer Item)[] ? readonly (Item | undefined)[] : List;

type NetworkInput = NonNullable<ScenarioInput["network"]>;
type ClusterInput = NonNullable<ScenarioInput["cluster"]>;
export type CheckedCluster = Omit<ClusterInput, "workers" | "pools"> & {
  workers?: WithHoles<NonNullable<ClusterInput["workers"]>> | undefined;
  pools?: WithHoles<NonNullable<ClusterInput["pools"]>> | undefined;
};
export type CheckedNetwork = Omit<NetworkInput, "links"> & { links?: WithHoles<NetworkInput["links"]> };

/** What is left of a scenario: fields may be missing wherever faults were, whatever their type says. */
export interface Checked {
  input: Omit<ScenarioInput, "tasks" | "actions" | "faults" | "network" | "cluster"> & {
    cluster?: CheckedCluster | undefined;
    tasks?: WithHoles<ScenarioInput["tasks"]>;
    actions?: WithHoles<ScenarioInput["actions"]>;
    faults?: WithHoles<ScenarioInput["faults"]>;
    network?: CheckedNetwork | undefined;
  };
  /** Whether something was given at the path, or meant for it by a misspelt key, and taken out because of a fault that is recorded already. */
  faulty(path: Path): boolean;
  /** Whether something was taken out at the path or anywhere below it. */
  faultyWithin(path: Path): boolean;
}

/**
 * Checks the form of a scenario. Each fault goes to the list and takes the field around it out of the result, so that what stands
 * beside it is judged all the same. Undefined where nothing is left.
 */
export function checkForm(document: Document, faults: FaultList): Checked | undefined {
  const result = scenarioSchema.safeParse(document.value);
  const { foreign = [] } = document;
  if (result.success && foreign.length === 0)
    return { input: document.value as ScenarioInput, faulty: () => false, faultyWithin: () => false };
  const first = (result.error?.issues ?? []).flatMap((issue) => flatten(issue, []));
  const isForeign = (path: Path) => foreign.some(({ path: around }) => around.every((segment, i) => segment === path[i]));
  // Which options a generator has is judged by the generator, also of a value that none can have.
  const found = [...first, ...besideDistributions(document.value, first)].filter(({ path }) => !isForeign(path) && !isUnknownOption(path));
  for (const { path, what } of foreign)
    found.push({ path, issue: { code: "custom", path: [], message: `is a ${what}; a plain object with keys is meant`, input: undefined } });
  const isMissing = (path: Path) => valueAt(document.value, path) === undefined;
  const misspelt = new Set(found.flatMap(({ path, issue }) => intended(path, issue, isMissing)));
  for (const { path, issue } of found) if (!misspelt.has(JSON.stringify(path))) report(path, issue, document, faults);
  judgeSoundParameters(document, found, faults);
  if (found.some(({ path }) => path.length === 0)) return undefined;
  const input = copyOf(document.value, 5) as Checked["input"];
  const removed = found.map(({ path }) => unitOf(path));
  for (const unit of removed) remove(input, unit);
  const exact = new Set([...removed.map((unit) => JSON.stringify(unit)), ...misspelt]);
  return {
    input,
    faulty: (path) => exact.has(JSON.stringify(path)),
    faultyWithin: (path) => removed.some((unit) => path.every((segment, i) => segment === unit[i])),
  };
}

/** Whether it is a key of a generated workload that no generator has. */
function isUnknownOption(path: Path): boolean {
  const [root, ...below] = path;
  const [key, ...within] = typeof below[0] === "number" ? below.slice(1) : below;
  if (root !== "generate" || typeof key !== "string" || within.length > 0) return false;
  const isOption = [...GENERATORS, { options: SHARED_OPTIONS }].some(({ options }) => Object.hasOwn(options, key));
  return !isOption && !TEMPLATE_KEYS.includes(key) && !GENERATE_KEYS.includes(key);
}

interface Found {
  path: Path;
  issue: Issue;
}

/** What is wrong beside misspelt names of distributions, judged by those that were meant. */
function besideDistributions(value: unknown, found: readonly Found[]): Found[] {
  const mended = copyOf(value, 7);
  const places = found.flatMap(({ path, issue }) => {
    const around = path.slice(0, -1);
    const given = valueAt(value, path);
    const isName = path.at(-1) === "distribution" && issue.code === "invalid_union" && typeof given === "string";
    const meant = isName ? nearest(given, DISTRIBUTION_NAMES) : undefined;
    if (meant === undefined) return [];
    (valueAt(mended, around) as Record<string, unknown>)["distribution"] = meant;
    return [around];
  });
  const issues = places.length === 0 ? [] : (scenarioSchema.safeParse(mended).error?.issues ?? []);
  const isBeside = (path: Path) => places.some((around) => around.every((segment, i) => segment === path[i]));
  return issues.flatMap((issue) => flatten(issue, [])).filter(({ path }) => isBeside(path));
}

/** What is wrong with parameters of distributions beside others that have faults themselves. */
function judgeSoundParameters({ value }: Document, found: readonly Found[], faults: FaultList): void {
  const around = new Map<string, { place: Path; unsound: Set<string> }>();
  for (const { path } of found) {
    const end = path.findLastIndex((_, i) => typeof valueAt(value, [...path.slice(0, i), "distribution"]) === "string");
    if (end < 0) continue;
    const place = path.slice(0, end);
    const entry = around.get(JSON.stringify(place)) ?? { place, unsound: new Set<string>() };
    entry.unsound.add(String(path[end]));
    around.set(JSON.stringify(place), entry);
  }
  for (const { place, unsound } of around.values())
    judgeParameters(valueAt(value, place) as Record<string, unknown>, unsound, unitAt(place), place, faults);
}

/** The unit of a quantity that stands at a path. */
function unitAt(path: Path): Unit {
  const [root] = path;
  const isTime = ["functions", "network", "scheduler"].includes(root as string) || path.includes("on");
  const dimension = (STANDARD_DIMENSIONS as readonly unknown[]).indexOf(path.at(-1));
  if (isTime || (dimension < 0 && !path.includes("resources") && !path.includes("usage"))) return TIME;
  if (path.includes("resources")) return unitOfDimension(STANDARD_DIMENSIONS.length);
  return unitOfDimension(dimension < 0 ? DISK : dimension);
}

/** Issues one by one: unions by the alternative that was meant, unknown keys each by itself. */
function flatten(issue: Issue, base: Path): Found[] {
  const path = [...base, ...(issue.path as (string | number)[])];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key, k) => ({ path: [...path, key], issue: { ...issue, message: issue.message.split("\n")[k] ?? "" } }));
  if (issue.code !== "invalid_union") return [{ path, issue }];
  const meant = issue.errors
    .map((alternative) => alternative as readonly Issue[])
    .filter((alternative) => !alternative.some(isMismatch))
    .sort((a, b) => misspeltKeys(b) - misspeltKeys(a) || unknownKeys(a) - unknownKeys(b) || a.length - b.length)[0];
  return meant === undefined ? [{ path, issue }] : meant.flatMap((inner) => flatten(inner, path));
}

/** Whether the value is of another kind altogether than this alternative asks for. */
function isMismatch(issue: Issue): boolean {
  if (issue.path.length > 0 || issue.code === "unrecognized_keys") return false;
  if (issue.code !== "invalid_union") return true;
  return issue.errors.every((alternative) => (alternative as readonly Issue[]).some(isMismatch));
}

/** The path that an unknown key was meant for, where nothing else stands there: that it is missing need not be said as well. */
function intended(path: Path, issue: Issue, isMissing: (path: Path) => boolean): string[] {
  const meant = issue.code === "unrecognized_keys" ? /did you mean "(.*)"\?$/.exec(issue.message)?.[1] : undefined;
  const place = meant === undefined ? undefined : [...path.slice(0, -1), meant];
  return place === undefined || !isMissing(place) ? [] : [JSON.stringify(place)];
}

/** Keys that were meant for one of the alternative's own. */
function misspeltKeys(issues: readonly Issue[]): number {
  return issues.reduce((sum, { code, message }) => sum + (code === "unrecognized_keys" ? message.split("did you mean").length - 1 : 0), 0);
}

/** How many keys an alternative does not know; half a one where it cannot tell, since the key is missing or wrong that says what it is. */
function unknownKeys(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => {
    if (issue.code === "unrecognized_keys") return sum + issue.keys.length;
    if (issue.code !== "invalid_union") return sum;
    if (issue.errors.length === 0) return sum + (issue.path.length === 1 ? 0.5 : 0);
    if (issue.path.length > 0) return sum;
    const meant = issue.errors.map((alternative) => alternative as readonly Issue[]).filter((inner) => !inner.some(isMismatch));
    return sum + Math.min(...(meant.length > 0 ? meant.map(unknownKeys) : [0]));
  }, 0);
}

function report(path: Path, issue: Issue, document: Document, faults: FaultList): void {
  const value = valueAt(document.value, path);
  let message = `${keyOf(path)} ${issue.message}`;
  let part: Part = "value";
  if (issue.code === "unrecognized_keys") {
    message = issue.message;
    part = "key";
  } else if (path.length === 0) {
    const isNothing = value === undefined || value === null;
    message =
      issue.code === "custom"
        ? `the scenario ${issue.message}`
        : isNothing
          ? "there is no scenario: the text is empty"
          : `the text ${issue.message}`;
  } else if (value === undefined) {
    message = typeof path.at(-1) === "number" ? `${keyOf(path)} has no value` : `missing key ${JSON.stringify(path.at(-1))}`;
  } else if (value === null) {
    message = `${keyOf(path)} has no value`;
  }
  faults.add(path, message, part);
}

/** The value at a path, or undefined. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const segment of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return value;
}

const LISTS = ["tasks", "workload", "generate", "actions", "faults"];
const ALWAYS_LISTS = ["tasks", "actions", "faults"];
const MAPS = ["seeds", "functions", "expect", "measure", "network"];
/** Settings of the scheduler of which every key is judged by itself. */
const SETTINGS = ["policy", "retries", "heartbeat", "decisionTime", "preemption"];

/** Maps of a worker of which every key is judged by itself. */
const WORKER_MAPS = ["resources", "labels"];

/** Maps of a task, and of the template of generated ones. */
const TASK_MAPS = ["resources", "usage", "requires"];

/** The path of the field, or of the whole element, that is taken out for a fault at a path. */
function unitOf(path: Path): Path {
  const [root, second] = path as [string, string | number | undefined];
  if (root === "cluster") return path.slice(0, WORKER_MAPS.includes(path[3] as string) ? 5 : 4);
  if (root === "scheduler") return SETTINGS.includes(second as string) ? [...path] : path.slice(0, 2);
  if (root === "network" && second === "links") return path.slice(0, 4);
  if (root === "network" && second === "clients") return path.slice(0, 3);
  if (MAPS.includes(root)) return path.slice(0, 2);
  if (!LISTS.includes(root)) return path.slice(0, 1);
  if (typeof second !== "number") return path.slice(0, ALWAYS_LISTS.includes(root) ? 1 : TASK_MAPS.includes(second as string) ? 3 : 2);
  if (path[2] === "join") return path.slice(0, WORKER_MAPS.includes(path[3] as string) ? 5 : 4);
  return path.slice(0, ["set", "when", ...TASK_MAPS].includes(path[2] as string) ? 4 : 3);
}

function remove(root: object, path: Path): void {
  const container = valueAt(root, path.slice(0, -1)) as Record<string | number, unknown> | unknown[] | undefined;
  const last = path.at(-1) as string | number;
  if (Array.isArray(container)) container[last as number] = undefined;
  else if (typeof container === "object") delete container[last];
}

/** A copy of the first levels of maps and lists; what is below is shared. */
function copyOf(value: unknown, levels: number): unknown {
  if (levels === 0 || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => copyOf(item, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner, levels - 1)]));
}
