// Collects faults of a document by path, and gives them all at once in order of position.
import { type Fault, faultAt, type FieldPlace, InputError, type Position } from "../model/errors.ts";
import { UnitError } from "../model/units.ts";
import type { Document, Part, Path } from "./document.ts";

export class FaultList {
  readonly #faults: Fault[] = [];
  readonly #paths: Path[] = [];
  /** Where the values of faults at aliases are written. */
  readonly #aliased = new Map<Fault, Position>();
  readonly #document: Document;

  constructor(document: Document) {
    this.#document = document;
  }

  get count(): number {
    return this.#faults.length;
  }

  /** Where the value at a path (or its key) stands: at the alias, where it came by one. */
  placeOf(path: Path, part?: Part): FieldPlace {
    const written = this.#document.position(path, part);
    const position = written && (this.#document.aliasAt?.(path) ?? written);
    return position === undefined ? { origin: this.#document.origin(path) } : { position };
  }

  /** Records a fault of the value at a path (or of its key); `unsure`: it may go when another is mended. */
  add(path: Path, message: string, part: Part = "value", unsure = false): void {
    this.#paths.push(path);
    const fault = { ...faultAt(this.placeOf(path, part), message), ...(unsure && { unsure }) };
    this.#faults.push(fault);
    const written = this.#document.position(path, part);
    if (written !== undefined && this.#document.aliasAt?.(path) !== undefined) this.#aliased.set(fault, written);
  }

  /** Records a fault that already says where it stands; `path`: the part of the document that it concerns. */
  addFault(fault: Fault, path: Path): void {
    this.#paths.push(path);
    this.#faults.push(fault);
  }

  /** Whether a fault was recorded at the path, or anywhere below it. */
  touch(path: Path): boolean {
    return this.some((recorded) => path.every((segment, i) => segment === recorded[i]));
  }

  /** Whether a fault was recorded at such a path. */
  some(holds: (path: Path) => boolean): boolean {
    return this.#paths.some(holds);
  }

  /** Runs a step; the faults that it throws are recorded like others, at the path where they say no better. */
  attempt<T>(path: Path, step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      this.take(path, error);
      return undefined;
    }
  }

  /** Records what was thrown for bad input; anything else is thrown again. */
  take(path: Path, error: unknown): void {
    if (error instanceof UnitError) {
      this.add(path, `${keyOf(path)} ${error.message}`);
    } else if (error instanceof InputError) {
      for (const fault of error.faults) {
        if (fault.position === undefined && fault.more === undefined) this.add(path, fault.message);
        else this.addFault(fault, path);
      }
    } else {
      throw error;
    }
  }

  /** Throws what was recorded, each fault once, by file, line and column; files in the order of their first fault. */
  throwIfAny(): void {
    if (this.#faults.length === 0) return;
    const told = new Set<string>();
    const direct = this.#faults.filter((fault) => !this.#aliased.has(fault));
    for (const { message, position } of this.#aliased.size > 0 ? direct : []) told.add(JSON.stringify([message, position]));
    const isTold = (fault: Fault) => {
      const written = this.#aliased.get(fault);
      return written !== undefined && told.has(JSON.stringify([fault.message, written]));
    };
    const faults = sorted(this.#faults.filter((fault) => !isTold(fault)));
    throw new InputError(faults.filter((fault, i, all) => !isSame(fault, all[i - 1])));
  }
}

function isSame(fault: Fault, other: Fault | undefined): boolean {
  const { message, position } = fault;
  return message === other?.message && position !== undefined && JSON.stringify(position) === JSON.stringify(other.position);
}

function sorted(faults: readonly Fault[]): Fault[] {
  const files: string[] = [];
  for (const { position } of faults) {
    if (position !== undefined && !files.includes(position.file)) files.push(position.file);
  }
  const fileRank = (position: Position | undefined) => (position === undefined ? -1 : files.indexOf(position.file));
  return [...faults].sort(
    (a, b) =>
      Number(a.more !== undefined) - Number(b.more !== undefined) ||
      fileRank(a.position) - fileRank(b.position) ||
      (a.position?.line ?? 0) - (b.position?.line ?? 0) ||
      (a.position?.column ?? 0) - (b.position?.column ?? 0),
  );
}

/** The last key of a path, with the indices behind it: `dependencies[0]`. */
export function keyOf(path: Path): string {
  const last = path.findLastIndex((segment) => typeof segment === "string");
  return path
    .slice(Math.max(0, last))
    .map((segment) => (typeof segment === "number" ? `[${segment}]` : segment))
    .join("");
}
