// How long nothing has befallen the replicas of a scheduler, as a trace tells: what must come about in the end does so only while nothing new goes wrong.
import { replicaOf } from "../model/replication.ts";
import { aboutReplica, EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { REPLICAS } from "../model/world.ts";

/** What begins a new time of calm, if it does not end one. */
const BEFALLS: readonly EntryKind[] = [
  ...[EntryKind.replicaCrashed, EntryKind.replicaStarted, EntryKind.replicaPaused, EntryKind.replicaResumed, EntryKind.replicaSlowed],
  ...[EntryKind.replicaDiskLost, EntryKind.replicaRotten, EntryKind.replicaDrifted, EntryKind.memberPromoted, EntryKind.transferred],
];

/** Of replicas that are a majority: all links between them are well, all disks run at full speed and all clocks at the true rate. */
export class Calm {
  /** Undefined while it is not calm. */
  since: Time | undefined = 0;
  readonly #count: number;
  readonly #down = new Set<number>();
  readonly #paused = new Set<number>();
  /** Whose disks are lost, and that do not vote again. */
  readonly #lost = new Set<number>();
  readonly #ailing = { replicaSlowed: new Set<number>(), replicaDrifted: new Set<number>() };
  /** When links begin and cease to be disturbed, latest first. */
  readonly #turns: { time: Time; by: 1 | -1 }[];
  #disturbed = 0;

  constructor({ world }: Trace) {
    this.#count = world.replicas?.count ?? 0;
    const tracks = (world.faults?.tracks ?? []).filter(({ worker, effect }) => worker === REPLICAS && effect.kind === "link");
    this.#turns = tracks.flatMap(({ episodes }): { time: Time; by: 1 | -1 }[] => {
      if (!("from" in episodes)) return [{ time: 0, by: 1 }]; // when it strikes the trace does not tell
      return [
        { time: episodes.from, by: 1 },
        { time: episodes.to, by: -1 },
      ];
    });
    this.#turns.sort((a, b) => b.time - a.time || a.by - b.by);
  }

  /** When the next link begins or ceases to be disturbed; Infinity where none does. */
  get nextTurn(): Time {
    return this.#turns.at(-1)?.time ?? Number.POSITIVE_INFINITY;
  }

  turn(): void {
    const { time, by } = this.#turns.pop() as { time: Time; by: 1 | -1 };
    this.#disturbed += by;
    this.#begins(time);
  }

  /** Whether a replica has a vote, and does what it should. */
  isWell(replica: number): boolean {
    return ![this.#down, this.#paused, this.#lost].some((those) => those.has(replica));
  }

  apply({ time, kind, worker, attempt, reason }: TraceEntry): void {
    if (!aboutReplica(kind) || !BEFALLS.includes(kind)) return;
    if (kind === EntryKind.transferred && reason !== Reason.none) return; // nobody was asked
    const replica = replicaOf(worker);
    if (kind === EntryKind.replicaCrashed) this.#down.add(replica);
    else if (kind === EntryKind.replicaStarted) this.#down.delete(replica);
    else if (kind === EntryKind.replicaPaused) this.#paused.add(replica);
    else if (kind === EntryKind.replicaResumed) this.#paused.delete(replica);
    else if (kind === EntryKind.memberPromoted) this.#lost.delete(replica);
    else if (kind === EntryKind.replicaSlowed) set(this.#ailing.replicaSlowed, replica, attempt !== 1000);
    else if (kind === EntryKind.replicaDrifted) set(this.#ailing.replicaDrifted, replica, attempt !== 1_000_000);
    else if (kind !== EntryKind.transferred) this.#lost.add(replica);
    this.#begins(time);
  }

  #begins(time: Time): void {
    const { replicaSlowed, replicaDrifted } = this.#ailing;
    const well = Array.from({ length: this.#count }, (_, replica) => replica).filter((replica) => this.isWell(replica));
    const isCalm = this.#disturbed === 0 && replicaSlowed.size === 0 && replicaDrifted.size === 0 && 2 * well.length > this.#count;
    this.since = isCalm ? time : undefined;
  }
}

function set(those: Set<number>, replica: number, is: boolean): void {
  if (is) those.add(replica);
  else those.delete(replica);
}
