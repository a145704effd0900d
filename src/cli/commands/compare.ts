// `makespan compare`: policies × seeds × scenarios, ranked.
import { join } from "node:path";
import type { Comparison } from "../../experiment/compare.ts";
import type { LoadedScenario } from "../../files/load-scenario.ts";
import { type Fault, InputError, NonDeterminismError, refuse } from "../../model/errors.ts";
import { nearest } from "../../model/nearest.ts";
import { formatPolicySpec, isPolicyPath, parsePolicySpec, type PolicySpec } from "../../model/settings.ts";
import { policyNames, rankColumns } from "../choices.ts";
import { type Arguments, type Command, isSet, optionOf } from "../command.ts";
import { recordExecution } from "../execution-record.ts";
import { ExitCode } from "../exit-codes.ts";
import { INTERRUPTED, interruptible, NOTHING_WRITTEN } from "../interrupt.ts";
import { LIMIT_OPTIONS, limitsOf, wholeNumber } from "../limits.ts";
import { Progress } from "../progress.ts";
import { quoted, reproduceLine } from "../reproduce.ts";
import { loadAllGiven, SCENARIO_OPTIONS, SCENARIOS } from "../scenario-options.ts";
import type { Terminal } from "../terminal.ts";
import { hosting } from "../user-code.ts";

/** Lines of one kind that are printed; of the others only their number is. */
const MOST_LINES = 20;

export const compareCommand: Command = {
  name: "compare",
  summary: "compare policies on scenarios over many seeds, and rank them",
  argument: SCENARIOS,
  options: {
    policies: {
      value: "A,B,C",
      summary:
        "policies as --policy of run takes them, with a warning where one ranks by a field that no task has; default: all that apply",
      choices: policyNames,
      open: true,
      list: true,
    },
    seeds: { value: "SEEDS", summary: "1..30 or 1,2,5; default 1..10" },
    "rank-by": {
      value: "COLUMN",
      summary: "a column of runs.csv of which less or more is better; default: makespan_s, or what the runs call for",
      choices: rankColumns,
      open: true,
    },
    ...SCENARIO_OPTIONS,
    out: {
      value: "DIR",
      summary:
        "where runs.csv, policies.csv, policies.svg, summary.json and execution.json go; reports of an earlier run there are replaced, or removed; default: reports/ and the scenario's name",
    },
    jobs: { value: "N", summary: "runs at a time; default: all cores. The results do not depend on it" },
    json: { summary: "print one JSON document instead of tables, with every run in it" },
    ...LIMIT_OPTIONS,
    "check-determinism": {
      summary:
        "make every run again a few times, in other threads and another order; on a difference show the first entry that differs (exit 4)",
    },
  },
  examples: [
    ["compare nightly-pipelines", "every policy that applies, seeds 1 to 10, on a bundled scenario"],
    ["compare pipeline.yaml --policies fcfs,sjf:blocking=true,./my-policy.ts --seeds 1..30", "chosen policies, thirty seeds"],
    ["compare log.swf.gz --workers '1 x 128cpu' --rank-by mean_bounded_slowdown", "a batch log itself"],
    ["compare a.yaml b.yaml --json > result.json", "several scenarios, for programs"],
  ],
  async run(args, terminal) {
    const record = recordExecution(args.typed);
    const { parseSeeds } = await import("../../library/seeds.ts");
    const seedText = optionOf(args, "seeds") ?? "1..10";
    const seeds = parseSeeds(seedText, `--seeds ${seedText}`);
    const limits = limitsOf(args);
    const jobs = wholeNumber(args, "jobs");
    const rankBy = optionOf(args, "rank-by");
    if (rankBy !== undefined) await checkColumn(rankBy);
    const policies = await hosting(() => policiesOf(optionOf(args, "policies")));
    const loaded = await loadAllGiven(args, terminal);
    refuseSameNames(loaded);
    const folder = optionOf(args, "out") ?? defaultFolder(loaded);
    await writingTo(args, () => checkFiles(folder, loaded, policies ?? []));
    const [{ compare }, { withoutEmptyPlaces }] = await Promise.all([
      import("../../experiment/compare.ts"),
      import("../../report/empty-column.ts"),
    ]);
    const progress = new Progress(terminal);
    const options = {
      policies,
      seeds,
      rankBy,
      jobs,
      directories: loaded.map(({ directory }) => directory),
      limits,
      checkDeterminism: isSet(args, "check-determinism"),
      onProgress: (done: number, total: number) => progress.update(done, total),
    };
    let comparison: Comparison;
    try {
      const compared = await hosting(() =>
        interruptible((signal) =>
          compare(
            loaded.map(({ scenario }) => scenario),
            { ...options, signal },
          ),
        ),
      );
      comparison = { ...compared, rankings: compared.rankings.map(withoutEmptyPlaces) };
    } catch (error) {
      if (!(error instanceof NonDeterminismError)) throw error;
      terminal.failure(error, isSet(args, "json"));
      terminal.error(`reproduce: makespan ${args.typed.map(quoted).join(" ")}\n`);
      return error.exitCode;
    }
    if (comparison.partial && comparison.runs.length + comparison.failedRuns.length === 0) {
      terminal.warn(NOTHING_WRITTEN);
      return ExitCode.interrupted;
    }
    const [only] = seeds;
    if (seeds.length === 1 && /^[1-9]\d*$/.test(only ?? "") && only !== "1")
      terminal.note(`--seeds ${only} is one seed; ${only} seeds are 1..${only}`);
    const code = comparison.partial ? ExitCode.interrupted : comparison.exitCode;
    // Printed before it is written: a full disk then takes the reports alone.
    await print(comparison, args, terminal);
    sayWhatFailed(comparison, terminal);
    const whole = await writingTo(args, () =>
      writeReports(comparison, folder, (all) =>
        record(all ? { exit_code: code, partial: comparison.partial } : { exit_code: ExitCode.interrupted, partial: true }),
      ),
    );
    if (comparison.partial || !whole) terminal.warn(INTERRUPTED);
    if (!whole) return ExitCode.interrupted;
    terminal.note(`written to ${join(folder, "/")}: runs.csv, policies.csv, policies.svg, summary.json, execution.json`);
    const failing = await firstFailing(comparison, loaded);
    if (failing !== undefined) {
      const { place, policy, seed } = failing;
      const own = (loaded[place] as LoadedScenario).scenario.scheduler.policy;
      // The same text from the command line may mean another file: it starts from another folder.
      const isOwn = policy === formatPolicySpec(own) && (policies === undefined || !readsFiles(own));
      const line = reproduceLine(
        { source: args.given[place] as string, policy: isOwn ? undefined : policy, seed: seed === "" ? (seeds[0] as string) : seed },
        args,
      );
      terminal.error(`${line}\n`);
    }
    return code;
  },
};

