// Several steps that may each refuse what they are given: all that they refuse is told at once.
import { type Fault, InputError } from "./errors.ts";

type Results<Steps extends readonly (() => unknown)[]> = { [Index in keyof Steps]: ReturnType<Steps[Index]> };

/** What the steps give, in order. Throws one InputError with all that any of them refuses. */
export function together<const Steps extends readonly (() => unknown)[]>(...steps: Steps): Results<Steps> {
  const faults: Fault[] = [];
  let broken: { error: unknown } | undefined;
  const results = steps.map((step) => {
    try {
      return step();
    } catch (error) {
      if (error instanceof InputError) faults.push(...error.faults);
      else broken ??= { error }; // on what another step refuses
      return undefined;
    }
  });
  if (faults.length > 0) throw new InputError(faults);
  if (broken !== undefined) throw broken.error;
  return results as Results<Steps>;
}
