// A generated workload of a scenario file: the generator's options in base units, the task's fields as a template.
import { didYouMean, nearest } from "../model/nearest.ts";
import { unknownKey } from "../model/quantity-schema.ts";
import type { GenerateSpec } from "../model/scenario.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import { GENERATE_KEYS, TEMPLATE_KEYS } from "../model/task-schema.ts";
import { parseDuration } from "../model/units.ts";
import { type Generator, type GeneratorOption, optionFault, resolveOptions, SHARED_OPTIONS } from "../workload/generators/generator.ts";
import { GENERATORS, generatorNamed } from "../workload/generators/index.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { seedOf } from "./normalise-scheduler.ts";
import { fieldsOf, keysAt, type Surroundings } from "./normalise-tasks.ts";

type GenerateInput = Exclude<NonNullable<ScenarioInput["generate"]>, readonly unknown[]>;

export function normaliseGenerate(input: GenerateInput, path: Path, surroundings: Surroundings): GenerateSpec | undefined {
  const { faults, document } = surroundings;
  const generator = generatorOf(input, path, faults);
  if (generator === undefined) {
    judgeByAny(input, path, surroundings);
    return undefined;
  }
  const drawn: readonly string[] = generator.draws ?? [];
  const fields: Record<string, unknown> = {};
  for (const key of TEMPLATE_KEYS) {
    if (!Object.hasOwn(input, key) || Object.hasOwn(generator.options, key)) continue;
    if (drawn.includes(key)) faults.add([...path, key], `generator "${generator.name}" draws ${key} itself`, "key");
    else fields[key] = input[key];
  }
  const template = fieldsOf(fields, `each task of generator "${generator.name}"`, path, surroundings, drawn);
  const position = document.position(path);
  return {
    kind: generator.name,
    ...seedOf(input.seed, [...path, "seed"], faults),
    options: optionsOf(input, generator, path, surroundings),
    template,
    ...(position && { position }),
  };
}

/** What is wrong whichever generator is meant. */
function judgeByAny(input: GenerateInput, path: Path, surroundings: Surroundings): void {
  const { faults } = surroundings;
  const known = new Map<string, GeneratorOption[]>();
  for (const { options } of [...GENERATORS, { options: SHARED_OPTIONS }])
    for (const [name, option] of Object.entries(options)) known.set(name, [...(known.get(name) ?? []), option]);
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(input)) {
    const options = known.get(key);
    if (options !== undefined) {
      const wrong = options.map((option) => {
        const read = faults.attempt([...path, key], () => optionValue(value, option));
        return read === undefined ? undefined : optionFault(option, read);
      });
      if (wrong.every((message) => message !== undefined)) faults.add([...path, key], `${key} ${wrong[0]}`);
    } else if (TEMPLATE_KEYS.includes(key)) fields[key] = value;
    else if (!GENERATE_KEYS.includes(key))
      faults.add([...path, key], unknownKey(key, [...known.keys(), ...GENERATE_KEYS, ...TEMPLATE_KEYS]), "key");
  }
  seedOf(input.seed, [...path, "seed"], faults);
  fieldsOf(fields, "each generated task", path, surroundings, input.duration === undefined ? ["duration"] : []);
}

/** The generator, where it is misspelt the one that was meant: what stands beside it is judged by that. */
function generatorOf({ kind }: Partial<GenerateInput>, path: Path, faults: FaultList): Generator | undefined {
  if (kind === undefined) return undefined;
  const known = generatorNamed(kind);
  if (known !== undefined) return known;
  const names = GENERATORS.map(({ name }) => name);
  faults.add([...path, "kind"], `generator "${kind}" is not known${didYouMean(kind, names) || `; known are ${names.join(", ")}`}`);
  return generatorNamed(nearest(kind, names) ?? "");
}

function optionsOf(input: GenerateInput, generator: Generator, path: Path, { faults, document }: Surroundings): GenerateSpec["options"] {
  const known: Readonly<Record<string, GeneratorOption>> = { ...generator.options, ...SHARED_OPTIONS };
  const options: GenerateSpec["options"] = {};
  for (const [key, value] of Object.entries(input)) {
    if (!Object.hasOwn(known, key)) {
      const isKnown = GENERATE_KEYS.includes(key) || TEMPLATE_KEYS.includes(key);
      if (!isKnown) faults.add([...path, key], unknownKey(key, [...Object.keys(known), ...GENERATE_KEYS, ...TEMPLATE_KEYS]), "key");
      continue;
    }
    const read = faults.attempt([...path, key], () => optionValue(value, known[key] as GeneratorOption));
    if (read !== undefined) options[key] = read;
  }
  for (const { option, message } of resolveOptions(generator, options, keysAt(document.value, path)).faults)
    faults.add(Object.hasOwn(input, option) ? [...path, option] : path, option === "" ? `${generator.name} ${message}` : message);
  return options;
}

function optionValue(value: unknown, option: GeneratorOption): GenerateSpec["options"][string] {
  if (option.type === "duration") return parseDuration(value as number | string);
  return option.type === "text" && typeof value === "number" ? String(value) : (value as GenerateSpec["options"][string]);
}
