// Finds out before a long run whether its reports can be written after it.
import { existsSync, rmdirSync } from "node:fs";
import { dirname } from "node:path";

/** Throws an InputError where one of these files could not be written. Everything is left as it was, missing folders too. */
export async function checkWritable(...paths: readonly string[]): Promise<void> {
  const { AtomicFile } = await import("../files/write-file.ts");
  for (const path of paths) {
    const missing: string[] = [];
    for (let folder = dirname(path); !existsSync(folder); folder = dirname(folder)) missing.push(folder);
    new AtomicFile(path).discard();
    for (const folder of missing) rmdirSync(folder);
  }
}
