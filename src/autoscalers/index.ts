// The registry of autoscalers.
import type { AutoscalerDefinition } from "./autoscaler.ts";
import { none } from "./none.ts";
import { queueLength } from "./queue-length.ts";
import { targetWait } from "./target-wait.ts";
import { utilisation } from "./utilisation.ts";

/** Every autoscaler that comes with Makespan; the first is the one where none is named. */
export const AUTOSCALERS: readonly AutoscalerDefinition[] = [queueLength, utilisation, targetWait, none];

/** The autoscaler of that name, or undefined. */
export function autoscalerNamed(name: string): AutoscalerDefinition | undefined {
  return AUTOSCALERS.find((each) => each.name === name);
}
