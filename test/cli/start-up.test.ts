// What a start costs: the version needs nothing but main.js, and commands load what they need.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { folderWith, MAIN, makespan } from "./makespan.ts";

const PACKAGE = fileURLToPath(new URL("../../package.json", import.meta.url));

describe("start-up", () => {
  it("answers --version with main.js and package.json alone", () => {
    const folder = folderWith();
    mkdirSync(join(folder, "dist/cli"), { recursive: true });
    copyFileSync(MAIN, join(folder, "dist/cli/main.js"));
    copyFileSync(PACKAGE, join(folder, "package.json"));
    const { version } = JSON.parse(readFileSync(PACKAGE, "utf8")) as { version: string };
    for (const option of ["--version", "-v"]) {
      const { status, stdout } = spawnSync(process.execPath, [join(folder, "dist/cli/main.js"), option], { encoding: "utf8" });
      expect({ status, stdout }).toEqual({ status: 0, stdout: `${version}\n` });
    }
    expect(makespan(["run", "--version"]).stdout).toBe(`${version}\n`);
  });

  it.each([
    [["policies"], ["zod", "yaml", "csv-stringify", "jiti", "fast-check"]],
    [["--help"], ["zod", "yaml", "csv-stringify", "jiti", "fast-check"]],
    [
      ["completion", "bash"],
      ["zod", "yaml", "csv-stringify", "jiti", "fast-check"],
    ],
    [
      ["--complete", "run", "--policy", "f"],
      ["yargs", "zod", "yaml", "csv-stringify", "jiti", "fast-check"],
    ],
    [
      ["run", "diamond"],
      ["jiti", "fast-check"],
    ],
  ])("%j does not load %j", (words, libraries) => {
    const folder = folderWith();
    writeFileSync(
      join(folder, "hooks.mjs"),
      `import { writeSync } from "node:fs";
       export async function load(url, context, next) { writeSync(2, "loaded " + url + "\\n"); return next(url, context); }`,
    );
    writeFileSync(join(folder, "register.mjs"), `import { register } from "node:module"; register("./hooks.mjs", import.meta.url);`);
    const { status, stderr } = spawnSync(process.execPath, ["--import", join(folder, "register.mjs"), MAIN, ...words], {
      encoding: "utf8",
    });
    expect(status).toBe(0);
    const loaded = [...stderr.matchAll(/^loaded .*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//gm)].map((match) => match[1]);
    expect(stderr).toContain("/dist/cli/main.js");
    for (const library of libraries) expect(loaded).not.toContain(library);
  });
});
