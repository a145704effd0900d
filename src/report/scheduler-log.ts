// scheduler.log: what happened, a sentence each: virtual time, who, what.
import { CapacityEffects } from "../model/capacity-effects.ts";
import { answerOf, clientOf, nameOfClient } from "../model/clients.ts";
import { at, nameAt } from "../model/columns.ts";
import { CommandKind } from "../model/command.ts";
import { LinkState } from "../model/network.ts";
import { type AskPlan, heldAfter } from "../model/asks.ts";
import { amountText, CPU, MEMORY } from "../model/resources.ts";
import { profileOf } from "../model/task-profile.ts";
import { aboutCommand, aboutReplica, aboutWorker, EntryKind, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import { formatClock, formatThousandths } from "../model/units.ts";
import type { World } from "../model/world.ts";
import { nameOfReplica, replicaOf } from "../model/replication.ts";

const CHUNK = 4096;

/** The file in pieces of some thousand lines, such as `[12.500000] (w-3) task3 failed, attempt 2 of 3`. */
export function* schedulerLog(trace: Trace): Generator<string> {
  const log = new Sentences(trace);
  let lines: string[] = [];
  for (const entry of trace.entries) {
    lines.push(log.line(entry));
    if (lines.length < CHUNK) continue;
    yield lines.join("");
    lines = [];
  }
  if (lines.length > 0) yield lines.join("");
}

/** Why an attempt was given up, by reason. */
const BECAUSE: Partial<Record<Reason, string>> = {
  [Reason.client]: "by its client",
  [Reason.lease]: "when its lease was over",
  [Reason.suspicion]: "since its worker is suspected",
  [Reason.incarnation]: "since its worker has restarted",
  [Reason.preemption]: "to make room",
  [Reason.drain]: "since its worker leaves",
  [Reason.shrink]: "since its worker shrinks",
  [Reason.reclaim]: "since its worker was taken back",
  [Reason.deadlock]: "to end a deadlock",
  [Reason.input]: "since a file that it reads is lost",
};

/** What the scheduler says of workers. */
const BY_SCHEDULER: readonly EntryKind[] = [
  EntryKind.registered,
  EntryKind.suspected,
  EntryKind.trusted,
  EntryKind.draining,
  EntryKind.left,
  EntryKind.launched,
  EntryKind.reclaimed,
];

/** Knows how tasks have ended, to say which of them took another along. */
class Sentences {
  readonly #world: World;
  /** Kind of the entry that ended the task without completing it, 0 before. */
  readonly #ended: Uint8Array;
  /** Attempts of a task that were given up and do not count. */
  readonly #given = new Map<number, number>();
  readonly #countLost: boolean;
  /** Tasks that take their workers down, and those that each worker has begun since it went down last. */
  readonly #deadly: ReadonlySet<number>;
  readonly #killers = new Map<number, ReadonlySet<number>>();
  readonly #effects: CapacityEffects;
  /** Attempts of which the end is lost with a leader. */
  readonly #forgone = new Set<string>();

  constructor({ world, settings }: Trace) {
    this.#world = world;
    this.#deadly = new Set(world.faults?.killers?.map(({ task }) => task));
    this.#effects = new CapacityEffects(world.faults);
    this.#countLost = settings.retry.countLost;
    this.#ended = new Uint8Array(world.tasks.count);
  }

  line(entry: TraceEntry): string {
    const { time, kind, task, worker } = entry;
    if (kind === EntryKind.applied) return ""; // what comes of it stands before
    const who = aboutReplica(kind)
      ? nameOfReplica(replicaOf(worker))
      : aboutCommand(kind) && clientOf(worker) >= 0
        ? nameOfClient(clientOf(worker))
        : worker < 0 || kind === EntryKind.assigned || kind === EntryKind.forgone
          ? "scheduler"
          : this.#world.workers.names[worker];
    const sentence = this.#sentence(entry);
    if (kind === EntryKind.crashed) this.#killers.delete(worker);
    else if (kind === EntryKind.started && this.#deadly.has(task))
      this.#killers.set(worker, new Set([...(this.#killers.get(worker) ?? []), task]));
    if (kind === EntryKind.abandoned || kind === EntryKind.skipped || kind === EntryKind.cancelled) this.#ended[task] = kind;
    if (aboutWorker(kind) || aboutReplica(kind))
      return `[${formatClock(time)}] (${BY_SCHEDULER.includes(kind) ? "scheduler" : who}) ${sentence}\n`;
    return `[${formatClock(time)}] (${who}) ${nameAt(this.#world.tasks.names, task)} ${sentence}\n`;
  }

  #file(file: number): string {
    return `"${this.#world.data?.files.names[file]}"`;
  }

  #sentence({ kind, task, worker, attempt, reason, amount = 0 }: TraceEntry): string {
    const count = `attempt ${attempt} of ${at(this.#world.tasks.retries, task) + 1 + (this.#given.get(task) ?? 0)}`;
    switch (kind) {
      case EntryKind.submitted:
        return "submitted";
      case EntryKind.assigned:
        return `assigned to ${this.#world.workers.names[worker]}`;
      case EntryKind.started:
        return `started, ${count}`;
      case EntryKind.finished:
        return `finished, ${count}`;
      case EntryKind.accepted:
        return `finished after all, ${count}`;
      case EntryKind.failed:
        return `failed${FAILED[reason] ?? ""}, ${count}`;
      case EntryKind.retried:
        return `to be retried, ${count}`;
      case EntryKind.abandoned:
        if (reason === Reason.input) return "failed, for a file that it reads is lost";
        return reason === Reason.dependency ? `failed, because ${this.#cause(task)}` : `failed for good, no attempts left after ${attempt}`;
      case EntryKind.skipped:
        return `skipped, because ${this.#cause(task)}`;
      case EntryKind.requeued:
        if (worker < 0) return `sent back to the queue ${BECAUSE[reason]} before its start`;
        if (!this.#countLost) this.#given.set(task, (this.#given.get(task) ?? 0) + 1);
        return `sent back to the queue ${this.#forgone.has(`${task} ${attempt}`) ? "for its end is lost" : BECAUSE[reason]}, ${count}`;
      case EntryKind.recalled:
        return `is to be sent back to the queue ${BECAUSE[reason]}, ${count}`;
      case EntryKind.copied:
        this.#given.set(task, (this.#given.get(task) ?? 0) + 1);
        return `copied, attempt ${attempt} beside another`;
      case EntryKind.dropped:
        if (reason === Reason.overtaken) return `stopped, for the other attempt has completed, attempt ${attempt}`;
        return `${FAILED[reason] === undefined && reason !== Reason.execution ? `given up ${BECAUSE[reason]}` : `failed${FAILED[reason] ?? ""}`} while the other attempt goes on, attempt ${attempt}`;
      case EntryKind.lost:
        return `lost ${BECAUSE[reason]}, ${count}`;
      case EntryKind.changed:
        return `changed by its client: ${this.#change(attempt)}`;
      case EntryKind.crashed:
        return `crashed, incarnation ${attempt}${reason === Reason.killer ? `, taken down by ${this.#killerOn(worker)}` : ""}`;
      case EntryKind.diskLost:
        return "lost what was on its disk";
      case EntryKind.registered:
        return `${this.#world.workers.names[worker]} registered, incarnation ${attempt}`;
      case EntryKind.paused:
        return "paused";
      case EntryKind.resumed:
        return "goes on";
      case EntryKind.muted:
        return "heartbeats are lost from now on";
      case EntryKind.unmuted:
        return "heartbeats arrive again";
      case EntryKind.slowed:
        return attempt === 1000 ? "runs at full speed again" : `runs at ${formatThousandths(attempt)} of its speed`;
      case EntryKind.drifted:
      case EntryKind.replicaDrifted:
        return attempt === 1_000_000
          ? "clock runs right again"
          : `clock runs ${Math.abs(attempt - 1_000_000) / 10_000} % ${attempt > 1_000_000 ? "fast" : "slow"}`;
      case EntryKind.suspected:
        return `${this.#world.workers.names[worker]} suspected, nothing heard of it`;
      case EntryKind.trusted:
        return `${this.#world.workers.names[worker]} heard again`;
      case EntryKind.draining:
        return `${this.#world.workers.names[worker]} is to leave, and takes nothing more`;
      case EntryKind.left:
        return `${this.#world.workers.names[worker]} left`;
      case EntryKind.departed:
        return "is gone, as told";
      case EntryKind.launched:
        return `${this.#world.workers.names[worker]} launched, instance ${attempt}`;
      case EntryKind.reclaimed:
        return `${this.#world.workers.names[worker]} is to be taken back, instance ${attempt}`;
      case EntryKind.sending:
        return `sends file ${this.#file(attempt)}`;
      case EntryKind.fetching:
        return `is sent file ${this.#file(attempt)}${reason === Reason.push ? ", which will be read there" : ""}`;
      case EntryKind.fetched:
        return `has file ${this.#file(attempt)}`;
      case EntryKind.fetchStopped:
        return `is sent file ${this.#file(attempt)} no more`;
      case EntryKind.evicted:
        return `drops file ${this.#file(attempt)}, to make room`;
      case EntryKind.reopened:
        if (!this.#countLost) this.#given.set(task, (this.#given.get(task) ?? 0) + 1);
        return `is to run again, for what it wrote is lost, after attempt ${attempt}`;
      case EntryKind.cpuShared:
        return `has ${amountText(CPU, amount)} cpu, ${count}`;
      case EntryKind.memoryShared:
        return `has ${amountText(MEMORY, amount)} of memory, ${count}`;
      case EntryKind.asking:
        return `${this.#ask(task, amount)}, ${count}`;
      case EntryKind.granted:
        return `has what it asked for, ${count}`;
      case EntryKind.asked:
        return `is known to ask, ask ${amount}, ${count}`;
      case EntryKind.allowed:
        return `may have what it asked for, ${count}`;
      case EntryKind.deadlocked:
        return `waits in a ring of deadlock, ${count}`;
      case EntryKind.gathered:
        return `has all files that it reads, ${count}`;
      case EntryKind.adapted:
        return `${this.#size(attempt, false)}, there`;
      case EntryKind.readapted:
        return `${this.#size(attempt, true)}, there`;
      case EntryKind.resized:
        return this.#size(attempt, false);
      case EntryKind.restored:
        return this.#size(attempt, true);
      case EntryKind.stopped:
        return `stopped attempt ${attempt}, ${reason === Reason.lease ? "its lease is over" : "as told"}`;
      case EntryKind.outlived:
        return `goes on without a lease, its clock is slow, ${count}`;
      case EntryKind.reached:
        return `comes to where a fault is anchored, ${count}`;
      case EntryKind.progressed:
        return `has done ${attempt / 10} % of its work`;
      case EntryKind.straggled:
        return `straggles, ${count}`;
      case EntryKind.preparing:
        return `${PREPARING[reason]}, ${count}`;
      case EntryKind.prepared:
        return `begins to work, ${count}`;
      case EntryKind.recovering:
        return `reads its last checkpoint, ${count}`;
      case EntryKind.recovered:
        return `works on from its last checkpoint, ${count}`;
      case EntryKind.saving:
        return `writes a checkpoint, ${count}`;
      case EntryKind.saved:
        return `has written a checkpoint, ${count}`;
      case EntryKind.saveRefused:
        return `has written a checkpoint that counts for nothing, ${count}`;
      case EntryKind.refused:
        return `ended attempt ${attempt}, too late: refused`;
      case EntryKind.preempted:
        return `is to make room, ${count}`;
      case EntryKind.suspended:
        return `suspended to make room, ${count}`;
      case EntryKind.continued:
        return `goes on, ${count}`;
      case EntryKind.began:
        return `began, ${count}`;
      case EntryKind.halted:
        return `waits on its worker, as told, ${count}`;
      case EntryKind.proceeded:
        return `runs again, as told, ${count}`;
      case EntryKind.ended:
        if (reason === Reason.drain) return `refused by its worker, which is to leave, ${count}`;
        return `ended on its worker${REPORTED[reason] ?? ""}, ${count}`;
      case EntryKind.linked:
        return worker < 0 ? linkText(attempt, "the clients' link", "the clients") : linkText(attempt, "link", "here");
      case EntryKind.elected:
        return `elected, term ${attempt}`;
      case EntryKind.led:
        return `leads from now on, term ${attempt}`;
      case EntryKind.deposed:
        return `leads no more, term ${attempt}`;
      case EntryKind.replicaCrashed:
        return `crashed, start ${attempt}`;
      case EntryKind.replicaStarted:
        return `started, start ${attempt}`;
      case EntryKind.replicaPaused:
        return "paused";
      case EntryKind.replicaResumed:
        return "goes on";
      case EntryKind.replicaSlowed:
        if (attempt === 0) return "disk finishes no sync any more";
        return attempt === 1000 ? "disk runs at full speed again" : `disk runs at ${formatThousandths(attempt)} of its speed`;
      case EntryKind.spoke:
        return `has sent ${attempt} messages to the others, ${amount} bytes`;
      case EntryKind.transferred:
        return reason === Reason.nothing
          ? "is to lead, but nobody hands over to it"
          : `is to lead: ${nameOfReplica(attempt - 1)} hands over to it`;
      case EntryKind.applied:
        return `command ${amount} is applied`;
      case EntryKind.called:
        return `is to be ${CALLS[amount] ?? "told of"}, call ${attempt}`;
      case EntryKind.forgone:
        if (worker >= 0) this.#forgone.add(`${task} ${attempt}`);
        return `${clientOf(worker) >= 0 ? `has call ${attempt}` : worker >= 0 ? `has ended on ${this.#world.workers.names[worker]}, ${count}` : "was called for"}: that was noted by a leader alone, as entry ${amount}, and is lost`;
      case EntryKind.returned:
        return `is ${STATE_TEXTS[answerOf(amount).state]} as of entry ${answerOf(amount).index}${reason === Reason.nothing ? ", and nothing comes of that" : ""}: answer to call ${attempt}`;
      case EntryKind.forgotten:
        return `has an answer that never comes: nobody knows what came of call ${attempt}, for the session has expired`;
      case EntryKind.replicaDiskLost:
        return `loses its disk, start ${attempt}`;
      case EntryKind.replicaTorn:
        return `crashed in the midst of a sync: the first ${attempt} of what it wrote are on disk`;
      case EntryKind.replicaRotten:
        return `entry ${attempt} of its log on disk cannot be read any more`;
      case EntryKind.replicaRenewed:
        return `comes back without a log, as new member ${attempt} in its place`;
      case EntryKind.memberRemoved:
        return `is a member no more, ${memberText(attempt)}`;
      case EntryKind.memberAdded:
        return `is a member without a vote, ${memberText(attempt)}`;
      case EntryKind.memberPromoted:
        return `has a vote, ${memberText(attempt)}`;
      case EntryKind.fenced:
        return reason === Reason.overtaken
          ? `refused to start, for a later start of it came before, ${count}`
          : `refused what a replica orders that leads no more, ${count}`;
      case EntryKind.answered:
        return `is ${STATUS_TEXTS[attempt]}, its client is told`;
      case EntryKind.cancelRequested:
        return `is to be cancelled, its client asks${worker < 0 ? "" : `, ${count}`}`;
      case EntryKind.notified:
        return `reported to its client: it ${this.#end(task)}${reason === Reason.exhausted ? ", out of attempts" : ""}`;
      case EntryKind.cancelled:
        return worker < 0 ? "cancelled by its client" : `cancelled by its client, ${count}`;
    }
  }

  /** The one task that can have done it; of several nobody can tell. */
  #killerOn(worker: number): string {
    const [task, ...others] = this.#killers.get(worker) ?? [];
    return task === undefined || others.length > 0 ? "a task that ran there" : nameAt(this.#world.tasks.names, task);
  }

  #end(task: number): string {
    switch (this.#ended[task]) {
      case EntryKind.abandoned:
        return "failed";
      case EntryKind.skipped:
        return "was skipped";
      case EntryKind.cancelled:
        return "was cancelled";
      default:
        return "completed";
    }
  }

  /** What an attempt asks for, up to the ask of that number in turn of its task: the last word on each resource. */
  #ask(task: number, number: number): string {
    const amounts = new Map(
      profileOf(this.#world.tasks, task)
        ?.asks?.asks.slice(0, number)
        .flatMap((ask) => [...ask.amounts]),
    );
    const all = [...amounts].map(([d, amount]) => `${amountText(d, amount)} ${d === CPU ? "cpu" : `of ${this.#world.dimensions[d]}`}`);
    return `${this.#wantsMore(task, number, amounts) ? "asks for" : "gives back all but"} ${all.join(", ")}`;
  }

  #wantsMore(task: number, number: number, amounts: ReadonlyMap<number, number>): boolean {
    const { tasks } = this.#world;
    const plan = profileOf(tasks, task)?.asks as AskPlan;
    const before = (d: number) => heldAfter(plan, at(tasks.request[d] as (typeof tasks.request)[number], task), d, number - 1);
    return [...amounts].some(([d, amount]) => amount > before(d));
  }

  /** What a fault does to a worker's capacity, or that it is over. */
  #size(number: number, over: boolean): string {
    const effect = this.#effects.of(number);
    const [verb, amounts] = effect.kind === "shrunk" ? (["shrinks", effect.most] as const) : (["grows", effect.least] as const);
    const said = amounts.flatMap((amount, d) => {
      if (amount === (effect.kind === "shrunk" ? Number.POSITIVE_INFINITY : 0)) return [];
      return [`${amountText(d, amount)} of ${this.#world.dimensions[d]}`];
    });
    return over ? `${verb} no more to ${said.join(", ")}` : `${verb} to ${said.join(", ")}`;
  }

  #change(index: number): string {
    const action = this.#world.actions?.[index];
    if (action?.kind !== "set") return "";
    return Object.entries(action.change)
      .map(([field, value]) => `${field} ${value}`)
      .join(", ");
  }

  /** The first dependency that will not complete, and why. */
  #cause(task: number): string {
    const { dependencies, names } = this.#world.tasks;
    for (let edge = dependencies.offsets[task] as number; edge < (dependencies.offsets[task + 1] as number); edge++) {
      const dependency = dependencies.targets[edge] as number;
      const ended = this.#ended[dependency];
      if (ended === 0) continue;
      return `${nameAt(names, dependency)} ${this.#end(dependency)}`;
    }
    return "a task that it depends on will not complete";
  }
}

/** What is done for an attempt before it works. */
const PREPARING: Partial<Record<Reason, string>> = {
  [Reason.admission]: "waits to be admitted",
  [Reason.transfer]: "waits for its files",
  [Reason.pull]: "has its image pulled",
  [Reason.wait]: "waits for its image to be pulled",
  [Reason.start]: "starts up",
  [Reason.cold]: "starts cold",
  [Reason.warm]: "starts warm",
};

/** How an attempt failed, if not by itself. */
const FAILED: Partial<Record<Reason, string>> = {
  [Reason.timeout]: " at its time limit",
  [Reason.admission]: ", it was not admitted",
  [Reason.pull]: ", its image could not be pulled",
  [Reason.start]: ", it did not start",
  [Reason.cold]: ", it did not start",
};

/** How an attempt ended, before its scheduler knows. */
const REPORTED: Partial<Record<Reason, string>> = {
  [Reason.execution]: " by failing",
  ...FAILED,
  [Reason.lease]: ", for its lease is over",
};

/** Which of the members at a replica's position it is. */
function memberText(generation: number): string {
  return generation === 0 ? "the first in its place" : `new member ${generation} in its place`;
}

/** Where a task stands, by the number of its status. */
const STATUS_TEXTS = [
  "not submitted yet",
  "waiting for what it depends on",
  "waiting in the queue",
  "about to start",
  "running",
  "suspended",
  "waiting to be retried",
  "completed",
  "failed",
  "skipped",
  "cancelled",
];

/** The same for clients of a replicated scheduler, by the number of the state; and what they ask for, by the kind of command. */
const STATE_TEXTS = ["not submitted", "waiting", "running", "completed", "failed", "skipped", "cancelled", "noted by the leader alone"];
const CALLS: Record<number, string> = {
  [CommandKind.submit]: "submitted",
  [CommandKind.cancel]: "cancelled",
  [CommandKind.change]: "changed",
};

/** What is wrong with a link now; `end` is who is at its other end. */
function linkText(state: number, link: string, end: string): string {
  const words: readonly (readonly [number, string])[] = [
    [LinkState.cutFromWorker, `cut from ${end}`],
    [LinkState.cutToWorker, `cut to ${end}`],
    [LinkState.clogged, "clogged"],
    [LinkState.lossy, "losing messages"],
    [LinkState.slow, "slow"],
    [LinkState.duplicating, "duplicating messages"],
    [LinkState.reordering, "reordering messages"],
  ];
  const holding = words.flatMap(([bit, word]) => ((state & bit) === 0 ? [] : [word]));
  return holding.length === 0 ? `${link} works again` : `${link} is ${holding.join(", ")}`;
}
