// What clients ask for while a run goes on, from its form in a scenario file. Whether its tasks are there shows when the world is drawn.
import type { ActionSpec } from "../model/scenario.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import { parseDuration } from "../model/units.ts";
import type { Document } from "./document.ts";
import type { FaultList } from "./fault-list.ts";

type ActionInput = NonNullable<ScenarioInput["actions"]>[number];

/** What an action may ask for: one of these. */
const DEEDS = ["cancel", "set"] as const;

export function normaliseActions(inputs: readonly ActionInput[], document: Document, faults: FaultList): ActionSpec[] {
  return inputs.flatMap((input, index): ActionSpec[] => {
    const path = ["actions", index];
    const at = faults.attempt([...path, "at"], () => parseDuration(input.at)) ?? 0;
    if (DEEDS.filter((deed) => input[deed] !== undefined).length !== 1) {
      faults.add(path, `an action asks for one thing: ${DEEDS.join(" or ")}`);
      return [];
    }
    const { cancel, requeue, set } = input;
    if (requeue !== undefined && cancel === undefined) faults.add([...path, "requeue"], "requeue goes with cancel");
    if (set === undefined) {
      const position = document.position([...path, "cancel"]);
      return [{ at, cancel: String(cancel), requeue: requeue ?? false, ...(position && { position }) }];
    }
    const { task, ...change } = set;
    if (Object.keys(change).length === 0) faults.add([...path, "set"], "nothing is set: give priority or weight");
    const position = document.position([...path, "set", "task"]);
    return [{ at, set: { task: String(task), ...change }, ...(position && { position }) }];
  });
}
