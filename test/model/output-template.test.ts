import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fillIn, OUTPUT_FIELDS, type OutputField, parseOutputTemplate } from "../../src/model/output-template.ts";
import { runs, seed } from "../fuzz-runs.ts";

const filled = (text: string) => fillIn(parseOutputTemplate(text), (field) => `<${field}>`);

describe("a template of what attempts print", () => {
  test("is any text with doubled braces, and fields between", () => {
    const piece = fc.oneof(
      fc.string().map((text) => [text.replaceAll(/[{}]/g, "$&$&"), text]),
      fc.constantFrom(...OUTPUT_FIELDS).map((field: OutputField) => [`{${field}}`, `<${field}>`]),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(filled(pieces.map(([written]) => written).join(""))).toBe(pieces.map(([, shown]) => shown).join(""));
      }),
      { seed: seed(81), numRuns: runs(300) },
    );
  });

  test.each([
    ["", ""],
    ["{task} took {run} s\n", "<task> took <run> s\n"],
    ['{{"task": "{task}"}}', '{"task": "<task>"}'],
    ["a } b", "a } b"],
    ["{{{task}}}", "{<task>}"],
  ])("%j prints %j", (text, shown) => expect(filled(text)).toBe(shown));

  test.each([
    ["{tsk}", '{tsk} is not a field of an attempt; did you mean "task"?'],
    ["{ task }", '{ task } is not a field of an attempt; did you mean "task"?'],
    [
      "{}",
      "{} is not a field of an attempt; known are task, job, attempt, worker, started, finished, run, outcome, reason, and {{ stands for a brace",
    ],
    ["done {task", '"{task" has no closing brace; {{ stands for a brace'],
    ["{a{b}}", '"{a" has no closing brace; {{ stands for a brace'],
  ])("%j is refused", (text, message) => expect(() => parseOutputTemplate(text)).toThrow(message));
});
