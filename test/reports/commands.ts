// What reports/ is made by: a comparison of every bundled scenario, and single runs of the small ones in full detail.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundledScenarios } from "../../src/files/bundled-scenarios.ts";

export const REPORTS: string = fileURLToPath(new URL("../../reports", import.meta.url));

/** Scenarios of a few tasks. */
const IN_DETAIL: readonly string[] = [
  "asyncio-scheduler",
  "cancel-requeue",
  "cluster-scheduler",
  "confirmed-cancellation",
  "diamond",
  "elastic-cluster",
  "five-step-etl",
  "full-cluster",
  "resource-manager",
  "retry-limit",
  "worker-failover",
];

export const SCENARIOS: readonly string[] = bundledScenarios();

/** The command lines that fill a scenario's folder. */
export function commandsOf(scenario: string, folder: string): string[][] {
  const run = join(folder, "run");
  const detail = ["run", scenario, "--out", run, "--log", join(run, "scheduler.log"), "--trace"];
  return [["compare", scenario, "--out", folder], ...(IN_DETAIL.includes(scenario) ? [detail] : [])];
}

/** Paths of the files in a folder that are the same on every machine, in order. */
export function reportsIn(folder: string): string[] {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return paths.filter((path) => statSync(join(folder, path)).isFile() && !path.endsWith("execution.json")).sort();
}
