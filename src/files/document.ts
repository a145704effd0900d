// A scenario's text as a document: plain values, and where each of them stands in the text.
import {
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
  type Document as YamlDocument,
} from "yaml";
import { type Fault, InputError, type Position } from "../model/errors.ts";
import { type JsonNode, readJson } from "../workload/importers/json-text.ts";
import { type Foreign, plainValue } from "./plain-value.ts";

/** Keys and indices from the root to a value. */
export type Path = readonly (string | number)[];

/** Whether a position is asked of the value, or of the key that it stands behind. */
export type Part = "value" | "key";

export interface Document {
  readonly value: unknown;
  /** Where the value (or its key) is written; where there is no such value, the nearest one around it. */
  position(path: Path, part?: Part): Position | undefined;
  /** The alias by which what is written elsewhere has come to be at the path; undefined for others. */
  aliasAt?(path: Path): Position | undefined;
  /** What is wrong with the text and does not keep it from being read: keys given twice, of which the last counts. */
  readonly faults?: readonly Fault[];
  /** What else is wrong with values of it, each with its path. */
  readonly wrong?: readonly { path: Path; fault: Fault }[];
  /** What of it is no plain value, such as a Map. */
  readonly foreign?: readonly Foreign[];
  /** What to say before a message about a value that stands in no text; empty for one that does. */
  origin(path: Path): string;
}

/** Most values that aliases may stand for: enough for a default shared by every task of a file, too few to exhaust memory. */
const MAX_ALIASES = 100_000;

/**
 * Reads YAML 1.2, of which JSON is a part; a file whose name ends in .json must be JSON. Refused, with positions: syntax errors, unknown tags, several
 * documents in one file, aliases that expand without bounds.
 */
