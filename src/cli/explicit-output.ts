// What run --explicit writes: the run as a scenario, and the table of its tasks where there are many.
import { basename, dirname, extname, join } from "node:path";
import { type ExplicitRun, explicitFiles, policyFrom, requireExplicable } from "../files/explicit-scenario.ts";
import { refuseCollisions } from "../files/output-place.ts";
import { isScenarioFile } from "../files/scenario-text.ts";
import { MAX_INLINE } from "../files/write-scenario.ts";
import { refuse } from "../model/errors.ts";
import { formatPolicySpec } from "../model/settings.ts";
import { type Arguments, optionOf } from "./command.ts";
import type { OutputFile } from "./output-files.ts";
import { quoted } from "./reproduce.ts";

/** Refuses a file that does not say by its name how it is to be written. */
export function requireScenarioName(path: string): void {
  if (!isScenarioFile(path))
    refuse(`--explicit ${path}: a scenario is written as YAML or JSON; give it a name that ends in .yaml or .json`);
}

export class ExplicitOutput {
  readonly #path: string;
  readonly #run: ExplicitRun;

  /** Throws an InputError where the world cannot be written, or its table would overwrite an input. Paths of the policy start from `folder`. */
  constructor(path: string, run: ExplicitRun, folder: string, inputs: readonly string[]) {
    requireExplicable(run.world);
    this.#path = path;
    this.#run = { ...run, spec: policyFrom(run.spec, folder, path) };
    if (run.world.tasks.count <= MAX_INLINE) return;
    const stem = path.slice(0, path.length - extname(path).length);
    refuseCollisions(
      ["csv", "jsonl"].map((ending) => ({ path: `${stem}.tasks.${ending}`, given: `--explicit ${path}` })),
      inputs,
    );
  }

  /** The files of the run that ended at a time; without a digest it was broken off. Throws an InputError where it saw too many faults. */
  files(end: number, args: Arguments, digest?: string): OutputFile[] {
    const { seed, spec } = this.#run;
    const came = digest === undefined ? "which the policy broke" : `digest ${digest}`;
    const limits = ["max-events", "max-time"].flatMap((option) => {
      const value = optionOf(args, option);
      return value === undefined ? [] : [` --${option} ${quoted(value)}`];
    });
    const comments = [
      `${args.given.map(quoted).join(" ")} as it ran under ${formatPolicySpec(spec)} with seed ${seed}, ${came}: nothing is left to draw but by the policy.`,
      ...(limits.length > 0 ? [`The same run: makespan run ${quoted(basename(this.#path))}${limits.join("")}`] : []),
    ];
    const files = explicitFiles(basename(this.#path), this.#run, end, comments);
    // Tasks first: the scenario refers to them.
    return files.reverse().map(({ name, parts }) => ({ path: join(dirname(this.#path), name), parts }));
  }
}
