// Chance: seeds, the keys of named purposes, and draws that are a pure function of (key, entity, execution, index), so that
// adding or dropping a draw, an entity or a purpose changes no other.
import seedrandom from "seedrandom";
import { refuse } from "../model/errors.ts";
import { productError } from "./exact-math.ts";

/** The four independent sources of chance; each may be given a seed of its own. */
export const ROOTS = ["workload", "faults", "network", "policy"] as const;
export type Root = (typeof ROOTS)[number];

/** The seed text of each root. */
export type RootSeeds = Readonly<Record<Root, string>>;

/** The key of one purpose's draws: two words of 32 bits, as signed integers. */
export interface StreamKey {
  readonly high: number;
  readonly low: number;
}

/** The seed as text: 7 and "7" are one seed. A number that is not a safe integer is an InputError. */
export function normaliseSeed(seed: string | number): string {
  if (typeof seed !== "string" && typeof seed !== "number") refuse("a seed is text, or a whole number below 2^53");
  if (typeof seed === "number" && !Number.isSafeInteger(seed)) {
    refuse(`seed ${seed} is not a whole number below 2^53: quote it to use it as text`);
  }
  return String(seed);
}

/** Every root's seed: its override where there is one, else `seed`. */
export function rootSeeds(seed: string | number, overrides: { readonly [R in Root]?: string | number | undefined } = {}): RootSeeds {
  const of = (root: Root) => normaliseSeed(overrides[root] ?? seed);
  return { workload: of("workload"), faults: of("faults"), network: of("network"), policy: of("policy") };
}

/** The key of a purpose (such as "duration") under a root; equal purposes of two roots have different keys. */
export function purposeKey(seeds: RootSeeds, root: Root, purpose: string): StreamKey {
  return streamKey(seeds[root], `${root}/${purpose}`);
}

/**
 * The key of (seed, purpose): two words drawn from seedrandom's alea. Its own seed is a hash of both texts with their lengths,
 * because alea's first draws from neighbouring seeds are correlated. Costs about 2 µs: one per purpose, not per draw.
 */
export function streamKey(seed: string, purpose: string): StreamKey {
  digest(`${seed.length}:${seed}/${purpose.length}:${purpose}`);
  const generator = seedrandom.alea(hexadecimal(state.high) + hexadecimal(state.low));
  return { high: generator.int32(), low: generator.int32() };
}

function hexadecimal(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}

const words = new Int32Array(2); // the two words behind the last draw
const state = { high: 0, low: 0 }; // the running hash of `digest`

/**
 * A uniform number in [0, 1), a multiple of 2^-53, for a purpose's key, the two lanes that name an entity (see `hashTextInto`;
 * any integers will do), an execution and an index. All four are taken modulo 2^32. Nothing is remembered between calls.
 *
 * Threefry-2×32 with 13 rounds, the cipher key being the purpose's key plus the entity's lanes, the counter (execution, index):
 * Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
 */
export function draw(key: StreamKey, entityHigh: number, entityLow: number, execution: number, index: number): number {
  const k0 = (key.high + entityHigh) | 0;
  const k1 = (key.low + entityLow) | 0;
  const k2 = 0x1bd11bda ^ k0 ^ k1;
  let x0 = (execution + k0) | 0;
  let x1 = (index + k1) | 0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  x0 = (x0 + k1) | 0;
  x1 = (x1 + k2 + 1) | 0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 29) | (x1 >>> 3)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 16) | (x1 >>> 16)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 24) | (x1 >>> 8)) ^ x0;
  x0 = (x0 + k2) | 0;
  x1 = (x1 + k0 + 2) | 0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 13) | (x1 >>> 19)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 15) | (x1 >>> 17)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 26) | (x1 >>> 6)) ^ x0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 6) | (x1 >>> 26)) ^ x0;
  x0 = (x0 + k0) | 0;
  x1 = (x1 + k1 + 3) | 0;
  x0 = (x0 + x1) | 0;
  x1 = ((x1 << 17) | (x1 >>> 15)) ^ x0;
  words[0] = x0;
  words[1] = x1;
  return ((x0 >>> 5) * 0x4000000 + (x1 >>> 6)) * 1.1102230246251565e-16; // 27 and 26 bits, × 2^-53
}

/**
 * Writes the two 32-bit lanes of a text's hash to out[offset] and out[offset + 1]: the entity of a draw. A function of the
 * UTF-16 code units alone, the same on every machine; no normalisation, so "é" in one and in two code units differ.
 */
export function hashTextInto(text: string, out: Int32Array, offset: number): void {
  digest(text);
  out[offset] = state.high;
  out[offset + 1] = state.low;
}

/**
 * Leaves the hash of a text in `state`. It starts as (length, a constant); each block of four code units (b0, b1), zeros behind
 * the end, makes it threefry(key: state, counter: block) xor block: the mode of Matyas, Meyer and Oseas (1985), as in Skein.
 */
function digest(text: string): void {
  state.high = text.length;
  state.low = 0x74657874; // "text" in ASCII
  let at = 0;
  do {
    const b0 = codeUnits(text, at);
    const b1 = codeUnits(text, at + 2);
    draw(state, 0, 0, b0, b1);
    state.high = words[0] ^ b0;
    state.low = words[1] ^ b1;
    at += 4;
  } while (at < text.length);
}

/** Two code units as one word, the first one low. */
function codeUnits(text: string, at: number): number {
  if (at + 1 < text.length) return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
  return at < text.length ? text.charCodeAt(at) : 0;
}

/**
 * The integer ⌊u × span⌋ above min, span = max − min + 1, computed exactly from a uniform u in [0, 1) of 53 bits: each value's
 * probability is within 2^-53 of 1 ÷ span. A span beyond 2^53 is a RangeError, as are bounds that are not safe integers.
 */
export function drawInteger(u: number, min: number, max: number): number {
  const span = max - min + 1;
  if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || span < 1 || span > 0x20000000000000) {
    throw new RangeError(`no integer can be drawn from ${min} to ${max}`);
  }
  const product = u * span;
  const floor = Math.floor(product);
  const roundedUp = floor === product && productError(u, span, product) < 0;
  return min + (roundedUp ? floor - 1 : floor);
}
