// The model of rigid batch jobs by Lublin and Feitelson (2003, The workload on parallel supercomputers: modeling the
// characteristics of rigid jobs, J. Parallel and Distributed Computing 63): sizes, run times and a daily cycle of arrivals.
// Constants: the paper's, as in the authors' program lublin99.
import { exp, log2, pow } from "../../engine/exact-math.ts";
import { drawGamma, gammaDensity, integral } from "./gamma.ts";

/** Times between arrivals of jobs and run times are e^x seconds; a greater x is drawn anew. */
const LONGEST_RUN = 12;
const LONGEST_GAP = 13;
const BUCKETS = 48;
const BUCKET_SECONDS = 1800;
const DAY_START = 11; // bucket from which the arrivals of a day are counted: the least busy one

interface Parameters {
  /** Probability of one processor, and of a power of two. */
  serial: number;
  powerOfTwo: number;
  /** log2 of sizes: uniform on [low, hi − toMiddle] with probability `lower`, else on [hi − toMiddle, hi]; hi = log2(processors) − toTop. */
  low: number;
  toMiddle: number;
  toTop: number;
  lower: number;
  /** ln of run times: gamma of (shape, scale) `first` with probability slope × processors + constant, else of `second`. */
  first: readonly [number, number];
  second: readonly [number, number];
  slope: number;
  constant: number;
  /** ln of times between arrivals in the rush hours; `allDay` × the shape makes it the mean over the day. */
  gap: readonly [number, number];
  allDay: number;
  /** The cycle of the day, over half hours. */
  day: readonly [number, number];
}

/** The three fits: batch jobs, interactive jobs, and all jobs without telling them apart. */
export const LUBLIN_JOBS: Readonly<Record<"all" | "batch" | "interactive", Parameters>> = {
  all: {
    serial: 0.244,
    powerOfTwo: 0.576,
    low: 0.8,
    toMiddle: 2.5,
    toTop: 0,
    lower: 0.86,
    first: [4.2, 0.94],
    second: [312, 0.03],
    slope: -0.0054,
    constant: 0.78,
    gap: [10.2303, 0.4871],
    allDay: 1.0225,
    day: [8.1737, 3.9631],
  },
  batch: {
    serial: 0.2927,
    powerOfTwo: 0.6686,
    low: 1.2,
    toMiddle: 2,
    toTop: 0,
    lower: 0.875,
    first: [6.57, 0.823],
    second: [639.1, 0.0156],
    slope: -0.003,
    constant: 0.6986,
    gap: [6.0415, 0.8531],
    allDay: 1.0519,
    day: [6.1271, 5.274],
  },
  interactive: {
    serial: 0.1541,
    powerOfTwo: 0.625,
    low: 1,
    toMiddle: 2.5,
    toTop: 1.5,
    lower: 0.705,
    first: [3.8351, 0.6605],
    second: [7.073, 0.6856],
    slope: -0.0118,
    constant: 0.9156,
    gap: [6.551, 0.6621],
    allDay: 0.9797,
    day: [8.9186, 3.668],
  },
};

/** The model for a machine of that many processors. */
export class LublinModel {
  readonly #p: Parameters;
  readonly #processors: number;
  readonly #high: number;
  readonly #middle: number;
  readonly #largestPower: number;
  readonly #weights: Float64Array;

  constructor(jobs: keyof typeof LUBLIN_JOBS, processors: number) {
    const p = LUBLIN_JOBS[jobs];
    this.#p = p;
    this.#processors = processors;
    this.#high = Math.max(p.low, log2(processors) - p.toTop);
    this.#middle = Math.max(p.low, this.#high - p.toMiddle);
    this.#largestPower = Math.floor(log2(processors));
    this.#weights = bucketWeights(p.day);
  }

