// The package: what it holds, and that it runs where it is installed.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { bundledScenarios } from "../../src/files/bundled-scenarios.ts";
import { folderWith } from "./makespan.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { dependencies, version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  dependencies: Record<string, string>;
  version: string;
};

describe("the package", () => {
  it("holds the built files, the scenarios and what a licence asks for, and neither sources nor tests", () => {
    const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [packed] = JSON.parse(output) as [{ files: { path: string }[] }];
    const paths = packed.files.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(["package.json", "LICENSE", "CHANGELOG.md", "dist/cli/main.js", "dist/index.js", "dist/index.d.ts"]),
    );
    expect(paths).toEqual(expect.arrayContaining(bundledScenarios().map((name) => `scenarios/${name}.yaml`)));
    expect(paths).toContain("scenarios/catalogue/instance-types.yaml");
    expect(paths.filter((path) => /^(src|test|reports|\.ci)\//.test(path) || path.endsWith("execution.json"))).toEqual([]);
  });

  it("has a command that can be run as it is, however it was built", () => {
    const main = join(ROOT, "dist/cli/main.js");
    expect(execFileSync(main, ["--version"], { encoding: "utf8" })).toBe(`${version}\n`);
  });

  it("runs from where it is installed, in any folder, with its declared dependencies alone", () => {
    const folder = folderWith();
    const tarball = execFileSync("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    const modules = join(folder, "node_modules");
    mkdirSync(modules);
    execFileSync("tar", ["-xzf", join(folder, tarball.split("\n").at(-1) as string), "-C", modules]);
    execFileSync("mv", [join(modules, "package"), join(modules, "makespan")]);
    for (const name of Object.keys(dependencies)) {
      mkdirSync(dirname(join(modules, name)), { recursive: true });
      symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
    }
    const main = join(modules, "makespan/dist/cli/main.js");
    expect(execFileSync(process.execPath, [main, "--version"], { cwd: folder, encoding: "utf8" })).toBe(`${version}\n`);
    const compared = spawnSync(
      process.execPath,
      [main, "compare", "five-step-etl", "--seeds", "1..2", "--jobs", "2", "--check-determinism"],
      { cwd: folder, encoding: "utf8" },
    );
    expect(compared.status, compared.stderr).toBe(0);
    expect(compared.stdout).toContain("five-step-etl: ");
    const script = `import { loadScenario, simulate } from "makespan"; console.log(typeof loadScenario, typeof simulate);`;
    const used = spawnSync(process.execPath, ["--input-type=module", "-e", script], { cwd: folder, encoding: "utf8" });
    expect(used.stdout, used.stderr).toBe("function function\n");
  });
});
