// `makespan compare`: policies × seeds × scenarios, ranked.
import { join } from "node:path";
import type { Comparison } from "../../experiment/compare.ts";
import type { RunLimits } from "../../experiment/run-cell.ts";
import type { AskedPolicy } from "../../files/draft.ts";
import type { LoadedScenario } from "../../files/load-scenario.ts";
import { InputError, NonDeterminismError, refuse } from "../../model/errors.ts";
import { nearest } from "../../model/nearest.ts";
import { formatPolicySpec, isPolicyPath, type PolicySpec, readPolicySpec } from "../../model/settings.ts";
import { AllFaults } from "../all-faults.ts";
import { policyNames, rankColumns } from "../choices.ts";
import { type Arguments, type Command, isSet, optionOf } from "../command.ts";
import { recordExecution } from "../execution-record.ts";
import { ExitCode } from "../exit-codes.ts";
import { INTERRUPTED, interruptible, NOTHING_WRITTEN } from "../interrupt.ts";
import { LIMIT_OPTIONS, limitsOf, wholeNumber } from "../limits.ts";
import { Progress } from "../progress.ts";
import { quoted, reproduceLine } from "../reproduce.ts";
import { eachGiven, SCENARIO_OPTIONS, SCENARIOS } from "../scenario-options.ts";
import type { Terminal } from "../terminal.ts";
import { hosting } from "../user-code.ts";

const DEFAULT_SEEDS = "1..10";

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
  gathers: true,
  async run(args, terminal) {
    const record = recordExecution(args.typed);
    const { seeds, limits, jobs, rankBy, policies, loaded, folder } = await givenOf(args, terminal);
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

interface Given {
  seeds: string[];
  limits: RunLimits;
  jobs: number | undefined;
  rankBy: string | undefined;
  policies: PolicySpec[] | undefined;
  loaded: LoadedScenario[];
  folder: string;
}

/** What the command line says, and the scenarios that it names. Throws all that is wrong with any of it. */
async function givenOf(args: Arguments, terminal: Terminal): Promise<Given> {
  const { parseSeeds } = await import("../../library/seeds.ts");
  const faults = new AllFaults(args.faults);
  const seedText = optionOf(args, "seeds") ?? DEFAULT_SEEDS;
  const seeds = await faults.of(() => parseSeeds(seedText, `--seeds ${seedText}`));
  const limits = await limitsOf(args, faults);
  const jobs = await faults.of(() => wholeNumber(args, "jobs"));
  const rankBy = optionOf(args, "rank-by");
  if (rankBy !== undefined) await faults.of(() => checkColumn(rankBy));
  const named = await policiesOf(optionOf(args, "policies"), faults);
  const loaded: LoadedScenario[] = [];
  for await (const each of eachGiven(args, terminal, faults, named)) loaded.push(each);
  await faults.of(() => refuseSameNames(loaded));
  const policies = named?.map(({ spec }) => spec);
  const folder = optionOf(args, "out") ?? defaultFolder(loaded);
  const mayWrite = loaded.length === args.given.length || optionOf(args, "out") !== undefined;
  if (mayWrite) await faults.of(() => writingTo(args, () => checkFiles(folder, loaded, policies ?? [])));
  if (faults.any) await judgeSuitability(loaded, named ?? [], seeds?.[0] ?? "1", faults);
  faults.throwIfAny();
  return { seeds: seeds as string[], limits, jobs, rankBy, policies, loaded, folder };
}

/** How policies and scenarios go together is judged when the comparison is planned; where it will not be, now, so that all is told. */
async function judgeSuitability(
  loaded: readonly LoadedScenario[],
  named: readonly AskedPolicy[],
  seed: string,
  faults: AllFaults,
): Promise<void> {
  const [{ unsuitable }, { seedsOf }] = await Promise.all([import("../../experiment/suitability.ts"), import("../../experiment/plan.ts")]);
  for (const { scenario } of loaded)
    await faults.of(() =>
      hosting(() => {
        const wrong = unsuitable(scenario, seedsOf(seed), named);
        if (wrong.length > 0) throw new InputError(wrong);
      }),
    );
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

/** The policies that were named and can be resolved; what is wrong with the others goes to the list. Undefined: none was named. */
async function policiesOf(text: string | undefined, faults: AllFaults): Promise<AskedPolicy[] | undefined> {
  if (text === undefined) return undefined;
  const { resolvePolicy } = await import("../../files/load-policy.ts");
  const resolved: AskedPolicy[] = [];
  await hosting(async () => {
    for (const part of partsOf(text)) {
      const { spec, faults: malformed } = readPolicySpec(part.trim());
      for (const message of malformed) await faults.of(() => refuse(message));
      if (spec.name === "") continue;
      const definition = await faults.of(() => resolvePolicy(spec));
      if (definition !== undefined) resolved.push({ spec, definition });
    }
  });
  return resolved;
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
