// npm run reports: makes reports/ anew.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandsOf, REPORTS, SCENARIOS } from "./commands.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

rmSync(REPORTS, { recursive: true, force: true });
for (const scenario of SCENARIOS) {
  for (const words of commandsOf(scenario, join(REPORTS, scenario)))
    execFileSync(process.execPath, [MAIN, ...words], { stdio: ["ignore", "ignore", "pipe"] });
  console.log(`reports/${scenario}`);
}
