// execution.json: when, where and how long; the one report that differs from one execution to the next.
import { readFileSync } from "node:fs";
import { arch, availableParallelism, hostname, platform, totalmem } from "node:os";

/** Begins to measure; the function that it gives tells what there is to tell. */
export function recordExecution(typed: readonly string[]): (outcome: Record<string, unknown>) => Record<string, unknown> {
  const startedAt = new Date();
  const before = performance.now();
  return (outcome) => ({
    command: ["makespan", ...typed],
    started_at: startedAt.toISOString(),
    duration_s: Math.round(performance.now() - before) / 1000,
    ...outcome,
    makespan: packageVersion(),
    node: process.versions.node,
    platform: `${platform()} ${arch()}`,
    host: hostname(),
    cores: availableParallelism(),
    memory_bytes: totalmem(),
    peak_memory_bytes: process.resourceUsage().maxRSS * 1024,
  });
}

/** The version of this package. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  return version;
}
