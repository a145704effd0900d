// Gathers what is wrong with a command line and the files that it names, step by step, so that all of it is told in one go.
import { type Fault, InputError } from "../model/errors.ts";

export class AllFaults {
  readonly #faults: Fault[];

  /** `known`: faults that were found before. */
  constructor(known: readonly Fault[] = []) {
    this.#faults = [...known];
  }

  get any(): boolean {
    return this.#faults.length > 0;
  }

  /** What a step gives; undefined where it refuses. */
  async of<T>(step: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      for (const fault of error.faults) this.#add(fault);
      return undefined;
    }
  }

  /** Throws what was gathered: what stands in no file first. */
  throwIfAny(): void {
    if (!this.any) return;
    const isPlaced = ({ position, more }: Fault) => position !== undefined || more !== undefined;
    throw new InputError([...this.#faults.filter((fault) => !isPlaced(fault)), ...this.#faults.filter(isPlaced)]);
  }

  /** An option that is wrong is wrong for each of the files: that is told once. */
  #add(fault: Fault): void {
    const { message, position, more } = fault;
    const isSame = (other: Fault) => other.message === message && JSON.stringify(other.position) === JSON.stringify(position);
    if (more !== undefined || !this.#faults.some(isSame)) this.#faults.push(fault);
  }
}
