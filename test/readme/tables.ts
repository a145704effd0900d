// The reference tables of README.md, from the registries and the schema that the program itself works with.
import { EXIT_CODES } from "../../src/cli/exit-codes.ts";
import { scenarioJsonSchema } from "../../src/files/json-schema.ts";
import { durationText } from "../../src/files/quantity-text.ts";
import type { WorkerFaultOptions } from "../../src/model/scenario.ts";
import type { MessageKind } from "../../src/model/network.ts";
import { EntryKind, Reason } from "../../src/model/trace.ts";
import { POLICIES } from "../../src/policies/index.ts";
import { columnReference } from "../../src/report/column-reference.ts";
import { type GeneratorOption, SHARED_OPTIONS } from "../../src/workload/generators/generator.ts";
import { GENERATORS } from "../../src/workload/generators/index.ts";
import { OPTION_KEYS, type TaskFaultKind, type WorkerFaultKind } from "../../src/faults/fault.ts";
import { AUTOSCALERS } from "../../src/autoscalers/index.ts";
import { ENVIRONMENTS } from "../../src/environments/index.ts";
import { FAULTS } from "../../src/faults/index.ts";
import { IMPORTERS } from "../../src/workload/importers/index.ts";
import { code, table } from "./markdown.ts";
import { distributionRows, scenarioSections } from "./scenario-reference.ts";

/** Tables by the name that their marker gives; Markdown in whole lines. */
export const TABLES: Readonly<Record<string, () => string>> = {
  policies: policyTable,
  "policy options": policyOptions,
  "scenario keys": () => scenarioSections(scenarioJsonSchema()),
  distributions: () => table(["distribution", "parameters"], distributionRows(scenarioJsonSchema())),
  generators: generatorTable,
  faults: faultTable,
  autoscalers: autoscalerTable,
  environments: () =>
    table(
      ["environment", "what is done before the work", "options"],
      ENVIRONMENTS.map(({ name, summary, takes }) => [code(name), summary, takes.map(code).join(", ")]),
    ),
  formats: () =>
    table(
      ["format", "what is read"],
      IMPORTERS.map(({ name, summary }) => [code(name), summary]),
    ),
  columns: columnReference,
  messages: messageTable,
  "trace entries": traceTable,
  "exit codes": () =>
    table(
      ["code", "when"],
      EXIT_CODES.map(([number, meaning]) => [String(number), meaning]),
    ),
};

function faultTable(): string {
  const rows = FAULTS.map((fault) => {
    const { name, strikes, summary } = fault;
    return [
      code(name),
      strikes,
      [summary, ...(fault.strikes === "tasks" ? taskFaultOptions(fault) : workerFaultOptions(fault))].join("; "),
    ];
  });
  return table(["fault", "strikes", "what it does"], rows);
}

function autoscalerTable(): string {
  const rows = AUTOSCALERS.map(({ name, summary, parameters }) => [
    code(name),
    summary,
    Object.entries(parameters)
      .map(([key, { summary: what, unit, default: value }]) => `${code(key)}: ${what} (${unit === "time" ? durationText(value) : value})`)
      .join("<br>"),
  ]);
  return table(["autoscaler", "what it has each pool have", "options"], rows);
}

function workerFaultOptions({ needs, takes = [] }: WorkerFaultKind): string[] {
  const keys = (option: keyof WorkerFaultOptions, either: string) => OPTION_KEYS[option].map(code).join(either);
  return [
    ...needs.map((option) => `needs ${keys(option, option === "cycle" ? " and " : " or ")}`),
    ...takes.map((option) => `may have ${keys(option, ", ")}`),
  ];
}

function taskFaultOptions({ needs, needsOneOf = [], takes = [] }: TaskFaultKind): string[] {
  return [
    ...(needs.length > 0 ? [`needs ${needs.map(code).join(", ")}`] : []),
    ...(needsOneOf.length > 0 ? [`needs ${needsOneOf.map(code).join(" or ")}`] : []),
    ...(takes.length > 0 ? [`may have ${takes.map(code).join(", ")}`] : []),
  ];
}

