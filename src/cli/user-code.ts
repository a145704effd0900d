// While a user's code is loaded and run in this process: what it prints is no result, what it leaves to fail is its error, and as it
// may never come back, signals are the system's.
import { settled, takeStray } from "../files/stray-errors.ts";
import { ExitCode } from "./exit-codes.ts";
import { leavingSignals } from "./interrupt.ts";

/** Runs a task that may run a policy's file; see `settled`. Meanwhile what would go to stdout goes to stderr. */
export async function hosting<T>(task: () => Promise<T> | T): Promise<T> {
  const { write } = process.stdout;
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof write;
  process.off("exit", sayWhatCameLate);
  process.on("exit", sayWhatCameLate);
  try {
    return await leavingSignals(() => settled(task));
  } finally {
    process.stdout.write = write;
  }
}

function sayWhatCameLate(): void {
  const stray = takeStray();
  if (stray === undefined) return;
  process.stderr.write(`error: ${stray.message}\n`);
  process.exitCode = ExitCode.policyError;
}
