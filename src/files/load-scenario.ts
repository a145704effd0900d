// Loads a scenario: from a file, by the name of a bundled one, from standard input, or made of a trace file itself.
import { statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { faultAt, InputError, refuse } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Scenario } from "../model/scenario.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import { isPolicyPath, type PolicySpec, readPolicySpec } from "../model/settings.ts";
import { nameFromFile } from "../workload/importers/importer.ts";
import { importerFor } from "../workload/importers/index.ts";
import { assemble, type Origin } from "./assemble-scenario.ts";
import { type AskedPolicy, type Draft, draftOf, tracesOf, workloadsOf } from "./draft.ts";
import { readClusterText } from "./cluster-text.ts";
import { bundledPath, bundledScenarios } from "./bundled-scenarios.ts";
import { type Document, documentOf, type Path, readDocument } from "./document.ts";
import { describeFileError, noSuchFile } from "./file-errors.ts";
import { resolvePolicy } from "./load-policy.ts";
import { placesOf, policySpecOf } from "./normalise-scheduler.ts";
import { catalogueFile, withTypes } from "./instance-types.ts";
import { settingFaults, withOverrides } from "./overrides.ts";
import { readFaultTraces } from "./read-fault-trace.ts";
import { type OpenFile, readWorkloads } from "./read-workload.ts";
import { fileChunks, peeked, streamChunks, textChunks, wholeText } from "./text-chunks.ts";

export interface LoadOptions {
  /** A cluster in place of the file's, such as `4 x 8cpu,32GiB`. */
  workers?: string | undefined;
  /** `path=value` settings that replace or add to what the file says, such as `scheduler.placement=best-fit`. */
  set?: readonly string[] | undefined;
  /** Policies that are to run in place of the scenario's: why these cannot is told together with what is wrong with the scenario. */
  policies?: readonly AskedPolicy[] | undefined;
  /** What `-` reads; default: the process's standard input. */
  stdin?: string | undefined;
}

export interface LoadedScenario {
  scenario: Scenario;
  /** What the user should know and is no fault: what an import left out, defaults that may surprise. */
  notes: string[];
  /** The folder that paths of policies in the scenario start from. */
  directory: string;
  /** The files that it was read from: itself, its workloads and fault traces. */
  files: string[];
}

/** How a trace by itself is read. */
export interface TraceOptions extends LoadOptions {
  /** swf, wfformat, csv or jsonl; default: by the file's name and beginning. */
  format?: string | undefined;
  /** Divides the times between submissions. */
  scale?: number | undefined;
  /** Most tasks that are read. */
  limit?: number | undefined;
}

/**
 * Loads and checks a scenario. `source` is a path (YAML or JSON, or a trace: SWF, WfFormat, CSV, JSON lines, each also gzipped), the
 * name of a bundled scenario, or `-` for standard input. Throws an InputError with all faults, by position.
 */
export function loadScenario(source: string, options: LoadOptions = {}): Promise<LoadedScenario> {
  return withOptionFaults(options, () => openScenario(source, options));
}

async function openScenario(source: string, options: LoadOptions): Promise<LoadedScenario> {
  const { path, shown } = source === "-" ? STANDARD_INPUT : locate(source);
  const files = source === "-" ? [] : [path];
  const opened = source === "-" ? standardInput(options) : fileChunks(path, shown);
  try {
    const { head, chunks } = await peeked(opened);
    const place = placeOf(path, shown);
    if (!isScenarioName(path) && importerFor(place.file, head) !== undefined) {
      return { ...(await traceScenario(place, options, { file: place.file, chunks, ...(source === "-" && { shown }) })), files };
    }
    const text = await wholeText(chunks, shown);
    const name = source === "-" ? "stdin" : nameFromFile(path);
    const loaded = await load(readDocument(text, shown), { name, directory: place.directory }, place.shown, options);
    return { ...loaded, files: [...files, ...loaded.files] };
  } finally {
    await opened.return(undefined);
  }
}

/** A scenario that has nothing but a trace; `source` is its path, or `-` for standard input. */
export function loadTrace(source: string, options: TraceOptions = {}): Promise<LoadedScenario> {
  return withOptionFaults(options, () => openTrace(source, options));
}

/** What a step gives; where it refuses before it comes to the options, with what is wrong with them by themselves. */
async function withOptionFaults<T>({ workers, set = [] }: LoadOptions, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const own = [...(workers === undefined ? [] : readClusterText(workers).faults), ...settingFaults(set)];
    const untold = own.filter(({ message }) => !error.faults.some((fault) => fault.message === message));
    throw new InputError([...untold, ...error.faults]);
  }
}

async function openTrace(source: string, options: TraceOptions): Promise<LoadedScenario> {
  if (source === "-")
    return traceScenario(placeOf("-", "-"), options, { file: "-", shown: STANDARD_INPUT.shown, chunks: standardInput(options) });
  if (source === "") refuse("the name of the file is empty");
  return traceScenario(placeOf(resolve(source), source), options);
}

const STANDARD_INPUT = { path: "-", shown: "<stdin>" };

function standardInput({ stdin }: LoadOptions): AsyncGenerator<string> {
  return stdin === undefined ? streamChunks(process.stdin, STANDARD_INPUT.shown) : textChunks(stdin);
}

