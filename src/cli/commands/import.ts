// `makespan import`: a log, a workflow or a table of tasks becomes a scenario.
import type { LoadedScenario } from "../../files/load-scenario.ts";
import { refuse } from "../../model/errors.ts";
import { AllFaults } from "../all-faults.ts";
import { formatNames } from "../choices.ts";
import { type Command, optionOf } from "../command.ts";
import { requireOutput, writeOut } from "../scenario-output.ts";

export const importCommand: Command = {
  name: "import",
  summary: "turn a log, a workflow or a table of tasks into a scenario",
  argument: { name: "file", summary: "the file (SWF, WfFormat, CSV, JSON lines; .gz too), or - for standard input" },
  options: {
    format: { value: "FORMAT", summary: "its format; default: by its name and its beginning", choices: formatNames },
    workers: { value: "CLUSTER", summary: "the cluster: '1 x 128cpu' or '4 x 8cpu,32GiB'; default: what the file says" },
    scale: { value: "FACTOR", summary: "divide the times between submissions, as 1.2 for a load that is a fifth higher" },
    limit: { value: "N", summary: "take the first N tasks" },
    output: { value: "FILE", short: "o", summary: "where to write it (NAME.yaml or NAME.json); default: standard output" },
  },
  examples: [
    ["import KTH-SP2.swf.gz -o kth.yaml", "kth.yaml, and beside it kth.tasks.csv with the jobs"],
    ["import workflow.json --workers '4 x 8cpu,32GiB'", "the scenario of a recorded workflow, to standard output"],
  ],
  notes: "More than 1,000 tasks stand in a table beside the scenario, NAME.tasks.csv.",
  gathers: true,
  async run(args, terminal) {
    const [file] = args.given; // without one something else is wrong
    const { loadTrace } = await import("../../files/load-scenario.ts");
    const faults = new AllFaults(args.faults);
    const scale = await faults.of(() => positive(optionOf(args, "scale"), "scale"));
    const limit = await faults.of(() => positive(optionOf(args, "limit"), "limit"));
    const options = { format: optionOf(args, "format"), workers: optionOf(args, "workers"), scale, limit };
    await faults.of(() => requireOutput(optionOf(args, "output")));
    const read = file === undefined ? undefined : await faults.of(() => loadTrace(file, options));
    faults.throwIfAny();
    const loaded = read as LoadedScenario;
    const notes = [...loaded.notes, ...(scale === undefined ? [] : [`times between submissions are divided by ${scale}`])];
    for (const note of notes) terminal.note(note);
    return writeOut(loaded.scenario, { comments: notes, inputs: loaded.files }, optionOf(args, "output"), terminal);
  },
};

function positive(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value) || (option === "limit" && !Number.isInteger(value))) {
    refuse(`--${option}: "${text}" is not a ${option === "limit" ? "whole number" : "number"} above 0`);
  }
  return value;
}
