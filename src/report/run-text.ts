// One run as a person reads it: what it came to, and where the makespan went.
import type { ChainLink } from "../metrics/critical-chain.ts";
import type { RunSummary } from "../metrics/run-summary.ts";
import { nameAt } from "../model/columns.ts";
import type { World } from "../model/world.ts";
import { counted } from "../workload/importers/importer.ts";
import { PLAIN, percent, readable, readableSeconds, type Styler, textTable } from "./text-table.ts";

/** Links of a chain that are shown; of longer ones those that took longest. */
const MOST_LINKS = 20;

/** What the run came to, in whole lines; why it was ended early is not among it. */
export function runText(run: RunSummary, style: Styler = PLAIN): string {
  const seed = run.seed === "" ? "" : `, seed ${run.seed}`;
  const heading = `${style("bold", run.scenario)}, policy ${style("bold", run.policy)}${seed}, digest ${run.digest}`;
  const facts: [string, string][] = [
    ["makespan", makespanText(run)],
    ["tasks", statusText(run)],
    [
      "wait",
      spanText(run, [
        ["mean", run.meanWait],
        ["95th percentile", run.p95Wait],
        ["longest", run.maxWait],
      ]),
    ],
    [
      "flow",
      spanText(run, [["mean", run.meanFlow]]) +
        (run.meanBoundedSlowdown === undefined ? "" : `, mean bounded slowdown ${readable(run.meanBoundedSlowdown)}`),
    ],
    [
      "due dates",
      run.maxLateness === undefined
        ? ""
        : spanText(run, [
            ["mean tardiness", run.meanTardiness],
            ["largest lateness", run.maxLateness],
          ]),
    ],
    [
      "cpu",
      run.cpuUtilization === undefined
        ? ""
        : `${percent(run.cpuUtilization)} used: ${percent(run.usefulCpu)} useful, ${percent(run.wastedCpu)} wasted`,
    ],
    ["cost", run.cost === undefined ? "" : readable(run.cost)],
    ["energy", run.energy === undefined ? "" : `${readable(run.energy)} kWh`],
    [
      "instances",
      run.launched === 0 && run.reclaimed === 0 ? "" : `${readable(run.launched)} launched, ${readable(run.reclaimed)} taken back`,
    ],
    [
      "setup",
      run.setupTime === undefined || run.setupTime === 0
        ? ""
        : `${readableSeconds(run.setupTime)} s before work, ${counted(run.pulls ?? 0, "image")} pulled, ${counted(run.coldStarts ?? 0, "cold start")}`,
    ],
    [
      "asks",
      run.askWait === undefined || (run.askWait === 0 && run.deadlocks === 0)
        ? ""
        : `waited for ${readableSeconds(run.askWait)} s, ${counted(run.deadlocks ?? 0, "deadlock")}`,
    ],
    [
      "leaders",
      run.elections === undefined
        ? ""
        : [
            counted(run.elections, "election"),
            `${readableSeconds(run.leaderless ?? 0)} s without a leader`,
            ...(run.failoverMedian === undefined ? [] : [`failover ${readableSeconds(run.failoverMedian)} s in the median`]),
            ...(run.fenced === 0 ? [] : [`${readable(run.fenced ?? 0)} orders refused`]),
            ...(run.lostCommands === 0 ? [] : [`${counted(run.lostCommands ?? 0, "command")} lost`]),
          ].join(", "),
    ],
    [
      "clients",
      run.calls === undefined
        ? ""
        : [
            counted(run.calls, "call"),
            ...(run.answerMedian === undefined ? [] : [`answered after ${readableSeconds(run.answerMedian)} s in the median`]),
            ...(run.unanswered === 0 ? [] : [`${readable(run.unanswered ?? 0)} not answered`]),
            ...(run.staleAnswers === 0 ? [] : [counted(run.staleAnswers ?? 0, "stale answer")]),
          ].join(", "),
    ],
    [
      "files",
      run.transfers === undefined || run.transfers === 0
        ? ""
        : `${counted(run.transfers, "transfer")} of ${readable(run.bytesMoved ?? 0)} bytes, waited for ${readableSeconds(run.transferTime ?? 0)} s`,
    ],
    [
      "run again",
      run.recomputed === undefined || run.recomputed === 0
        ? ""
        : `${counted(run.recomputed, "task")} whose files were lost, after ${readableSeconds(run.recomputedTime ?? 0)} s`,
    ],
    ["attempts", `${[readable(run.attempts), ...disturbances(run)].join(", ")}; ${counted(run.events, "event")}`],
  ];
  const lines = facts.filter(([, text]) => text !== "").map(([name, text]) => `${style("dim", name.padEnd(9))}  ${text}`);
  return [heading, "", ...lines, ""].join("\n");
}