function policyTable(): string {
  const rows = POLICIES.map(({ name, summary, formula, objective, source }) => [code(name), summary, formula, objective, source]);
  return table(["policy", "what it does", "rank or rule", "good for", "source"], rows);
}

/** Options beyond blocking and placement. */
function policyOptions(): string {
  const rows = POLICIES.flatMap(({ name, parameters }) =>
    Object.entries(parameters ?? {}).map(([option, { summary, default: value }]) => [
      code(`${name}:${option}=`),
      value === undefined ? summary : `${summary}; default ${String(value)}`,
    ]),
  );
  return table(["option", "meaning"], rows);
}

function generatorTable(): string {
  const rows = GENERATORS.map(({ name, summary, source, options, draws }) => [
    code(name),
    draws === undefined ? summary : `${summary}; it draws ${draws.join(" and ")} itself`,
    Object.entries(options)
      .map(([option, about]) => optionText(option, about))
      .join("<br>"),
    source,
  ]);
  const shared = Object.entries(SHARED_OPTIONS).map(([option, about]) => `- ${optionText(option, about)}`);
  return `${table(["kind", "what it makes", "options", "source"], rows)}\n\nAll of them take:\n\n${shared.join("\n")}`;
}

function optionText(name: string, { summary, type, default: value }: GeneratorOption): string {
  if (value === undefined) return `${code(name)}: ${summary}`;
  return `${code(name)}: ${summary} (${type === "duration" && typeof value === "number" ? durationText(value) : value})`;
}

