// Files that are whole or not there: written under another name in the same folder, flushed to the disk, then renamed.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { threadId } from "node:worker_threads";
import { refuse } from "../model/errors.ts";
import { describeFileError } from "./file-errors.ts";

const BUFFER = 1 << 20;

/** Files that are being written, for `discardUnfinished`. */
const unfinished = new Set<AtomicFile>();
let names = 0;

/**
 * A file that appears under its name only when it is complete. Its folder is made if need be. A full disk, an unwritable folder and
 * the like are an InputError that names the file, and leave nothing behind; so does `discard`.
 */
export class AtomicFile {
  readonly path: string;
  readonly #temporary: string;
  #descriptor: number | undefined;
  #buffer: string[] = [];
  #buffered = 0;

  constructor(path: string) {
    this.path = path;
    this.#temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${threadId}-${++names}.tmp`);
    this.#attempt(() => {
      makeFolder(dirname(path));
      this.#descriptor = openSync(this.#temporary, "wx");
    });
    if (unfinished.size === 0) process.once("exit", discardUnfinished);
    unfinished.add(this);
  }

  /** Appends text. */
  write(text: string): void {
    this.#buffer.push(text);
    this.#buffered += text.length;
    if (this.#buffered >= BUFFER) this.#flush();
  }

  /** Puts the file in its place. */
  commit(): void {
    this.#flush();
    this.#attempt(() => {
      fsyncSync(this.#open());
      closeSync(this.#open());
      this.#descriptor = undefined;
      renameSync(this.#temporary, this.path);
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

  #flush(): void {
    const bytes = Buffer.from(this.#buffer.join(""));
    this.#buffer = [];
    this.#buffered = 0;
    this.#attempt(() => {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#open(), bytes, written);
    });
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

/** Writes a whole file, given at once or in parts. */
export function writeFileAtomic(path: string, text: string | Iterable<string>): void {
  const file = new AtomicFile(path);
  try {
    for (const part of typeof text === "string" ? [text] : text) file.write(part);
  } catch (error) {
    file.discard();
    throw error;
  }
  file.commit();
}

/** Removes what is half written: for an interruption, and done by itself when the process ends. */
export function discardUnfinished(): void {
  for (const file of unfinished) file.discard();
}
