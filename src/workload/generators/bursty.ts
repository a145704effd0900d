// Bursty arrivals: a Poisson process whose rate switches between two states at random (a Markov-modulated Poisson process).
import { refuse } from "../../model/errors.ts";
import { samplerOf } from "../distributions.ts";
import { ARRIVAL_ALTERNATIVES, ARRIVAL_OPTIONS, meanInterarrival } from "./arrival-rate.ts";
import { COUNT, type Generator, numberOf } from "./generator.ts";

const MAX_PERIODS = 1e9;

export const bursty: Generator = {
  name: "bursty",
  summary: "independent tasks that arrive in bursts: a Poisson process whose rate is switched by exponential on and off times",
  source: "Fischer and Meier-Hellstern 1993, The Markov-modulated Poisson process (MMPP) cookbook",
  options: {
    count: COUNT,
    ...ARRIVAL_OPTIONS,
    on: { summary: "mean length of a burst", type: "duration", default: 600_000_000, min: 1 },
    off: { summary: "mean length of the quiet between bursts", type: "duration", default: 3_000_000_000, min: 1 },
    quiet: { summary: "rate in the quiet as a part of the rate in a burst", type: "number", default: 0, min: 0, max: 1 },
  },
  alternatives: ARRIVAL_ALTERNATIVES,
  shape(options, context) {
    const { draws, overall } = context;
    const [on, off, quiet] = [numberOf(options, "on"), numberOf(options, "off"), numberOf(options, "quiet")];
    const interarrival = meanInterarrival("bursty", options, context);
    if ((interarrival / (on + off)) * numberOf(options, "count") > MAX_PERIODS) {
      refuse("bursty: on and off are too short beside the time between arrivals; poisson is the limit of such bursts");
    }
    const inBurst = (on + off) / (on + quiet * off) / interarrival;
    const unit = samplerOf({ distribution: "exponential", mean: 1 });
    const arrivalKey = draws.key("arrival");
    const periodKey = overall.key("arrival/period");
    let period = 0; // index of the period's draw; 0 decides the state at the start, so that it is stationary
    overall.purpose(periodKey);
    let burst = overall.uniform(0) * (on + off) < on;
    let end = nextEnd(0);
    let time = 0;
    return {
      count: numberOf(options, "count"),
      fill(_position, row) {
        draws.purpose(arrivalKey);
        let due = unit(draws.uniform); // in expected arrivals
        for (let rate = burst ? inBurst : inBurst * quiet; due >= (end - time) * rate; rate = burst ? inBurst : inBurst * quiet) {
          due -= (end - time) * rate;
          time = end;
          burst = !burst;
          end = nextEnd(time);
        }
        time += due / (burst ? inBurst : inBurst * quiet);
        row.release += Math.round(time);
      },
    };

    function nextEnd(start: number): number {
      period += 1;
      const index = period;
      return start + (burst ? on : off) * unit(() => overall.uniform(index));
    }
  },
};