/** What disturbed the run, as far as anything did. */
function disturbances({ preemptions, attemptsLost, refused, falseSuspicions, copies, copiesWon }: RunSummary): string[] {
  const facts: [count: number, what: string][] = [
    [preemptions, "preempted"],
    [attemptsLost, "lost"],
    [refused, "refused"],
    [copies, `copies (${readable(copiesWon)} won)`],
  ];
  const told = facts.filter(([count]) => count > 0).map(([count, what]) => `${readable(count)} ${what}`);
  return falseSuspicions === 0 ? told : [...told, counted(falseSuspicions, "false suspicion")];
}

function makespanText(run: RunSummary): string {
  const bound = `lower bound ${readableSeconds(run.lowerBound)} s`;
  if (run.makespan === undefined)
    return run.unfinished > 0
      ? `none: ${counted(run.unfinished, "task")} ${run.unfinished === 1 ? "is" : "are"} unfinished`
      : "none: nothing ran";
  return `${readableSeconds(run.makespan)} s, ${bound}${run.gap === undefined ? "" : `, gap ${percent(run.gap)}`}`;
}

function statusText({ completed, failed, skipped, cancelled, unfinished }: RunSummary): string {
  const others = Object.entries({ failed, skipped, cancelled, unfinished }).filter(([, count]) => count > 0);
  return [`${readable(completed)} completed`, ...others.map(([status, count]) => `${readable(count)} ${status}`)].join(", ");
}

function spanText(run: RunSummary, spans: readonly (readonly [string, number | undefined])[]): string {
  return run.completed === 0 ? "" : spans.map(([name, time]) => `${name} ${readableSeconds(time)} s`).join(", ");
}

/** Where the makespan went, in whole lines; empty without a chain. Times queued and running add up to it. */
export function chainText(chain: readonly ChainLink[], world: World, style: Styler = PLAIN): string {
  const [first] = chain;
  if (first === undefined) return "";
  const heading = `${style("bold", "where the makespan went")}: the chain of ${counted(chain.length, "task")} that set it`;
  const sum = (links: readonly ChainLink[], part: (link: ChainLink) => number) => links.reduce((total, link) => total + part(link), 0);
  const shown = longest(chain);
  const rest = chain.filter((link) => !shown.includes(link));
  const seconds = (header: string, part: (link: ChainLink) => number, additive = true) => ({
    header,
    align: "right" as const,
    cells: [
      ...shown.map((link) => readableSeconds(part(link))),
      ...(rest.length > 0 ? [additive ? readableSeconds(sum(rest, part)) : ""] : []),
      ...(chain.length > 1 ? [additive ? readableSeconds(sum(chain, part)) : ""] : []),
    ],
  });
  const table = textTable(
    [
      {
        header: "task",
        align: "left",
        cells: [
          ...shown.map(({ task }) => nameAt(world.tasks.names, task)),
          ...(rest.length > 0 ? [`${readable(rest.length)} shorter ones`] : []),
          ...(chain.length > 1 ? ["together"] : []),
        ],
      },
      { header: "worker", align: "left", cells: shown.map(({ worker }) => world.workers.names[worker] ?? "") },
      seconds("released_s", ({ release }) => release, false),
      seconds("blocked_s", ({ blocked }) => blocked, false),
      seconds("queued_s", ({ queued }) => queued),
      seconds("running_s", ({ running }) => running),
      seconds("ended_s", ({ end }) => end, false),
    ],
    style,
  );
  return [heading, "", ...table, ""].join("\n");
}

/** The links that took longest, in the order of the chain. */
function longest(chain: readonly ChainLink[]): readonly ChainLink[] {
  if (chain.length <= MOST_LINKS) return chain;
  const order = chain.map((_, index) => index);
  const took = (index: number) => (chain[index]?.queued ?? 0) + (chain[index]?.running ?? 0);
  order.sort((a, b) => took(b) - took(a) || a - b);
  return order
    .slice(0, MOST_LINKS)
    .sort((a, b) => a - b)
    .map((index) => chain[index] as ChainLink);
}
