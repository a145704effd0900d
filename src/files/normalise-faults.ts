// Faults of workers, from their form in a scenario file. Whether their workers are there shows when the world is drawn.
import { FAULTS, faultNamed } from "../faults/index.ts";
import { didYouMean } from "../model/nearest.ts";
import type { FaultSpec } from "../model/scenario.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import { type Duration, parseDuration } from "../model/units.ts";
import type { Lifetime } from "../model/world.ts";
import type { Document, Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { labelsOf } from "./normalise-cluster.ts";

type FaultInput = NonNullable<ScenarioInput["faults"]>[number];

/** Keys that go with drawn times only. */
const DRAWN = ["mttr", "distribution", "shape", "cv", "per"] as const;

/** `traces`: what the files of those that name one held, by their index; one that is missing had faults. */
export function normaliseFaults(
  inputs: readonly FaultInput[],
  document: Document,
  faults: FaultList,
  traces: ReadonlyMap<number, readonly FaultSpec[]>,
): FaultSpec[] {
  return inputs.flatMap((input, index): readonly FaultSpec[] => {
    const path = ["faults", index];
    if (input.trace !== undefined) {
      refuseBesideTrace(input, path, faults);
      return traces.get(index) ?? [];
    }
    if (input.kind === undefined) {
      faults.add(path, 'missing key "kind"');
      return [];
    }
    const kind = faultNamed(input.kind as string);
    if (kind === undefined) {
      const names = FAULTS.map(({ name }) => name);
      faults.add(
        [...path, "kind"],
        `fault "${input.kind}" is not known${didYouMean(String(input.kind), names) || `; known are ${names.join(", ")}`}`,
      );
      return [];
    }
    for (const option of ["speed"] as const) {
      if (kind.needs.includes(option) && input[option] === undefined) faults.add(path, `fault ${kind.name} needs ${option}`);
      if (!kind.needs.includes(option) && input[option] !== undefined)
        faults.add([...path, option], `fault ${kind.name} takes no ${option}`, "key");
    }
    const when = whenOf(input, path, faults);
    const { worker, where, per, speed } = input;
    const position = document.position(worker === undefined ? path : [...path, "worker"]);
    return [
      {
        kind: kind.name,
        ...(worker !== undefined && { worker: String(worker) }),
        ...(where !== undefined && { where: labelsOf(where) }),
        when,
        ...(per !== undefined && { per: String(per) }),
        options: { ...(speed !== undefined && { speed }) },
        ...(position && { position }),
      },
    ];
  });
}

/** A trace says whom, when and what. */
function refuseBesideTrace(input: FaultInput, path: Path, faults: FaultList): void {
  for (const [key, value] of Object.entries(input)) {
    if (key === "trace" || value === undefined || (key === "kind" && value === "crash")) continue;
    faults.add([...path, key], `${key} does not go with trace: each row of the file is a crash of its worker`, "key");
  }
}

function whenOf(input: FaultInput, path: Path, faults: FaultList): FaultSpec["when"] {
  const read = (key: "at" | "for" | "restart" | "mtbf" | "mttr"): Duration | undefined => {
    const value = input[key];
    return value === undefined ? undefined : faults.attempt([...path, key], () => parseDuration(value));
  };
  const [at, lasting, restart, mtbf, mttr] = (["at", "for", "restart", "mtbf", "mttr"] as const).map(read);
  if ((input.at === undefined) === (input.mtbf === undefined))
    faults.add(path, "a fault strikes at a time, or again and again: give at, or mtbf and mttr");
  if (input.restart !== undefined && input.kind !== "crash")
    faults.add([...path, "restart"], "restart goes with crash; others last `for` so long", "key");
  if (input.restart !== undefined && input.for !== undefined) faults.add([...path, "for"], "for and restart say the same; give one", "key");
  if (input.mtbf === undefined) {
    for (const key of DRAWN) if (input[key] !== undefined) faults.add([...path, key], `${key} goes with mtbf`, "key");
    return { at: at ?? 0, lasting: restart ?? lasting ?? Number.POSITIVE_INFINITY };
  }
  for (const key of ["for", "restart"] as const)
    if (input[key] !== undefined) faults.add([...path, key], `${key} goes with at; with mtbf give mttr`, "key");
  if (input.mttr === undefined) faults.add(path, "mtbf needs mttr, the mean time that the fault lasts");
  if (mtbf === 0) faults.add([...path, "mtbf"], "mtbf must be above 0");
  return { between: lifetime(input, mtbf ?? 1, path, faults), lasting: lifetime(input, mttr ?? 1, path, faults) };
}

function lifetime({ distribution = "exponential", shape, cv }: FaultInput, mean: Duration, path: Path, faults: FaultList): Lifetime {
  const takesShape = distribution === "weibull" || distribution === "gamma";
  if (takesShape !== (shape !== undefined)) faults.add(path, takesShape ? `${distribution} needs shape` : `${distribution} takes no shape`);
  if ((distribution === "lognormal") !== (cv !== undefined))
    faults.add(path, cv === undefined ? "lognormal needs cv" : `${distribution} takes no cv`);
  return { distribution, mean, ...(shape !== undefined && { shape }), ...(cv !== undefined && { cv }) };
}