/** Whether the policy is, or is read from, a file. */
function readsFiles({ name, parameters }: PolicySpec): boolean {
  return isPolicyPath(name) || parameters["file"] !== undefined;
}

/** The unit may be left out of a column's name, also of one that is mistyped. */
async function checkColumn(name: string): Promise<void> {
  const columns = await rankColumns();
  const withoutUnit = new Map(columns.map((column) => [column.replace(/_s$/, ""), column]));
  if (columns.includes(name) || withoutUnit.has(name)) return;
  const near = nearest(name, [...columns, ...withoutUnit.keys()]);
  const hint = near === undefined ? `; known are ${columns.join(", ")}` : `; did you mean "${withoutUnit.get(near) ?? near}"?`;
  refuse(`compare: option --rank-by: "${name}" is no column to rank by${hint}`);
}

/** A list split at its commas, but for those in parentheses that are closed: `expression:rank=max(estimate, 1),sjf`. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let open = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const sign = text[index];
    if (sign === "(") open++;
    else if (sign === ")") open--;
    else if (sign === "," && open === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  return open === 0 ? [...parts, text.slice(start)] : text.split(",");
}

/** The policies that were named, every one of them resolved once so that all that is wrong is said at once. */
async function policiesOf(text: string | undefined): Promise<PolicySpec[] | undefined> {
  if (text === undefined) return undefined;
  const { resolvePolicy } = await import("../../files/load-policy.ts");
  const faults: Fault[] = [];
  const specs: PolicySpec[] = [];
  for (const part of partsOf(text)) {
    try {
      const spec = parsePolicySpec(part.trim());
      await resolvePolicy(spec);
      specs.push(spec);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new InputError(faults);
  return specs;
}

function refuseSameNames(loaded: readonly LoadedScenario[]): void {
  const names = loaded.map(({ scenario }) => scenario.name);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice !== undefined)
    refuse(`two of the scenarios are named "${twice}", so that their rows could not be told apart; give each a name of its own`);
}

/** Refuses a folder that cannot be written, or where the reports would overwrite what is read. */
async function checkFiles(folder: string, loaded: readonly LoadedScenario[], policies: readonly PolicySpec[]): Promise<void> {
  const { checkOutputs, filesOfPolicy } = await import("../output-files.ts");
  const ofScenarios = loaded.flatMap(({ files, scenario, directory }) => [
    ...files,
    ...filesOfPolicy(scenario.scheduler.policy, directory),
  ]);
  checkOutputs({ out: folder, log: undefined }, [...ofScenarios, ...policies.flatMap((spec) => filesOfPolicy(spec, process.cwd()))]);
}

/** Does what needs the folder; where the user did not choose it, what is wrong with it comes with the way to choose. */
async function writingTo<Result>(args: Arguments, task: () => Promise<Result>): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof InputError) || optionOf(args, "out") !== undefined) throw error;
    throw new InputError(error.faults.map((fault) => ({ ...fault, message: `${fault.message}; --out DIR chooses another folder` })));
  }
}

