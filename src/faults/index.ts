// The registry of faults.
import { CRASH } from "./crash.ts";
import type { FaultKind } from "./fault.ts";
import { HEARTBEAT_LOSS } from "./heartbeat-loss.ts";
import { PAUSE } from "./pause.ts";
import { SLOW } from "./slow.ts";

export const FAULTS: readonly FaultKind[] = [CRASH, PAUSE, SLOW, HEARTBEAT_LOSS];

export function faultNamed(name: string): FaultKind | undefined {
  return FAULTS.find((fault) => fault.name === name);
}
