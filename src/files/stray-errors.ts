// What a user's code leaves to fail when nobody waits for it: promises without await, callbacks that throw.
import { setImmediate as nextTurn } from "node:timers/promises";
import { PolicyError } from "../model/errors.ts";
import { callerOf, isThrownHere } from "./guard.ts";

let listens = false;
const strays: PolicyError[] = [];

/**
 * Runs a task, and then what it left for the next turn. Rejects with what the task throws, else with the first error that the user's
 * code threw meanwhile where nobody could catch it, as a PolicyError. From then on such errors are kept, and end the process no more.
 */
export async function settled<T>(task: () => Promise<T> | T): Promise<T> {
  if (!listens) process.on("uncaughtException", keep);
  listens = true;
  const [outcome] = await Promise.allSettled([(async () => task())()]);
  await nextTurn();
  const stray = takeStray();
  if (outcome.status === "rejected") throw outcome.reason;
  if (stray !== undefined) throw stray;
  return outcome.value;
}

/** An error that came too late for the task that left it. */
export function takeStray(): PolicyError | undefined {
  return strays.splice(0)[0];
}

function keep(thrown: unknown): void {
  const { name, message, stack = "" } = thrown instanceof Error ? thrown : new Error(String(thrown));
  if (thrown instanceof PolicyError) strays.push(thrown);
  else if (isThrownHere(stack)) throw thrown;
  else {
    const place = callerOf(stack);
    const where = place === undefined ? "" : `${place}: `;
    strays.push(new PolicyError(`${where}the policy left this to fail where nobody waits for it: ${name}: ${message}`, { cause: thrown }));
  }
}