/** Whether they are whole: an interrupt ends the writing early. */
async function writeReports(
  comparison: Comparison,
  folder: string,
  execution: (whole: boolean) => Record<string, unknown>,
): Promise<boolean> {
  const [{ writeOutputs }, { csvChunks }, { POLICY_COLUMNS }, { RUN_COLUMNS }, { comparisonJson, jsonText }, { policyChart }] =
    await Promise.all([
      import("../output-files.ts"),
      import("../../report/csv.ts"),
      import("../../report/policy-columns.ts"),
      import("../../metrics/run-summary.ts"),
      import("../../report/summary-json.ts"),
      import("../../report/policy-chart.ts"),
    ]);
  const rows = comparison.rankings.flatMap((ranking) => ranking.rows);
  const files = [
    { path: join(folder, "runs.csv"), parts: csvChunks(RUN_COLUMNS, comparison.runs) },
    { path: join(folder, "policies.csv"), parts: csvChunks(POLICY_COLUMNS, rows) },
    { path: join(folder, "policies.svg"), parts: policyChart(comparison.rankings) },
    // Its runs are runs.csv.
    { path: join(folder, "summary.json"), parts: jsonText({ ...comparisonJson(comparison), runs: undefined }) },
  ];
  return (await writeOutputs(folder, files, execution)) === "whole";
}

async function print(comparison: Comparison, args: Arguments, terminal: Terminal): Promise<void> {
  const [{ comparisonJson, jsonText }, { comparisonText }] = await Promise.all([
    import("../../report/summary-json.ts"),
    import("../../report/comparison-text.ts"),
  ]);
  const text = isSet(args, "json")
    ? jsonText(comparisonJson(comparison))
    : comparisonText(comparison, (style, part) => terminal.style(style, part));
  terminal.result(text);
}

/** A folder of the scenario's own under reports/, whatever its name is made of. */
function defaultFolder(loaded: readonly LoadedScenario[]): string {
  const [only, ...others] = loaded;
  const name = only === undefined || others.length > 0 ? "comparison" : only.scenario.name;
  return join("reports", name.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^\.+/, "") || "comparison");
}

function sayWhatFailed(comparison: Comparison, terminal: Terminal): void {
  const { leftOut, warnings, failedRuns, failedExpectations, runs } = comparison;
  for (const warning of warnings) terminal.warn(warning);
  for (const scenario of new Set(leftOut.map((each) => each.scenario))) {
    const byReason = new Map<string, string[]>();
    for (const { policy, reason } of leftOut.filter((each) => each.scenario === scenario))
      byReason.set(reason, [...(byReason.get(reason) ?? []), policy]);
    const groups = [...byReason].map(([reason, policies]) => `${policies.join(", ")} (${reason})`);
    terminal.note(`left out on ${scenario}: ${groups.join("; ")}`);
  }
  const stopped = runs.filter(({ ending }) => ending.exitCode !== ExitCode.ok);
  const error = terminal.styleError("red", "error:");
  sayAll(
    failedRuns.map(({ scenario, policy, seed, message }) => `${error} ${scenario}, policy ${policy}${seedPart(seed)}: ${message}`),
    terminal,
  );
  sayAll(
    stopped.map(({ scenario, policy, seed, ending }) => `${error} ${scenario}, policy ${policy}${seedPart(seed)}: ${ending.message}`),
    terminal,
  );
  sayAll(
    failedExpectations.map((line) => `${terminal.styleError("red", "expectation failed:")} ${line}`),
    terminal,
  );
}

function seedPart(seed: string): string {
  return seed === "" ? "" : `, seed ${seed}`;
}

function sayAll(lines: readonly string[], terminal: Terminal): void {
  for (const line of lines.slice(0, MOST_LINES)) terminal.error(`${line}\n`);
  if (lines.length > MOST_LINES) terminal.error(`${lines.length - MOST_LINES} more\n`);
}

/** The first run that failed, in the order of severity of the exit code. */
async function firstFailing(
  comparison: Comparison,
  loaded: readonly LoadedScenario[],
): Promise<{ place: number; policy: string; seed: string } | undefined> {
  const { failedExpectations } = await import("../../experiment/expectations.ts");
  const placeOf = (name: string) => loaded.findIndex(({ scenario }) => scenario.name === name);
  const failed =
    comparison.failedRuns[0] ??
    comparison.runs.find(({ ending }) => ending.exitCode !== ExitCode.ok) ??
    comparison.runs.find((run) => failedExpectations(loaded[placeOf(run.scenario)]?.scenario.expect ?? [], run).length > 0);
  return failed && { place: placeOf(failed.scenario), policy: failed.policy, seed: failed.seed };
}
