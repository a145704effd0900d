// Ctrl-C and its kin. What can be stopped halfway stops with what it has, and a second signal ends the process; anything else ends at once.
import { setImmediate } from "node:timers/promises";
import { ExitCode } from "./exit-codes.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What is said then of the files. */
export const INTERRUPTED = "interrupted: what is written is partial";
export const NOTHING_WRITTEN = "interrupted; nothing was written";

/** Whether the process ends by itself on a signal; else the system would end it, without a word. */
let ends = false;

/** From now on a signal ends the process with exit code 130 and a line that says so. */
export function endOnSignals(): void {
  ends = true;
  stopListening();
  for (const signal of SIGNALS) process.on(signal, endAtOnce);
}

function stopListening(): void {
  for (const signal of SIGNALS) process.off(signal, endAtOnce);
}

function endAtOnce(): void {
  stopListening(); // the exit may have to wait for a pipe that is being opened; a second signal then ends it
  process.stderr.write(`${NOTHING_WRITTEN}\n`);
  process.exit(ExitCode.interrupted);
}

/** A turn of the event loop, in which a signal that came during long work is heard. */
export function heard(): Promise<void> {
  return setImmediate();
}

/** Leaves signals to the system during a task that may never come back, for no handler would be called then. */
export async function leavingSignals<Result>(task: () => Promise<Result>): Promise<Result> {
  await heard(); // else what came before would be lost
  stopListening();
  try {
    return await task();
  } finally {
    if (ends) endOnSignals();
  }
}

/** Runs a task that stops, with what it has, when its signal aborts. */
export function interruptible<Result>(task: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  return leavingSignals(async () => {
    const controller = new AbortController();
    let mayEnd = false;
    const interrupt = () => {
      if (mayEnd) process.exit(ExitCode.interrupted);
      controller.abort();
      // What came during the same long work is heard with it, and is no second signal.
      void heard().then(() => {
        mayEnd = true;
      });
    };
    for (const signal of SIGNALS) process.on(signal, interrupt);
    try {
      return await task(controller.signal);
    } finally {
      for (const signal of SIGNALS) process.off(signal, interrupt);
    }
  });
}

/** Does work in slices; signals are heard after each. */
export async function inTurns<Result>(slices: Iterator<unknown, Result>): Promise<Result> {
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
    await heard();
  }
}
