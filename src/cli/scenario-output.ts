// Where import and generate put the scenario that they make: a file, with a table beside it, or standard output.
import type { WriteOptions } from "../files/write-scenario.ts";
import { refuse } from "../model/errors.ts";
import type { Scenario } from "../model/scenario.ts";
import { ExitCode } from "./exit-codes.ts";
import { interruptible } from "./interrupt.ts";
import type { Terminal } from "./terminal.ts";

/** Writes the files and says which, or prints the one that it is; gives the exit code. */
export async function writeOut(scenario: Scenario, options: WriteOptions, path: string | undefined, terminal: Terminal): Promise<number> {
  const [{ scenarioFiles, writeScenario }, { isScenarioFile }] = await Promise.all([
    import("../files/write-scenario.ts"),
    import("../files/scenario-text.ts"),
  ]);
  if (path === undefined || path === "-") {
    const [file, ...tables] = scenarioFiles("scenario.yaml", scenario, options);
    if (tables.length > 0) refuse(`so many tasks are written to a table beside the scenario; say where, as in -o ${scenario.name}.yaml`);
    terminal.result([...(file?.parts ?? [])].join(""));
    return ExitCode.ok;
  }
  if (!isScenarioFile(path)) refuse(`-o ${path}: a scenario is written as YAML or JSON; give it a name that ends in .yaml or .json`);
  const written = await interruptible((signal) => writeScenario(path, scenario, { ...options, signal }));
  if (written === undefined) {
    terminal.warn(`interrupted: ${path} is not written`);
    return ExitCode.interrupted;
  }
  for (const file of written) terminal.result(`${file}\n`);
  return ExitCode.ok;
}
