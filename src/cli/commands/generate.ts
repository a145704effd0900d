// `makespan generate`: a synthetic workload, drawn once, becomes a scenario with its tasks written out.
import { type Fault, InputError } from "../../model/errors.ts";
import type { Scenario } from "../../model/scenario.ts";
import { AllFaults } from "../all-faults.ts";
import { generatorNames } from "../choices.ts";
import { type Arguments, type Command, type Option, optionOf } from "../command.ts";
import { quoted } from "../reproduce.ts";
import { requireOutput, writeOut } from "../scenario-output.ts";

/** Where nothing else is said. A generator that draws the cores itself makes jobs for one large machine. */
const DURATION = "{ distribution: exponential, mean: 60s }";
const WORKERS = "8 x 8cpu,32GiB";
const ONE_MACHINE = "1 x 128cpu";

const GENERATOR_GROUP = "Options of the generators:";

export const generateCommand: Command = {
  name: "generate",
  summary: "draw a synthetic workload and write it as a scenario",
  argument: { name: "kind", summary: "the generator; makespan generate --help lists them", choices: generatorNames },
  options: {
    name: { value: "NAME", summary: "name of the scenario; default: the kind" },
    seed: { value: "SEED", summary: "what everything is drawn from; default 1" },
    workers: { value: "CLUSTER", summary: `the cluster; default '${WORKERS}', for lublin '${ONE_MACHINE}'` },
    output: { value: "FILE", short: "o", summary: "where to write it (NAME.yaml or NAME.json); default: standard output" },
  },
  examples: [
    ["generate layered --count 500 --width 20 -o graph.yaml", "500 tasks in layers of 20"],
    ["generate bag --count 100000 --cpu '{ distribution: integer, min: 1, max: 8 }' -o bag.yaml", "bag.yaml and bag.tasks.csv"],
    ["generate lublin --count 2000 --utilisation 0.8 --workers '1 x 256cpu' -o batch.yaml", "batch jobs for a machine of 256 cores"],
  ],
  notes: `Values are written as in a scenario file: 90s, 8GiB, { distribution: lognormal, mean: 90s, cv: 1.5 }. Without --duration: ${DURATION}.
More than 1,000 tasks stand in a table beside the scenario, NAME.tasks.csv.`,
  async more() {
    const [{ GENERATORS }, { SHARED_OPTIONS }, { generate }] = await Promise.all([
      import("../../workload/generators/index.ts"),
      import("../../workload/generators/generator.ts"),
      import("../../model/task-schema.ts"),
    ]);
    const options: Record<string, Option> = {};
    for (const [name, { summary }] of Object.entries(SHARED_OPTIONS)) options[name] = { value: "VALUE", summary, group: GENERATOR_GROUP };
    for (const generator of GENERATORS) {
      for (const [name, { summary }] of Object.entries(generator.options)) {
        const before = options[name];
        if (before === undefined) options[name] = { value: "VALUE", summary: `${generator.name}: ${summary}`, group: GENERATOR_GROUP };
        else options[name] = { ...before, summary: joined(before.summary, generator.name, summary) };
      }
    }
    for (const [name, field] of Object.entries(generate.shape)) {
      if (name === "kind" || name === "seed" || options[name] !== undefined) continue;
      const summary = ("unwrap" in field ? (field.unwrap() as { description?: string }).description : field.description) ?? "";
      options[name] = { value: "VALUE", summary, group: "Fields of each task:" };
    }
    const width = Math.max(...GENERATORS.map(({ name }) => name.length));
    const each = (about: "summary" | "source") =>
      GENERATORS.map((generator) => `  ${generator.name.padEnd(width)}  ${generator[about]}`).join("\n");
    return { options, notes: `Kinds:\n${each("summary")}\n\nSources:\n${each("source")}` };
  },
  gathers: true,
  async run(args, terminal) {
    const [{ scenarioFrom }, { drawWorld }] = await Promise.all([
      import("../../files/load-scenario.ts"),
      import("../../workload/draw-world.ts"),
    ]);
    const { kind, fields, broken, workers } = await givenOf(args);
    const faults = new AllFaults(args.faults);
    await faults.of(() => requireOutput(optionOf(args, "output")));
    const drawn = await faults.of(() =>
      judged(args, broken, () =>
        scenarioFrom(
          {
            version: 1,
            name: optionOf(args, "name") ?? (kind || "scenario"),
            seed: optionOf(args, "seed") ?? "1",
            generate: { kind, ...fields },
          },
          { workers, origin: ([, key]) => (key === undefined ? undefined : optionText(args, String(key))) },
        ),
      ),
    );
    faults.throwIfAny();
    const scenario = drawn as Scenario;
    const seed = optionOf(args, "seed") ?? "1";
    const world = drawWorld(scenario, { workload: seed, faults: seed, policy: seed });
    const comments = [`drawn by ${commandOf(args)}`];
    return writeOut(scenario, { world, comments }, optionOf(args, "output"), terminal);
  },
};

