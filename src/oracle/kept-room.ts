// Whether room may be free and kept for a task while others stop for it.
import type { Trace } from "../model/trace.ts";
import { isNetworked } from "../model/world.ts";

/** As long as their grace lasts, or they save their work, and, over a network, until their workers have answered. */
export function keepsRoom({ settings, world }: Trace): boolean {
  const { preemption } = settings;
  return preemption !== undefined && (preemption.grace > 0 || preemption.mode === "checkpoint" || isNetworked(world));
}

/** The same where workers may fail: they do not answer while they are paused, or down. */
export function mayKeepRoom(trace: Trace): boolean {
  const { liveness, preemption } = trace.settings;
  return keepsRoom(trace) || (preemption !== undefined && preemption.mode !== "suspend" && liveness?.requeue === "lease-end");
}
