// Time at the library's door: seconds, as in scenario files and reports; inside it is whole µs.
import { refuse } from "../model/errors.ts";
import { type Duration, parseDuration, SECOND, type Time, UnitError } from "../model/units.ts";

/** A point or length of virtual time as a user gives it: seconds, or a text with a unit such as "1.5s", "200ms" or "2h". */
export type TimeInput = number | string;

/** In µs. `what` begins the message for one that is not a duration: `maxTime "x" is not …`. */
export function durationOf(input: TimeInput, what: string): Duration {
  try {
    return parseDuration(input);
  } catch (error) {
    if (error instanceof UnitError) return refuse(`${what} ${error.message}`);
    throw error;
  }
}

/** Whole µs in seconds: the double nearest to the exact decimal, which is read back as the same µs (up to 142 years). */
export function secondsOf(time: Time): number {
  return time / SECOND;
}