const ENTRIES: Readonly<Record<keyof typeof EntryKind, string>> = {
  submitted: "the task arrived at the scheduler",
  started: "an attempt took its resources on a worker and began",
  finished: "the attempt completed, and the task with it",
  accepted: "the attempt that was given up last has completed, and the task with it, which had not been started again",
  failed: "the attempt failed, by itself or at its time limit",
  retried: "the task went back to the queue for another attempt",
  abandoned: "the task has failed for good: its attempts are used up, or one that it depends on failed and `onDependencyFailure` is `fail`",
  skipped: "the task will never run, since one that it depends on failed or was cancelled",
  cancelled: "the task was cancelled by its client; a running attempt ends with it",
  answered: "a client that had asked was told where the task stood when the scheduler answered: `attempt` is the number of that status",
  assigned: "the task was bound to a worker's own queue (dispatching policies)",
  requeued: "the running attempt was given up; the task went back to the queue and keeps its place there",
  recalled:
    "the running attempt is told to stop, and `requeued` follows when its worker has answered, or can run it no more; only where that takes time",
  lost: "the running attempt was given up, and with `countLost` there is no other left: `abandoned` follows",
  crashed:
    "the worker went down, with all that ran on it (reason `killer`: by what ran there); here and below `attempt` is the worker's incarnation",
  registered: "a new incarnation of the worker registered with the scheduler; of one that joins, the first",
  paused: "the worker froze: it does nothing and hears nothing",
  resumed: "it goes on",
  muted: "the worker's heartbeats are lost from now on",
  unmuted: "they arrive again",
  slowed: "the worker runs at `attempt` thousandths of its speed from now on",
  drifted: "the worker's clock runs at `attempt` millionths of the true rate from now on",
  suspected: "nothing was heard of the worker for too long; it is sent nothing more",
  trusted: "the worker was heard of again",
  stopped: "the worker stopped an attempt that had been given up: as told, or since its lease was over",
  refused: "the end of an attempt that had been given up arrived, and counts for nothing",
  preempted: "the attempt was chosen to make room for another task: it stops when its grace is over",
  cancelRequested: "a client asked to cancel the task, and a running attempt is told to stop; only with `cancel: confirmed`",
  notified: "the client of a task that has ended was told so, the reason is that of the end; only with `notify: true`",
  suspended: "the preempted attempt waits on its worker, with its memory and disk",
  continued: "the suspended attempt goes on where it was",
  draining: "the worker is to leave: it is sent nothing more, and what runs there may end",
  left: "by the scheduler's books nothing runs there any more, and the worker is gone for good",
  resized:
    "a fault changes what the worker has from now on: the effect whose number stands for the attempt, of those of the scenario's faults that do so, each once, in the order of the file",
  restored: "that fault is over",
  reached: "the attempt has done a part of its work to which faults are anchored",
  progressed: "the scheduler has learnt that the attempt, which runs, has done `attempt` thousandths of its work; only with `progress`",
  outlived:
    "the attempt, which is given up now since its lease is over, goes on on its worker, whose clock runs slower than `drift` allows for; over a network `ended` or `stopped` tells how long",
  straggled: "the attempt, which begins, straggles: its worker is slower for it, as its task says; only with `straggle`",
  copied:
    "a copy of the running attempt started on another worker, as the task's attempt of that number; only with `speculation`, as the next",
  dropped:
    "one of the two attempts of the task is over, or was given up, as the reason says, and the other goes on; or, by the reason `overtaken`, completes the task now",
  preparing: "something is to be done for the attempt before it works, as the reason says; only with `environment`, as the next",
  prepared: "all that is done: the attempt begins to work",
  recovering: "the attempt begins by reading the last checkpoint of its task that it can read; only with `checkpoint`, as the next four",
  recovered: "it has, and works on from there",
  saving: "the attempt stops working to write a checkpoint of what it has done",
  saved: "it has: that need not be done again; it works on, or stops, where it was to make room",
  saveRefused: "it has, but that counts for nothing, since the task was started again meanwhile",
  diskLost: "what was on the disk of the worker, which is down, is lost",
  began: "over a network: the start has reached the worker, and the attempt began there",
  halted: "over a network: the attempt was suspended on its worker, as that was told; `suspended` follows when it has answered",
  proceeded: "over a network: the suspended attempt goes on on its worker, which its order has reached",
  ended:
    "over a network: the attempt ended on its worker, which tells the scheduler (reason `lease`: stopped, since its lease was over; `drain`: it never began, since the worker had read before that it is to leave)",
  adapted: "over a network: a fault changes what the worker has from now on; `resized` is when the scheduler reckons with that",
  readapted: "over a network: that fault is over there",
  departed: "over a network: the worker has read that it may go, and is gone; `left` is when the scheduler holds nothing there any more",
  linked:
    "what is wrong with the worker's link changed; `attempt` is the sum of what holds now: 1 cut from the worker, 2 cut to it, 4 clogged, 8 losing, 16 slow, 32 duplicating, 64 reordering",
  launched:
    "an instance of a pool was asked for, and boots; it is paid for from now on, until it has `left`, and `registered` follows when it is up; `attempt` counts those in the place of that worker",
  reclaimed:
    "it is said of a spot instance that it will be taken back: it drains, and is gone when its notice is over, or before; `attempt` is its number",
  elected:
    "a replica of the scheduler was elected, in the term of that number in `attempt`; the worker is −3 less the position of the replica, from 0, as in the next seven",
  led: "it leads: something of its term is committed",
  deposed: "it leads no more, as far as it knows itself",
  replicaCrashed: "it went down, with all that was not on its disk; `attempt` counts its starts",
  replicaStarted: "it was started with what is on its disk; `attempt` counts its starts",
  replicaPaused: "it does nothing and hears nothing",
  replicaResumed: "it goes on",
  replicaSlowed: "its disk runs at another part of its speed, `attempt` in thousandths; 0: it finishes nothing",
  replicaDiskLost: "what was on the disk of a replica, which is down, is lost; `attempt` counts its starts",
  replicaTorn: "a replica went down in the midst of a sync, of which the first `attempt` entries and votes are on disk",
  replicaRotten: "entry `attempt` of a replica's log on disk, or the snapshot up to there, cannot be read any more",
  replicaRenewed: "a replica was started without a log, as a new member: the `attempt`th in its place after the first",
  memberRemoved: "it is committed that a replica is a member no more; `attempt` counts those in its place, as in the next two",
  memberAdded: "it is committed that it is a member without a vote, which is sent the log",
  memberPromoted: "it is committed that it votes",
  replicaDrifted: "the clock of a replica runs at another rate from now on, `attempt` in millionths",
  fenced:
    "a worker refused to start or to stop the attempt, as a replica ordered that led no more; or to start it, for a later start of the task came before (reason `overtaken`)",
  applied:
    "the command of the index in `amount` was applied for the first time anywhere; what came of it stands before. `attempt`: how long ago it was put to the log, in µs; of a client's call its number. Not in `--log`",
  called:
    "a client asks for something for the first time: `attempt` counts its calls, `amount` is 1 to submit, 7 to cancel, 8 to change, 0 to be told",
  returned:
    "it is answered: `amount` is 8 times the index of the last command applied to the task, and where that stood then: 0 not submitted, 1 waiting, 2 running, 3 completed, 4 failed, 5 skipped, 6 cancelled; 7: the call is noted in the leader's log, at that index, and nothing is known yet",
  forgotten: "its session has expired: what came of the call it never learns, and calls anew",
  spoke: "the run is over: what the replica has sent to the others, `attempt` messages of `amount` bytes",
  forgone:
    "a command of which somebody was told that it is noted, for the leader had it, is in nobody's log: a client's call of the number in `attempt`, the end of the attempt on the worker that is named, or what else was asked about the task; one that is told to several leaders may be lost several times. `amount`: where the leader had it",
  transferred: "an operator asks that it lead: the `attempt`th replica hands over to it, or nobody does (reason `nothing`)",
  sending:
    "the worker sends a file, whose number stands for the attempt, to the worker of the next entry; only with files, as the next six",
  fetching:
    "the worker is sent the file: by the worker of the entry before, if that is `sending`, else by the store; reason `push`: since a plan has it read there",
  fetched: "the worker has it",
  fetchStopped:
    "it is sent the file no more: nothing there waits for it, or who sent it is down; on its way to a worker that goes down it is lost without an entry",
  evicted: "the worker drops the file, to make room",
  reopened:
    "what the task wrote is lost, and a task reads that which has not ended: it runs again, as if its completed attempt had been given up; only with `outputs: local`, as the next",
  cpuShared: "the worker gives the attempt so much of its cpu from now on, in thousandths of a core (`amount`)",
  memoryShared: "the same of memory, in bytes",
  gathered: "the scheduler has learnt that all files are there that the attempt reads",
  asking:
    "the attempt asks, up to the `amount`th of its task's asks: what it is to hold less it has given back, and for more it waits; only with `asks`, as the next four",
  granted: "it has all that, and works on",
  asked: "the scheduler has learnt that",
  allowed: "the scheduler lets it have that",
  deadlocked: "the attempt waits for what that of the next such entry holds on the same worker, and the last for what the first does",
  changed: "a client changed a field of the task, as the action says whose place, from 0 on, in the order of time stands for the attempt",
};

