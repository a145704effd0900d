// The keys of scenario files as tables, from the JSON Schema that `makespan schema` prints.
import { code, table } from "./markdown.ts";

/** A part of a JSON Schema, as far as it is read here. */
interface Part {
  $ref?: string;
  allOf?: Part[];
  anyOf?: Part[];
  oneOf?: Part[];
  const?: unknown;
  enum?: unknown[];
  type?: string | string[];
  items?: Part;
  properties?: Record<string, Part>;
  required?: string[];
  additionalProperties?: Part | boolean;
  description?: string;
  definitions?: Record<string, Part>;
}

/** What the definitions that others refer to are called. */
const CALLED: Readonly<Record<string, string>> = {
  name: "name",
  duration: "duration",
  size: "size",
  units: "number",
  drawnDuration: "duration or distribution",
  drawnSize: "size or distribution",
  drawnUnits: "number or distribution",
  stretchedSize: "size, distribution, or map",
  stretchedUnits: "number, distribution, or map",
  drawnCount: "whole number or distribution",
  processingTime: "duration, distribution or `{ on: … }`",
  worker: "worker",
  pool: "pool",
  task: "task",
  workload: "workload",
  generate: "generated workload",
};

/** Tables of every map that a scenario file may have, each below a line that says where it stands; distributions have a table of their own. */
export function scenarioSections(schema: Part): string {
  const { task = {}, generate = {} } = schema.definitions ?? {};
  const generated = generate.properties ?? {};
  const ownKeys = Object.fromEntries(["kind", "seed"].map((key) => [key, generated[key] ?? {}]));
  const definitions: Record<string, Part> = {
    ...schema.definitions,
    generate: { ...generate, properties: ownKeys, additionalProperties: false },
  };
  const absent = Object.keys(task.properties ?? {}).filter((key) => generated[key] === undefined);
  const titles: Record<string, string> = {
    worker: "**A worker**, one of `cluster.workers`",
    pool: "**A pool**, one of `cluster.pools`",
    task: "**A task**, one of `tasks`",
    processingTime: "**A processing time**",
    generate: `**\`generate\`**, beside the options of its [generator](#generators) and all keys of a task but ${absent.map(code).join(" and ")}`,
  };
  const seen = new Set<string>();

  function sectionsOf(part: Part, path: string, title: string): string[] {
    const name = definitionOf(part);
    if (name !== undefined) {
      if (seen.has(name)) return [];
      seen.add(name);
      return sectionsOf(definitions[name] ?? {}, path, titles[name] ?? title);
    }
    const { properties, additionalProperties: others, anyOf = [], items } = part;
    const below = path === "" ? "" : `${path}.`;
    const ownOptions = typeof others === "object" ? "; its own options stand beside these" : "";
    return [
      ...(properties === undefined ? [] : [`${title}${ownOptions}:\n\n${keyTable(part)}`]),
      ...Object.entries(properties ?? {}).flatMap(([key, inner]) => sectionsOf(inner, `${below}${key}`, `**${code(below + key)}**`)),
      ...anyOf.flatMap((alternative) => sectionsOf(alternative, path, `${title} as a map`)),
      ...[items, others].flatMap((inner) => (typeof inner === "object" ? sectionsOf(inner, path, `**One of ${code(path)}**`) : [])),
    ];
  }

  return sectionsOf(schema, "", "**The file**").join("\n\n");
}

function keyTable({ properties = {}, required = [] }: Part): string {
  const rows = Object.entries(properties).map(([key, part]) => [
    code(key) + (required.includes(key) ? " (required)" : ""),
    takes(part),
    part.description ?? "",
  ]);
  return table(["key", "takes", "meaning"], rows);
}

/** `{ distribution: lognormal, mean, cv }`, and what the parameters are. */
export function distributionRows(schema: Part): string[][] {
  const drawn = schema.definitions?.["drawnDuration"]?.anyOf?.flatMap((part) => part.oneOf ?? []) ?? [];
  return drawn.map(({ properties: { distribution, ...parameters } = {}, required = [] }) => [
    code(String(distribution?.const)),
    Object.entries(parameters)
      .map(([name, { description = "" }]) => `${code(name)}${required.includes(name) ? "" : " (optional)"}: ${lowered(description)}`)
      .join("; "),
  ]);
}

/** `Mean.` as `mean`. */
function lowered(sentence: string): string {
  return `${sentence[0]?.toLowerCase() ?? ""}${sentence.slice(1)}`.replace(/\.$/, "");
}

/** Name of the definition that a part refers to. */
function definitionOf(part: Part): string | undefined {
  const reference = part.$ref ?? part.allOf?.find(({ $ref }) => $ref !== undefined)?.$ref;
  return reference?.replace("#/definitions/", "");
}

/** What a key takes, in a few words. */
function takes(part: Part): string {
  const name = definitionOf(part);
  if (name !== undefined) return CALLED[name] ?? name;
  if (part.const !== undefined) return code(String(part.const));
  if (part.enum !== undefined) return part.enum.map((value) => code(String(value))).join(", ");
  if (part.anyOf !== undefined) return [...new Set(part.anyOf.map(takes))].join(" or ");
  if (part.type === "array") return `list of ${several(takes(part.items ?? {}))}`;
  if (part.properties !== undefined) return "map";
  if (typeof part.additionalProperties === "object") return `map of ${several(takes(part.additionalProperties))}`;
  const types = [part.type ?? []].flat().map((type) => TYPES[type] ?? type);
  return types.join(" or ");
}

const TYPES: Readonly<Record<string, string>> = {
  integer: "whole number",
  number: "number",
  string: "text",
  boolean: "true or false",
  object: "map",
};

/** The plural of what one is called. */
function several(what: string): string {
  return what.includes(" or ") || what.includes(",") ? what : `${what}s`;
}
