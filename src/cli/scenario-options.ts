// What run, compare and validate have in common: where scenarios come from, and the options that change what is in them.
import type { LoadedScenario } from "../files/load-scenario.ts";
import { type Fault, InputError } from "../model/errors.ts";
import { bundledNames } from "./choices.ts";
import { type Argument, type Arguments, type Option, optionOf } from "./command.ts";
import type { Terminal } from "./terminal.ts";

const SOURCE =
  "a scenario file (YAML or JSON), a trace (SWF, WfFormat, CSV, JSON lines; .gz too), the name of a bundled scenario, or - for standard input";

export const SCENARIO: Argument = { name: "scenario", summary: SOURCE, choices: bundledNames, open: true };
export const SCENARIOS: Argument = { ...SCENARIO, several: true };

export const SCENARIO_OPTIONS: Readonly<Record<string, Option>> = {
  set: {
    value: "PATH=VALUE",
    summary: "replace a value of the scenario, as in scheduler.placement=best-fit or tasks.extract.cpu=2",
    repeats: true,
  },
  workers: { value: "CLUSTER", summary: "the cluster, in place of the scenario's: '1 x 128cpu' or '4 x 8cpu,32GiB'" },
};

/** Loads one scenario as the options say; what is worth knowing about it goes to stderr. */
export async function loadGiven(source: string, args: Arguments, terminal: Terminal): Promise<LoadedScenario> {
  const { loadScenario } = await import("../files/load-scenario.ts");
  const loaded = await loadScenario(source, { workers: optionOf(args, "workers"), set: args.values.get("set") });
  for (const note of loaded.notes) terminal.note(note);
  return loaded;
}

/** Loads all scenarios of the command line; throws the faults of all of them at once. */
export async function loadAllGiven(args: Arguments, terminal: Terminal): Promise<LoadedScenario[]> {
  const faults: Fault[] = [];
  const all: LoadedScenario[] = [];
  if (args.given.filter((source) => source === "-").length > 1) throw new InputError([{ message: "standard input (-) can be read once" }]);
  for (const source of args.given) {
    try {
      all.push(await loadGiven(source, args, terminal));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new InputError(faults);
  return all;
}
