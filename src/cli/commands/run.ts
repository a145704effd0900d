// `makespan run`: one scenario under one policy and one seed, in full detail.
import type { CellOptions, CellRun, RunLimits } from "../../experiment/run-cell.ts";
import type { LoadedScenario } from "../../files/load-scenario.ts";
import { InputError, MakespanError, PolicyError, refuse } from "../../model/errors.ts";
import type { Scenario } from "../../model/scenario.ts";
import { isPolicyPath, type PolicySpec, readPolicySpec } from "../../model/settings.ts";
import type { Time } from "../../model/units.ts";
import type { World } from "../../model/world.ts";
import type { PolicyDefinition } from "../../policies/policy.ts";
import { AllFaults } from "../all-faults.ts";
import { policyNames } from "../choices.ts";
import { type Arguments, type Command, isSet, optionOf } from "../command.ts";
import { recordExecution } from "../execution-record.ts";
import { ExitCode } from "../exit-codes.ts";
import type { ExplicitOutput } from "../explicit-output.ts";
import type { OutputFile } from "../output-files.ts";
import { INTERRUPTED, inTurns, NOTHING_WRITTEN } from "../interrupt.ts";
import { LIMIT_OPTIONS, limitsOf, wholeNumber } from "../limits.ts";
import { reproduceLine } from "../reproduce.ts";
import { loadGiven, SCENARIO, SCENARIO_OPTIONS } from "../scenario-options.ts";
import { type Drawn, SEED_OPTIONS, seedsGiven } from "../seed-options.ts";
import type { Terminal } from "../terminal.ts";
import { hosting } from "../user-code.ts";

export const runCommand: Command = {
  name: "run",
  summary: "simulate one scenario under one policy, and show what came of it and where the makespan went",
  argument: SCENARIO,
  options: {
    policy: {
      value: "POLICY",
      summary:
        "in place of the scenario's: a name (sjf:blocking=true) or a file (./my-policy.ts:alpha=2); one that ranks by a field that no task has runs with a warning",
      choices: policyNames,
      open: true,
    },
    ...SEED_OPTIONS,
    ...SCENARIO_OPTIONS,
    out: {
      value: "DIR",
      summary:
        "write tasks.csv, attempts.csv, jobs.csv (where a task has a job), dead-letters.csv (where one ran out of attempts), workers.csv, runs.csv, summary.json and execution.json there; reports of an earlier run there are replaced, or removed",
    },
    trace: { summary: "write events.jsonl too, an object for each event" },
    log: { value: "FILE", summary: "write what happened there, a sentence for each event" },
    explicit: {
      value: "FILE",
      summary:
        "write the run there as a scenario (NAME.yaml or NAME.json) in which the workload, its estimates and all faults are spelt out, so that nothing is left to draw but by the policy",
    },
    json: { summary: "print summary.json instead of a table" },
    linearizability: {
      value: "BUDGET",
      summary:
        "where clients are processes, search for an order of all calls that explains their answers, with so many steps for each task (100000, say); none is found: exit 1, and the calls that show it",
    },
    ...LIMIT_OPTIONS,
    "check-determinism": {
      summary: "run it again a few times, in other threads; on a difference show the first entry that differs (exit 4)",
    },
  },
  examples: [
    ["run five-step-etl", "a bundled scenario, from any folder"],
    ["run pipeline.yaml --policy sjf:blocking=true --seed 7", "another policy, another seed"],
    ["run pipeline.yaml --set tasks.extract.cpu=4 --out results", "a change, and all reports of the run"],
    ["run log.swf.gz --workers '1 x 128cpu' --policy wfp3 --json", "a batch log itself, the result for programs"],
    ["run pipeline.yaml --policy ./my-policy.ts --check-determinism", "a policy of one's own"],
    ["run stale-reads --linearizability 100000", "which answers of clients cannot be explained"],
    ["run failing.yaml --seed 7 --explicit seven.yaml", "what seed 7 drew, to look at and to change"],
  ],
  gathers: true,
  async run(args, terminal) {
    const { source, text, spec, limits, loaded, drawn, policy } = await givenOf(args, terminal);
    const reproduce = (twice: boolean) => terminal.error(`${reproduceLine({ source, policy: text, ...drawn, twice }, args)}\n`);
    try {
      if (policy instanceof PolicyError) throw policy;
      const preparing = () => prepare(loaded, spec, policy, drawn, terminal);
      const prepared = await (isPolicyPath((spec ?? loaded.scenario.scheduler.policy).name) ? hosting(preparing) : preparing());
      const explicit = await explicitOf({ ...prepared, seed: drawn.seed }, loaded, spec, args);
      if (isSet(args, "check-determinism")) await checkTwice(prepared, loaded, limits);
      const code = await simulateAndReport({ ...prepared, limits }, explicit, args, terminal);
      const failed = code !== ExitCode.ok && code !== ExitCode.interrupted && code !== ExitCode.badInput;
      if (failed) reproduce(isSet(args, "check-determinism"));
      return code;
    } catch (error) {
      if (!(error instanceof MakespanError) || error instanceof InputError) throw error;
      terminal.failure(error, isSet(args, "json"));
      reproduce(error.exitCode === ExitCode.nonDeterminism);
      return error.exitCode;
    }
  },
};

