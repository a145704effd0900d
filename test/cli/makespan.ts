// Runs the built command line as a child process, in an empty folder of its own.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { runCommandLine } from "../../src/cli/command-line.ts";
import { type Output, Terminal } from "../../src/cli/terminal.ts";

export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
if (!existsSync(MAIN)) throw new Error("dist/ is not built: run npm run build (npm test does)");

/** What a test does not say comes from here: neither colours nor settings of the one who runs the tests. */
const ENVIRONMENT = { PATH: process.env["PATH"] ?? "", HOME: tmpdir() };

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Surroundings {
  cwd?: string;
  input?: string;
  env?: Readonly<Record<string, string>>;
}

/** Runs `makespan` to its end. */
export function makespan(words: readonly string[], { cwd = tmpdir(), input = "", env = {} }: Surroundings = {}): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
    cwd,
    input,
    env: { ...ENVIRONMENT, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  return { code: status, stdout, stderr };
}

/** Runs it in this process, which is quicker, for what has nothing to do with processes. Help goes to the console and is not seen. */
export async function makespanHere(words: readonly string[], cwd: string = tmpdir()): Promise<Outcome> {
  const texts = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof texts): Output => ({
    write(text: string | Uint8Array) {
      texts[name] += String(text);
      return true;
    },
  });
  const before = process.cwd();
  process.chdir(cwd);
  try {
    const code = await runCommandLine(words, new Terminal(stream("stdout"), stream("stderr"), {}));
    return { code, ...texts };
  } finally {
    process.chdir(before);
  }
}

/** Starts `makespan` and leaves it running. */
export function startMakespan(words: readonly string[], cwd: string): ChildProcess {
  return spawn(process.execPath, [MAIN, ...words], { cwd, env: ENVIRONMENT, stdio: ["ignore", "pipe", "pipe"] });
}

/** A line of shell in which `makespan` stands for the command line. */
export function shell(line: string, surroundings: Surroundings = {}): Outcome {
  return inShell("/bin/sh", line, surroundings);
}

/** The same in the shell that people paste into. */
export function bash(line: string, surroundings: Surroundings = {}): Outcome {
  return inShell("bash", line, surroundings);
}

function inShell(program: string, line: string, { cwd = tmpdir(), env = {}, input = "" }: Surroundings): Outcome {
  const script = `makespan() { "${process.execPath}" "${MAIN}" "$@"; }\n${line}`;
  const { status, stdout, stderr } = spawnSync(program, ["-c", script], {
    cwd,
    input,
    env: { ...ENVIRONMENT, ...env },
    encoding: "utf8",
  });
  return { code: status, stdout, stderr };
}

/** A folder with these files, removed after the test. */
export function folderWith(files: Readonly<Record<string, string>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "makespan-cli-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** The digest that a run prints; undefined where it has none. */
export function digestIn(stdout: string): string | undefined {
  return /digest ([0-9a-f]{16})/.exec(stdout)?.[1];
}

/** The last line of a text. */
export function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
