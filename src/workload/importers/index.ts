// The registry of importers, and which one reads a file: a new format is a file and a line here.
import { csv } from "./csv.ts";
import type { Importer } from "./importer.ts";
import { jsonl } from "./jsonl.ts";
import { swf } from "./swf.ts";
import { wfformat } from "./wfformat.ts";

/** Every format there is; the first that matches a file reads it. */
export const IMPORTERS: readonly Importer[] = [swf, wfformat, csv, jsonl];

/** The importer of that name. */
export function importerNamed(name: string): Importer | undefined {
  return IMPORTERS.find((importer) => importer.name === name);
}

/** The importer for a file, by its name and the beginning of its text (a few kB); undefined where none knows it. */
export function importerFor(fileName: string, head: string): Importer | undefined {
  return IMPORTERS.find((importer) => importer.matches(fileName, head));
}