interface Given {
  source: string;
  /** Of --policy, as it was typed. */
  text: string | undefined;
  spec: PolicySpec | undefined;
  limits: RunLimits;
  loaded: LoadedScenario;
  drawn: Drawn;
  /** What it did where it broke a rule while it was loaded. */
  policy: PolicyDefinition | PolicyError;
}

/** What the command line says, the scenario and the policy. Throws all that is wrong with any of it. */
async function givenOf(args: Arguments, terminal: Terminal): Promise<Given> {
  const faults = new AllFaults(args.faults);
  await faults.of(() => {
    if (isSet(args, "trace") && optionOf(args, "out") === undefined)
      refuse("run: --trace writes events.jsonl into the folder of --out; give --out DIR");
  });
  await faults.of(() => {
    if (optionOf(args, "log") === "-") refuse("run: --log needs the name of a file, such as run.log; - is none");
  });
  await faults.of(() => wholeNumber(args, "linearizability"));
  const limits = await limitsOf(args, faults);
  const text = optionOf(args, "policy");
  const { spec, faults: malformed } = text === undefined ? { spec: undefined, faults: [] } : readPolicySpec(text);
  for (const message of malformed) await faults.of(() => refuse(message));
  const [source] = args.given; // without one something else is wrong
  const replacing = spec === undefined || spec.name === "" ? undefined : await faults.of(() => policyOf(spec, process.cwd()));
  const asked = spec && replacing && !(replacing instanceof PolicyError) ? [{ spec, definition: replacing }] : [];
  const loaded = source === undefined ? undefined : await faults.of(() => loadGiven(source, args, terminal, asked));
  await checkFiles(loaded, spec, args, faults);
  const drawn = loaded && (await faults.of(() => seedsGiven(loaded.scenario, args)));
  const policy =
    spec === undefined && loaded !== undefined
      ? await faults.of(() => policyOf(loaded.scenario.scheduler.policy, loaded.directory))
      : replacing;
  if (faults.any && loaded && drawn && policy && !(policy instanceof PolicyError))
    await judgeSuitability(loaded, drawn, spec, policy, faults);
  faults.throwIfAny();
  return { source, text, spec, limits, loaded, drawn, policy } as Given;
}

/** A policy, or what it did where it broke a rule while it was loaded. */
async function policyOf(spec: PolicySpec, directory: string): Promise<PolicyDefinition | PolicyError> {
  const { resolvePolicy } = await import("../../files/load-policy.ts");
  const resolving = () => resolvePolicy(spec, directory);
  try {
    return await (isPolicyPath(spec.name) ? hosting(resolving) : resolving());
  } catch (error) {
    if (error instanceof PolicyError) return error;
    throw error;
  }
}

