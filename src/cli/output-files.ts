// What run and compare leave behind: the folder of --out, whose reports are all of one run, and the log.
import { existsSync, lstatSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { realPlace, refuseCollisions } from "../files/output-place.ts";
import { checkWritable, writeFile } from "../files/write-file.ts";
import { isPolicyPath, type PolicySpec } from "../model/settings.ts";
import { together } from "../model/together.ts";
import { jsonText } from "../report/summary-json.ts";
import { interruptible } from "./interrupt.ts";

/** The log's usual name: it may lie among the reports. */
const LOG = "scheduler.log";

/** Every report of run and compare. */
const REPORTS: readonly string[] = [
  ...[
    "tasks.csv",
    "attempts.csv",
    "jobs.csv",
    "dead-letters.csv",
    "workers.csv",
    "runs.csv",
    "policies.csv",
    "policies.svg",
    "summary.json",
    "events.jsonl",
  ],
  ...[LOG, "execution.json"],
];

/** Where a command writes to; undefined: it was not asked to. */
export interface Outputs {
  out: string | undefined;
  log: string | undefined;
  explicit?: string | undefined;
}

/** Throws an InputError, before a long run, where its outputs cannot be written or get in the way of its inputs or each other. */
export function checkOutputs({ out, log, explicit }: Outputs, inputs: readonly string[]): void {
  const folder = out === undefined ? [] : [join(out, "summary.json")];
  together(...[...folder, ...[log ?? [], explicit ?? []].flat()].map((path) => () => checkPlace(path)));
  const names = log === undefined ? REPORTS : REPORTS.filter((name) => name !== LOG);
  const reports = out === undefined ? [] : names.map((name) => ({ path: join(out, name), given: `--out ${out}` }));
  const others = Object.entries({ log, explicit }).flatMap(([option, path]) =>
    path === undefined ? [] : [{ path, given: `--${option} ${path}` }],
  );
  refuseCollisions([...reports, ...others], inputs);
}

/** Throws an InputError where a file cannot be written; leaves nothing behind. */
export function checkPlace(path: string): void {
  const missing: string[] = [];
  for (let above = dirname(path); !existsSync(above); above = dirname(above)) missing.push(above);
  try {
    checkWritable(path);
  } finally {
    for (const above of missing) if (existsSync(above)) rmdirSync(above);
  }
}

/** The files that a policy is read from; its paths start from the folder. */
export function filesOfPolicy({ name, parameters }: PolicySpec, folder: string): string[] {
  const files = [...(isPolicyPath(name) ? [name] : []), ...(parameters["file"] === undefined ? [] : [String(parameters["file"])])];
  return files.map((file) => resolve(folder, file));
}

export interface OutputFile {
  path: string;
  parts: string | Iterable<string>;
}

/**
 * Writes the files, one after the other, and execution.json, which is told whether all are whole, into the folder of --out. An
 * interrupt ends it early: the files that are whole by then are kept, and the answer says whether there are any. Where the folder holds an earlier run, as its
 * execution.json shows, reports of that one do not stay beside them.
 */
export async function writeOutputs(
  out: string | undefined,
  files: Iterable<OutputFile>,
  execution: (whole: boolean) => Record<string, unknown>,
): Promise<"whole" | "partial" | "nothing"> {
  return interruptible(async (signal) => {
    const written = new Set<string>();
    const record = out === undefined ? undefined : join(out, "execution.json");
    const holdsRun = record !== undefined && existsSync(record);
    let whole = true;
    try {
      for (const { path, parts } of files) {
        whole = await writeFile(path, parts, signal);
        if (!whole) break;
        written.add(realPlace(path));
      }
    } finally {
      if (out !== undefined && holdsRun && written.size > 0) removeOthers(out, written);
    }
    if (record !== undefined && written.size > 0) await writeFile(record, jsonText(execution(whole)));
    if (whole) return "whole";
    return written.size > 0 ? "partial" : "nothing";
  });
}

/** Removes reports that have not been written now; pipes and the like stay. */
function removeOthers(folder: string, written: ReadonlySet<string>): void {
  for (const path of REPORTS.map((name) => join(folder, name))) {
    const there = lstatSync(path, { throwIfNoEntry: false });
    if ((there?.isFile() === true || there?.isSymbolicLink() === true) && !written.has(realPlace(path))) rmSync(path);
  }
}
