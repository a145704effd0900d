#!/usr/bin/env node
// The entry of the command line. It answers the version, and completions, before anything is loaded.
import { readFileSync } from "node:fs";

const words = process.argv.slice(2);
let broken = false;
// A reader that went away (`| head`) is no error: what it did not want is dropped. A full disk is one.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") return;
    broken = true;
    process.exitCode = 2;
    if (stream === process.stdout) process.stderr.write(`error: cannot write the result: ${error.message}\n`);
  });
}

if (words[0] === "--version" || words[0] === "-v") {
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };
  process.stdout.write(`${version}\n`);
} else if (words[0] === "--complete") {
  const { complete } = await import("./complete.ts");
  for (const candidate of await complete(words.slice(1))) process.stdout.write(`${candidate}\n`);
} else {
  const { endOnSignals } = await import("./interrupt.ts");
  endOnSignals();
  const { runCommandLine } = await import("./command-line.ts");
  const code = await runCommandLine(words);
  if (!broken) process.exitCode = code;
}