/** How policy and scenario go together is judged when the run is prepared; where it will not be, now, so that all is told. */
async function judgeSuitability(
  { scenario }: LoadedScenario,
  { seeds }: Drawn,
  given: PolicySpec | undefined,
  definition: PolicyDefinition,
  faults: AllFaults,
): Promise<void> {
  const { unsuitable } = await import("../../experiment/suitability.ts");
  const spec = given ?? scenario.scheduler.policy;
  await faults.of(() =>
    hosting(() => {
      const wrong = unsuitable(scenario, seeds, [{ spec, definition }]);
      if (wrong.length > 0) throw new InputError(wrong);
    }),
  );
}

/** Refuses outputs that cannot be written, or would overwrite what is read. */
async function checkFiles(
  loaded: LoadedScenario | undefined,
  given: PolicySpec | undefined,
  args: Arguments,
  faults: AllFaults,
): Promise<void> {
  const { checkOutputs, filesOfPolicy } = await import("../output-files.ts");
  const read = loaded === undefined ? [] : [...loaded.files, ...filesOfPolicy(loaded.scenario.scheduler.policy, loaded.directory)];
  const policies = given ? filesOfPolicy(given, process.cwd()) : [];
  const explicit = optionOf(args, "explicit");
  if (explicit !== undefined) {
    const { requireScenarioName } = await import("../explicit-output.ts");
    await faults.of(() => requireScenarioName(explicit));
  }
  const outputs = { out: optionOf(args, "out"), log: optionOf(args, "log"), explicit };
  await faults.of(() => checkOutputs(outputs, [...read, ...policies]));
}

type Prepared = Pick<CellOptions, "scenario" | "world" | "seeds" | "seed" | "spec" | "policy">;

/** What --explicit is to write, once the world is one that it can say. */
async function explicitOf(
  { scenario, world, seeds, seed, spec }: Prepared,
  { files, directory }: LoadedScenario,
  given: PolicySpec | undefined,
  args: Arguments,
): Promise<ExplicitOutput | undefined> {
  const path = optionOf(args, "explicit");
  if (path === undefined) return undefined;
  const { ExplicitOutput } = await import("../explicit-output.ts");
  const start = given === undefined ? directory : process.cwd();
  return new ExplicitOutput(path, { scenario, world, seeds, seed, spec }, start, files);
}

/** Draws the world. */
async function prepare(
  { scenario }: LoadedScenario,
  given: PolicySpec | undefined,
  policy: PolicyDefinition,
  { seeds, text }: Drawn,
  terminal: Terminal,
): Promise<Prepared> {
  const { drawWorld } = await import("../../workload/draw-world.ts");
  const spec = given ?? scenario.scheduler.policy;
  const world = drawWorld(scenario, seeds);
  await checkPolicy(scenario, world, spec, policy, terminal);
  return { scenario, world, seeds, seed: text, spec, policy };
}

/** A policy that cannot work is refused; one whose fields no task has finds all tasks equal, which is said. */
async function checkPolicy(
  scenario: Scenario,
  world: World,
  spec: PolicySpec,
  policy: PolicyDefinition,
  terminal: Terminal,
): Promise<void> {
  const { suitabilityOf } = await import("../../experiment/suitability.ts");
  const { faults, warning } = suitabilityOf(scenario, world, spec, policy);
  if (faults.length > 0) throw new InputError(faults);
  if (warning !== undefined) terminal.warn(warning);
}

/** Runs the cell twice in threads of their own. Throws a NonDeterminismError where the two differ. */
async function checkTwice(
  { scenario, seeds, seed, spec, policy }: Prepared,
  { directory }: LoadedScenario,
  limits: RunLimits,
): Promise<void> {
  const { runCellsTwice } = await import("../../experiment/determinism.ts");
  const start = spec === scenario.scheduler.policy ? directory : undefined;
  const batch = { scenarios: [scenario], policies: [{ spec, directory: start }], limits };
  const cells = [{ index: 0, scenario: 0, policy: 0, seed, seeds, world: "the one" }];
  await runCellsTwice(batch, [policy], cells, { jobs: 1 });
}

