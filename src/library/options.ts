// Options of the library's calls: unknown names are refused, for a misspelt one would be passed over in silence.
import { InputError } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";

/** Throws an InputError for options that the call does not take. */
export function requireKnown(call: string, options: object, known: readonly string[]): void {
  const unknown = Object.entries(options).flatMap(([name, value]) => (value === undefined || known.includes(name) ? [] : [name]));
  if (unknown.length === 0) return;
  throw new InputError(
    unknown.map((name) => ({ message: `${call} has no option "${name}"${didYouMean(name, known) || `; it takes ${known.join(", ")}`}` })),
  );
}
