// Scenarios with faults, and what is said of them: bad/NAME.txt holds it as a person reads it.
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatFaults } from "../../src/files/fault-text.ts";
import { loadScenario } from "../../src/files/load-scenario.ts";
import { InputError } from "../../src/model/errors.ts";

const FOLDER = "test/files/bad";

/** What is printed for a scenario, from the project's folder. */
async function faultsOf(file: string): Promise<string> {
  try {
    await loadScenario(`${FOLDER}/${file}`);
  } catch (error) {
    if (error instanceof InputError) return formatFaults(error.faults);
    throw error;
  }
  return "no faults";
}

describe("the text of faults", () => {
  for (const file of readdirSync(FOLDER).filter((name) => /\.(yaml|json|broken)$/.test(name))) {
    it(file, async () => {
      const text = await faultsOf(file);
      expect(text).toMatch(/error/);
      await expect(text).toMatchFileSnapshot(`bad/${file.replace(/\.\w+$/, ".txt")}`);
    });
  }
});
