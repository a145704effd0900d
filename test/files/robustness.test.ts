// Whatever a file holds, it loads or is refused: no input is an internal error.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDocument } from "../../src/files/document.ts";
import { formatFaults } from "../../src/files/fault-text.ts";
import { loadScenario, scenarioFrom } from "../../src/files/load-scenario.ts";
import { InputError } from "../../src/model/errors.ts";
import type { Scenario } from "../../src/model/scenario.ts";
import type { ScenarioInput } from "../../src/model/scenario-schema.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { anything, KEYS, places, RIGHT, replaced } from "./any-scenario.ts";

const { workload: _, ...WITHOUT_FILES } = RIGHT;

/** Runs a step; what it refuses must be refused in words. */
function refusalOf(step: () => void): string {
  try {
    step();
    return "";
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.faults.length).toBeGreaterThan(0);
    const text = formatFaults(error.faults);
    expect(text).not.toMatch(/\[object|Invalid (?:input|option|string)|Too (?:small|big)|Unrecognized|expected \w+, received/);
    return text;
  }
}

function draw(scenario: Scenario): void {
  drawWorld(scenario, { workload: "1", faults: "2", policy: "3" });
}

describe("any scenario", () => {
  it("loads and can be drawn, or is refused, with a few parts replaced", () => {
    let loaded = 0;
    const change = fc.tuple(fc.constantFrom(...places(WITHOUT_FILES).slice(1)), anything);
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
        let input: unknown = WITHOUT_FILES;
        for (const [path, value] of changes) {
          const parent = path
            .slice(0, -1)
            .reduce<unknown>((inner, key) => (inner as Record<string | number, unknown> | undefined)?.[key], input);
          if (typeof parent === "object" && parent !== null) input = replaced(input, path, value);
        }
        const refusal = refusalOf(() => draw(scenarioFrom(input as ScenarioInput)));
        if (refusal === "") loaded += 1;
      }),
      { seed: 31, numRuns: 1200 },
    );
    expect(loaded).toBeGreaterThan(30);
  });

  it("loads or is refused with keys added", () => {
    fc.assert(
      fc.property(fc.constantFrom(...places(WITHOUT_FILES)), fc.constantFrom(...KEYS), anything, (path, key, value) => {
        refusalOf(() => draw(scenarioFrom(replaced(WITHOUT_FILES, [...path, key], value) as ScenarioInput)));
      }),
      { seed: 32, numRuns: 600 },
    );
  });

  it("is read or refused as text, whatever the text", async () => {
    const piece = fc.constantFrom(
      "a: 1\n",
      "- ",
      "{",
      "}",
      "[",
      "]",
      ": ",
      ",",
      '"',
      "'",
      "&a ",
      "*a",
      "!t ",
      "\n",
      "  ",
      "\t",
      "# x\n",
      "---\n",
      "|\n",
      "tasks:\n",
      "? ",
      "<<: ",
      "\u0000",
      "é",
    );
    const text = fc.array(fc.oneof(piece, fc.string({ maxLength: 4 })), { maxLength: 14 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, (given) => void refusalOf(() => readDocument(given, "x.yaml"))),
      { seed: 33, numRuns: 2000 },
    );
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        await loadScenario("-", { stdin: given, workers: "1cpu" }).then(
          () => {},
          (error: unknown) => expect(error).toBeInstanceOf(InputError),
        );
      }),
      { seed: 34, numRuns: 200 },
    );
  });
});
