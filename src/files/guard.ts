// What a run must not ask: the host's chance, clocks and timers. Inside the guard such a call is the policy's error.
import nodeCrypto from "node:crypto";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { MakespanError, PolicyError } from "../model/errors.ts";

type Anything = Record<string, unknown>;

/** One property that is replaced while the guard is on, and what messages call it. */
export interface Guarded {
  object: Anything;
  key: string;
  name: string;
}

export const GUARDED: readonly Guarded[] = [
  ...methods(Math, "Math", ["random"]),
  { object: globalThis as Anything, key: "Date", name: "Date" },
  ...methods(performance, "performance", ["now", "mark", "measure"]),
  ...methods(globalThis, "", ["setTimeout", "setInterval", "setImmediate", "queueMicrotask"]),
  ...methods(globalThis.crypto, "crypto", ["randomUUID", "getRandomValues"]),
  ...methods(nodeCrypto, "crypto", ["randomUUID", "randomBytes", "randomInt", "randomFillSync"]),
  { object: process as unknown as Anything, key: "hrtime", name: "process.hrtime" },
];

/** One for each of `GUARDED`; they refuse within a guard only, and are the original elsewhere. */
export const SUBSTITUTES: readonly unknown[] = GUARDED.map((guarded) => substituteFor(guarded, refuseInRun));

let depth = 0;
/** The first call that was refused within the guard, which the code there may have caught. */
const refused: PolicyError[] = [];

/**
 * Runs a synchronous function; a call of Math.random, Date, performance.now, a timer, or the host's random bytes within it throws
 * a PolicyError that names the call and the line that made it, and so is what else a user's code throws. A refusal that the code
 * catches is thrown at the end. Everything is as it was when it returns or throws. References taken before (`const { random } = Math`)
 * are seen in a policy's file, see `standGuard`; elsewhere comparing two runs finds what they do.
 */
export function withGuard<T>(run: () => T): T {
  if (depth > 0) return run();
  const restore = putInPlace(SUBSTITUTES);
  depth += 1;
  refused.length = 0;
  try {
    const result = run();
    if (refused[0] !== undefined) throw refused[0];
    return result;
  } catch (error) {
    throw refused[0] ?? asPolicyError(error);
  } finally {
    depth -= 1;
    restore();
  }
}

/** Replaces what is guarded, one substitute for each; returns what makes everything as it was. */
export function putInPlace(substitutes: readonly unknown[]): () => void {
  const saved = GUARDED.map(({ object, key }) => Object.getOwnPropertyDescriptor(object, key));
  for (const [i, { object, key }] of GUARDED.entries()) {
    const enumerable = saved[i]?.enumerable ?? false;
    Object.defineProperty(object, key, { value: substitutes[i], configurable: true, writable: true, enumerable });
  }
  return () => {
    for (const [i, { object, key }] of GUARDED.entries()) {
      const descriptor = saved[i];
      if (descriptor === undefined) delete object[key];
      else Object.defineProperty(object, key, descriptor);
    }
  };
}

/** Whether guarded code runs now. */
export function isGuarding(): boolean {
  return depth > 0;
}

/** What a user's code threw, with its place, whether or not the scheduler has said when; errors of Makespan's own stay what they are. */
function asPolicyError(error: unknown): unknown {
  const thrown = error instanceof PolicyError ? error.cause : error;
  if (!(error instanceof Error) || !(thrown instanceof Error) || thrown instanceof MakespanError) return error;
  const stack = thrown.stack ?? "";
  const [first] = placesOf(stack);
  if (first === undefined || isOwn(first)) return error;
  const what = error instanceof PolicyError ? error.message : `${error.name}: ${error.message}`;
  return new PolicyError(`${callerOf(stack)}: ${what}`, { cause: thrown });
}

function methods(object: object, name: string, keys: readonly string[]): Guarded[] {
  return keys.map((key) => ({ object: object as Anything, key, name: name === "" ? key : `${name}.${key}` }));
}

/** Told of a call, and whether it gives the same whenever it is made on one machine; throws, or lets it be. */
export type Refusal = (call: string, isFixed?: boolean) => void;

/** What stands in for a guarded property: the original behind a refusal. */
export function substituteFor({ object, key, name }: Guarded, refuse: Refusal): unknown {
  const original = object[key] as (...given: unknown[]) => unknown;
  if (key === "Date") return guardedDate(refuse);
  const substitute = behind(original, name, refuse);
  return key === "hrtime" ? Object.assign(substitute, { bigint: behind(process.hrtime.bigint, `${name}.bigint`, refuse) }) : substitute;
}