/** The command line, without where its result went. */
function commandOf({ given, values }: Arguments): string {
  const options = [...values].flatMap(([name, texts]) => (name === "output" ? [] : texts.flatMap((text) => [`--${name}`, text])));
  return ["makespan", "generate", ...given, ...options].map(quoted).join(" ");
}

/** The summaries of an option that several generators have. */
function joined(before: string, generator: string, summary: string): string {
  const [names, text] = [before.slice(0, before.indexOf(": ")), before.slice(before.indexOf(": ") + 2)];
  return text === summary ? `${names}, ${generator}: ${summary}` : `${before}; ${generator}: ${summary}`;
}

interface Given {
  kind: string;
  /** Options and the task's fields by key; those that cannot be read are the text that was given. */
  fields: Record<string, unknown>;
  /** What is wrong with those that cannot be read, by key. */
  broken: Map<string, string>;
  workers: string;
}

/** What the command line says, as a scenario's file would. */
async function givenOf(args: Arguments): Promise<Given> {
  const [{ generatorNamed }, { readValue }] = await Promise.all([
    import("../../workload/generators/index.ts"),
    import("../../files/document.ts"),
  ]);
  const [kind = ""] = args.given;
  const own = Object.keys(generateCommand.options);
  const drawn: readonly string[] = generatorNamed(kind)?.draws ?? [];
  const fields: Record<string, unknown> = drawn.includes("duration") ? {} : { duration: readValue(DURATION) };
  const broken = new Map<string, string>();
  for (const [name, [text = ""]] of args.values) {
    if (own.includes(name)) continue;
    try {
      fields[name] = readValue(text);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      fields[name] = text;
      broken.set(name, error.message);
    }
  }
  return { kind, fields, broken, workers: optionOf(args, "workers") ?? (drawn.includes("cpu") ? ONE_MACHINE : WORKERS) };
}

/** `--cpu -1`; undefined where it is no option that was given. */
function optionText(args: Arguments, name: string): string | undefined {
  const text = optionOf(args, name);
  return text === undefined ? undefined : `--${name} ${text}`;
}

/** What is said where no kind that is known was given, which is told already. */
const NO_KIND = 'generator "" is not known';

/** What a step gives; what is wrong is told with the values that cannot be read, of which nothing else is said. */
function judged<T>(args: Arguments, broken: ReadonlyMap<string, string>, step: () => T): T {
  const faults = [...broken].map(([name, reason]): Fault => ({ message: `${optionText(args, name)}: ${reason}` }));
  const isTold = ({ message }: Fault) =>
    (args.given.length === 0 && message.includes(NO_KIND)) ||
    [...broken.keys()].some((name) => message.startsWith(`${optionText(args, name)}: `));
  try {
    const result = step();
    if (faults.length === 0) return result;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    faults.push(...error.faults.filter((fault) => !isTold(fault)));
  }
  throw new InputError(faults);
}
