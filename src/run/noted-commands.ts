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
  /** Those that only a leader may have, in the order of their terms and indexes. */
  #open: NotedCommand[] = [];
  /** The latest term in which anybody leads, and at which entry that began. */
  #latest: Term = 0;
  #ledFrom = 0;

  constructor(nodes: readonly ReplicaNode[]) {
    this.#nodes = nodes;
  }

  add(noted: NotedCommand): void {
    this.#open.push(noted);
  }

  /** A command is committed: says whether it is one of these. */
  commits(index: number, term: Term): boolean {
    const place = this.#open.findIndex((each) => each.index === index && each.term === term);
    if (place >= 0) this.#open.splice(place, 1);
    return place >= 0;
  }

  /** A replica leads, who has applied its log up to there. */
  leads(term: Term, applied: number): void {
    this.#latest = term;
    this.#ledFrom = applied;
  }

  /** Takes those of earlier leaders that nobody will ever have: they are not in the log up to where the latest leader began. */
  takeLost(): NotedCommand[] {
    const isOlder = ({ term }: NotedCommand) => term < this.#latest;
    const older = this.#open.filter(isOlder);
    const furthest = this.#nodes.reduce((one, other) => (other.applied > one.applied ? other : one));
    if (older.length === 0 || furthest.applied < this.#ledFrom) return []; // all that had come so far are down
    this.#open = this.#open.filter((each) => !isOlder(each));
    return older.filter(({ command }) => !furthest.state.hasDone(command));
  }
}
