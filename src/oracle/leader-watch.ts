// Whether anybody leads a replicated scheduler, and can do anything, as its entries tell.
import { EntryKind, type Trace, type TraceEntry } from "../model/trace.ts";

export class LeaderWatch {
  /** As entries name it; 0 while nobody leads. */
  #leader = 0;
  #isPaused = false;

  apply({ kind, worker }: Pick<TraceEntry, "kind" | "worker">): void {
    if (kind === EntryKind.led) {
      this.#leader = worker;
      this.#isPaused = false;
    } else if (worker !== this.#leader) return;
    else if (kind === EntryKind.deposed || kind === EntryKind.replicaCrashed) this.#leader = 0;
    else if (kind === EntryKind.replicaPaused) this.#isPaused = true;
    else if (kind === EntryKind.replicaResumed) this.#isPaused = false;
  }

  get isLed(): boolean {
    return this.#leader !== 0 && !this.#isPaused;
  }
}

/** Whether anybody could still decide anything when the run ended: a replica leads, and a majority is there with what its disks had. */
export function isLedAtEnd({ entries, world }: Trace): boolean {
  if (world.replicas === undefined) return true;
  const leaders = new LeaderWatch();
  const down = new Set<number>();
  const renewed = new Set<number>();
  for (const entry of entries) {
    const { kind, worker } = entry;
    leaders.apply(entry);
    if (kind === EntryKind.replicaCrashed) down.add(worker);
    else if (kind === EntryKind.replicaStarted) down.delete(worker);
    else if (kind === EntryKind.replicaRenewed) renewed.add(worker);
    else if (kind === EntryKind.memberPromoted) renewed.delete(worker);
  }
  return leaders.isLed && 2 * new Set([...down, ...renewed]).size < world.replicas.count;
}
