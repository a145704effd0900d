// R4-drain: over a network a worker that is to leave refuses what it reads after that order, and goes when it is told that it may.
import { MessageFate, type MessageEntry, MessageKind } from "../model/network.ts";
import { poolOf } from "../model/cloud.ts";
import { EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import type { Time } from "../model/units.ts";
import { isNetworked } from "../model/world.ts";
import { Finding, type Invariant } from "./invariant.ts";

export const DRAINING: Invariant = {
  id: "R4-drain",
  statement:
    "Over a network no attempt begins on a worker that has departed, nor one that it has refused, that was given up before its limit since the worker leaves, or whose start it read after the order to drain; a worker refuses only what it has not begun, and only while it is to leave; and it departs only when an order to drain has reached it, or, an instance of a pool, when it has left.",
  judge(trace) {
    const finding = new Finding();
    if (!isNetworked(trace.world)) return finding;
    const orders = trace.messages === undefined ? undefined : new Orders(trace);
    const limits = new Map(
      (trace.world.actions ?? []).flatMap((action) =>
        action.kind === "leave" ? [[action.worker, action.time + action.limit] as const] : [],
      ),
    );
    const draining = new Set<number>();
    const departed = new Set<number>();
    const begun = new Set<string>();
    const unbegun = new Map<string, string>(); // attempts that may not begin, and why
    let index = 0;
    for (const entry of trace.entries) {
      const { kind, worker, time, reason } = entry;
      const name = nameOf(entry);
      if (kind === EntryKind.draining) draining.add(worker);
      if (kind === EntryKind.launched) draining.delete(worker);
      if (kind === EntryKind.launched) departed.delete(worker);
      if (kind === EntryKind.began && draining.has(worker)) {
        const why = departed.has(worker) ? "its worker has departed" : (unbegun.get(name) ?? orders?.refusalOf(entry));
        finding.check(index, time, why && `${name} begins, though ${why}`);
      }
      if (kind === EntryKind.began) begun.add(name);
      if (kind === EntryKind.ended && reason === Reason.drain) {
        const isToLeave = draining.has(worker) && orders?.hasRead(worker, time) !== false;
        const wrong = begun.has(name) ? "has begun it" : !isToLeave && "is not to leave";
        finding.check(index, time, wrong && `worker ${worker} refuses ${name}, and ${wrong}`);
        unbegun.set(name, "its worker has refused it");
      }
      const isGivenUp = (kind === EntryKind.requeued || kind === EntryKind.lost || kind === EntryKind.dropped) && worker >= 0;
      if (isGivenUp && reason === Reason.drain && time !== limits.get(worker))
        unbegun.set(name, "it was given up, since its worker was not to begin it");
      if (kind === EntryKind.departed) {
        departed.add(worker);
        const isTold = poolOf(trace.world.cloud, worker) !== undefined || orders?.hasRead(worker, time) !== false;
        finding.check(index, time, !isTold && `worker ${worker} departs, and nobody has told it to`);
      }
      index += 1;
    }
    return finding;
  },
};

const nameOf = ({ task, attempt }: { task: number; attempt: number }) => `attempt ${attempt} of task ${task}`;

/** When workers have read orders to drain, and starts first, by the messages. */
class Orders {
  readonly #crashes = new Map<number, Time[]>();
  readonly #read = new Map<number, Time[]>();
  /** Attempts whose start was read first after such an order, by the incarnation that had read that. */
  readonly #refused = new Set<string>();

  constructor({ entries, messages = [] }: Trace) {
    for (const { kind, worker, time } of entries)
      if (kind === EntryKind.crashed || kind === EntryKind.launched) add(this.#crashes, worker, time);
    const seen = new Set<string>();
    for (const message of messages) {
      const { fate, kind, worker, time } = message;
      if (fate !== MessageFate.delivered) continue;
      if (kind === MessageKind.drain) add(this.#read, worker, time);
      if (kind !== MessageKind.start || seen.has(nameOf(message))) continue;
      seen.add(nameOf(message));
      if (this.#knows(message)) this.#refused.add(nameOf(message));
    }
  }

  /** Whether the incarnation that reads a message has read an order to drain before. */
  #knows({ worker, time }: MessageEntry): boolean {
    const crash = this.#crashes.get(worker)?.findLast((each) => each <= time) ?? Number.NEGATIVE_INFINITY;
    return (this.#read.get(worker) ?? []).some((each) => each > crash);
  }

  /** Whether the worker has read an order to drain by then. */
  hasRead(worker: number, time: Time): boolean {
    return (this.#read.get(worker) ?? []).some((each) => each <= time);
  }

  /** Why an attempt may not begin. */
  refusalOf(entry: TraceEntry): string | undefined {
    return this.#refused.has(nameOf(entry)) ? "its worker had read before that it is to leave" : undefined;
  }
}

function add(times: Map<number, Time[]>, worker: number, time: Time): void {
  times.set(worker, [...(times.get(worker) ?? []), time]);
}
