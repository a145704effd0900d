// Files that are whole or not there: written under another name in the same folder, flushed to the disk, then renamed. What is no
// file that could be replaced (a pipe, a device, where a standard stream goes) is written into as it is.
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { refuse } from "../model/errors.ts";
import { describeFileError } from "./file-errors.ts";
import { realPlace } from "./output-place.ts";

/** Characters that are written at a time: signals are heard between them. */
const PIECE = 1 << 20;

/** Between two tries to write to a pipe that nobody reads at the moment, ms. */
const PAUSE = 20;

/** Files that are being written, for `discardUnfinished`. */
const unfinished = new Set<AtomicFile>();
let names = 0;

/**
 * A file that appears under its name, or where a link of that name leads, only when it is complete. Its folder is made if need be. A
 * full disk, an unwritable folder and the like are an InputError that names the file, and leave nothing behind; so does `discard`.
 */
export class AtomicFile {
  readonly path: string;
  readonly #target: string;
  readonly #temporary: string;
  #descriptor: number | undefined;

  constructor(path: string) {
    this.path = path;
    this.#target = realPlace(path);
    this.#temporary = join(dirname(this.#target), `.${basename(this.#target)}.${process.pid}-${threadId}-${++names}.tmp`);
    this.#attempt(() => {
      makeFolder(dirname(this.#target));
      this.#descriptor = openSync(this.#temporary, "wx");
    });
    if (unfinished.size === 0) process.once("exit", discardUnfinished);
    unfinished.add(this);
  }

  /** Appends text. */
  write(text: string): void {
    const bytes = Buffer.from(text);
    this.#attempt(() => {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#open(), bytes, written);
    });
  }

  /** Puts the file in its place. */
  commit(): void {
    this.#attempt(() => {
      fsyncSync(this.#open());
      closeSync(this.#open());
      this.#descriptor = undefined;
      renameSync(this.#temporary, this.#target);
    });
    this.#settled();
  }

  /** Gives it up; what stood under its name stays. */
  discard(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    rmSync(this.#temporary, { force: true });
    this.#settled();
  }

  #open(): number {
    if (this.#descriptor === undefined) throw new Error(`${this.path} is closed`);
    return this.#descriptor;
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      try {
        this.discard();
      } catch {
        // What kept it from being written keeps it from being removed too; the first error says why.
      }
      refuse(describeFileError(error, "write", this.path));
    }
  }

  #settled(): void {
    unfinished.delete(this);
    if (unfinished.size === 0) process.removeListener("exit", discardUnfinished);
  }
}

/** Makes a folder and those above it. Node's own recursive mkdir never returns where the file system refuses, as in /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if (!existsSync(path)) throw error; // else another run has made it meanwhile
  }
}

/**
 * Writes a whole file, given at once or in parts. Gives false where the signal aborts before it is whole: it is then not there, or
 * as it was. Rejects with an InputError where it cannot be written.
 */
export async function writeFile(path: string, text: string | Iterable<string>, signal?: AbortSignal): Promise<boolean> {
  const pieces = inPieces(typeof text === "string" ? [text] : text);
  const stream = streamAt(path);
  return stream === undefined ? writeAtomic(path, pieces, signal) : writeStream(path, stream, pieces, signal);
}

/** Finds out, and changes nothing, whether a file could be written; an InputError says why not. */
export function checkWritable(path: string): void {
  if (streamAt(path) === undefined) return new AtomicFile(path).discard();
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    refuse(describeFileError(error, "write", path));
  }
}

async function writeAtomic(path: string, pieces: Iterable<string>, signal: AbortSignal | undefined): Promise<boolean> {
  const file = new AtomicFile(path);
  try {
    for (const piece of pieces) {
      file.write(piece);
      await nextTurn();
      if (signal?.aborted !== true) continue;
      file.discard();
      return false;
    }
  } catch (error) {
    file.discard();
    throw error;
  }
  file.commit();
  return true;
}

/** Something there that must not be replaced by a file. */
interface Stream {
  /** Of a standard stream, which knows how far it is written; else it is opened by its path. */
  descriptor: number | undefined;
  isPipe: boolean;
}

function streamAt(path: string): Stream | undefined {
  let there: Stats | undefined;
  try {
    there = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return refuse(describeFileError(error, "write", path));
  }
  if (there === undefined) return undefined;
  if (there.isDirectory()) refuse(`cannot write ${path}: it is a directory`);
  const { dev, ino } = there;
  const descriptor = [1, 2].find((standard) => {
    const own = fstatSync(standard);
    return own.dev === dev && own.ino === ino;
  });
  return there.isFile() && descriptor === undefined ? undefined : { descriptor, isPipe: there.isFIFO() };
}

/** Never blocks, as signals could not be heard then: where a pipe has no reader yet or is full, it tries again. */
async function writeStream(
  path: string,
  { descriptor: standard, isPipe }: Stream,
  pieces: Iterable<string>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let descriptor = standard;
  try {
    while (descriptor === undefined) {
      descriptor = unlessBusy(() => openSync(path, constants.O_WRONLY | constants.O_NONBLOCK), isPipe ? ["ENXIO"] : []);
      if (descriptor === undefined) await sleep(PAUSE);
      if (signal?.aborted === true) return false;
    }
    const open = descriptor;
    for (const piece of pieces) {
      const bytes = Buffer.from(piece);
      for (let written = 0; written < bytes.length; ) {
        const more = unlessBusy(() => writeSync(open, bytes, written), ["EAGAIN"]);
        written += more ?? 0;
        await (more === undefined ? sleep(PAUSE) : nextTurn());
        if (signal?.aborted === true) return false;
      }
    }
    return true;
  } catch (error) {
    if (codeOf(error) === "EPIPE") return true; // its reader has had enough
    return refuse(describeFileError(error, "write", path));
  } finally {
    if (descriptor !== undefined && descriptor !== standard) closeSync(descriptor);
  }
}

/** What the step gives; undefined where it fails with one of these codes. */
function unlessBusy(step: () => number, codes: readonly string[]): number | undefined {
  try {
    return step();
  } catch (error) {
    if (codes.includes(codeOf(error))) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

/** The parts joined to pieces that are worth a system call each. */
function* inPieces(parts: Iterable<string>): Iterable<string> {
  let held: string[] = [];
  let length = 0;
  for (const part of parts) {
    held.push(part);
    length += part.length;
    if (length < PIECE) continue;
    yield held.join("");
    held = [];
    length = 0;
  }
  if (length > 0) yield held.join("");
}

/** Removes what is half written: for an interruption, and done by itself when the process ends. */
export function discardUnfinished(): void {
  for (const file of unfinished) file.discard();
}
