// A cluster in one line, for the command line: `1 x 128cpu`, `4 x 8cpu,32GiB`, `2 x 16cpu,1gpu; 8 x 4cpu`.
import { refuse } from "../model/errors.ts";
import type { WorkerInput } from "../model/scenario-schema.ts";

const FORM = "a cluster is written like '4 x 8cpu,32GiB' (also 100GB disk, 2 slots, speed 1.5, 1gpu, zone=a; groups are separated by ;)";

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
  const match = /^(?:([0-9]{1,9})\s*[x×*]\s*)?(.+)$/i.exec(text);
  if (match === null || match[1] === "0") refuse(`workers "${text}": ${FORM}`);
  const group: WorkerInput = { id, ...(match[1] !== undefined && { count: Number(match[1]) }) };
  for (const part of (match[2] as string).split(",")) addPart(group, part.trim(), text);
  return group;
}

function addPart(group: WorkerInput, part: string, text: string): void {
  const label = /^([^=\s]+)=(\S+)$/.exec(part);
  if (label !== null) {
    group.labels = { ...group.labels, [label[1] as string]: label[2] as string };
    return;
  }
  const speed = /^speed\s*([0-9.]+)$/.exec(part)?.[1] ?? /^([0-9.]+)\s*speed$/.exec(part)?.[1];
  const match = /^([0-9]+\.?[0-9]*|\.[0-9]+)\s*([A-Za-z_][\w-]*)(?:\s+(memory|disk))?$/.exec(part);
  if (speed !== undefined) set("speed", Number(speed));
  else if (match === null || match[2] === "x") refuse(`workers "${text}": "${part}" is not understood; ${FORM}`);
  else addQuantity(match[1] as string, match[2] as string, match[3]);

  function addQuantity(amount: string, word: string, kind: string | undefined): void {
    if (/^([kMGT]?B|[KMGT]iB)$/.test(word)) set(kind === "disk" ? "disk" : "memory", amount + word);
    else if (kind !== undefined)
      refuse(`workers "${text}": "${part}": ${word} is not a unit of ${kind} (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB)`);
    else if (/^(cpus?|cores?)$/.test(word)) set("cpu", Number(amount));
    else if (/^slots?$/.test(word)) set("slots", Number(amount));
    else if (Object.hasOwn(group.resources ?? {}, word)) refuse(`workers "${text}": ${word} is given twice`);
    else group.resources = { ...group.resources, [word]: Number(amount) };
  }

  function set(key: "cpu" | "memory" | "disk" | "slots" | "speed", value: number | string): void {
    if (group[key] !== undefined) refuse(`workers "${text}": ${key} is given twice`);
    Object.assign(group, { [key]: value });
  }
}
