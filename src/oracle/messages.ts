// E5, E6, F5, F6 and T14: what becomes of messages, and of attempts between the scheduler and their workers.
import { isFromWorker, LinkState, MessageFate, type MessageEntry, MessageKind } from "../model/network.ts";
import { EntryKind, Reason, type Trace } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { isNetworked } from "../model/world.ts";
import { Finding, type Invariant } from "./invariant.ts";
import { endsAttempt, failsBeside, takes } from "./ledger.ts";

/** Copies of one message that are still under way, and when and how it was sent. */
interface UnderWay {
  copies: number;
  sent: MessageEntry;
}

const keyOf = ({ worker, number }: MessageEntry) => `${worker}#${number}`;

export const MESSAGES_CONSERVED: Invariant = {
  id: "E6",
  statement: "On every link, messages sent and duplicated are those delivered, dropped and under way.",
  judge({ messages = [] }) {
    const finding = new Finding();
    const underWay = new Map<string, number>();
    for (const message of messages) {
      const key = keyOf(message);
      const { fate, time } = message;
      const copies = underWay.get(key) ?? 0;
      if (fate === MessageFate.sent)
        underWay.set(key, 1); // numbers begin anew after four million
      else if (fate === MessageFate.duplicated) underWay.set(key, copies + 1);
      else underWay.set(key, copies - 1);
      const isTooMany = copies <= 0 && fate !== MessageFate.sent;
      finding.check(0, time, isTooMany && `message ${key} meets its fate ${fate} with no copy under way`);
    }
    return finding;
  },
};

/** What holds of each link over time, by its entries; asked in order of time. */
class Links {
  readonly #changes = new Map<number, { time: Time; state: number }[]>();

  constructor({ entries }: Trace) {
    for (const { kind, worker, attempt, time } of entries) {
      if (kind !== EntryKind.linked) continue;
      const changes = this.#changes.get(worker) ?? [];
      changes.push({ time, state: attempt });
      this.#changes.set(worker, changes);
    }
  }

  /** The bits at a time, after all changes of that instant; and those before the first of them. */
  at(worker: number, time: Time): { after: number; before: number } {
    const changes = this.#changes.get(Math.max(worker, -1)) ?? []; // what befalls one link of clients befalls all
    const stateBy = (holds: (change: { time: Time }) => boolean) => changes.findLast(holds)?.state ?? 0;
    return { after: stateBy((change) => change.time <= time), before: stateBy((change) => change.time < time) };
  }
}

export const NOTHING_CROSSES_A_CUT: Invariant = {
  id: "F5",
  statement:
    "No message is delivered over a link that is cut in its direction, or (inFlight: deliver) that was when it was sent; and dropped as cut is only what meets a cut.",
  judge(trace) {
    const finding = new Finding();
    const links = new Links(trace);
    const delivers = trace.world.network?.inFlight === "deliver";
    // A cut that is anchored may begin between messages of one instant.
    const anchored = trace.world.faults?.tracks.some(({ effect, episodes }) => effect.kind === "link" && "anchor" in episodes) ?? false;
    const sent = new Map<string, Time>();
    for (const message of trace.messages ?? []) {
      const { fate, kind, worker, number, time } = message;
      if (fate === MessageFate.sent && delivers) sent.set(keyOf(message), time);
      if (fate !== MessageFate.delivered && fate !== MessageFate.cut) continue;
      const bit = isFromWorker(kind) ? LinkState.cutFromWorker : LinkState.cutToWorker;
      if (delivers) {
        const then = links.at(worker, sent.get(keyOf(message)) ?? time);
        const [all, any] = [(then.after & then.before & bit) !== 0, ((then.after | then.before) & bit) !== 0];
        const wrong =
          fate === MessageFate.delivered ? all && "was sent over a link that was cut" : !any && "is dropped by a cut that was none";
        finding.check(0, time, wrong && `message ${number} of worker ${worker} ${wrong}`);
        continue;
      }
      const { after, before } = links.at(worker, time);
      const isCut = (after & bit) !== 0;
      const wasCut = isCut && (!anchored || (before & bit) !== 0);
      // What a frozen worker read later has crossed before: only messages to the scheduler arrive when they are delivered.
      if (fate === MessageFate.delivered && isFromWorker(kind))
        finding.check(0, time, wasCut && `message ${number} of worker ${worker} is delivered over a link that is cut`);
      if (fate === MessageFate.cut)
        finding.check(0, time, !isCut && (before & bit) === 0 && `message ${number} of worker ${worker} is dropped by a cut that is none`);
    }
    return finding;
  },
};

