// A cluster in one line, for the command line: `1 x 128cpu`, `4 x 8cpu,32GiB`, `2 x 16cpu,1gpu; 8 x 4cpu`.
import { type Fault, InputError } from "../model/errors.ts";
import { nearest } from "../model/nearest.ts";
import type { WorkerInput } from "../model/scenario-schema.ts";
import { unitNear } from "../model/units.ts";
import { MAX_WORKERS } from "./normalise-cluster.ts";

const FORM = "a cluster is written like '4 x 8cpu,32GiB' (also 100GB disk, 2 slots, speed 1.5, 1gpu, zone=a; groups are separated by ;)";

const SIZES = ["KiB", "MiB", "GiB", "TiB", "B", "kB", "MB", "GB", "TB"];
const DIMENSIONS = ["cpu", "cpus", "core", "cores", "slot", "slots", "speed", "memory", "disk"];
/** As in a scenario file. */
const MIN_SPEED = 0.001;
/** One letter from cpu, and what named resources mostly are. */
const ACCELERATOR = /^[abd-z]pus?$/i;

/** A line as far as it can be read, and all that is wrong with it. */
export interface ClusterText {
  workers: WorkerInput[];
  faults: Fault[];
}

/**
 * Groups of workers as a scenario file would have them. In a group, separated by commas: cores (`8cpu`), memory (`32GiB`),
 * `100GB disk`, `2 slots`, `speed 1.5`, a label (`zone=a`); a number with any other word is a named resource (`1gpu`).
 * The id is w; of several groups w1, w2, …
 */
export function readClusterText(text: string): ClusterText {
  const groups = text.split(";").map((group) => group.trim());
  const faults: Fault[] = [];
  const workers = groups.map((group, i) => {
    const reader = new GroupReader(group, groups.length === 1 ? "w" : `w${i + 1}`);
    faults.push(...reader.faults);
    return reader.group;
  });
  return { workers, faults };
}

/** The same; throws an InputError with all that is wrong. */
export function parseClusterText(text: string): WorkerInput[] {
  const { workers, faults } = readClusterText(text);
  if (faults.length > 0) throw new InputError(faults);
  return workers;
}

class GroupReader {
  readonly group: WorkerInput;
  readonly faults: Fault[] = [];
  readonly #text: string;
  /** Whether the form was shown: once is enough. */
  #formShown = false;

  constructor(text: string, id: string) {
    this.group = { id };
    this.#text = text;
    const match = /^(?:([-+]?[0-9.]+)\s*[x×*]\s*)?(.+)$/i.exec(text);
    if (match === null) {
      this.#say(FORM);
      return;
    }
    const [, count, parts = ""] = match;
    if (count !== undefined) this.#count(count);
    for (const part of parts.split(",")) this.#addPart(part.trim());
  }

  #say(message: string): void {
    this.faults.push({ message: `workers "${this.#text}": ${message}` });
  }

  #wrong(part: string, what: string, meant: string | undefined, otherwise = ""): void {
    this.#say(`"${part}": ${what}${meant === undefined ? otherwise : `; did you mean "${meant}"?`}`);
  }

  #count(count: string): void {
    if (!(/^[0-9]+$/.test(count) && Number(count) >= 1)) this.#say(`count ${count} is not a whole number of at least 1`);
    else if (Number(count) > MAX_WORKERS) this.#say(`count ${count} is too much; a cluster has at most ${MAX_WORKERS} workers`);
    else this.group.count = Number(count);
  }

  #addPart(part: string): void {
    const label = /^([^=\s]+)=(\S+)$/.exec(part);
    if (label !== null) {
      const [, name = "", value = ""] = label;
      if (DIMENSIONS.includes(name) && /^[0-9.]/.test(value))
        this.#wrong(part, `would be a label`, name === "speed" ? `speed ${value}` : value + name);
      this.group.labels = { ...this.group.labels, [name]: value };
      return;
    }
    const speed = /^speed\s*([0-9.]+)$/.exec(part)?.[1] ?? /^([0-9.]+)\s*speed$/.exec(part)?.[1];
    const match = /^([0-9]+\.?[0-9]*|\.[0-9]+)\s*([A-Za-z_][\w-]*)(?:\s+(memory|disk))?$/.exec(part);
    if (speed !== undefined) this.#setSpeed(part, Number(speed));
    else if (match !== null && match[2] !== "x") this.#addQuantity(part, match[1] as string, match[2] as string, match[3]);
    else {
      this.#say(`"${part}" is not understood${this.#formShown ? "" : `; ${FORM}`}`);
      this.#formShown = true;
    }
  }

  #addQuantity(part: string, amount: string, word: string, kind: string | undefined): void {
    if (SIZES.includes(word)) this.#set(kind === "disk" ? "disk" : "memory", amount + word);
    else if (kind !== undefined) {
      const near = unitNear(word, SIZES);
      this.#wrong(part, `${word} is not a unit of ${kind}`, near && `${amount}${near} ${kind}`, `; known are ${SIZES.join(", ")}`);
    } else if (/^(cpus?|cores?)$/.test(word)) this.#set("cpu", Number(amount));
    else if (/^slots?$/.test(word)) this.#set("slots", Number(amount));
    else if (word === "memory" || word === "disk")
      this.#wrong(part, "it needs a unit", word === "disk" ? `${amount}GB disk` : `${amount}GiB`);
    else this.#addResource(part, amount, word);
  }

  /** A slip in a unit or dimension would else make a resource that no task asks for, and leave memory without limit. */
  #addResource(part: string, amount: string, word: string): void {
    const { group } = this;
    const meant = unitNear(word, SIZES) ?? (ACCELERATOR.test(word) ? undefined : nearest(word, DIMENSIONS, word.length < 3 ? 0 : 1));
    if (meant !== undefined) this.#wrong(part, `${word} is neither a unit nor a dimension`, amount + meant);
    else if (Object.hasOwn(group.resources ?? {}, word)) this.#say(`${word} is given twice`);
    else group.resources = { ...group.resources, [word]: Number(amount) };
  }

  #setSpeed(part: string, speed: number): void {
    if (speed >= MIN_SPEED) this.#set("speed", speed);
    else this.#say(`"${part}": speed is not a number of at least ${MIN_SPEED}`);
  }

  #set(key: "cpu" | "memory" | "disk" | "slots" | "speed", value: number | string): void {
    if (this.group[key] !== undefined) this.#say(`${key} is given twice`);
    else this.group[key] = value as never;
  }
}
