// A cluster in one line, for the command line: `1 x 128cpu`, `4 x 8cpu,32GiB`, `2 x 16cpu,1gpu; 8 x 4cpu`.
import { refuse } from "../model/errors.ts";
import { nearest } from "../model/nearest.ts";
import type { WorkerInput } from "../model/scenario-schema.ts";
import { MAX_WORKERS } from "./normalise-cluster.ts";

const FORM = "a cluster is written like '4 x 8cpu,32GiB' (also 100GB disk, 2 slots, speed 1.5, 1gpu, zone=a; groups are separated by ;)";

/** Binary ones first: Gi is nearer to GiB than to GB. */
const SIZES = ["KiB", "MiB", "GiB", "TiB", "B", "kB", "MB", "GB", "TB"];
const DIMENSIONS = ["cpu", "cpus", "core", "cores", "slot", "slots", "speed", "memory", "disk"];
/** One letter from cpu, and what named resources mostly are. */
const ACCELERATOR = /^[abd-z]pus?$/i;

/**
 * Groups of workers as a scenario file would have them. In a group, separated by commas: cores (`8cpu`), memory (`32GiB`),
 * `100GB disk`, `2 slots`, `speed 1.5`, a label (`zone=a`); a number with any other word is a named resource (`1gpu`).
 * The id is w; of several groups w1, w2, …
 */
export function parseClusterText(text: string): WorkerInput[] {
  const groups = text.split(";").map((group) => group.trim());
  return groups.map((group, i) => parseGroup(group, groups.length === 1 ? "w" : `w${i + 1}`));
}

function parseGroup(text: string, id: string): WorkerInput {
  const match = /^(?:([-+]?[0-9.]+)\s*[x×*]\s*)?(.+)$/i.exec(text);
  if (match === null) return refuse(`workers "${text}": ${FORM}`);
  const [, count, parts = ""] = match;
  if (count !== undefined && !(/^[0-9]+$/.test(count) && Number(count) >= 1))
    refuse(`workers "${text}": count ${count} is not a whole number of at least 1`);
  if (Number(count) > MAX_WORKERS) refuse(`workers "${text}": count ${count} is too much; a cluster has at most ${MAX_WORKERS} workers`);
  const group: WorkerInput = { id, ...(count !== undefined && { count: Number(count) }) };
  for (const part of parts.split(",")) addPart(group, part.trim(), text);
  return group;
}

function addPart(group: WorkerInput, part: string, text: string): void {
  const label = /^([^=\s]+)=(\S+)$/.exec(part);
  if (label !== null) {
    const [, name = "", value = ""] = label;
    if (DIMENSIONS.includes(name) && /^[0-9.]/.test(value)) wrong(`would be a label`, name === "speed" ? `speed ${value}` : value + name);
    group.labels = { ...group.labels, [name]: value };
    return;
  }
  const speed = /^speed\s*([0-9.]+)$/.exec(part)?.[1] ?? /^([0-9.]+)\s*speed$/.exec(part)?.[1];
  const match = /^([0-9]+\.?[0-9]*|\.[0-9]+)\s*([A-Za-z_][\w-]*)(?:\s+(memory|disk))?$/.exec(part);
  if (speed !== undefined) set("speed", Number(speed));
  else if (match === null || match[2] === "x") refuse(`workers "${text}": "${part}" is not understood; ${FORM}`);
  else addQuantity(match[1] as string, match[2] as string, match[3]);

  function addQuantity(amount: string, word: string, kind: string | undefined): void {
    if (SIZES.includes(word)) set(kind === "disk" ? "disk" : "memory", amount + word);
    else if (kind !== undefined) {
      const near = sizeNear(word);
      wrong(`${word} is not a unit of ${kind}`, near && `${amount}${near} ${kind}`, `; known are ${SIZES.join(", ")}`);
    } else if (/^(cpus?|cores?)$/.test(word)) set("cpu", Number(amount));
    else if (/^slots?$/.test(word)) set("slots", Number(amount));
    else if (word === "memory" || word === "disk") wrong("it needs a unit", word === "disk" ? `${amount}GB disk` : `${amount}GiB`);
    else addResource(amount, word);
  }

  /** A slip in a unit or dimension would else make a resource that no task asks for, and leave memory without limit. */
  function addResource(amount: string, word: string): void {
    const meant = sizeNear(word) ?? (ACCELERATOR.test(word) ? undefined : nearest(word, DIMENSIONS, word.length < 3 ? 0 : 1));
    if (meant !== undefined) wrong(`${word} is neither a unit nor a dimension`, amount + meant);
    if (Object.hasOwn(group.resources ?? {}, word)) refuse(`workers "${text}": ${word} is given twice`);
    group.resources = { ...group.resources, [word]: Number(amount) };
  }

  function set(key: "cpu" | "memory" | "disk" | "slots" | "speed", value: number | string): void {
    if (group[key] !== undefined) refuse(`workers "${text}": ${key} is given twice`);
    Object.assign(group, { [key]: value });
  }

  function wrong(what: string, meant: string | undefined, otherwise = ""): never {
    return refuse(`workers "${text}": "${part}": ${what}${meant === undefined ? otherwise : `; did you mean "${meant}"?`}`);
  }
}

/** The unit of a size that a word is but for case or one letter; of one or two letters, the unit that it begins. */
function sizeNear(word: string): string | undefined {
  const lower = word.toLowerCase();
  if (word.length < 3)
    return SIZES.find((size) => size.toLowerCase() === lower) ?? SIZES.find((size) => size.toLowerCase().startsWith(lower));
  return nearest(
    word,
    SIZES.filter((size) => size.length > 2),
    1,
  );
}
