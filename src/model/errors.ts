// Errors for the person who reads them. Each class has the exit code that the command line gives it.

/** Where something stands in a file; lines and columns count from 1. */
export interface Position {
  file: string;
  line: number;
  column: number;
  /** The whole line, for the caret below it. */
  text?: string;
}

/** One thing wrong with an input: what it is, the nearest right thing, and where it stands. */
export interface Fault {
  message: string;
  position?: Position;
  /** Another fault may be its cause: where not all are printed, those that are certain go first. */
  unsure?: boolean;
  /** It only counts so many faults that are not spelt out; such a one comes last. */
  more?: number;
}

/** Where a field stands: in a file, or what to say before a message about it. */
export interface FieldPlace {
  position?: Position;
  origin?: string;
}

/** A fault of the field at that place. */
export function faultAt({ position, origin = "" }: FieldPlace, message: string): Fault {
  return { message: origin === "" ? message : `${origin}: ${message}`, ...(position && { position }) };
}

/** What is said of names that are not known where faults keep others from being read. */
export const AS_FAR = ", as far as can be read";

/** Any error that Makespan raises on purpose. */
export abstract class MakespanError extends Error {
  abstract readonly exitCode: number;
}

/** Most faults that are printed; of the others only their number is. */
export const MAX_PRINTED_FAULTS = 20;

/** The faults that are printed, in their order, the certain ones first of all; and how many more there are. */
export function printedFaults(faults: readonly Fault[]): { printed: readonly Fault[]; more: number } {
  const spelt = faults.filter(({ more }) => more === undefined);
  const chosen = new Set([...spelt.filter(({ unsure }) => !unsure), ...spelt.filter(({ unsure }) => unsure)].slice(0, MAX_PRINTED_FAULTS));
  const printed = spelt.filter((fault) => chosen.has(fault));
  return { printed, more: faults.reduce((sum, fault) => sum + (fault.more ?? 1), 0) - printed.length };
}

/** How many more faults there are than were printed. */
export function moreFaults(more: number): string {
  return `${more} more ${more === 1 ? "error" : "errors"}`;
}

/** Bad input or usage. Exit code 2. The message has a line for each of the first 20 faults, and says how many more there are. */
export class InputError extends MakespanError {
  override readonly name = "InputError";
  readonly exitCode = 2;

  /** `faults`: all of them, by position. */
  constructor(readonly faults: readonly Fault[]) {
    const { printed, more } = printedFaults(faults);
    super([...printed.map((fault) => fault.message), ...(more > 0 ? [moreFaults(more)] : [])].join("\n"));
  }
}

/** A policy broke the rules: what it did, when and with which seed stands in the message. Exit code 3. */
export class PolicyError extends MakespanError {
  override readonly name = "PolicyError";
  readonly exitCode = 3;
}

/** A budget ran out, or a run could not go on. Exit code 5. */
export class BudgetError extends MakespanError {
  override readonly name = "BudgetError";
  readonly exitCode = 5;
}

/** Two runs of the same scenario and seed differ. Exit code 4. */
export class NonDeterminismError extends MakespanError {
  override readonly name = "NonDeterminismError";
  readonly exitCode = 4;
}

/** Raises an input error with one fault that stands nowhere in a file. */
export function refuse(message: string): never {
  throw new InputError([{ message }]);
}
