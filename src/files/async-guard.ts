// The guard for asynchronous code: what runs in a guarded context is refused the host's chance, clocks and timers, whenever it
// runs; everybody else in the process is left alone.
import { AsyncLocalStorage } from "node:async_hooks";
import type { PolicyError } from "../model/errors.ts";
import { GUARDED, isCalledByNode, putInPlace, refusedCall, substituteFor } from "./guard.ts";

/** One piece of guarded code, and what follows from it by await, promises and callbacks. */
export interface GuardedContext {
  /** Is told of a call that was refused; the code may catch the error. */
  refused(error: PolicyError): void;
}

const contexts = new AsyncLocalStorage<GuardedContext>();
const SUBSTITUTES = GUARDED.map((guarded) => substituteFor(guarded, refuseInContext));

let raised = 0;
let restore = () => {};

/** Raises the guard until the function that it returns is called; several may be raised at once. */
export function raiseGuard(): () => void {
  if (raised === 0) restore = putInPlace(SUBSTITUTES);
  raised += 1;
  let up = true;
  return () => {
    if (!up) return;
    up = false;
    raised -= 1;
    if (raised === 0) restore();
  };
}

/** Runs a function in a guarded context; while the guard is raised, the calls throw a PolicyError in it. */
export function inContext<T>(context: GuardedContext, run: () => T): T {
  return contexts.run(context, run);
}

/** Node's own code may use its clocks: a request times out, a cache expires. */
function refuseInContext(call: string): void {
  const context = contexts.getStore();
  if (context === undefined || isCalledByNode(new Error().stack ?? "")) return;
  const error = refusedCall(call, "use ctx.now, ctx.sleep and ctx.random");
  context.refused(error);
  throw error;
}
