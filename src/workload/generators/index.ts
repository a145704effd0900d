// The registry of generators: a new one is a file and a line here.
import { bag } from "./bag.ts";
import { bursty } from "./bursty.ts";
import { chain } from "./chain.ts";
import { forkJoin } from "./fork-join.ts";
import type { Generator } from "./generator.ts";
import { layered } from "./layered.ts";
import { lublin } from "./lublin.ts";
import { poisson } from "./poisson.ts";
import { randomGraph } from "./random-graph.ts";
import { inTree, outTree } from "./trees.ts";

/** Every generator there is. */
export const GENERATORS: readonly Generator[] = [bag, chain, forkJoin, layered, randomGraph, outTree, inTree, poisson, bursty, lublin];

/** The generator of that name. */
export function generatorNamed(name: string): Generator | undefined {
  return GENERATORS.find((generator) => generator.name === name);
}
