// Types of instances from a catalogue: what a worker with a type does not say itself, its type says.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type Fault, InputError, type Position } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import { instanceTypeSchema } from "../model/scenario-schema.ts";
import { type Document, type Path, readDocument } from "./document.ts";
import { noSuchFile } from "./file-errors.ts";
import { keyOf } from "./fault-list.ts";

/** The one that comes with the package: two levels above this file, in src/ as in dist/. */
const BUNDLED = fileURLToPath(new URL("../../scenarios/catalogue/instance-types.yaml", import.meta.url));

const catalogueSchema = z.record(z.string(), instanceTypeSchema);

type Fields = Record<string, unknown>;
type Catalogue = Readonly<Record<string, Fields>>;

/** Where a scenario's own catalogue lies: the folder that its path starts from, and that folder as the user knows it. */
export interface CataloguePlace {
  directory: string;
  shown: string;
}

/**
 * The document with the types of its workers spelt out, each key unless the worker says it itself. `place`: undefined for values that are no
 * file's, which have the bundled catalogue alone. What is wrong is told with its other faults.
 */
export function withTypes(document: Document, place: CataloguePlace | undefined): Document {
  const { value } = document;
  if (!isMap(value) || !namesTypes(value)) return document;
  const wrong: { path: Path; fault: Fault }[] = [];
  const catalogue = catalogueOf(document, place, wrong);
  const spelt = (item: unknown, path: Path): unknown => {
    const type = isMap(item) ? item["type"] : undefined;
    if (!isMap(item) || typeof type !== "string") return item;
    if (catalogue !== undefined && Object.hasOwn(catalogue, type)) return { ...catalogue[type], ...item };
    const names = Object.keys(catalogue ?? {});
    const hint = didYouMean(type, names) || `; known are ${names.join(", ")}`;
    const told =
      catalogue === undefined ? [] : [faultAt(document, [...path, "type"], `no instance type "${type}" is in the catalogue${hint}`)];
    for (const fault of told.length > 0 ? told : wrong.slice(0, 1).map(({ fault }) => fault))
      wrong.push({ path: [...path, "type"], fault });
    return item;
  };
  const each = (list: unknown, path: Path) => (Array.isArray(list) ? list.map((item, i) => spelt(item, [...path, i])) : list);
  const changed: Fields = { ...value };
  const { cluster, actions } = value;
  if (isMap(cluster)) {
    changed["cluster"] = {
      ...cluster,
      ...(cluster["workers"] !== undefined && { workers: each(cluster["workers"], ["cluster", "workers"]) }),
      ...(cluster["pools"] !== undefined && { pools: each(cluster["pools"], ["cluster", "pools"]) }),
    };
  }
  if (Array.isArray(actions))
    changed["actions"] = actions.map((action: unknown, i) =>
      isMap(action) && isMap(action["join"]) ? { ...action, join: spelt(action["join"], ["actions", i, "join"]) } : action,
    );
  return { ...document, value: changed, wrong };
}

function namesTypes({ cluster, actions }: Fields): boolean {
  const isTyped = (item: unknown) => isMap(item) && item["type"] !== undefined;
  const lists = isMap(cluster) ? [cluster["workers"], cluster["pools"]] : [];
  if (lists.some((list) => Array.isArray(list) && list.some(isTyped))) return true;
  return Array.isArray(actions) && actions.some((action) => isMap(action) && isTyped(action["join"]));
}

function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function faultAt(document: Document, path: Path, message: string): Fault {
  const position: Position | undefined = document.position(path);
  return position === undefined ? { message: [document.origin(path), message].filter(Boolean).join(": ") } : { message, position };
}

/** The catalogue that the scenario names, or the bundled one; undefined where it cannot be read. */
function catalogueOf(document: Document, place: CataloguePlace | undefined, wrong: { path: Path; fault: Fault }[]): Catalogue | undefined {
  const path: Path = ["cluster", "catalogue"];
  const { cluster } = document.value as Fields;
  const named = isMap(cluster) ? cluster["catalogue"] : undefined;
  if (typeof named === "string" && place === undefined) {
    wrong.push({ path, fault: faultAt(document, path, "a catalogue is read by loadScenario only") });
    return undefined;
  }
  const file = typeof named === "string" && place !== undefined ? resolve(place.directory, named) : BUNDLED;
  const shown =
    typeof named === "string" && place !== undefined ? join(place.shown, named) : join("scenarios", "catalogue", "instance-types.yaml");
  if (!existsSync(file)) {
    wrong.push({ path, fault: faultAt(document, path, noSuchFile(shown, file)) });
    return undefined;
  }
  try {
    return readCatalogue(readFileSync(file, "utf8"), shown);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    wrong.push(...error.faults.map((fault) => ({ path, fault })));
    return undefined;
  }
}

/** Reads a catalogue: a map of types by name. */
function readCatalogue(text: string, file: string): Catalogue {
  const document = readDocument(text, file);
  const { error, data } = catalogueSchema.safeParse(document.value ?? {});
  const wrong = (error?.issues ?? []).map(({ path, message, code }): Fault => {
    const at = path as (string | number)[];
    if (at.length === 0) return faultAt(document, at, "a catalogue is a map of instance types by name");
    return faultAt(document, at, code === "unrecognized_keys" ? message : `${keyOf(at)} ${message}`);
  });
  const faults = [...(document.faults ?? []), ...wrong];
  if (faults.length > 0) throw new InputError(faults);
  return data as Catalogue;
}

/** The catalogue that a scenario's document names, by its path; undefined where it names none. */
export function catalogueFile({ value }: Document, directory: string): string | undefined {
  const cluster = isMap(value) ? value["cluster"] : undefined;
  const named = isMap(cluster) ? cluster["catalogue"] : undefined;
  return typeof named === "string" ? resolve(directory, named) : undefined;
}
