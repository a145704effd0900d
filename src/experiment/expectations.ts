// Whether a run is what its scenario expects: the `expect` block, judged on the columns of runs.csv.
import { numberIn, type RunSummary, runColumn } from "../metrics/run-summary.ts";
import type { Expectation } from "../model/scenario.ts";

const HOLDS: Record<Expectation["comparison"], (value: number, bound: number) => boolean> = {
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  "==": (value, bound) => value === bound,
  "!=": (value, bound) => value !== bound,
  ">=": (value, bound) => value >= bound,
  ">": (value, bound) => value > bound,
};

/** What no run is to have, unless its scenario says that it may: columns, and what they count. */
const NEVER = ["stale_answers", "wrong_answers"];
const NONE: Omit<Expectation, "column"> = { comparison: "==", value: 0, text: "== 0" };

/** A line for each expectation that the run fails; one about an empty column fails. */
export function failedExpectations(expectations: readonly Expectation[], run: RunSummary): string[] {
  const unsaid = NEVER.filter((name) => !expectations.some(({ column }) => column === name));
  const implied = run.calls === undefined ? [] : unsaid.map((column) => ({ ...NONE, column }));
  return [...expectations, ...implied].flatMap((expectation) => {
    const column = runColumn(expectation.column);
    const value = column === undefined ? undefined : numberIn(column, run);
    if (value !== undefined && HOLDS[expectation.comparison](value, expectation.value)) return [];
    const got = value === undefined ? "it is empty" : `it is ${value}${column?.unit === "s" ? " s" : ""}`;
    const seed = run.seed === "" ? "" : `, seed ${run.seed}`;
    return [`${run.scenario}, policy ${run.policy}${seed}: expected ${expectation.column} ${expectation.text}, but ${got}`];
  });
}
