// Collects what is wrong with a document in JSON by path; where that stands is looked up only if anything is.
import { type ImportFaults, KEPT } from "./import-faults.ts";
import { type JsonFault, type JsonNode, readJson } from "./json-text.ts";

/** Keys and indices from the root to a value. */
export type JsonPath = readonly (string | number)[];

export class JsonFaults {
  readonly #found: { path: JsonPath; message: string }[] = [];
  #more = 0;

  get count(): number {
    return this.#found.length + this.#more;
  }

  add(path: JsonPath, message: string): void {
    if (this.#found.length < KEPT) this.#found.push({ path, message });
    else this.#more += 1;
  }

  /** Adds them all, each at its line and column in the text, and throws them if there are any. */
  throwIfAny(text: string, faults: ImportFaults): void {
    if (this.#found.length === 0) return;
    const read = readShallow(text);
    const root: JsonNode = "root" in read ? read.root : { start: 0 };
    const placed = this.#found.map(({ path, message }) => ({ message, offset: offsetOf(root, path) })).sort((a, b) => a.offset - b.offset);
    const place = placesIn(text);
    for (const { message, offset } of placed) faults.add(message, ...place(offset));
    faults.addUntold(this.#more);
    faults.throwIfAny();
  }
}

/** Adds where a text stops being JSON. */
export function addSyntaxFault(text: string, faults: ImportFaults): void {
  const { message, offset } = syntaxFaultIn(text);
  faults.add(`this is not JSON${message}`, ...placesIn(text)(offset));
}

/** What keeps a text from being JSON, as it is read behind "not JSON", and where. */
export function syntaxFaultIn(text: string): JsonFault {
  const read = readShallow(text);
  return "fault" in read ? { message: `: ${read.fault.message}`, offset: read.fault.offset } : { message: "", offset: 0 };
}

/** The keys that an object in the text has already. */
export function repeatedKeysIn(text: string): readonly JsonFault[] {
  const read = readShallow(text);
  return "faults" in read ? read.faults : [];
}

/** Where the first of the paths that is there has its last key, of those given twice the second. */
export function keyOffsetIn(text: string, paths: readonly (readonly string[])[]): number | undefined {
  const read = readShallow(text);
  if (!("root" in read)) return undefined;
  for (const path of paths) {
    const around = path.slice(0, -1).reduce<JsonNode | undefined>((node, key) => node?.keys?.get(key)?.node, read.root);
    const key = around?.keys?.get(path.at(-1) as string);
    if (key !== undefined) return key.start;
  }
  return undefined;
}

/** Where an element of the list of a key stands; where it holds no list, its value. */
export function elementOffsetIn(text: string, key: string, element: number): number | undefined {
  const read = readShallow(text);
  return "root" in read && read.root.keys?.has(key) === true ? offsetOf(read.root, [key, element]) : undefined;
}

/** Text that is nested deeper than the stack reaches is a fault at its beginning. */
function readShallow(text: string): ReturnType<typeof readJson> {
  try {
    return readJson(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { fault: { message: "it is nested too deeply", offset: 0 } };
  }
}

/** Where a value starts; where there is none, the nearest around it. */
function offsetOf(root: JsonNode, path: JsonPath): number {
  let node = root;
  for (const segment of path) {
    const next = typeof segment === "number" ? node.items?.[segment] : node.keys?.get(segment)?.node;
    if (next === undefined) break;
    node = next;
  }
  return node.start;
}

/** Line, column and the line's text of offsets that never go back. */
function placesIn(text: string): (offset: number) => [line: number, column: number, text: string] {
  let line = 1;
  let start = 0;
  return (offset) => {
    for (let end = text.indexOf("\n", start); end >= 0 && end < offset; end = text.indexOf("\n", start)) {
      line += 1;
      start = end + 1;
    }
    const end = text.indexOf("\n", start);
    return [line, offset - start + 1, text.slice(start, end < 0 ? undefined : end).replace(/\r$/, "")];
  };
}
