import { defineConfig } from "vitest/config";
import { DataReporter } from "./test/data-reporter.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/fuzz-settings.ts"],
    testTimeout: 240_000,
    maxWorkers: 2,
    reporters: ["default", new DataReporter()],
  },
});
