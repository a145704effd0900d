// Makes the blocks of README.md anew: its commands run one after the other in one folder, which its example files lie in.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DATA_FOLDER } from "../data-folder.ts";
import { type Block, blocksOf, dataOf, filesOf, uses } from "./document.ts";
import { TABLES } from "./tables.ts";

export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));
export const README: string = join(ROOT, "README.md");

/** What a block should hold, or what went wrong with its command. */
export interface Outcome {
  body: string;
  exit: number;
}

/** Where the examples lie, with the package as a dependency of theirs. */
export class ExampleFolder {
  readonly path: string;

  constructor(readme: string) {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), "makespan-readme-")));
    for (const { name, text } of filesOf(readme)) writeFileSync(join(this.path, name), text);
    for (const { name, path } of dataOf(readme))
      if (existsSync(resolve(DATA_FOLDER, path))) copyFileSync(resolve(DATA_FOLDER, path), join(this.path, name));
    mkdirSync(join(this.path, "node_modules"));
    symlinkSync(ROOT, join(this.path, "node_modules/makespan"));
    symlinkSync(join(ROOT, "dist"), join(this.path, "dist"));
  }

  /** A line of shell in which `makespan` and `npm start` are those of this checkout; standard error stands where a terminal shows it. */
  shell(line: string): { output: string; exit: number } {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: { start: string } };
    const script = [
      `node() { "${process.execPath}" "$@"; }`,
      `makespan() { node "${join(ROOT, "dist/cli/main.js")}" "$@"; }`,
      `npm() { [ "$*" = start ] && ${scripts.start}; }`,
      `{ ${line}\n} 2>&1`,
    ].join("\n");
    const { stdout, status } = spawnSync("/bin/sh", ["-c", script], {
      cwd: this.path,
      env: { PATH: process.env["PATH"] ?? "", HOME: this.path },
      encoding: "utf8",
      maxBuffer: 1 << 26,
    });
    return { output: stdout, exit: status ?? -1 };
  }

  /** Checks the types of all examples; the compiler's complaints, empty where there are none. */
  typeErrors(): string {
    const options = {
      target: "es2023",
      module: "nodenext",
      strict: true,
      noEmit: true,
      allowJs: true,
      checkJs: true,
      types: ["node"],
      typeRoots: [join(ROOT, "node_modules/@types")],
    };
    writeFileSync(join(this.path, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["*.ts", "*.mjs"] }));
    writeFileSync(join(this.path, "package.json"), JSON.stringify({ type: "module" }));
    const { stdout } = spawnSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", this.path], {
      cwd: this.path,
      encoding: "utf8",
    });
    return stdout;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What each block should hold; undefined for those that need data which is not there. */
export function outcomesOf(readme: string, folder: ExampleFolder): Map<Block, Outcome | undefined> {
  const missing = dataOf(readme).filter(({ path }) => !existsSync(resolve(DATA_FOLDER, path)));
  const names = missing.map(({ name }) => name);
  return new Map(blocksOf(readme).map((block) => [block, uses(block, names) ? undefined : outcomeOf(block, folder)]));
}

function outcomeOf({ kind, what }: Block, folder: ExampleFolder): Outcome {
  if (kind === "output") {
    const { output, exit } = folder.shell(what);
    return { body: `\n\`\`\`console\n$ ${what}\n${output.trimEnd()}\n\`\`\`\n\n`, exit };
  }
  const table = TABLES[what];
  if (table === undefined) throw new Error(`README.md: there is no table of ${what}; there are ${Object.keys(TABLES).join(", ")}`);
  return { body: `\n${table().trimEnd()}\n\n`, exit: 0 };
}
