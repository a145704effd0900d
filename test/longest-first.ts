// In which order files are tested: those that take longest begin, so that no worker is left alone with one in the end.
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Those that take more than ten seconds, the longest first. */
const LONGEST: readonly string[] = [
  "readme.test.ts",
  "reports.test.ts",
  "cli/user-policies.test.ts",
  "laws/differential.test.ts",
  "laws/replicas.test.ts",
  "laws/oracle.test.ts",
  "oracle/unsafe.test.ts",
  "files/faults-together.test.ts",
  "laws/asks.test.ts",
  "library/step-wise-properties.test.ts",
  "cli/run.test.ts",
  "cli/compare.test.ts",
  "policies/breakdowns.test.ts",
  "scenarios/bundled.test.ts",
  "faults/failing-workers.test.ts",
  "laws/copies.test.ts",
  "laws/long-folds.test.ts",
  "scheduler/refusal.test.ts",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const found = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}`));
      return found < 0 ? LONGEST.length : found;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
