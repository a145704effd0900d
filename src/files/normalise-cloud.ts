// The pools of a scenario file, and their autoscaler, in base units.
import { AUTOSCALERS, autoscalerNamed } from "../autoscalers/index.ts";
import type { AutoscalerDefinition, AutoscalerParameter } from "../autoscalers/autoscaler.ts";
import { type AutoscalerSettings, DEFAULT_MINIMUM, type Pool } from "../model/cloud.ts";
import { didYouMean } from "../model/nearest.ts";
import { unknownKey } from "../model/quantity-schema.ts";
import type { Scenario } from "../model/scenario.ts";
import type { ScenarioInput, WorkerInput } from "../model/scenario-schema.ts";
import type { SchedulerSettings } from "../model/settings.ts";
import { type Duration, parseDuration, SECOND } from "../model/units.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import type { Group } from "./normalise-cluster.ts";
import type { Checked } from "./schema-faults.ts";

type ClusterInput = NonNullable<Checked["input"]["cluster"]>;
/** A pool as far as it has no faults. */
type PoolInput = Partial<NonNullable<NonNullable<ScenarioInput["cluster"]>["pools"]>[number]>;

const DEFAULT_BOOT: Duration = 60 * SECOND;
const DEFAULT_INTERVAL: Duration = 30 * SECOND;
const DEFAULT_COOLDOWN: Duration = 60 * SECOND;
const DEFAULT_NOTICE: Duration = 120 * SECOND;

const PATH: Path = ["cluster", "autoscaler"];

/** What an autoscaler may say beside its own parameters. */
const SHARED = ["kind", "interval", "cooldown"];

/** The pools as groups of workers, all that each may have. */
export function poolGroups(pools: readonly (PoolInput | undefined)[]): Group[] {
  return pools.flatMap((pool, index): Group[] => {
    if (pool === undefined) return [];
    const { min: _, max, boot: __, spot: ___, ...worker } = pool;
    return [{ input: { ...(worker as WorkerInput), count: max ?? 1 }, path: ["cluster", "pools", index] }];
  });
}

/** The pools, the first worker of the first of them at a position. */
export function poolsOf(pools: readonly (PoolInput | undefined)[], first: number, faults: FaultList): Pool[] {
  let position = first;
  return pools.flatMap((pool, index): Pool[] => {
    if (pool === undefined) return [];
    const path = ["cluster", "pools", index];
    const time = (value: number | string, ...keys: string[]) => faults.attempt([...path, ...keys], () => parseDuration(value)) ?? 0;
    const { id, min = 0, max = 1, boot, spot } = pool;
    if (min > max) faults.add([...path, "min"], `min ${min} is more than max, which is ${max}`);
    const read: Pool = {
      id: String(id),
      first: position,
      min: Math.min(min, max),
      max,
      boot: boot === undefined ? DEFAULT_BOOT : time(boot, "boot"),
      ...(spot !== undefined && {
        spot: {
          mtbf: time(spot.mtbf, "spot", "mtbf"),
          notice: spot.notice === undefined ? DEFAULT_NOTICE : time(spot.notice, "spot", "notice"),
        },
      }),
    };
    if (read.spot?.mtbf === 0) faults.add([...path, "spot", "mtbf"], "mtbf must be above 0");
    position += max;
    return [read];
  });
}

/** Pools with their autoscaler, and what is said of bills. */
export function normaliseCloud(
  input: ClusterInput | undefined,
  pools: Pool[],
  scheduler: SchedulerSettings,
  faults: FaultList,
): Pick<Scenario, "cloud" | "billingMinimum"> {
  const minimum = input?.billing?.minimum;
  const least =
    minimum === undefined ? DEFAULT_MINIMUM : (faults.attempt(["cluster", "billing", "minimum"], () => parseDuration(minimum)) ?? 0);
  if (input?.autoscaler !== undefined && input.pools === undefined)
    faults.add(PATH, "an autoscaler goes with pools: give cluster.pools", "key");
  const autoscaler = autoscalerOf(input?.autoscaler, scheduler, faults);
  return { ...(pools.length > 0 && { cloud: { pools, autoscaler } }), ...(least !== DEFAULT_MINIMUM && { billingMinimum: least }) };
}

function autoscalerOf(given: ClusterInput["autoscaler"], { estimates }: SchedulerSettings, faults: FaultList): AutoscalerSettings {
  const [first] = AUTOSCALERS as [AutoscalerDefinition];
  const fields = typeof given === "string" ? ofText(given, faults) : (given ?? {});
  const { kind = first.name, interval, cooldown, ...options } = fields as Record<string, string | number | undefined>;
  const place = (key: string) => (typeof given === "string" ? PATH : [...PATH, key]);
  const time = (value: string | number | undefined, key: string, otherwise: Duration) =>
    value === undefined ? otherwise : (faults.attempt(place(key), () => parseDuration(value)) ?? otherwise);
  const settings = { interval: time(interval, "interval", DEFAULT_INTERVAL), cooldown: time(cooldown, "cooldown", DEFAULT_COOLDOWN) };
  if (settings.interval === 0) faults.add(place("interval"), "interval must be above 0");
  const definition = autoscalerNamed(String(kind));
  if (definition === undefined) {
    const names = AUTOSCALERS.map(({ name }) => name);
    faults.add(place("kind"), `autoscaler "${kind}" is not known${didYouMean(String(kind), names) || `; known are ${names.join(", ")}`}`);
    return { name: first.name, parameters: {}, ...settings };
  }
  if (definition.needsEstimates === true && estimates === "none")
    faults.add(place("kind"), `autoscaler "${definition.name}" goes by estimates, and estimates: none gives none`);
  return { name: definition.name, parameters: parametersOf(definition, options, place, faults), ...settings };
}

/** `queue-length:tasksPerWorker=2:interval=1m`. */
function ofText(text: string, faults: FaultList): Record<string, string | number> {
  const [kind = "", ...options] = text.split(":");
  const fields: Record<string, string | number> = { kind };
  for (const option of options) {
    const [key = "", ...value] = option.split("=");
    if (key === "" || value.length === 0) {
      faults.add(PATH, `autoscaler "${text}": "${option}" is not key=value (such as interval=1m)`);
      continue;
    }
    const said = value.join("=");
    fields[key] = said !== "" && Number.isFinite(Number(said)) ? Number(said) : said;
  }
  return fields;
}

function parametersOf(
  { name, parameters }: AutoscalerDefinition,
  options: Readonly<Record<string, unknown>>,
  place: (key: string) => Path,
  faults: FaultList,
): Record<string, number> {
  const read = Object.fromEntries(Object.entries(parameters).map(([key, parameter]) => [key, parameter.default]));
  for (const [key, value] of Object.entries(options)) {
    const parameter = Object.hasOwn(parameters, key) ? parameters[key] : undefined;
    if (parameter === undefined) {
      faults.add(place(key), `${unknownKey(key, [...SHARED, ...Object.keys(parameters)])} (options of autoscaler "${name}")`, "key");
      continue;
    }
    const number = faults.attempt(place(key), () => (parameter.unit === "time" ? parseDuration(value as string) : Number(value)));
    if (number === undefined) continue;
    if (number >= parameter.least && number <= parameter.most && (parameter.unit === "time" || typeof value === "number"))
      read[key] = number;
    else faults.add(place(key), `${key} of autoscaler "${name}" is ${boundsOf(parameter)}, not ${JSON.stringify(value)}`);
  }
  return read;
}

function boundsOf({ unit, least, most }: AutoscalerParameter): string {
  return unit === "time" ? "a time above 0" : `a number from ${least} to ${most}`;
}
