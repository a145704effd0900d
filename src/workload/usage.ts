// What a task uses of what it requests, and of its worker's disk.
import type { ELASTIC, ElasticPlan } from "../model/elastic.ts";
import { amountText, CPU, MEMORY } from "../model/resources.ts";

/** Thousandths of a core and bytes; NaN where a task uses what it requests. */
export interface Usage {
  cpu: number;
  memory: number;
  read: number;
  written: number;
}

export function usualUsage(): Usage {
  return { cpu: Number.NaN, memory: Number.NaN, read: 0, written: 0 };
}

/** What a task uses more of than it requests, or may have at most, where it requests any; `subject` is what the messages call it. */
export function usageFaults(
  { cpu, memory }: Pick<Usage, "cpu" | "memory">,
  request: ArrayLike<number>,
  subject: string,
  elastic: ElasticPlan = {},
): { key: "cpu" | "memory"; message: string }[] {
  const fault = (key: "cpu" | "memory", dimension: (typeof ELASTIC)[number], used: number) => {
    const requested = request[dimension] as number;
    if (atMost(used, requested) === used || Number.isNaN(used)) return [];
    const how = elastic[dimension] === undefined ? "requests" : "may have";
    const message = `${subject} uses ${amountText(dimension, used)} ${key}, more than the ${amountText(dimension, requested)} that it ${how}`;
    return [{ key, message }];
  };
  return [...fault("cpu", CPU, cpu), ...fault("memory", MEMORY, memory)];
}

/** What is used of a request: no more than that, unless nothing of it is requested. */
export function atMost(used: number, requested: number): number {
  return requested > 0 && used > requested ? requested : used;
}
