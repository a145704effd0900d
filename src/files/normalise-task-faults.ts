// Faults of tasks, from their form in a scenario file.
import type { TaskFaultKind } from "../faults/fault.ts";
import { taskFaultNamed } from "../faults/index.ts";
import type { FaultSpec, TaskFaultOptions, TaskFaultSpec } from "../model/scenario.ts";
import type { SchedulerSettings } from "../model/settings.ts";
import { parseDuration } from "../model/units.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import type { FaultInput, Given } from "./normalise-faults.ts";

/** Keys that go with faults of tasks only. */
export const TASK_FAULT_KEYS = ["task", "probability", "factor", "noise", "requeue", "after"] as const;

/** Options that are times. */
const TIMES: readonly (keyof TaskFaultOptions)[] = ["at", "for", "restart"];

export function taskFault(
  kind: TaskFaultKind,
  input: FaultInput,
  given: Given,
  path: Path,
  settings: SchedulerSettings,
  faults: FaultList,
): TaskFaultSpec {
  const options = [...kind.needs, ...(kind.takes ?? []), ...(kind.needsOneOf ?? [])];
  for (const [key, value] of Object.entries(input)) {
    const isKnown = ["kind", "task", "probability", ...options].includes(key);
    if (!isKnown && value !== undefined) faults.add([...path, key], `fault ${kind.name} takes no ${key}: it strikes tasks`, "key");
  }
  for (const option of kind.needs) if (!given(option)) faults.add(path, `fault ${kind.name} needs ${option}`);
  if (kind.needsOneOf?.every((option) => !given(option)) === true)
    faults.add(path, `fault ${kind.name} needs ${kind.needsOneOf.join(" or ")}`);
  if (given("task") && given("probability"))
    faults.add([...path, "probability"], "task and probability are two ways to say whom; give one", "key");
  const idle = kind.idle?.(settings);
  if (idle !== undefined) faults.add(path, `fault ${kind.name} ${idle}`);
  const read = options.flatMap((option) => {
    const value = input[option];
    if (value === undefined) return [];
    if (!TIMES.includes(option)) return [[option, value] as const];
    return [[option, faults.attempt([...path, option], () => parseDuration(value as number | string)) ?? 0] as const];
  });
  const { task, probability } = input;
  return {
    kind: kind.name,
    ...(task !== undefined && { task: String(task) }),
    ...(probability !== undefined && { probability }),
    options: Object.fromEntries(read),
  };
}

/** What the user should know of the faults of tasks, each once. */
export function cautionsOf(specs: readonly FaultSpec[], settings: SchedulerSettings): string[] {
  const kinds = new Set(specs.map(({ kind }) => taskFaultNamed(kind)));
  return [...kinds].flatMap((kind) => kind?.caution?.(settings) ?? []);
}
