// `--set path=value`: values that replace or add to those of a document before it is checked.
import { type Fault, InputError, refuse } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import { shown } from "../model/shown.ts";
import { type Document, type Path, readValue } from "./document.ts";

/** A map or a list. */
type Container = Record<string, unknown> | unknown[];

interface Override {
  text: string;
  /** The shortest path that it replaced or made. */
  made: Path;
}

/**
 * The document with each `path=value` applied in turn. A path is made of keys, and of indices or ids within lists
 * (`tasks.0.cpu` or `tasks[0].cpu`, `tasks.extract.cpu`); the value is read as YAML. Keys that do not exist are refused when the result is checked.
 */
export function withOverrides(document: Document, settings: readonly string[]): Document {
  if (settings.length === 0) return document;
  const root: { value: unknown } = { value: structuredClone(document.value) };
  const faults: Fault[] = [];
  const overrides = settings.flatMap((text) => applied(root, text, faults));
  const overrideOf = (path: Path) => overrides.findLast(({ made }) => made.every((segment, i) => segment === path[i]));
  return {
    ...document,
    value: root.value,
    faults: [...(document.faults ?? []), ...faults],
    position: (path, part) => (overrideOf(path) === undefined ? document.position(path, part) : undefined),
    origin: (path) => {
      const override = overrideOf(path);
      return override === undefined ? document.origin(path) : `--set ${override.text}`;
    },
  };
}

/** What is wrong with a setting is told with all else. */
function applied(root: { value: unknown }, text: string, faults: Fault[]): Override[] {
  try {
    return [apply(root, text)];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    faults.push(...error.faults);
    return [];
  }
}

/** What is wrong with settings whatever they are applied to. */
export function settingFaults(settings: readonly string[]): Fault[] {
  return settings.flatMap((text) => {
    try {
      readSetting(text);
      return [];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return error.faults;
    }
  });
}

/** The keys and the value of `path=value`. */
function readSetting(text: string): { keys: string[]; value: unknown } {
  const equals = text.indexOf("=");
  if (equals < 1) refuse(`--set ${text}: give path=value, such as scheduler.placement=best-fit`);
  return { keys: text.slice(0, equals).split("."), value: settingValue(text, text.slice(equals + 1)) };
}

function apply(root: { value: unknown }, text: string): Override {
  const { keys, value } = readSetting(text);
  let container = root as unknown as Container;
  let key: string | number = "value";
  const path: (string | number)[] = [];
  let made: Path | undefined;
  for (let segment = keys.shift(); segment !== undefined; segment = keys.shift()) {
    const inner: unknown = Object.hasOwn(container, key) ? (container as Record<string | number, unknown>)[key] : undefined;
    const next: Container = inner === undefined || inner === null ? {} : containerAt(inner, path, text);
    if (inner === undefined || inner === null) {
      define(container, key, next);
      made ??= [...path];
    }
    container = next;
    const spelled = knows(next, segment) ? null : /^(.*?)((?:\[[0-9]+\])+)$/.exec(segment);
    if (spelled !== null) {
      const [, name = "", indices = ""] = spelled;
      keys.unshift(...(name === "" ? [] : [name]), ...indices.slice(1, -1).split("]["));
      segment = keys.shift() as string;
    }
    key = Array.isArray(next) ? indexIn(next, segment, path, text) : segment;
    path.push(key);
  }
  define(container, key, value);
  return { text, made: made ?? path };
}

/** Whether it has a key or an id of that name, brackets and all. */
function knows(container: Container, segment: string): boolean {
  return Array.isArray(container) ? idsOf(container).includes(segment) : Object.hasOwn(container, segment);
}

function idsOf(list: readonly unknown[]): string[] {
  return list.map((item) => String((item as { id?: unknown } | null)?.id));
}

/** Sets a key of the container's own, whatever its name. */
function define(container: Container, key: string | number, value: unknown): void {
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

function settingValue(setting: string, text: string): unknown {
  try {
    return readValue(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return refuse(`--set ${setting}: ${error.message}`);
  }
}

function containerAt(value: unknown, path: Path, setting: string): Container {
  if (typeof value === "object" && value !== null) return value as Container;
  const whole = path.join(".");
  return refuse(`--set ${setting}: ${whole} is ${shown(value)}, which has no keys; give it as a whole: --set '${whole}={ … }'`);
}

/** The index of a list's element, by number or by the element's id. */
function indexIn(list: readonly unknown[], segment: string, path: Path, setting: string): number {
  const ids = idsOf(list);
  const byId = ids.indexOf(segment);
  if (byId >= 0) return byId;
  const what = path.join(".") || "the text";
  if (/^[0-9]+$/.test(segment)) {
    if (Number(segment) < list.length) return Number(segment);
    return refuse(`--set ${setting}: ${what} has ${list.length} entries, numbered from 0`);
  }
  return refuse(
    `--set ${setting}: ${what} has no entry "${segment}"${didYouMean(segment, ids) || "; name one by its id, or by its number from 0"}`,
  );
}
