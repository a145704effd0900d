// One run in one row: the fields of runs.csv, what each means, and which way it is better.
import type { Ending } from "../model/trace.ts";
import type { Duration } from "../model/units.ts";
import type { AnswerFields } from "./client-answers.ts";
import type { LeadershipFields } from "./leadership.ts";
import type { Bottleneck } from "./lower-bound.ts";

/**
 * What a run comes to. Times are in µs: whole numbers, means with fractions; undefined where a value does not exist (a makespan
 * with tasks unfinished, the mean of nothing).
 */
export interface RunSummary extends LeadershipFields, AnswerFields {
  scenario: string;
  policy: string;
  /** Empty where nothing is drawn, so that the run stands for every seed. */
  seed: string;
  makespan: Duration | undefined;
  lowerBound: Duration;
  /** What the lower bound comes from. */
  bottleneck: Bottleneck;
  gap: number | undefined;
  cpuUtilization: number | undefined;
  meanWait: Duration | undefined;
  p95Wait: Duration | undefined;
  meanFlow: Duration | undefined;
  maxWait: Duration | undefined;
  meanBoundedSlowdown: number | undefined;
  meanTardiness: Duration | undefined;
  maxLateness: Duration | undefined;
  weightedCompletion: Duration | undefined;
  usefulCpu: number | undefined;
  wastedCpu: number | undefined;
  completed: number;
  failed: number;
  skipped: number;
  cancelled: number;
  unfinished: number;
  attempts: number;
  /** Attempts that were chosen to make room, and that were given up. */
  preemptions: number;
  attemptsLost: number;
  meanDetection: Duration | undefined;
  falseSuspicions: number;
  refused: number;
  doubled: Duration;
  /** Of checkpoints; undefined where no task writes any. */
  checkpoints: number | undefined;
  checkpointTime: Duration | undefined;
  lostWork: Duration | undefined;
  /** What the workers cost, in the unit of their prices, and the kWh that they burnt; undefined where none has a price, or watts. */
  cost: number | undefined;
  energy: number | undefined;
  /** Instances of pools that were launched, and of which it was said that they would be taken back. */
  launched: number;
  reclaimed: number;
  /** What was done before attempts worked; undefined where nothing is to be. */
  setupTime: Duration | undefined;
  pulls: number | undefined;
  coldStarts: number | undefined;
  /** What attempts waited for files, and what came; undefined where there are none that take time, or may be lost. */
  transferTime: Duration | undefined;
  transfers: number | undefined;
  bytesMoved: number | undefined;
  /** What was done again, since what tasks wrote was lost; undefined where it cannot be. */
  recomputed: number | undefined;
  recomputedTime: Duration | undefined;
  /** What attempts waited for more than they held, and rings of them that would have waited for ever; undefined where no task asks. */
  askWait: Duration | undefined;
  deadlocks: number | undefined;
  /** Copies that were started, and those that completed their tasks. */
  copies: number;
  copiesWon: number;
  events: number;
  digest: string;
  /** Σ weight of the completed tasks that are counted: what ranks first where policies complete different tasks. */
  completedWeight: number;
  /** Equal for runs that completed the same tasks. */
  completedSet: string;
  /** Whether all tasks were released at one time. */
  releasedTogether: boolean;
  ending: Ending;
}

/** A column of runs.csv. */
export interface RunColumn {
  name: string;
  /** `s`: the value is in µs and printed in seconds; `1`: a ratio or a count; `text`. */
  unit: "s" | "1" | "text";
  meaning: string;
  /** Which way is better; undefined where neither is. */
  better?: "least" | "most";
  value(run: RunSummary): number | string | undefined;
}

