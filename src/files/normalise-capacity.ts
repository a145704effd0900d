// What a worker that shrinks or grows has then, from its form in a scenario file.
import { didYouMean } from "../model/nearest.ts";
import { STANDARD_DIMENSIONS } from "../model/resources.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { unitOfDimension } from "./normalise-amounts.ts";

/** Keys that say what a worker has then. */
export const CAPACITY_KEYS = ["cpu", "memory", "disk", "slots", "resources"] as const;

type CapacityInput = Pick<NonNullable<ScenarioInput["faults"]>[number], (typeof CAPACITY_KEYS)[number]>;

/**
 * What the worker is to have, per dimension; undefined where nothing is said of it. Where it cannot be read it is taken for the extreme, so
 * that nothing else is found wrong because of it.
 */
export function capacityOf(
  direction: "shrink" | "grow",
  input: CapacityInput,
  given: (key: keyof CapacityInput) => boolean,
  path: Path,
  { dimensions, limits }: { dimensions: readonly string[]; limits: string },
  faults: FaultList,
): (number | undefined)[] {
  const extreme = direction === "grow" ? Number.POSITIVE_INFINITY : 0;
  const known = dimensions.slice(STANDARD_DIMENSIONS.length);
  const unknown = Object.keys(input.resources ?? {}).filter((name) => !known.includes(name));
  for (const name of unknown) {
    const hint = didYouMean(name, known) || (known.length > 0 ? `; known are ${known.join(", ")}` : "");
    faults.add([...path, "resources", name], `no worker has the resource "${name}"${limits}${hint}`, "key");
  }
  return dimensions.map((name, d) => {
    const isStandard = d < STANDARD_DIMENSIONS.length;
    const key = isStandard ? (name as (typeof STANDARD_DIMENSIONS)[number]) : "resources";
    const value = isStandard ? input[name as (typeof STANDARD_DIMENSIONS)[number]] : input.resources?.[name];
    if (value !== undefined)
      return faults.attempt([...path, ...(isStandard ? [] : [key]), name], () => unitOfDimension(d).parse(value)) ?? extreme;
    const isUnreadable = given(key) && (input[key] === undefined || (!isStandard && unknown.length > 0));
    return isUnreadable ? extreme : undefined;
  });
}
