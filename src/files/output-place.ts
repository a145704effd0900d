// Where outputs go: through links, and never over what the same command reads or writes otherwise.
import { lstatSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve, sep } from "node:path";
import { type Fault, InputError, refuse } from "../model/errors.ts";
import { describeFileError } from "./file-errors.ts";

/**
 * The path of a file or folder, there or not yet, with all links followed: two paths that mean the same have the same. Throws an
 * InputError for one that leads nowhere.
 */
export function realPlace(path: string): string {
  try {
    return followed(path);
  } catch (error) {
    return refuse(describeFileError(error, "write", path));
  }
}

function followed(path: string): string {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isFile() === true || there?.isDirectory() === true) return realpathSync(path);
  const absolute = resolve(path);
  if (there !== undefined) return absolute; // a pipe or a device: what /dev/stdout leads to has no path
  const folder = dirname(absolute);
  if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true)
    return followed(resolve(realpathSync(folder), readlinkSync(path)));
  return folder === absolute ? absolute : join(followed(folder), basename(absolute));
}

/** Something that a command is about to write. */
export interface Output {
  path: string;
  /** What the user gave, such as `--log run.log`. */
  given: string;
}

/** Throws an InputError where an output would overwrite an input, or where two options mean the same file. */
export function refuseCollisions(outputs: readonly Output[], inputs: readonly string[]): void {
  const read = new Set(inputs.map(realPlace));
  const places = outputs.map((output) => ({ ...output, place: realPlace(output.path) }));
  const faults: Fault[] = [];
  for (const [i, { path, given, place }] of places.entries()) {
    if (read.has(place)) faults.push({ message: `${given} would overwrite ${path}, which this command reads; write somewhere else` });
    const other = places.slice(0, i).find((before) => before.given !== given && meet(before.place, place));
    if (other !== undefined)
      faults.push({ message: `${other.given} and ${given} get in each other's way at ${other.path}; write one of them somewhere else` });
  }
  if (faults.length > 0) throw new InputError(faults);
}

/** Whether two places are one, or one would have to be a folder for the other. */
function meet(a: string, b: string): boolean {
  return a === b || a.startsWith(b + sep) || b.startsWith(a + sep);
}