/** A function behind a refusal. */
export function behind(original: (...given: never[]) => unknown, name: string, refuse: Refusal) {
  return function (this: unknown, ...given: unknown[]): unknown {
    refuse(`${name}()`);
    return Reflect.apply(original, this, given);
  };
}

/** Date as before, but for asking the time: `Date.UTC` and `instanceof` go on working. */
function guardedDate(refuse: Refusal): DateConstructor {
  const now = behind(Date.now, "Date.now", refuse);
  return new Proxy(Date, {
    construct: (target, given, constructed) => {
      refuse("new Date()", given.length > 0);
      return Reflect.construct(target, given, constructed) as object;
    },
    apply: (target, self, given) => {
      refuse("Date()");
      return Reflect.apply(target, self, given) as string;
    },
    get: (target, key, receiver) => (key === "now" ? now : (Reflect.get(target, key, receiver) as unknown)),
  });
}

/** Files of policies that are being loaded; their code then belongs to the run. */
let loading: ReadonlySet<string> | undefined;

/** Loads a policy's file, which runs it: its calls, and those of the files among `files`, are refused as in a run. */
export async function withFilesGuarded<T>(files: ReadonlySet<string>, load: () => Promise<T>): Promise<T> {
  const before = loading;
  loading = files;
  try {
    return await load();
  } finally {
    loading = before;
  }
}

/** Whether a policy's file that is being loaded makes the call itself; what loads it may. */
function isLoadedPolicy(): boolean {
  if (loading === undefined) return false;
  const caller = placesOf(new Error().stack ?? "").find((place) => !isOwn(place));
  return caller !== undefined && loading.has(caller.file);
}

/** The refusal of the guard: of every call within it, and of a policy's file while it is loaded; of none elsewhere. */
export function refuseInRun(call: string, isFixed = false): void {
  if (depth === 0 && (isFixed || !isLoadedPolicy())) return;
  throw noted(refusedCall(call, "use pass.now, or draw(task, index) of the policy's context"));
}

/** The error of a refusal, kept for the end of the run in case that the code catches it. */
export function noted(error: PolicyError): PolicyError {
  if (depth > 0 && refused.length === 0) refused.push(error);
  return error;
}

/** The error for a call, with the line that made it; `advice` says what to use instead. */
export function refusedCall(call: string, advice: string): PolicyError {
  const place = callerOf(new Error().stack ?? "");
  const where = place === undefined ? "" : `${place}: `;
  return new PolicyError(`${where}${call} was called during a run, which must depend on nothing but the scenario and the seed; ${advice}`);
}

const OWN_FOLDER = fileURLToPath(new URL("..", import.meta.url));

/** The first place of a stack that is neither Makespan's own nor Node's, as file:line; of a library's only if there is no other. */
export function callerOf(stack: string): string | undefined {
  const place = callingPlace(stack);
  return place && `${shortPath(place.file)}:${place.line}`;
}

/** That place itself. */
export function callingPlace(stack: string): Place | undefined {
  const places = placesOf(stack).filter((place) => !isOwn(place));
  return places.find(({ file }) => !file.includes(`${sep}node_modules${sep}`)) ?? places[0];
}

/** Whether what threw, by this stack, is Makespan's own code. */
export function isThrownHere(stack: string): boolean {
  const [first] = placesOf(stack);
  return first !== undefined && isOwn(first);
}

function isOwn({ file }: Place): boolean {
  return file.startsWith(OWN_FOLDER);
}

/** Whether what called Makespan, by this stack, is Node's own code. */
export function isCalledByNode(stack: string): boolean {
  const frame = stack.split("\n").find((line, index) => index > 0 && !line.includes(OWN_FOLDER));
  return frame !== undefined && /[\s(]node:/.test(frame);
}

interface Place {
  file: string;
  line: string;
}

/** Files and lines of a stack's frames, innermost first. */
function placesOf(stack: string): Place[] {
  return stack.split("\n").flatMap((frame) => {
    const match = /^\s+at (?:.*\()?(?:file:\/\/)?(\/.*|[A-Za-z]:[\\/].*?):(\d+):\d+\)?$/.exec(frame);
    return match === null ? [] : [{ file: match[1] as string, line: match[2] as string }];
  });
}

/** A path from the working folder where it lies within, else the whole. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
