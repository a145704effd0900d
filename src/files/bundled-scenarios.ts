// The scenarios that come with the package, found by name from any folder.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Two levels above this file, in src/ as in dist/. */
const FOLDER = fileURLToPath(new URL("../../scenarios/", import.meta.url));

/** Their names, in alphabetical order by code unit. */
export function bundledScenarios(): string[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}

/** The path of a bundled scenario, or undefined. */
export function bundledPath(name: string): string | undefined {
  return bundledScenarios().includes(name) ? join(FOLDER, `${name}.yaml`) : undefined;
}
