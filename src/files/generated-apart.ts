// Generated workloads apart from the cluster and their template: how many tasks, by which ids, and options that contradict each other.
import { CPU, STANDARD_DIMENSIONS } from "../model/resources.ts";
import type { GenerateSpec, WorkerSpec } from "../model/scenario.ts";
import { SECOND } from "../model/units.ts";
import { generatorNamed } from "../workload/generators/index.ts";

/** A cluster of one worker in place of one that is not known. */
export function anyCluster(dimensions: readonly string[], capacity: number): { workers: WorkerSpec[]; dimensions: string[] } {
  return { workers: [{ id: "any", capacity: dimensions.map(() => capacity), speed: 1000, labels: {} }], dimensions: [...dimensions] };
}

/** Its capacity where something is generated for it: what has none takes no part in a load. */
export const ENOUGH = 8000;

/** Tasks that any worker can run. */
const ANY_TASK: GenerateSpec["template"] = {
  duration: SECOND,
  release: 0,
  request: STANDARD_DIMENSIONS.map((_, d) => (d === CPU ? 1000 : 0)),
  priority: 0,
  weight: 1,
  retries: 0,
  failsAfter: 1,
  requires: {},
};

/** The workload with tasks like that; a rate of arrival that hangs on cluster and template is any. */
export function apart(spec: GenerateSpec): GenerateSpec {
  const { utilisation: _, ...options } = spec.options;
  const takesRate = Object.hasOwn(generatorNamed(spec.kind)?.options ?? {}, "interarrival");
  const isOpen = takesRate && options.interarrival === undefined;
  return { ...spec, options: isOpen ? { ...options, interarrival: 1 } : spec.options, template: ANY_TASK };
}