/** The columns of runs.csv, in order. */
export const RUN_COLUMNS: readonly RunColumn[] = [
  { name: "scenario", unit: "text", meaning: "name of the scenario", value: (run) => run.scenario },
  { name: "policy", unit: "text", meaning: "policy with its options", value: (run) => run.policy },
  {
    name: "seed",
    unit: "text",
    meaning: "seed; empty where nothing is drawn, so that the one run stands for every seed",
    value: (run) => run.seed,
  },
  {
    name: "makespan_s",
    unit: "s",
    better: "least",
    meaning: "end of the last attempt − earliest release; empty if tasks are unfinished",
    value: (run) => run.makespan,
  },
  {
    name: "lower_bound_s",
    unit: "s",
    meaning: "what no schedule that ends the same tasks in the same way can beat: longest path, or work ÷ capacity",
    value: (run) => run.lowerBound,
  },
  { name: "gap", unit: "1", better: "least", meaning: "makespan ÷ lower bound − 1; empty if the bound is 0", value: (run) => run.gap },
  {
    name: "cpu_utilization",
    unit: "1",
    better: "most",
    meaning:
      "cpu × time allocated to attempts, until they end or are given up, ÷ cpu × time present, from the earliest release to the end of the last attempt",
    value: (run) => run.cpuUtilization,
  },
  {
    name: "mean_wait_s",
    unit: "s",
    better: "least",
    meaning: "mean of first start − ready over completed tasks; ready = max(release, completion of the last dependency)",
    value: (run) => run.meanWait,
  },
  {
    name: "p95_wait_s",
    unit: "s",
    better: "least",
    meaning: "95th percentile (nearest rank) of the wait over completed tasks",
    value: (run) => run.p95Wait,
  },
  {
    name: "mean_flow_s",
    unit: "s",
    better: "least",
    meaning: "mean of completion − release over completed tasks",
    value: (run) => run.meanFlow,
  },
  { name: "max_wait_s", unit: "s", better: "least", meaning: "longest wait of a completed task", value: (run) => run.maxWait },
  {
    name: "mean_bounded_slowdown",
    unit: "1",
    better: "least",
    meaning: "mean of max(1, flow ÷ max(run, 10 s)) over completed tasks; run = time of the completing attempt",
    value: (run) => run.meanBoundedSlowdown,
  },
  {
    name: "mean_tardiness_s",
    unit: "s",
    better: "least",
    meaning: "mean of max(0, completion − due) over completed tasks with a due date",
    value: (run) => run.meanTardiness,
  },
  {
    name: "max_lateness_s",
    unit: "s",
    better: "least",
    meaning: "largest completion − due of a completed task with a due date; negative if all were early",
    value: (run) => run.maxLateness,
  },
  {
    name: "weighted_completion_s",
    unit: "s",
    better: "least",
    meaning: "Σ weight × (completion − earliest release) over completed tasks",
    value: (run) => run.weightedCompletion,
  },
  {
    name: "useful_cpu",
    unit: "1",
    better: "most",
    meaning: "the part of cpu_utilization in attempts that completed, and in others up to the checkpoint from which those went on",
    value: (run) => run.usefulCpu,
  },
  {
    name: "wasted_cpu",
    unit: "1",
    better: "least",
    meaning: "the rest of it",
    value: (run) => run.wastedCpu,
  },
  { name: "completed", unit: "1", better: "most", meaning: "tasks completed", value: (run) => run.completed },
  { name: "failed", unit: "1", better: "least", meaning: "tasks failed for good", value: (run) => run.failed },
  {
    name: "skipped",
    unit: "1",
    better: "least",
    meaning: "tasks skipped because one that they depend on failed or was cancelled",
    value: (run) => run.skipped,
  },
  { name: "cancelled", unit: "1", better: "least", meaning: "tasks cancelled by the client", value: (run) => run.cancelled },
  { name: "unfinished", unit: "1", better: "least", meaning: "tasks without an end when the run ended", value: (run) => run.unfinished },
  { name: "attempts", unit: "1", better: "least", meaning: "attempts started", value: (run) => run.attempts },
  {
    name: "preemptions",
    unit: "1",
    better: "least",
    meaning: "attempts chosen to make room for other tasks",
    value: (run) => run.preemptions,
  },
  {
    name: "attempts_lost",
    unit: "1",
    better: "least",
    meaning: "attempts given up: their worker failed, they were killed to make room, or a client sent them back",
    value: (run) => run.attemptsLost,
  },
  {
    name: "mean_detection_s",
    unit: "s",
    better: "least",
    meaning: "mean time from a worker's crash until it is suspected, or its next incarnation registers; empty without crashes",
    value: (run) => run.meanDetection,
  },
  {
    name: "false_suspicions",
    unit: "1",
    better: "least",
    meaning: "suspicions of workers that were not down",
    value: (run) => run.falseSuspicions,
  },
  {
    name: "refused",
    unit: "1",
    better: "least",
    meaning:
      "ends of attempts that the scheduler had given up before, and that count for nothing: their tasks were started again since, have ended, or they failed",
    value: (run) => run.refused,
  },
  {
    name: "doubled_s",
    unit: "s",
    better: "least",
    meaning: "time in which an attempt that was given up ran beside a newer one of its task",
    value: (run) => run.doubled,
  },
  {
    name: "events",
    unit: "1",
    better: "least",
    meaning: "trace entries: decisions and facts of the whole run",
    value: (run) => run.events,
  },
  { name: "digest", unit: "text", meaning: "64 bits over the trace: runs that decide alike share it", value: (run) => run.digest },
  {
    name: "checkpoints",
    unit: "1",
    meaning: "checkpoints written that count; empty, as the next two, where no task writes any",
    value: (run) => run.checkpoints,
  },
  {
    name: "checkpoint_s",
    unit: "s",
    better: "least",
    meaning: "time in which attempts wrote and read checkpoints",
    value: (run) => run.checkpointTime,
  },
  {
    name: "lost_work_s",
    unit: "s",
    better: "least",
    meaning: "work at speed 1 (of times of tasks' own on workers, these) that was done and from which no attempt went on",
    value: (run) => run.lostWork,
  },
  {
    name: "cost",
    unit: "1",
    better: "least",
    meaning:
      "Σ over the workers with a price, for each time that they were there, of seconds begun (the billing minimum at least) × price per hour ÷ 3600, to the millionth; instances of pools from their launch; empty if none has a price",
    value: (run) => run.cost,
  },
  {
    name: "energy_kwh",
    unit: "1",
    better: "least",
    meaning:
      "what the workers burnt: idle watts while they were there (instances of pools from their launch) + (busy − idle watts) × allocated cpu ÷ cpu, to the millionth; empty if none has watts",
    value: (run) => run.energy,
  },
  { name: "launched", unit: "1", better: "least", meaning: "instances of pools that were launched", value: (run) => run.launched },
  {
    name: "reclaimed",
    unit: "1",
    better: "least",
    meaning: "spot instances of which it was said that they would be taken back",
    value: (run) => run.reclaimed,
  },
  {
    name: "setup_s",
    unit: "s",
    better: "least",
    meaning: "time in which attempts waited for their environments; empty, as the next two, where no task has any",
    value: (run) => run.setupTime,
  },
  { name: "pulls", unit: "1", better: "least", meaning: "images that workers began to pull", value: (run) => run.pulls },
  { name: "cold_starts", unit: "1", better: "least", meaning: "instances of functions that started cold", value: (run) => run.coldStarts },
  {
    name: "transfer_s",
    unit: "s",
    better: "least",
    meaning: "time in which attempts waited for files; empty, as the next four, where no files take time to get anywhere, or may be lost",
    value: (run) => run.transferTime,
  },
  { name: "transfers", unit: "1", better: "least", meaning: "files that came to a worker from elsewhere", value: (run) => run.transfers },
  { name: "bytes_moved", unit: "1", better: "least", meaning: "their bytes", value: (run) => run.bytesMoved },
  {
    name: "recomputed_tasks",
    unit: "1",
    better: "least",
    meaning: "how often a task had to run again since what it wrote was lost; empty, as the next, where what tasks write is durable",
    value: (run) => run.recomputed,
  },
  {
    name: "recomputed_s",
    unit: "s",
    better: "least",
    meaning: "how long the attempts had run that had completed these tasks before",
    value: (run) => run.recomputedTime,
  },
  {
    name: "copies",
    unit: "1",
    better: "least",
    meaning: "copies of attempts that took too long; they are attempts too",
    value: (run) => run.copies,
  },
  { name: "copies_won", unit: "1", meaning: "copies that completed their tasks", value: (run) => run.copiesWon },
  {
    name: "ask_wait_s",
    unit: "s",
    better: "least",
    meaning: "time in which attempts waited for more than they held; empty, as the next, where no task asks for anything",
    value: (run) => run.askWait,
  },
  {
    name: "deadlocks",
    unit: "1",
    better: "least",
    meaning: "rings found of attempts that waited for what the others held",
    value: (run) => run.deadlocks,
  },
  {
    name: "elections",
    unit: "1",
    better: "least",
    meaning: "replicas of the scheduler that were elected; empty, as the next ten, where it is one process",
    value: (run) => run.elections,
  },
  {
    name: "leaderless_s",
    unit: "s",
    better: "least",
    meaning: "time in which no replica led, or the one that did was paused, before the first election too",
    value: (run) => run.leaderless,
  },
  {
    name: "failover_p50_s",
    unit: "s",
    better: "least",
    meaning: "time from the loss of a leader to the next one, or until it goes on itself: the median; empty where none was lost",
    value: (run) => run.failoverMedian,
  },
  {
    name: "failover_p99_s",
    unit: "s",
    better: "least",
    meaning: "the same at the 99th percentile (nearest rank)",
    value: (run) => run.failoverP99,
  },
  {
    name: "fenced",
    unit: "1",
    better: "least",
    meaning: "orders that workers refused: of a replica that led no more, or to start what a later start had overtaken",
    value: (run) => run.fenced,
  },
  {
    name: "repeated",
    unit: "1",
    better: "least",
    meaning: "commands in the log of which nothing came, for another before them had done the same, or left them nothing to do",
    value: (run) => run.repeated,
  },
  {
    name: "lost_commands",
    unit: "1",
    better: "least",
    meaning:
      "commands of which clients or workers were told that they are noted, and that no replica has any more: with `durability: leader` alone",
    value: (run) => run.lostCommands,
  },
  {
    name: "decision_p50_s",
    unit: "s",
    better: "least",
    meaning: "time from when a leader puts a decision to its log to when it takes effect: the median",
    value: (run) => run.decisionMedian,
  },
  {
    name: "decision_p99_s",
    unit: "s",
    better: "least",
    meaning: "the same at the 99th percentile (nearest rank)",
    value: (run) => run.decisionP99,
  },
  {
    name: "messages_per_command",
    unit: "1",
    better: "least",
    meaning: "messages that replicas sent to one another, divided by the commands that were applied",
    value: (run) => run.messagesPerCommand,
  },
  {
    name: "bytes_per_command",
    unit: "1",
    better: "least",
    meaning:
      "bytes of these messages likewise: 64 each, and 88 for each command in them (120 for a client's), 40 for each task in a snapshot, 16 for each worker, 32 for each session of a client and 40 for each answer kept there",
    value: (run) => run.bytesPerCommand,
  },
  {
    name: "calls",
    unit: "1",
    better: "least",
    meaning: "calls of clients; empty, as the next five, where they are no processes",
    value: (run) => run.calls,
  },
  {
    name: "unanswered",
    unit: "1",
    better: "least",
    meaning: "those that were not answered, but for those whose session expired, which were made anew",
    value: (run) => run.unanswered,
  },
  {
    name: "answer_p50_s",
    unit: "s",
    better: "least",
    meaning: "time from a call to its answer: the median; empty where none was answered",
    value: (run) => run.answerMedian,
  },
  {
    name: "answer_p99_s",
    unit: "s",
    better: "least",
    meaning: "the same at the 99th percentile (nearest rank)",
    value: (run) => run.answerP99,
  },
  {
    name: "stale_answers",
    unit: "1",
    better: "least",
    meaning: "answers about a task as of an earlier command than one of which some client had been told before the call",
    value: (run) => run.staleAnswers,
  },
  {
    name: "wrong_answers",
    unit: "1",
    better: "least",
    meaning:
      "answers that are not where the task stood as of the command that they name, and answers to changes that are not in the log once",
    value: (run) => run.wrongAnswers,
  },
];

/** The column of that name, its unit optional (`makespan` for `makespan_s`), or undefined. */
export function runColumn(name: string): RunColumn | undefined {
  return RUN_COLUMNS.find((column) => column.name === name || column.name === `${name}_s`);
}

/** The number in a column, in the unit that its name says; undefined where it is empty or a text. */
export function numberIn(column: RunColumn, run: RunSummary): number | undefined {
  const value = column.value(run);
  if (typeof value !== "number") return undefined;
  return column.unit === "s" ? value / 1_000_000 : value;
}
