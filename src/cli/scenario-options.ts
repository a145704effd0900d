// What run, compare and validate have in common: where scenarios come from, and the options that change what is in them.
import type { AskedPolicy } from "../files/draft.ts";
import type { LoadedScenario } from "../files/load-scenario.ts";
import { refuse } from "../model/errors.ts";
import type { AllFaults } from "./all-faults.ts";
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

/** Loads one scenario as the options say, `policies` in place of its own; what is worth knowing about it goes to stderr. */
export async function loadGiven(
  source: string,
  args: Arguments,
  terminal: Terminal,
  policies?: readonly AskedPolicy[],
): Promise<LoadedScenario> {
  const { loadScenario } = await import("../files/load-scenario.ts");
  const loaded = await loadScenario(source, { workers: optionOf(args, "workers"), set: args.values.get("set"), policies });
  for (const note of loaded.notes) terminal.note(note);
  return loaded;
}

/** Loads the scenarios of the command line one by one; the faults of those that have any go to the list. */
export async function* eachGiven(
  args: Arguments,
  terminal: Terminal,
  faults: AllFaults,
  policies?: readonly AskedPolicy[],
): AsyncGenerator<LoadedScenario> {
  const fromStandardInput = args.given.filter((source) => source === "-").length;
  if (fromStandardInput > 1) await faults.of(() => refuse("standard input (-) can be read once"));
  for (const source of args.given) {
    if (source === "-" && fromStandardInput > 1) continue; // which of them is meant is not known
    const loaded = await faults.of(() => loadGiven(source, args, terminal, policies));
    if (loaded !== undefined) yield loaded;
  }
}
