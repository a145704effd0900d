// What a kind of fault says of itself: its name, its options, and what it does to a worker for as long as it lasts.
import type { FaultEffect } from "../model/world.ts";

/** Options of a kind beside those that say whom and when. */
export interface FaultOptions {
  /** Part of its speed that a slow worker keeps. */
  speed?: number | undefined;
}

export interface FaultKind {
  name: string;
  /** One line: what it does. */
  summary: string;
  /** The options that it needs. */
  needs: readonly (keyof FaultOptions)[];
  effect(options: FaultOptions): FaultEffect;
}
