// Commands of which clients or workers were told that they are noted, when only a leader had them on disk: each survives, or is lost when another leads.
import type { Term } from "../consensus/message.ts";
import type { Command } from "../model/command.ts";
import type { ReplicaNode } from "../replication/replica-node.ts";

/** A command at its place in the log of the leader of a term. */
export interface NotedCommand {
  readonly index: number;
  readonly term: Term;
  readonly command: Command;
}

export class NotedCommands {
  readonly #nodes: readonly ReplicaNode[];
  /** Those that only a leader may have, by their places in logs. */
  readonly #open = new Map<string, NotedCommand>();
  /** The latest term in which anybody leads, and at which entry that began. */
  #latest: Term = 0;
  #ledFrom = 0;

  constructor(nodes: readonly ReplicaNode[]) {
    this.#nodes = nodes;
  }

  add(noted: NotedCommand): void {
    this.#open.set(placeOf(noted), noted);
  }

  /** A command is committed: says whether it is one of these. */
  commits(index: number, term: Term): boolean {
    return this.#open.size > 0 && this.#open.delete(placeOf({ index, term }));
  }

  /** A replica leads, who has applied its log up to there. */
  leads(term: Term, applied: number): void {
    this.#latest = term;
    this.#ledFrom = applied;
  }

  /** Takes those of earlier leaders that nobody will ever have: they are not in the log up to where the latest leader began. */
  takeLost(): NotedCommand[] {
    const older = [...this.#open.values()].filter(({ term }) => term < this.#latest);
    const furthest = this.#nodes.reduce((one, other) => (other.applied > one.applied ? other : one));
    if (older.length === 0 || furthest.applied < this.#ledFrom) return []; // all that had come so far are down
    for (const each of older) this.#open.delete(placeOf(each));
    return older.filter(({ command }) => !furthest.state.hasDone(command));
  }
}

function placeOf({ index, term }: Pick<NotedCommand, "index" | "term">): string {
  return `${term} ${index}`;
}
