// What clients and operators ask for while a run goes on, from its form in a scenario file. Whether its tasks are there shows when the
// world is drawn.
import { didYouMean } from "../model/nearest.ts";
import { nameOfReplica } from "../model/replication.ts";
import type { ActionSpec } from "../model/scenario.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import { parseDuration } from "../model/units.ts";
import type { Document, Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { type ChangingCluster, checkLeaves, limitOf } from "./normalise-turnover.ts";
import { CAPACITY_KEYS } from "./normalise-capacity.ts";
import type { Checked } from "./schema-faults.ts";

type ActionInput = NonNullable<ScenarioInput["actions"]>[number];

/** What an action may ask for: one of these. */
const DEEDS = ["cancel", "set", "status", "join", "leave", "shrink", "grow", "transfer"] as const;

/** Keys that go with one of them. */
const COMPANIONS = [
  ["requeue", "cancel"],
  ["limit", "leave"],
] as const;

/** `cluster` has the workers that join; undefined where nothing is known of them; `replicas`: 0 where that is not known. `limits` says how far it is known who is there. */
export function normaliseActions(
  inputs: readonly (ActionInput | undefined)[],
  cluster: ChangingCluster | undefined,
  document: Document,
  faults: FaultList,
  faulty: Checked["faulty"],
  limits: string,
  replicas: number,
): ActionSpec[] {
  if (cluster !== undefined) checkLeaves(inputs, cluster, faults, limits);
  return inputs.flatMap((input, index): ActionSpec[] => {
    if (input === undefined) return [];
    const path = ["actions", index];
    const at = faulty([...path, "at"]) ? 0 : (faults.attempt([...path, "at"], () => parseDuration(input.at)) ?? 0);
    const { cancel, requeue, set, status, join, leave } = input;
    const [deed, ...others] = DEEDS.filter((key) => input[key] !== undefined || faulty([...path, key]));
    if (deed === undefined || others.length > 0) {
      faults.add(path, "an action asks for one thing: cancel, set, status, join, leave, shrink, grow or transfer");
      return [];
    }
    for (const [key, needed] of COMPANIONS)
      if (input[key] !== undefined && deed !== needed) faults.add([...path, key], `${key} goes with ${needed}`);
    for (const key of CAPACITY_KEYS)
      if (input[key] !== undefined && deed !== "shrink" && deed !== "grow") faults.add([...path, key], `${key} goes with shrink or grow`);
    if (input[deed] === undefined || deed === "shrink" || deed === "grow") return []; // these become faults
    const position = document.position(deed === "set" ? [...path, "set", "task"] : [...path, deed]);
    const when = { at, ...(position && { position }) };
    if (input.transfer !== undefined) return transferTo(String(input.transfer), replicas, when, [...path, "transfer"], faults);
    if (join !== undefined) return [{ ...when, join: cluster?.joining.get(index) ?? [] }];
    if (leave !== undefined) return [{ ...when, leave: String(leave), limit: limitOf(input.limit, index, faults) }];
    if (status !== undefined) return [{ ...when, status: String(status) }];
    if (set === undefined) return [{ ...when, cancel: String(cancel), requeue: requeue ?? false }];
    const { task, ...change } = set;
    const isSet = (["priority", "weight"] as const).some((key) => change[key] !== undefined || faulty([...path, "set", key]));
    if (!isSet) faults.add([...path, "set"], "nothing is set: give priority or weight");
    return [{ ...when, set: { task: String(task), ...change } }];
  });
}

function transferTo(name: string, replicas: number, when: Pick<ActionSpec, "at">, path: Path, faults: FaultList): ActionSpec[] {
  if (replicas === 0) return [];
  const names = Array.from({ length: replicas }, (_, position) => nameOfReplica(position));
  if (replicas === 1) faults.add([...path], "the scheduler has no replicas: give scheduler: { replicas: 3 }");
  else if (!names.includes(name))
    faults.add([...path], `replica "${name}" is not known${didYouMean(name, names) || `; known are ${names.join(", ")}`}`);
  return [{ ...when, transfer: Math.max(0, names.indexOf(name)) }];
}
