// Errors of the file system and of gzip data, in words.
import { readdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { didYouMean } from "../model/nearest.ts";

/** Why a file could not be read or written; anything that is no such error is thrown again. */
export function describeFileError(error: unknown, action: "read" | "write", file: string): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = REASONS[code];
  if (code === "ENOENT" && action === "write") return `cannot write ${file}: its folder cannot be made`;
  if (reason !== undefined) return `cannot ${action} ${file}: ${reason}`;
  if (code.startsWith("Z_")) return `cannot ${action} ${file}: its gzip data are broken or cut short`;
  if (/^E[A-Z0-9]+$/.test(code)) return `cannot ${action} ${file}: ${(error as Error).message}`;
  throw error;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "part of its path is a file, not a directory",
  EISDIR: "it is a directory",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "it is too large for the file system",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "its symbolic links run in a circle",
  EMFILE: "too many files are open",
  ERR_INVALID_ARG_VALUE: "its name holds a null character",
};

/** What is said of a file that is not there, with the nearest name in its folder. */
export function noSuchFile(file: string, location: string): string {
  let siblings: string[] = [];
  try {
    siblings = readdirSync(dirname(location));
  } catch (error) {
    if (!(error instanceof Error)) throw error; // no such folder either
  }
  return `cannot read ${file}: there is no such file${didYouMean(basename(location), siblings)}`;
}