export const DISTURBED_WHERE_ENABLED: Invariant = {
  id: "F6",
  statement: "Messages are lost, doubled or overtaken only on links where that is enabled.",
  judge(trace) {
    const finding = new Finding();
    const { world, messages = [] } = trace;
    const links = new Links(trace);
    const reorders = world.faults?.tracks.some(({ effect }) => effect.kind === "link" && effect.does === "reorder") ?? false;
    const last = new Map<string, number>(); // the highest number that has arrived, by worker and direction
    for (const message of messages) {
      const { fate, kind, worker, number, time } = message;
      const link = worker < 0 ? world.network?.clients : world.network?.links[worker];
      const { after, before } = links.at(worker, time);
      const state = after | before;
      if (fate === MessageFate.lost)
        finding.check(0, time, link?.loss === 0 && (state & LinkState.lossy) === 0 && `message ${number} of worker ${worker} is lost`);
      if (fate === MessageFate.duplicated)
        finding.check(
          0,
          time,
          link?.duplicate === 0 && (state & LinkState.duplicating) === 0 && `message ${number} of worker ${worker} is doubled`,
        );
      if (fate !== MessageFate.delivered || link?.reorder === true || reorders) continue;
      const way = `${worker}${isFromWorker(kind) ? "<" : ">"}`;
      finding.check(0, time, number < (last.get(way) ?? -1) && `message ${number} of worker ${worker} was overtaken`);
      last.set(way, Math.max(number, last.get(way) ?? -1));
    }
    return finding;
  },
};

export const DEAD_HEAR_NOTHING: Invariant = {
  id: "E5",
  statement: "No message of a dead incarnation, or meant for one, is delivered.",
  judge(trace) {
    const finding = new Finding();
    const crashes = new Map<number, Time[]>();
    const known = new Map<number, Time[]>();
    for (const { kind, worker, time } of trace.entries) {
      if (kind === EntryKind.crashed) crashes.set(worker, [...(crashes.get(worker) ?? []), time]);
      if (kind === EntryKind.registered) known.set(worker, [...(known.get(worker) ?? []), time]);
    }
    // Of one that has left no entry tells that it has registered once more.
    for (const { kind, worker, time, fate } of trace.messages ?? [])
      if (kind === MessageKind.register && fate === MessageFate.delivered) known.set(worker, [...(known.get(worker) ?? []), time]);
    for (const times of known.values()) times.sort((a, b) => a - b);
    const underWay = new Map<string, UnderWay>();
    for (const message of trace.messages ?? []) {
      const { fate, kind, worker, number, time } = message;
      if (fate === MessageFate.sent) underWay.set(keyOf(message), { copies: 1, sent: message });
      if (fate !== MessageFate.delivered) continue;
      const sent = underWay.get(keyOf(message))?.sent.time ?? time;
      // The scheduler means the incarnation that registered last.
      const from = isFromWorker(kind) ? sent : Math.min(sent, (known.get(worker) ?? []).findLast((each) => each < sent) ?? 0);
      const isDead = (crashes.get(worker) ?? []).some((crash) => crash > from && crash < time) && kind !== MessageKind.registered;
      finding.check(
        0,
        time,
        isDead && isDeadFor(kind, worker, sent, time) && `message ${number} of worker ${worker} outlives its incarnation`,
      );
    }
    return finding;

    /** To a worker: unless a newer incarnation was known when it was sent. */
    function isDeadFor(kind: MessageKind, worker: number, sent: Time, time: Time): boolean {
      const crash = (crashes.get(worker) ?? []).findLast((each) => each < time) as Time;
      return isFromWorker(kind) ? crash > sent : !(known.get(worker) ?? []).some((each) => each >= crash && each <= sent);
    }
  },
};

