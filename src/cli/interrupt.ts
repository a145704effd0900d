// Ctrl-C and its kin while something runs that can be stopped halfway: the first asks it to stop, the second ends the process.
import { ExitCode } from "./exit-codes.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs a task that stops, with what it has, when its signal aborts. */
export async function interruptible<Result>(task: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(ExitCode.interrupted);
    controller.abort();
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await task(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

/** Writes results: an interrupt that comes meanwhile finds them whole, and nothing half written. */
export function uninterrupted(write: () => void): void {
  const interrupt = () => process.exit(ExitCode.interrupted);
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    write();
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}
