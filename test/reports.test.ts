// reports/ holds what the bundled scenarios give, byte for byte.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderWith, makespanHere } from "./cli/makespan.ts";
import { commandsOf, REPORTS, reportsIn, SCENARIOS } from "./reports/commands.ts";

test("reports/ has a folder for each bundled scenario, and nothing else", () => {
  expect(readdirSync(REPORTS).sort()).toEqual([...SCENARIOS].sort());
});

test.each(SCENARIOS)("%s", { timeout: 240_000 }, async (scenario) => {
  const folder = folderWith();
  for (const words of commandsOf(scenario, folder)) {
    const { code, stderr } = await makespanHere(words, folder);
    expect(code, stderr).toBe(0);
  }
  const committed = join(REPORTS, scenario);
  expect(existsSync(committed) ? reportsIn(committed) : [], "npm run reports makes them anew").toEqual(reportsIn(folder));
  for (const path of reportsIn(folder)) {
    expect(
      readFileSync(join(committed, path), "utf8") === readFileSync(join(folder, path), "utf8"),
      `${path}: npm run reports makes it anew`,
    ).toBe(true);
  }
});