export const BEGUN_AND_ENDED_ONCE: Invariant = {
  id: "T14",
  statement:
    "Over a network an attempt begins once, on the worker that it was started on, after its start; ends once, after it began; in between it is suspended there, and goes on, in turn, never more often than it was preempted and was to go on; and what the scheduler is told of its end is how it ended there.",
  judge(trace) {
    const finding = new Finding();
    if (!isNetworked(trace.world)) return finding;
    const started = new Map<string, number>();
    const began = new Map<string, number>();
    const ended = new Map<string, Reason>();
    const turns = new Turns();
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, task, worker, attempt, time, reason } = entry;
      const key = `${task}#${attempt}`;
      const name = `attempt ${attempt} of task ${task}`;
      if (takes(entry)) started.set(key, worker);
      if (kind === EntryKind.began) {
        const isOver = began.has(key) ? "begins twice" : ended.has(key) && "begins after its end";
        const wrong = isOver || (started.get(key) !== worker && "begins where it was not started");
        finding.check(index, time, wrong && `${name} ${wrong}`);
        began.set(key, worker);
      }
      if (kind === EntryKind.ended) {
        const isLapse = reason === Reason.lease || reason === Reason.drain; // also of one that has not begun, for want of room
        const wrong = ended.has(key) ? "ends twice" : began.get(key) === worker || isLapse ? undefined : "ends where it has not begun";
        finding.check(index, time, wrong && `${name} ${wrong}`);
        ended.set(key, reason);
      }
      if (kind === EntryKind.halted || kind === EntryKind.proceeded) {
        const isThere = began.get(key) === worker && !ended.has(key);
        finding.check(index, time, isThere ? turns.wrong(kind, key, name) : `${name} is suspended, or goes on, where it does not run`);
      }
      turns.apply(kind, key);
      if (endsAttempt(entry) || failsBeside(entry) || kind === EntryKind.refused)
        finding.check(index, time, ended.get(key) !== reason && `${name} is told to have ended otherwise than it did`);
      index += 1;
    }
    return finding;
  },
};

/** How often attempts were told to wait and to go on, and how often they did. */
class Turns {
  readonly #counts = new Map<string, number>();

  #of(kind: EntryKind, key: string): number {
    return this.#counts.get(`${kind}/${key}`) ?? 0;
  }

  /** What is wrong if an attempt waits on its worker now, or goes on there. */
  wrong(kind: EntryKind, key: string, name: string): string | undefined {
    const halted = this.#of(EntryKind.halted, key);
    const proceeded = this.#of(EntryKind.proceeded, key);
    if (kind === EntryKind.halted) {
      if (halted > proceeded) return `${name} is suspended twice`;
      return halted < this.#of(EntryKind.preempted, key) ? undefined : `${name} is suspended on its worker, and was not told to be`;
    }
    if (halted === proceeded) return `${name} goes on, but was not suspended`;
    return proceeded < this.#of(EntryKind.continued, key) ? undefined : `${name} goes on on its worker, and was not told to`;
  }

  apply(kind: EntryKind, key: string): void {
    if (COUNTED.includes(kind)) this.#counts.set(`${kind}/${key}`, this.#of(kind, key) + 1);
  }
}

const COUNTED: readonly EntryKind[] = [EntryKind.preempted, EntryKind.continued, EntryKind.halted, EntryKind.proceeded];
