// Options of the library's calls: unknown names are refused, for a misspelt one would be passed over in silence.
import { InputError, refuse } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import { shown } from "../model/shown.ts";

/** What an option must be, and how that is said. */
interface Kind {
  holds(value: unknown): boolean;
  expected: string;
}

const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
const A_FUNCTION: Kind = { holds: (value) => typeof value === "function", expected: "a function" };
export const A_LIST: Kind = { holds: Array.isArray, expected: "a list" };
const A_TEXT: Kind = { holds: (value) => typeof value === "string", expected: "a text" };
export const OF_ROOTS: Kind = { holds: isObject, expected: "an object such as { workload: 7 }" };
const A_FLAG: Kind = { holds: (value) => typeof value === "boolean", expected: "true or false" };
const SINKS: Kind = {
  holds: (value) => Array.isArray(value) && value.every((sink: { entry?: unknown } | null) => typeof sink?.entry === "function"),
  expected: "a list of objects with a function entry",
};
const A_SIGNAL: Kind = {
  holds: (value) => isObject(value) && typeof (value as AbortSignal).addEventListener === "function",
  expected: "an AbortSignal",
};

/** By the option's name; in `compare`, seeds are checked where they are read. */
const KINDS: Readonly<Record<string, Kind>> = {
  onNote: A_FUNCTION,
  onNotified: A_FUNCTION,
  onProgress: A_FUNCTION,
  policies: A_LIST,
  rankBy: A_TEXT,
  fixedSeeds: OF_ROOTS,
  requeue: A_FLAG,
  sinks: SINKS,
  signal: A_SIGNAL,
};

/** Throws an InputError for options that are no object; `example` is one of them. */
export function requireOptions(call: string, options: unknown, example: string): void {
  if (!isObject(options)) refuse(`${call}: its options are an object, such as { ${example}: … }, not ${shown(options)}`);
}

/** Throws an InputError for options that the call does not take, or not with such a value. */
export function requireKnown(call: string, options: object, known: readonly string[], kinds: Readonly<Record<string, Kind>> = {}): void {
  requireOptions(call, options, known[0] as string);
  const unknown = Object.entries(options).flatMap(([name, value]) => (value === undefined || known.includes(name) ? [] : [name]));
  const faults = unknown.map((name) => ({
    message: `${call} has no option "${name}"${didYouMean(name, known) || `; it takes ${known.join(", ")}`}`,
  }));
  for (const [name, { holds, expected }] of Object.entries({ ...KINDS, ...kinds })) {
    const value: unknown = (options as Record<string, unknown>)[name];
    if (value !== undefined && known.includes(name) && !holds(value))
      faults.push({ message: `${call}: ${name} is ${expected}, not ${shown(value)}` });
  }
  if (faults.length > 0) throw new InputError(faults);
}

/** Throws an InputError for what is no text; `what` says what it should be. */
export function requireText(call: string, what: string, text: unknown): asserts text is string {
  if (typeof text !== "string") refuse(`${call}: ${what} is a text, not ${shown(text)}`);
}
