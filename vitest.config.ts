import { defineConfig, type ViteUserConfig } from "vitest/config";
import { DataReporter } from "./test/data-reporter.ts";
import { LongestFirst } from "./test/longest-first.ts";

/** What a module gives to others is read through an object, which V8 looks up by hashing until it is some other's prototype. */
const quickImports: NonNullable<ViteUserConfig["plugins"]>[number] = {
  name: "quick-imports",
  enforce: "post",
  transform: (code, id) => (id.endsWith(".ts") ? { code: `${code}\n;Object.create(__vite_ssr_exports__);`, map: null } : undefined),
};

/** Folders of tests that neither start processes nor replace what others use: they share what was imported, which saves most of their time. */
const TOGETHER = [
  "autoscalers",
  "cluster",
  "consensus",
  "engine",
  "environments",
  "faults",
  "metrics",
  "model",
  "oracle",
  "policies",
  "replication",
]
  .concat(["report", "scheduler", "workload"])
  .map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  plugins: [quickImports],
  test: {
    projects: [
      { extends: true, test: { name: "apart", include: ["test/**/*.test.ts"], exclude: TOGETHER } },
      { extends: true, test: { name: "together", include: TOGETHER, isolate: false } },
    ],
    setupFiles: ["test/fuzz-settings.ts"],
    testTimeout: 240_000,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // Files are short: on two cores, to compile code plainly at once pays, and to optimise it later than usual.
    execArgv: ["--always-sparkplug", "--interrupt-budget=400000", "--max-semi-space-size=32"],
    reporters: ["default", new DataReporter()],
  },
});
