// Collects what is wrong with a file: the first few hundred faults with their positions, of the others the number.
import { type Fault, InputError } from "../../model/errors.ts";

/** Faults that are kept. */
export const KEPT = 500;
const SHOWN_TEXT = 400;

export class ImportFaults {
  readonly #file: string;
  readonly #faults: Fault[] = [];
  #more = 0;

  constructor(file: string) {
    this.#file = file;
  }

  get any(): boolean {
    return this.#faults.length > 0;
  }

  /** A fault at a line and column, both from 1; `text` is the line, where it is still known. */
  add(message: string, line: number, column: number, text?: string): void {
    if (this.#faults.length >= KEPT) {
      this.#more += 1;
      return;
    }
    // A long line is cut before its fault's column, so that the caret can be shown.
    const shown = text !== undefined && column <= SHOWN_TEXT ? ` ${text.slice(0, SHOWN_TEXT)}`.slice(1) : undefined;
    this.#faults.push({ message, position: { file: this.#file, line, column, ...(shown !== undefined && { text: shown }) } });
  }

  /** A fault of the file as a whole, or of something that has no line. */
  addOverall(message: string): void {
    if (this.#faults.length >= KEPT) this.#more += 1;
    else this.#faults.push({ message: `${this.#file}: ${message}` });
  }

  /** So many more faults, which are counted alone. */
  addUntold(count: number): void {
    this.#more += count;
  }

  throwIfAny(): void {
    if (this.#faults.length === 0) return;
    const more: Fault[] = this.#more > 0 ? [{ message: `${this.#file}: ${this.#more} more faults of such kinds`, more: this.#more }] : [];
    throw new InputError([...this.#faults, ...more]);
  }
}