async function simulateAndReport(
  cell: CellOptions,
  explicit: ExplicitOutput | undefined,
  args: Arguments,
  terminal: Terminal,
): Promise<number> {
  const record = recordExecution(args.typed);
  const [{ runCell, runCellInSlices }, report, { writeOutputs }] = await Promise.all([
    import("../../experiment/run-cell.ts"),
    import("../run-reports.ts"),
    import("../output-files.ts"),
  ]);
  const out = optionOf(args, "out");
  const log = optionOf(args, "log");
  const folds = out === undefined ? undefined : new report.ReportFolds(cell.world);
  const budget = wholeNumber(args, "linearizability");
  if (budget !== undefined && cell.world.clients === undefined)
    refuse("run: --linearizability is about clients as processes: give scheduler: { replicas: 3 } and clients: { count: 3 }");
  const storeTrace = isSet(args, "trace") || log !== undefined || budget !== undefined;
  let end: Time = 0;
  const onBroken = (time: Time) => {
    end = time;
  };
  const options = { ...cell, sinks: folds?.sinks ?? [], storeTrace, onBroken };
  let unwritten: InputError | undefined;
  const explicitFiles = (digest?: string): OutputFile[] => {
    try {
      return explicit?.files(end, args, digest) ?? [];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      unwritten = error; // the run's own result is told all the same
      return [];
    }
  };
  let result: CellRun;
  try {
    result = await (isPolicyPath(cell.spec.name) ? hosting(() => runCell(options)) : inTurns(runCellInSlices(options)));
  } catch (error) {
    // A run that the policy has broken is one to look at.
    if (error instanceof PolicyError) await writeOutputs(undefined, explicitFiles(), () => ({}));
    if (unwritten !== undefined) terminal.failure(unwritten, false);
    throw error;
  }
  end = result.run.ending.time;
  function* files() {
    if (folds !== undefined) yield* report.reportFiles(out as string, result, folds, { trace: isSet(args, "trace") });
    if (log !== undefined) yield* report.logFiles(log, result);
    yield* explicitFiles(result.run.digest);
  }
  const written = await writeOutputs(out, files(), (all) =>
    record(all ? { exit_code: exitCodeOf(result) } : { exit_code: ExitCode.interrupted, partial: true }),
  );
  if (written !== "whole") {
    terminal.warn(written === "partial" ? INTERRUPTED : NOTHING_WRITTEN);
    return ExitCode.interrupted;
  }
  const json = isSet(args, "json");
  const found = budget === undefined ? undefined : report.linearizabilityOf(result, budget);
  terminal.result(json ? report.jsonResult(result, found) : report.textResult(result, found, (style, text) => terminal.style(style, text)));
  const { ending } = result.run;
  for (const line of result.metrics.missedAnchors.lines()) terminal.warn(line);
  if (ending.exitCode !== ExitCode.ok) terminal.error(`${terminal.styleError("red", "error:")} ${ending.message}\n`);
  for (const line of result.failed) terminal.error(`${terminal.styleError("red", "expectation failed:")} ${line}\n`);
  if (unwritten !== undefined) terminal.failure(unwritten, false);
  return exitCodeOf(result) || (found && SEARCHED[found.verdict]) || (unwritten === undefined ? ExitCode.ok : ExitCode.badInput);
}

/** What a search comes to: one that is undecided shows nothing. */
const SEARCHED = { held: ExitCode.ok, broken: ExitCode.checkFailed, undecided: ExitCode.budget } as const;

function exitCodeOf({ run, failed }: CellRun): number {
  if (run.ending.exitCode !== ExitCode.ok) return run.ending.exitCode;
  return failed.length > 0 ? ExitCode.checkFailed : ExitCode.ok;
}
