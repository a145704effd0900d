// Where import and generate put the scenario that they make: a file, with a table beside it, or standard output.
import type { WriteOptions } from "../files/write-scenario.ts";
import { refuse } from "../model/errors.ts";
import { together } from "../model/together.ts";
import type { Scenario } from "../model/scenario.ts";
import { ExitCode } from "./exit-codes.ts";
import { interruptible } from "./interrupt.ts";
import type { Terminal } from "./terminal.ts";

/** Refuses a file that does not say by its name how it is to be written, or that cannot be. */
export async function requireOutput(path: string | undefined): Promise<void> {
  if (path === undefined || path === "-") return;
  const [{ isScenarioFile }, { checkPlace }] = await Promise.all([import("../files/scenario-text.ts"), import("./output-files.ts")]);
  together(
    () => isScenarioFile(path) || refuse(`-o ${path}: a scenario is written as YAML or JSON; give it a name that ends in .yaml or .json`),
    () => checkPlace(path),
  );
}

/** Writes the files and says which, or prints the one that it is; gives the exit code. */
export async function writeOut(scenario: Scenario, options: WriteOptions, path: string | undefined, terminal: Terminal): Promise<number> {
  const { scenarioFiles, writeScenario } = await import("../files/write-scenario.ts");
  if (path === undefined || path === "-") {
    const [file, ...tables] = scenarioFiles("scenario.yaml", scenario, options);
    if (tables.length > 0) refuse(`so many tasks are written to a table beside the scenario; say where, as in -o ${scenario.name}.yaml`);
    terminal.result([...(file?.parts ?? [])].join(""));
    return ExitCode.ok;
  }
  const written = await interruptible((signal) => writeScenario(path, scenario, { ...options, signal }));
  if (written === undefined) {
    terminal.warn(`interrupted: ${path} is not written`);
    return ExitCode.interrupted;
  }
  for (const file of written) terminal.result(`${file}\n`);
  return ExitCode.ok;
}
