// Scenarios and policies for the library: loaded from files or defined in code, and which policy a run follows.
import { type LoadOptions as FileOptions, loadScenario as loadFile, scenarioFrom } from "../files/load-scenario.ts";
import { registeredPolicy, resolvePolicy } from "../files/load-policy.ts";
import { refuse } from "../model/errors.ts";
import { requireKnown, requireText } from "./options.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import type { Scenario } from "../model/scenario.ts";
import { isPolicyPath, parsePolicySpec, type PolicySpec } from "../model/settings.ts";
import { definePolicy, type PolicyDefinition, type PolicyInput } from "../policies/policy.ts";

export interface LoadOptions extends FileOptions {
  /** Is told what the user should know and is no fault: what an import left out, defaults that may surprise. */
  onNote?: ((note: string) => void) | undefined;
}

/** Where scenarios were loaded from, and the policies from files that they name. */
const origins = new WeakMap<Scenario, { directory: string; policy: PolicyDefinition }>();

/**
 * Loads a scenario: a YAML or JSON file, a trace file (SWF, WfFormat, CSV, JSON lines, also gzipped; `workers` then says on what
 * it runs, as in `"4 x 8cpu,32GiB"`), a bundled scenario by its name, or `"-"` for standard input. A policy file that it names is
 * loaded with it. Rejects with an InputError that has all faults, by position.
 */
export function loadScenario(source: string, given: LoadOptions = {}): Promise<Scenario> {
  const loading = Promise.resolve().then(() => {
    requireText("loadScenario", "the path of a file, or the name of a bundled scenario,", source);
    requireKnown("loadScenario", given, ["workers", "set", "stdin", "onNote"]);
    const { onNote: _, ...options } = given;
    const { workers, set, stdin } = options;
    for (const [name, text] of Object.entries({ workers, stdin })) if (text !== undefined) requireText("loadScenario", name, text);
    if (set !== undefined && !(Array.isArray(set) && set.every((each) => typeof each === "string")))
      refuse('loadScenario: set is a list of texts, such as ["scheduler.placement=best-fit"]');
    return loadFile(source, options);
  });
  return loading.then(({ scenario, directory, notes }) =>
    resolvePolicy(scenario.scheduler.policy, directory).then((policy) => {
      origins.set(scenario, { directory, policy });
      for (const note of notes) given.onNote?.(note);
      return scenario;
    }),
  );
}

/**
 * A scenario from values, with the keys of a scenario file: `{ cluster: { workers }, tasks, scheduler, … }`; workloads from files
 * are for `loadScenario`. Throws an InputError with all faults, each by its path.
 */
export function defineScenario(input: ScenarioInput): Scenario {
  return scenarioFrom(input);
}

/**
 * A policy by name (`"sjf"`) or from a file (`"./my-policy.ts"`, also .js; from the working directory), with its options checked
 * where it has some (`"./my-policy.ts:alpha=2"`). Rejects with an InputError.
 */
export function loadPolicy(name: string): Promise<PolicyDefinition> {
  return Promise.resolve(name).then((text) => {
    requireText("loadPolicy", "the name of a policy, or the path of its file,", text);
    return resolvePolicy(parsePolicySpec(text));
  });
}

/** The folder that paths in a scenario start from; undefined for one that was not loaded. */
export function directoryOf(scenario: Scenario): string | undefined {
  return origins.get(scenario)?.directory;
}

/** How a user names a policy: `"sjf:blocking=true"`, a spec of it, or a definition in memory. */
export type PolicyChoice = string | PolicySpec | PolicyDefinition;

/** The policy that a run follows: the one given, else the scenario's own. */
export function policyOf(scenario: Scenario, choice: PolicyChoice | undefined): { spec: PolicySpec; policy: PolicyDefinition } {
  if (choice === undefined) {
    const spec = scenario.scheduler.policy;
    return { spec, policy: origins.get(scenario)?.policy ?? named(spec) };
  }
  const chosen = specOrDefinition(choice);
  if (!("needs" in chosen)) return { spec: chosen, policy: named(chosen) };
  return { spec: { name: chosen.name, parameters: {} }, policy: chosen };
}

/** A text is read as on the command line; a policy that has not been through `definePolicy` goes through it now. */
export function specOrDefinition(choice: PolicyChoice): PolicySpec | PolicyDefinition {
  if (typeof choice === "string") return parsePolicySpec(choice);
  if (typeof choice !== "object" || choice === null || typeof choice.name !== "string") {
    return refuse('a policy is a name such as "sjf", { name, parameters }, or what definePolicy or loadPolicy give');
  }
  if ("create" in choice && "needs" in choice) return choice;
  const rules = ["rank", "line", "schedule", "create"] as const;
  const { name, blocking, placement, parameters, ...options } = choice as PolicySpec & Partial<Record<(typeof rules)[number], unknown>>;
  if (rules.some((rule) => typeof options[rule] === "function")) return definePolicy(choice as unknown as PolicyInput);
  // Options may stand beside the name, as in a scenario file; the rank of `expression` is one.
  const all = { ...(options as PolicySpec["parameters"]), ...parameters };
  return { name, ...(blocking !== undefined && { blocking }), ...(placement !== undefined && { placement }), parameters: all };
}

function named(spec: PolicySpec): PolicyDefinition {
  if (isPolicyPath(spec.name))
    refuse(`policy "${spec.name}" is a file; load it with await loadPolicy("${spec.name}"), and pass what it gives`);
  return registeredPolicy(spec, ".");
}

/** A scenario that has been through `defineScenario` or `loadScenario`. */
export function requireScenario(scenario: Scenario): void {
  if (typeof scenario === "object" && scenario !== null && Array.isArray(scenario.sources)) return;
  const hint = scenario instanceof Promise ? "await loadScenario(…) first" : "use defineScenario({ … }), or await loadScenario(path)";
  refuse(`this is not a scenario yet; ${hint}`);
}
