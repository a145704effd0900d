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

/** Bad input or usage: all its faults at once, by position. Exit code 2. */
export class InputError extends MakespanError {
  override readonly name = "InputError";
  readonly exitCode = 2;
  constructor(readonly faults: readonly Fault[]) {
    super(faults.map((fault) => fault.message).join("\n"));
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
