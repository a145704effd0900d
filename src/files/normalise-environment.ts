// Execution environments: what a scenario says of one, as stages.
import type { EnvironmentKey, EnvironmentKind } from "../environments/environment.ts";
import { ENVIRONMENT_KEYS } from "../environments/environment.ts";
import { ENVIRONMENTS, environmentNamed, environmentPlan } from "../environments/index.ts";
import { type EnvironmentOptions, type EnvironmentPlan, STAGES, type StageName } from "../model/environment.ts";
import { didYouMean } from "../model/nearest.ts";
import { unknownKey } from "../model/quantity-schema.ts";
import type { EnvironmentInput } from "../model/task-schema.ts";
import { parseBytes, parseDuration } from "../model/units.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";

/** The plan of an environment; undefined where its kind is not known. */
export function environmentOf(given: EnvironmentInput, path: Path, faults: FaultList): EnvironmentPlan | undefined {
  const kind = environmentNamed(given.kind);
  if (kind === undefined) {
    const names = ENVIRONMENTS.map(({ name }) => name);
    const hint = didYouMean(given.kind, names) || `; known are ${names.join(", ")}`;
    faults.add([...path, "kind"], `environment "${given.kind}" is not known${hint}`);
    return undefined;
  }
  checkKeys(given, kind, path, faults);
  return environmentPlan(kind, optionsOf(given));
}

/** Options that the kind does not take; stages that it has not got. */
function checkKeys(given: EnvironmentInput, { name, takes }: EnvironmentKind, path: Path, faults: FaultList): void {
  for (const key of ENVIRONMENT_KEYS) {
    if (given[key] === undefined || takes.includes(key)) continue;
    faults.add([...path, key], `${unknownKey(key, ["kind", ...takes, "fails"])} (options of environment "${name}")`, "key");
  }
  const stages = STAGES.filter((stage) => takes.includes(stage));
  for (const stage of STAGES) {
    if (given.fails?.[stage] === undefined || stages.includes(stage)) continue;
    faults.add([...path, "fails", stage], `${unknownKey(stage, stages)} (stages of environment "${name}")`, "key");
  }
}

function optionsOf(given: EnvironmentInput): EnvironmentOptions {
  const options: EnvironmentOptions = { times: {}, fails: {} };
  const time = (key: EnvironmentKey & (StageName | "warm" | "keep")) => (given[key] === undefined ? undefined : parseDuration(given[key]));
  for (const stage of STAGES) {
    const [length, fails] = [time(stage), given.fails?.[stage]];
    if (length !== undefined) options.times[stage] = length;
    if (fails !== undefined) options.fails[stage] = fails;
  }
  const [warm, keep] = [time("warm"), time("keep")];
  if (given.image !== undefined) options.image = String(given.image);
  if (given.size !== undefined) options.size = parseBytes(given.size);
  if (warm !== undefined) options.warm = warm;
  if (keep !== undefined) options.keep = keep;
  return options;
}
