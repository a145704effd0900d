// Tests that need the shared data, and the paths of its files.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { describe, it } from "vitest";
import { DATA_FOLDER, DATA_MARK } from "./data-folder.ts";

/** The path of a file of the shared data, such as `swf/KTH-SP2.swf.gz`. */
export function dataPath(name: string): string {
  return resolve(DATA_FOLDER, name);
}

/** A suite that needs the shared data, skipped where it is not. A body that reads data before a test runs counts as one test. */
export function describeWithData(title: string, body: () => void): void {
  const marked = `${title} ${DATA_MARK}`;
  if (existsSync(DATA_FOLDER)) {
    describe(marked, body);
    return;
  }
  describe.skip(marked, () => {
    try {
      body();
    } catch {
      it("reads the data", () => {});
    }
  });
}
