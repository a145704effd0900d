// From the network of a scenario to the link of each worker.
import { absentWorker } from "../model/absent-worker.ts";
import { type Fault, InputError } from "../model/errors.ts";
import { IDEAL_LINK, type LinkQuality, type NetworkPlan, REPEAT } from "../model/network.ts";
import type { LinkSpec, NetworkSpec, WorkerSpec } from "../model/scenario.ts";

/** The links of the workers. Throws an InputError for workers and labels that are not there. */
export function drawNetwork(spec: NetworkSpec, workers: readonly WorkerSpec[], seed: string): NetworkPlan {
  const faults = missingEnds(spec, workers);
  if (faults.length > 0) throw new InputError(faults);
  const general = { ...IDEAL_LINK, ...qualityOf(spec) };
  const qualities = spec.links.map((link): LinkQuality => ({ ...general, ...qualityOf(link) })); // shared, so that samplers are too
  const links = workers.map((worker) => qualities[spec.links.findLastIndex((link) => isOf(link, worker))] ?? general);
  const { clients, detail, inFlight } = spec;
  const repeat = clients?.repeat ?? REPEAT;
  return { seed, links, ...(clients && { clients: { ...IDEAL_LINK, ...qualityOf(clients), repeat } }), detail, inFlight };
}

/** What is said of links to workers that are not there; `limits` says how far the workers are known. */
export function missingEnds({ links }: NetworkSpec, workers: readonly WorkerSpec[], limits = ""): Fault[] {
  return links.flatMap((link, index): Fault[] => {
    if (workers.some((worker) => isOf(link, worker))) return [];
    const { worker, where, position } = link;
    const message = absentWorker({ worker, where }, workers, limits);
    return [position === undefined ? { message: `network.links[${index}]: ${message}` } : { message, position }];
  });
}

/** Whether what is said of a link holds for that worker's. */
export function isOf({ worker, where = {} }: NetworkSpec["links"][number], { id, labels }: WorkerSpec): boolean {
  return (worker === undefined || worker === id) && Object.entries(where).every(([key, value]) => labels[key] === value);
}

function qualityOf({ latency, loss, duplicate, reorder }: LinkSpec): Partial<LinkQuality> {
  return {
    ...(latency !== undefined && { latency }),
    ...(loss !== undefined && { loss }),
    ...(duplicate !== undefined && { duplicate }),
    ...(reorder !== undefined && { reorder }),
  };
}

/** Whether anything of it is drawn. */
export function isDrawnNetwork({ links, clients }: NetworkPlan): boolean {
  return [...links, ...(clients ? [clients] : [])].some(
    ({ latency, loss, duplicate }) => typeof latency !== "number" || loss > 0 || duplicate > 0,
  );
}
