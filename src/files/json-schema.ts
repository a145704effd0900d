// The JSON Schema (draft 7) of scenario files, for editors: the one schema, with names and options from the registries to complete from.
import { z } from "zod";
import { scenarioSchema } from "../model/scenario-schema.ts";
import { POLICIES } from "../policies/index.ts";
import { type GeneratorOption, SHARED_OPTIONS } from "../workload/generators/generator.ts";
import { GENERATORS } from "../workload/generators/index.ts";
import { IMPORTERS } from "../workload/importers/index.ts";
import { durationText } from "./quantity-text.ts";

/** A part of a JSON Schema, as far as it is looked into here. */
interface Part {
  title?: string;
  description?: string;
  examples?: readonly string[];
  properties?: Record<string, Part>;
  additionalProperties?: Part | boolean;
  anyOf?: Part[];
  definitions?: Record<string, Part>;
}

/** What `makespan schema` prints. It accepts what the loader's own check of the form accepts; what parts mean together it cannot judge. */
export function scenarioJsonSchema(): object {
  const schema = z.toJSONSchema(scenarioSchema, { target: "draft-7", io: "input" }) as Part;
  schema.title = "Makespan scenario, version 1";
  const policies = POLICIES.map(({ name }) => name);
  const [text, map] = part(schema, "scheduler", "policy").anyOf ?? [];
  suggest(text, policies);
  suggest(map?.properties?.name, policies);
  const { workload, generate } = schema.definitions ?? {};
  suggest(
    workload?.properties?.format,
    IMPORTERS.map(({ name }) => name),
  );
  suggest(
    generate?.properties?.kind,
    GENERATORS.map(({ name }) => name),
  );
  if (generate !== undefined) addOptions(generate);
  return schema;
}

function part(schema: Part, ...keys: readonly string[]): Part {
  return keys.reduce((inner, key) => inner.properties?.[key] ?? {}, schema);
}

function suggest(schema: Part | undefined, names: readonly string[]): void {
  if (schema !== undefined) schema.examples = names;
}

/** Options of generators as properties, each with what it means to which generator; any of them takes what every other key takes. */
function addOptions(schema: Part): void {
  const properties = schema.properties ?? {};
  const shared: [string, string, GeneratorOption][] = Object.entries(SHARED_OPTIONS).map(([name, option]) => ["all", name, option]);
  const own = GENERATORS.flatMap(({ name: generator, options }) =>
    Object.entries(options).map(([name, option]): [string, string, GeneratorOption] => [generator, name, option]),
  );
  const generated = new Set(Object.keys(properties));
  for (const [generator, name, option] of [...shared, ...own]) {
    if (generated.has(name)) continue;
    const known = properties[name]?.description;
    const description = `${generator}: ${option.summary}${defaultText(option)}`;
    properties[name] = {
      ...(schema.additionalProperties as Part),
      description: known === undefined ? description : `${known} | ${description}`,
    };
  }
}

function defaultText({ type, default: value }: GeneratorOption): string {
  if (value === undefined) return "";
  return `; default ${type === "duration" && typeof value === "number" ? durationText(value) : value}`;
}
