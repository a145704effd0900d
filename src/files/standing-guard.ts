// The guard as a policy's file meets it: in place before the file is loaded, so that what it keeps of the host (`const { random } =
// Math`, an import of node:timers) is behind the guard too; outside of runs all of it works as ever.
import nodeCrypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import timers from "node:timers";
import timerPromises from "node:timers/promises";
import { PolicyError } from "../model/errors.ts";
import {
  behind,
  callerOf,
  callingPlace,
  GUARDED,
  isGuarding,
  noted,
  putInPlace,
  type Refusal,
  refuseInRun,
  SUBSTITUTES,
  withFilesGuarded,
} from "./guard.ts";

/** Files of policies, and what they import. */
const policyFiles = new Set<string>();

/** Loads such a file; what it asks of the host meanwhile is refused as in a run. */
export function loadGuarded<T>(load: () => Promise<T>): Promise<T> {
  return withFilesGuarded(policyFiles, load);
}

/** Takes a file for a policy's, whose code must not end the process, whenever it runs. */
export function notePolicyFile(path: string): void {
  policyFiles.add(path);
}

let stands = false;

/** Puts the guard in place for good: each call of the host's chance, clocks, timers and endings asks whether it is allowed. */
export function standGuard(): void {
  if (stands) return;
  stands = true;
  putInPlace(SUBSTITUTES);
  // On the prototypes too: `Performance.prototype.now.call(performance)`.
  for (const [i, { object, key }] of GUARDED.entries()) {
    const prototype = Object.getPrototypeOf(object) as object | null;
    if (prototype !== null && Object.hasOwn(prototype, key)) redefine(prototype, key, () => SUBSTITUTES[i]);
  }
  redefine(Date.prototype, "constructor", () => globalThis.Date);
  const reserved: [object: object, name: string, keys: readonly string[], refuse: Refusal][] = [
    [timers, "", ["setTimeout", "setInterval", "setImmediate"], refuseInRun],
    [timerPromises, "", ["setTimeout", "setInterval", "setImmediate"], refuseInRun],
    [Object.getPrototypeOf(timerPromises.scheduler) as object, "scheduler.", ["wait", "yield"], refuseInRun],
    [nodeCrypto, "crypto.", ["randomFill", "pseudoRandomBytes", "prng", "rng"], refuseInRun],
    [process, "process.", ["uptime", "cpuUsage"], refuseInRun],
    [process, "process.", ["exit", "abort", "kill", "reallyExit"], refuseToEnd],
  ];
  for (const [object, name, keys, refuse] of reserved)
    for (const key of keys) redefine(object, key, (original) => behind(original as () => unknown, `${name}${key}`, refuse));
  guardFormats();
  syncBuiltinESMExports();
}

function redefine(object: object, key: string, substitute: (original: unknown) => unknown): void {
  const enumerable = Object.prototype.propertyIsEnumerable.call(object, key);
  const value = substitute(Reflect.get(object, key));
  Object.defineProperty(object, key, { value, enumerable, configurable: true, writable: true });
}

/** Dates are formatted as ever; without one it is the time that is asked for. */
function guardFormats(): void {
  const { prototype } = Intl.DateTimeFormat;
  const dated = (format: (date?: Date) => unknown, name: string) =>
    function (this: unknown, date?: Date): unknown {
      if (date === undefined) refuseInRun(`Intl.DateTimeFormat().${name}()`);
      return Reflect.apply(format, this, [date]);
    };
  redefine(prototype, "formatToParts", (original) => dated(original as () => unknown, "formatToParts"));
  const format = Object.getOwnPropertyDescriptor(prototype, "format") as PropertyDescriptor & { get: () => (date?: Date) => string };
  Object.defineProperty(prototype, "format", {
    ...format,
    get(this: Intl.DateTimeFormat) {
      return dated(Reflect.apply(format.get, this, []), "format");
    },
  });
}

/** A run cannot be ended from within, nor the process by a policy's file at any time; the command line may. */
function refuseToEnd(call: string): void {
  const stack = new Error().stack ?? "";
  if (!isGuarding() && !policyFiles.has(callingPlace(stack)?.file ?? "")) return;
  const place = callerOf(stack);
  const where = place === undefined ? "" : `${place}: `;
  throw noted(new PolicyError(`${where}${call} was called: a policy must not end the process, it may throw`));
}
