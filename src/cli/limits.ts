// Numbers and times that options of the command line take.
import type { RunLimits } from "../experiment/run-cell.ts";
import { refuse } from "../model/errors.ts";
import { parseDuration, UnitError } from "../model/units.ts";
import type { AllFaults } from "./all-faults.ts";
import { type Arguments, type Option, optionOf } from "./command.ts";

export const LIMIT_OPTIONS: Readonly<Record<string, Option>> = {
  "max-events": { value: "N", summary: "end a run after so many events (exit 5)" },
  "max-time": { value: "TIME", summary: "end a run so long after the earliest release, as in 30d (exit 5)" },
};

/** The budgets of a run; what is wrong with them goes to the list. */
export async function limitsOf(args: Arguments, faults: AllFaults): Promise<RunLimits> {
  const events = await faults.of(() => wholeNumber(args, "max-events"));
  const text = optionOf(args, "max-time");
  const time = text === undefined ? undefined : await faults.of(() => duration("max-time", text));
  return { ...(events !== undefined && { maxEvents: events }), ...(time !== undefined && { maxTime: time }) };
}

/** A whole number above 0. */
export function wholeNumber(args: Arguments, option: string): number | undefined {
  const text = optionOf(args, option);
  if (text === undefined) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : refuse(`--${option}: "${text}" is not a whole number above 0`);
}

function duration(option: string, text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof UnitError) return refuse(`--${option}: ${error.message}`);
    throw error;
  }
}