/** Of each kind of message: from whom to whom it goes, and what it says. */
const MESSAGES: Record<
  keyof typeof MessageKind,
  readonly [from: "worker" | "scheduler" | "client" | "replica", to: "scheduler" | "worker" | "client" | "replica", says: string]
> = {
  register: ["worker", "scheduler", "it is there, with a new incarnation; sent until it is answered (`registered`)"],
  heartbeat: [
    "worker",
    "scheduler",
    "it is alive, which attempts it holds, which of them have ended untold, which are to wait, and whether it drains; what is free there, of each resource and the disk, follows from these and from what it has (`resize`)",
  ],
  started: ["worker", "scheduler", "an attempt has begun"],
  ended: [
    "worker",
    "scheduler",
    "an attempt has ended, and how: finished, failed, timed out, stopped for its lease, refused by a worker that drains; sent until it is answered (`noted`)",
  ],
  stopped: ["worker", "scheduler", "answers a `stop` that the scheduler waits for"],
  submit: ["client", "scheduler", "a task; sent, as all that clients ask for, until it is answered"],
  cancel: ["client", "scheduler", "a task is to be cancelled, or sent back to the queue"],
  change: ["client", "scheduler", "a task has another priority or weight"],
  status: ["client", "scheduler", "where does a task stand?"],
  registered: ["scheduler", "worker", "answers `register`"],
  heard: ["scheduler", "worker", "answers `heartbeat`, and renews the leases of what it holds"],
  start: ["scheduler", "worker", "begin an attempt; sent again for a heartbeat that does not know of it"],
  save: ["scheduler", "worker", "write a checkpoint, then stop the attempt; sent again as `stop` is"],
  stop: ["scheduler", "worker", "stop an attempt; sent again for a heartbeat that still tells of it"],
  noted: ["scheduler", "worker", "answers `ended`"],
  accepted: ["scheduler", "client", "answers `submit`, `cancel` and `change`"],
  answer: ["scheduler", "client", "answers `status`"],
  outcome: ["scheduler", "client", "how a task ended; sent until it is answered (`noticed`)"],
  noticed: ["client", "scheduler", "answers `outcome`"],
  suspend: ["scheduler", "worker", "have an attempt wait, and answer (`suspended`)"],
  proceed: ["scheduler", "worker", "have an attempt that waits go on"],
  suspended: ["worker", "scheduler", "answers `suspend`"],
  fetch: ["scheduler", "worker", "get a file that a task will read there; sent once"],
  gathered: ["worker", "scheduler", "all files are there that an attempt reads; sent once, only with `outputs: local`"],
  resize: ["worker", "scheduler", "it is to have so much from now on; sent until it is answered (`resized`)"],
  resized: ["scheduler", "worker", "answers `resize`: what does not fit is given up"],
  drain: ["scheduler", "worker", "it is to leave, and to refuse what it has not read yet; or, the last one, it may go"],
  ask: ["worker", "scheduler", "an attempt asks for more than it holds, or has given back a part; heartbeats tell that too"],
  allow: ["scheduler", "worker", "an attempt may have what it asks for; sent again for a heartbeat that does not know of it"],
  open: ["client", "replica", "it begins a session, by whose number its calls are known"],
  redirect: ["replica", "client", "another leads, or none that it knows of: ask there"],
  expired: ["replica", "client", "its session has expired: what its calls came to is forgotten"],
  leads: ["replica", "worker", "it leads from now on, in a later term"],
  moved: ["replica", "worker", "answers `heartbeat` and `register`: it does not lead, but the one that it names, if it knows of any"],
  preVote: ["replica", "replica", "would it be elected?"],
  preVoteAnswer: ["replica", "replica", "answers that"],
  vote: ["replica", "replica", "elect it"],
  voteAnswer: ["replica", "replica", "answers that"],
  append: ["replica", "replica", "entries of the log, and up to where it is committed; without entries the heartbeat of a leader"],
  appendAnswer: ["replica", "replica", "up to where the logs agree, on disk"],
  install: ["replica", "replica", "a snapshot in place of the log"],
  join: ["replica", "replica", "a replica whose disk is lost would be a member again, a new one"],
  timeoutNow: ["replica", "replica", "stand for election at once"],
  progress: ["worker", "scheduler", "an attempt has done another part of its work (`scheduler: { progress }`)"],
};

function messageTable(): string {
  return table(
    ["message", "from", "to", "what it says"],
    Object.entries(MESSAGES).map(([name, [from, to, says]]) => [code(name), from, to, says]),
  );
}

function traceTable(): string {
  const kinds = table(
    ["number", "kind", "meaning"],
    Object.entries(ENTRIES).map(([name, meaning]) => [String(EntryKind[name as keyof typeof EntryKind]), code(name), meaning]),
  );
  const reasons = Object.entries(Reason).map(([name, number]) => `${number} ${name}`);
  return `${kinds}\n\nReasons: ${reasons.join(", ")}.`;
}
