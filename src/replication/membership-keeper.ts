// Keeps a replicated scheduler at as many members as it has replicas: one whose disk is lost asks the leader to come back as a new member. The old one is
// removed, so that nobody waits for its vote; the new one is added without a vote, and has one when it has all that is committed: one change
// at a time. A leader knows of it by the asking alone, which goes on until it is a member; so each new leader takes up where the last one was.
import type { Members, ReplicaId } from "../consensus/message.ts";
import type { MembersChange } from "../consensus/replica.ts";
import { positionOf } from "../model/replication.ts";

/** How things stand where one leads. */
export interface Standing {
  readonly members: Members;
  readonly commit: number;
  /** Up to which entry a member is known to have the log on disk. */
  matchOf(member: ReplicaId): number;
}

export class MembershipKeeper {
  readonly #replicas: number;
  /** Of each position, the latest member that has asked. */
  readonly #asking = new Map<number, ReplicaId>();

  constructor(replicas: number) {
    this.#replicas = replicas;
  }

  /** One whose disk is lost would be this member. */
  asks(member: ReplicaId): void {
    const position = positionOf(member, this.#replicas);
    this.#asking.set(position, Math.max(member, this.#asking.get(position) ?? 0));
  }

  /** It leads no more, or is down. */
  forget(): void {
    this.#asking.clear();
  }

  /** What is to be changed next, if anything is. */
  next({ members, commit, matchOf }: Standing): MembersChange | undefined {
    const { voters, learners } = members;
    if (this.#asking.size === 0 && learners.length === 0) return undefined;
    const all = [...voters, ...learners];
    const asking = [...this.#asking.values()].sort((a, b) => a - b);
    for (const member of asking) {
      const before = all.find((each) => each < member && this.#isInPlaceOf(each, member));
      if (before !== undefined) return { kind: "remove", replica: before };
    }
    const missing = asking.find((member) => !all.some((each) => each >= member && this.#isInPlaceOf(each, member)));
    if (missing !== undefined) return { kind: "add", replica: missing };
    const ready = learners.find((member) => matchOf(member) >= commit);
    return ready === undefined ? undefined : { kind: "promote", replica: ready };
  }

  #isInPlaceOf(one: ReplicaId, other: ReplicaId): boolean {
    return positionOf(one, this.#replicas) === positionOf(other, this.#replicas);
  }
}
