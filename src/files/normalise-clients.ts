// What clients of a replicated scheduler are like, from their form in a scenario file.
import { type ClientSettings, DEFAULT_CLIENTS } from "../model/clients.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import { type Backoff, MAX_BACKOFF } from "../model/settings.ts";
import { type Duration, parseDuration } from "../model/units.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import type { Checked } from "./schema-faults.ts";

type ClientsInput = NonNullable<ScenarioInput["clients"]>;

export function clientsOf(input: ClientsInput, isReplicated: boolean, faults: FaultList, faulty: Checked["faulty"]): ClientSettings {
  const of = (key: "interval" | "status" | "session"): Duration | undefined => {
    const value = input[key];
    return value === undefined ? undefined : faults.attempt(["clients", key], () => parseDuration(value));
  };
  const { count, batch, reads } = input;
  const backoff = input.backoff && backoffOf(input.backoff, ["clients", "backoff"], faults, faulty);
  if (backoff?.initial === 0 && !faulty(["clients", "backoff", "initial"]))
    faults.add(["clients", "backoff", "initial"], "initial must be above 0");
  const [interval, status, session] = [of("interval"), of("status"), of("session")];
  for (const [key, value] of Object.entries({ status, session })) if (value === 0) faults.add(["clients", key], `${key} must be above 0`);
  if (!isReplicated && !faulty(["scheduler", "replicas"]) && !faulty(["scheduler"]))
    faults.add(
      ["clients"],
      "clients are processes only of a scheduler that has replicas: give scheduler: { replicas: 3 }; network: { clients } is the link of those of any other",
      "key",
    );
  return {
    ...DEFAULT_CLIENTS,
    ...(count !== undefined && { count }),
    ...(batch !== undefined && { batch }),
    ...(reads !== undefined && { reads }),
    ...(interval !== undefined && { interval }),
    ...(status !== undefined && { status }),
    ...(session !== undefined && { session }),
    ...(backoff !== undefined && { backoff }),
  };
}

interface BackoffInput {
  initial: number | string;
  factor?: number | undefined;
  max?: number | string | undefined;
  jitter?: number | undefined;
}

/** How long is waited after each failure. */
export function backoffOf(input: BackoffInput, path: Path, faults: FaultList, faulty: Checked["faulty"]): Backoff {
  const { factor = 1, jitter = 0 } = input;
  const read = (key: "initial" | "max", value: number | string) => faults.attempt([...path, key], () => parseDuration(value)) ?? 0;
  const unclear = faulty([...path, "initial"]);
  const initial = unclear ? 0 : read("initial", input.initial);
  const max = input.max === undefined ? MAX_BACKOFF : read("max", input.max);
  if (!unclear && max < initial) faults.add([...path, "max"], "max must not be below initial");
  return { initial, factor, max, jitter };
}
