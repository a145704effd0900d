// As whom a replica starts again whose disk is lost. What it has promised, a vote or that it has an entry, stood there: others count on that, so who it was
// must never speak again.
import type { UnsafeReplicaMode } from "../model/unsafe.ts";
import type { Members, ReplicaId, Snapshot } from "./message.ts";
import { emptyLog } from "./replicated-log.ts";

const NOBODY: Members = { voters: [], learners: [] };

/** `lost`: who it was, in a group that `members` began; `fresh`: a member that nobody has ever been. */
export function afterLoss<S>(
  lost: ReplicaId,
  fresh: ReplicaId,
  members: Members,
  state: S,
  unsafe: UnsafeReplicaMode | undefined,
): { id: ReplicaId; snapshot: Snapshot<S> } {
  return unsafe === "rejoin" ? { id: lost, snapshot: emptyLog(members, state) } : { id: fresh, snapshot: emptyLog(NOBODY, state) };
}