export function readDocument(text: string, file: string): Document {
  const lines = new LineStarts(text, file);
  const garbled = text.indexOf("\ufffd"); // what bytes become that are not UTF-8
  if (garbled >= 0) throw new InputError([{ message: "this is not text in UTF-8", position: lines.position(garbled) }]);
  try {
    const mustBeJson = /\.json$/i.test(file) && text.trim() !== "";
    const json = mustBeJson || /^\s*[{[]/.test(text) ? readJson(text) : undefined;
    if (json !== undefined && "root" in json) {
      const faults = json.faults.map(({ message, offset }) => ({ message, position: lines.position(offset) }));
      return { value: json.value, faults, position: (path, part) => lines.position(offsetInJson(json.root, path, part)), origin: () => "" };
    }
    if (json !== undefined && mustBeJson)
      throw new InputError([{ message: `this is not JSON: ${json.fault.message}`, position: lines.position(json.fault.offset) }]);
    return readYaml(text, lines);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError([{ message: "the text is nested too deeply", position: lines.position(0) }]);
  }
}

/** The value of a text by itself, such as an option's; keys given twice are refused too. */
export function readValue(text: string): unknown {
  const { value, faults = [] } = readDocument(text, "");
  if (faults.length > 0) throw new InputError(faults);
  return value;
}

/** Values that stand in no text: what the library is given. Messages begin with the path. */
export function documentOf(given: unknown): Document {
  const foreign: Foreign[] = [];
  const value = plainValue(given, foreign);
  return { value, foreign, position: () => undefined, origin: pathText };
}

/** A path as text: `tasks[3].cpu`. */
function pathText(path: Path): string {
  return path.map((segment, i) => (typeof segment === "number" ? `[${segment}]` : i === 0 ? segment : `.${segment}`)).join("");
}

function readYaml(text: string, lines: LineStarts): Document {
  const document = parseDocument(text, { prettyErrors: false });
  const errors: YAMLError[] = [...document.errors, ...document.warnings];
  if (errors.some(({ code }) => code === "RESOURCE_EXHAUSTION")) throw new RangeError("the stack is full");
  const faults = syntaxFaults(errors, text, lines);
  if (errors.some(({ code }) => code !== "DUPLICATE_KEY" && code !== "TAG_RESOLVE_FAILED")) throw new InputError(faults);
  const unfit = unfitNodes(document, lines);
  if (unfit.length > 0 || errors.some(({ code }) => code !== "DUPLICATE_KEY")) throw new InputError([...faults, ...unfit]);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new InputError([{ message: `its aliases (*name) stand for more than ${MAX_ALIASES} values`, position: lines.position(0) }]);
  }
  return {
    value,
    faults,
    position: (path, part) => lines.position(placeInYaml(document, path, part).offset),
    aliasAt: (path) => {
      const { alias } = placeInYaml(document, path);
      return alias === undefined ? undefined : lines.position(alias);
    },
    origin: () => "",
  };
}

/** What is YAML and no data: keys that are maps or lists, aliases without an anchor, and those within what they stand for. */
function unfitNodes(document: YamlDocument, lines: LineStarts): Fault[] {
  const faults: Fault[] = [];
  const anchors = new Map<string, Node>();
  visit(document, (_key, node, ancestors) => {
    if (isPair(node)) {
      if (isMap(node.key) || isSeq(node.key))
        faults.push({ message: "a key is text, not a map or a list", position: lines.position(startOf(node.key)) });
    } else if (isAlias(node)) {
      const target = anchors.get(node.source);
      const position = lines.position(startOf(node));
      if (target === undefined) faults.push({ message: `alias *${node.source} has no anchor (&${node.source}) before it`, position });
      else if (ancestors.includes(target)) faults.push({ message: `alias *${node.source} stands within its own anchor`, position });
    } else if (isNode(node) && node.anchor !== undefined) {
      anchors.set(node.anchor, node);
    }
  });
  return faults;
}

function syntaxFaults(errors: readonly YAMLError[], text: string, lines: LineStarts): Fault[] {
  const faults: Fault[] = [];
  const seen = new Set<number>();
  for (const error of [...errors].sort((a, b) => a.pos[0] - b.pos[0])) {
    const position = lines.position(error.pos[0]);
    if (seen.has(position.line)) continue; // one slip gives several messages
    seen.add(position.line);
    faults.push({ message: syntaxMessage(error, text), position });
  }
  return faults;
}

function syntaxMessage(error: YAMLError, text: string): string {
  switch (error.code) {
    case "DUPLICATE_KEY": {
      const key = /^(?:"[^"\n]*"|'[^'\n]*'|[^:,}\]\s]+)/.exec(text.slice(error.pos[0], error.pos[0] + 100))?.[0] ?? "";
      return `key "${key.replace(/^["']|["']$/g, "")}" is given twice`;
    }
    case "MULTIPLE_DOCS":
      return "a second document begins here; a file holds one scenario";
    case "TAG_RESOLVE_FAILED":
      return "tags (!name) are not used in scenario files";
    default:
      return `this is not YAML: ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`;
  }
}

function offsetInJson(root: JsonNode, path: Path, part: Part = "value"): number {
  let node = root;
  for (const [depth, segment] of path.entries()) {
    const entry = node.keys?.get(String(segment));
    if (entry !== undefined && part === "key" && depth === path.length - 1) return entry.start;
    const next = entry?.node ?? (typeof segment === "number" ? node.items?.[segment] : undefined);
    if (next === undefined) break;
    node = next;
  }
  return node.start;
}

/** The offset of what is written, and of the first alias by which it is reached. */
function placeInYaml(document: YamlDocument, path: Path, part: Part = "value"): { offset: number; alias: number | undefined } {
  let node: Node | null = document.contents;
  let alias: number | undefined;
  for (const [depth, segment] of path.entries()) {
    const container: Node | undefined | null = isAlias(node) ? node.resolve(document) : node;
    if (isAlias(node)) alias ??= startOf(node);
    let next: unknown;
    if (isMap(container)) {
      const pair = container.items.findLast(({ key }) => keyText(key) === String(segment));
      if (pair !== undefined && part === "key" && depth === path.length - 1) return { offset: startOf(pair.key), alias };
      // An empty value has a place of its own, behind the colon; its key says more.
      next = isScalar(pair?.value) && pair.value.value === null && pair.value.source === "" ? pair.key : pair?.value;
    } else if (isSeq(container) && typeof segment === "number") {
      next = container.items[segment];
    }
    if (!isNode(next)) break;
    node = next;
  }
  return { offset: startOf(node), alias };
}

function keyText(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function startOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}

/** Offsets of a text as lines and columns. */
class LineStarts {
  readonly #starts: number[] = [0];
  readonly #text: string;
  readonly #file: string;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#starts.push(at + 1);
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    const start = this.#starts[low] as number;
    const end = this.#starts[low + 1] ?? this.#text.length + 1;
    const text = this.#text.slice(start, end - 1).replace(/\r$/, "");
    return { file: this.#file, line: low + 1, column: offset - start + 1, text };
  }
}
