// Sessions of clients, as replicas agree on them: which calls of each have been executed, and what they came to, so that a call that comes again is
// answered and not executed again (Ongaro's dissertation, 6.3).
import type { TaskState } from "../model/clients.ts";
import type { Request } from "../model/command.ts";
import type { Reason } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import type { UnsafeMode } from "../model/unsafe.ts";

/** What a call came to. */
export interface Answer {
  readonly number: number;
  /** What it asked for: another call of that number is refused. */
  readonly content: string;
  readonly reason: Reason;
  /** The last command applied to its task, and where that stood then; of one that only the leader's log has, its own place there. */
  readonly index: number;
  readonly state: TaskState;
}

interface Session {
  readonly client: number;
  /** Its last call that was executed, and when the last command of it was proposed. */
  last: number;
  used: Time;
  /** Of calls that the client may not know the answers of. */
  readonly answers: Map<number, Answer>;
}

export class Sessions {
  readonly #sessions = new Map<number, Session>();

  open(session: number, client: number, time: Time): void {
    this.#sessions.set(session, { client, last: 0, used: time, answers: new Map() });
  }

  /** Says whether it expires: not where the client has called since. */
  expire(session: number, last: number): boolean {
    return this.#sessions.get(session)?.last === last && this.#sessions.delete(session);
  }

  has(session: number): boolean {
    return this.#sessions.has(session);
  }

  answer(session: number, number: number): Answer | undefined {
    return this.#sessions.get(session)?.answers.get(number);
  }

  /** Whether a call is to be executed: not of a session that is not there, and not a second time. */
  executes({ session, number }: Request): boolean {
    const known = this.#sessions.get(session);
    return known !== undefined && number > known.last;
  }

  executed({ session, number, acknowledged }: Request, answer: Answer, time: Time): void {
    const known = this.#sessions.get(session) as Session;
    known.last = number;
    known.used = time;
    known.answers.set(number, answer);
    for (const each of known.answers.keys()) {
      if (each > acknowledged) break; // they ascend
      known.answers.delete(each);
    }
  }

  get count(): number {
    return this.#sessions.size;
  }

  /** How many calls there are of which clients may not know what they came to. */
  get answers(): number {
    let count = 0;
    for (const { answers } of this.#sessions.values()) count += answers.size;
    return count;
  }

  /** Each session, whose it is, its last call, and when it was used last. */
  *all(): Generator<{ session: number; client: number; last: number; used: Time }> {
    for (const [session, { client, last, used }] of this.#sessions) yield { session, client, last, used };
  }

  /** The same again, apart from these: as snapshots have them. */
  copy(unsafe: UnsafeMode | undefined): Sessions {
    const copy = new Sessions();
    const forgets = unsafe === "dedup-not-in-snapshot";
    for (const [session, known] of this.#sessions)
      copy.#sessions.set(session, { ...known, last: forgets ? 0 : known.last, answers: new Map(forgets ? [] : known.answers) });
    return copy;
  }
}