  /** Processors of a job. */
  size(next: () => number): number {
    const kind = next();
    if (kind < this.#p.serial) return 1;
    const lower = next() < this.#p.lower;
    const u = next();
    const exponent = lower ? this.#p.low + u * (this.#middle - this.#p.low) : this.#middle + u * (this.#high - this.#middle);
    return kind < this.#p.serial + this.#p.powerOfTwo ? this.#powerSize(exponent) : this.#anySize(exponent);
  }

  #powerSize(exponent: number): number {
    return pow(2, Math.min(this.#largestPower, Math.round(exponent)));
  }

  #anySize(exponent: number): number {
    return Math.min(this.#processors, Math.round(pow(2, exponent)));
  }

  /** Seconds that a job of that size runs. */
  runTime(size: number, next: () => number): number {
    const first = this.#firstShare(size);
    for (;;) {
      const [shape, scale] = next() < first ? this.#p.first : this.#p.second;
      const x = drawGamma(shape, scale, next);
      if (x <= LONGEST_RUN) return exp(x);
    }
  }

  #firstShare(size: number): number {
    return Math.min(1, Math.max(0, this.#p.slope * size + this.#p.constant));
  }

  /** Seconds to the next arrival, were it not for the cycle of the day. */
  gap(next: () => number): number {
    const [shape, scale] = this.#p.gap;
    for (;;) {
      const x = drawGamma(shape * this.#p.allDay, scale, next);
      if (x <= LONGEST_GAP) return exp(x);
    }
  }

  /** The mean of `gap`. */
  meanGap(): number {
    const [shape, scale] = this.#p.gap;
    return truncatedMean(shape * this.#p.allDay, scale, LONGEST_GAP).mean;
  }

  /**
   * A clock of arrivals from midnight on: given seconds of mean traffic since the last arrival it tells the second of the next
   * one, by the weight of each half hour passed.
   */
  clock(): (gap: number) => number {
    let bucket = 0;
    let start = 0; // of the bucket
    let used = 0; // of the bucket's weight
    return (gap) => {
      used += gap / BUCKET_SECONDS;
      for (let weight = this.#weights[bucket] as number; used > weight; weight = this.#weights[bucket] as number) {
        used -= weight;
        start += BUCKET_SECONDS;
        bucket = (bucket + 1) % BUCKETS;
      }
      return start + (used / (this.#weights[bucket] as number)) * BUCKET_SECONDS;
    };
  }

  /** The mean of processors × seconds of a job. */
  meanArea(): number {
    const { serial, powerOfTwo } = this.#p;
    const first = truncatedMean(...this.#p.first, LONGEST_RUN);
    const second = truncatedMean(...this.#p.second, LONGEST_RUN);
    const area = (size: number) => {
      const share = this.#firstShare(size);
      const kept = share * first.kept + (1 - share) * second.kept;
      return (size * (share * first.kept * first.mean + (1 - share) * second.kept * second.mean)) / kept;
    };
    let sum = serial * area(1);
    for (let size = 2; size <= this.#processors; size++) {
      const above = size === this.#processors ? 1 : this.#below(log2(size + 0.5));
      sum += (1 - serial - powerOfTwo) * (above - this.#below(log2(size - 0.5))) * area(size);
    }
    for (let k = 0; k <= this.#largestPower; k++) {
      const above = k === this.#largestPower ? 1 : this.#below(k + 0.5);
      const below = k === 0 ? 0 : this.#below(k - 0.5);
      sum += powerOfTwo * (above - below) * area(pow(2, k));
    }
    return this.#processors === 1 ? area(1) : sum;
  }

  /** The probability that log2 of a parallel job's size is below x. */
  #below(x: number): number {
    const { low, lower } = this.#p;
    const [middle, high] = [this.#middle, this.#high];
    const part = (from: number, to: number) => (x >= to ? 1 : x <= from ? 0 : (x - from) / (to - from));
    return lower * part(low, middle) + (1 - lower) * part(middle, high);
  }
}

/** Of e^x with x gamma: the mean over x ≤ greatest, and how much of the probability that is. */
function truncatedMean(shape: number, scale: number, greatest: number): { mean: number; kept: number } {
  const kept = integral((x) => gammaDensity(shape, scale, x), 0, greatest, 4096);
  const mean = integral((x) => exp(x) * gammaDensity(shape, scale, x), 0, greatest, 4096) / kept;
  return { mean, kept };
}

/** How busy each half hour of the day is, 1 on average, from midnight on. */
function bucketWeights([shape, scale]: readonly [number, number]): Float64Array {
  const weights = new Float64Array(BUCKETS);
  for (let i = DAY_START; i < DAY_START + BUCKETS; i++) {
    weights[(i - 1) % BUCKETS] = integral((x) => gammaDensity(shape, scale, x), i - 0.5, i + 0.5, 16);
  }
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / BUCKETS;
  return weights.map((weight) => weight / mean);
}
