// Says in one line how many tests were skipped because the shared data is not there.
import type { Reporter, TestModule } from "vitest/node";
import { DATA_FOLDER, DATA_MARK } from "./data-folder.ts";

export class DataReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    let skipped = 0;
    for (const module of modules) {
      for (const test of module.children.allTests("skipped")) if (test.fullName.includes(DATA_MARK)) skipped += 1;
    }
    if (skipped > 0) console.log(`${skipped} tests of shared data skipped: MAKESPAN_DATA not found (${DATA_FOLDER})`);
  }
}
