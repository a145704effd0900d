// Time slicing, or round robin: a task that has run for a quantum goes to the end of the queue if others wait for its room.
import type { ParameterValue } from "../model/settings.ts";
import { type Duration, parseDuration, UnitError } from "../model/units.ts";
import { definePolicy } from "./policy.ts";

const DEFAULT_QUANTUM = "1s";
/** Progress is counted in whole µs at speed 1, and the least speed is a thousandth. */
const LEAST: Duration = 1000;

export const timeSlice = definePolicy({
  name: "time-slice",
  summary: "first come first served, but who has run for a quantum gives way to those that wait, and queues again (round robin)",
  formula: "time at which the task began to wait last",
  source: "Kleinrock, Naval Research Logistics Quarterly 11, 1964 (round robin with a quantum)",
  objective: "no task waits long for a long one; needs no estimates",
  preempts: true,
  quantum: parseDuration(DEFAULT_QUANTUM),
  scaleFree: false,
  parameters: {
    quantum: {
      summary: `how long a task runs before it gives way (seconds, or a unit); default ${DEFAULT_QUANTUM}`,
      faults: (value) => {
        try {
          return quantumOf(value) >= LEAST ? [] : ["quantum must be at least 1ms, in which the slowest worker does some work"];
        } catch (error) {
          if (!(error instanceof UnitError)) throw error;
          return [`quantum ${error.message}`];
        }
      },
    },
  },
  specialise: ({ quantum = DEFAULT_QUANTUM }) => ({ ...timeSlice, quantum: quantumOf(quantum) }),
  rank: (_, now) => now,
});

function quantumOf(value: ParameterValue): Duration {
  if (typeof value !== "string" && typeof value !== "number")
    throw new UnitError(`is ${Array.isArray(value) ? "a list" : String(value)}, not a duration, such as ${DEFAULT_QUANTUM}`);
  return parseDuration(value);
}