/** A file's name, its folder, and the folder as the user knows it. */
interface Place {
  file: string;
  directory: string;
  shown: string;
}

function placeOf(path: string, shown: string): Place {
  return path === "-"
    ? { file: "-", directory: process.cwd(), shown: "" }
    : { file: basename(path), directory: dirname(path), shown: dirname(shown) };
}

/** Where values come from that are no file's. */
export interface ValuesOptions {
  /** A cluster in place of the scenario's. */
  workers?: string;
  /** What messages about a value begin with; undefined, and by default: its path. */
  origin?: (path: Path) => string | undefined;
}

/** A scenario from values, as `defineScenario` takes them. Throws an InputError with all faults, each by its path. */
export function scenarioFrom(input: ScenarioInput, { workers, origin }: ValuesOptions = {}): Scenario {
  const document = documentOf(input);
  const told = { ...document, origin: (path: Path) => origin?.(path) ?? document.origin(path) };
  const draft = draftOf(withTypes(told, undefined), workers);
  for (const { path } of workloadsOf(draft)) draft.faults.add([...path, "file"], "a workload's file is read by loadScenario only");
  for (const { path } of tracesOf(draft)) draft.faults.add(path, "a fault trace is read by loadScenario only");
  return assemble(draft, [], { directory: process.cwd() }).scenario;
}

/** A file, or a bundled scenario: a folder of that name, such as that of its reports, does not hide it. */
function locate(source: string): { path: string; shown: string } {
  if (source === "") refuse(`the name of the scenario is empty; give a file, or a bundled scenario such as ${bundledScenarios()[0]}`);
  const path = resolve(source);
  const bundled = bundledPath(source);
  try {
    if (!statSync(path).isDirectory()) return { path, shown: source };
    if (bundled === undefined) refuse(`cannot read ${source}: it is a directory`);
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (bundled === undefined) return refuseMissing(source, path, error);
  }
  return { path: bundled, shown: join("scenarios", basename(bundled)) };
}

function refuseMissing(source: string, path: string, error: unknown): never {
  if (source.includes("\0")) refuse(describeFileError(error, "read", source));
  const message = describeFileError(error, "read", source);
  if (/[/\\]/.test(source) || extname(source) !== "") refuse(isMissing(error) ? noSuchFile(source, path) : message);
  const names = bundledScenarios();
  refuse(`"${source}" is neither a file nor a bundled scenario${didYouMean(source, names) || `; bundled are ${names.join(", ")}`}`);
}

function isMissing(error: unknown): boolean {
  return (error as { code?: string }).code === "ENOENT";
}

function isScenarioName(path: string): boolean {
  return /\.ya?ml$/i.test(path);
}

async function traceScenario(place: Place, options: TraceOptions, given?: OpenFile): Promise<LoadedScenario> {
  const { format, scale, limit } = options;
  const workload = {
    file: place.file,
    ...(format !== undefined && { format }),
    ...(scale !== undefined && { scale }),
    ...(limit !== undefined && { limit }),
  };
  const document: Document = { ...documentOf({ version: 1, workload }), origin: () => "" };
  return load(document, { directory: place.directory }, place.shown, options, given);
}

async function load(document: Document, origin: Origin, shown: string, options: LoadOptions, given?: OpenFile): Promise<LoadedScenario> {
  const set = withOverrides(document, options.set ?? []);
  const draft = draftOf(withTypes(set, { directory: origin.directory, shown }), options.workers, options.policies);
  const workloads = await readWorkloads(draft, origin.directory, shown, given);
  const traces = await readFaultTraces(draft, workloads, origin.directory, shown);
  const assembled = await withPolicyFaults(draft, () => assemble(draft, workloads, origin, traces), origin.directory);
  const files = workloadsOf(draft).flatMap(({ workload: { file } }) => (file === given?.file ? [] : [resolve(origin.directory, file)]));
  files.push(...[catalogueFile(set, origin.directory)].filter((file) => file !== undefined));
  files.push(...tracesOf(draft).map(({ file }) => resolve(origin.directory, file)));
  return { ...assembled, directory: origin.directory, files };
}

/** What a step gives; where it refuses, together with what is wrong with the user's policy that the scenario names, if it is there. */
async function withPolicyFaults<T>(draft: Draft, step: () => T, directory: string): Promise<T> {
  try {
    return step();
  } catch (error) {
    const spec = usersPolicyOf(draft);
    if (!(error instanceof InputError) || spec === undefined) throw error;
    try {
      await resolvePolicy(spec, directory);
    } catch (refusal) {
      const faults = refusal instanceof InputError ? refusal.faults : [faultAt(spec.places?.name ?? {}, String(refusal))];
      for (const fault of faults) draft.faults.addFault(fault, ["scheduler", "policy"]);
    }
    return draft.faults.throwIfAny() as never;
  }
}

/** The user's policy that a draft names, without the options that are malformed. */
function usersPolicyOf({ input, faults }: Draft): PolicySpec | undefined {
  const policy = input.scheduler?.policy;
  if (policy === undefined || faults.touch(["scheduler", "policy", "name"])) return undefined;
  const spec = typeof policy === "string" ? readPolicySpec(policy).spec : policySpecOf(policy);
  return isPolicyPath(spec.name) ? { ...spec, places: placesOf(policy, faults) } : undefined;
}
