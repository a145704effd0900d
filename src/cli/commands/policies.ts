// `makespan policies`: the registry, with what each policy does, its formula, source and objective.
import type { PolicyDefinition } from "../../policies/policy.ts";
import { type Command, isSet } from "../command.ts";
import { ExitCode } from "../exit-codes.ts";
import { policyNames } from "../choices.ts";
import type { Terminal } from "../terminal.ts";

export const policiesCommand: Command = {
  name: "policies",
  summary: "list the policies, or tell all about some",
  argument: {
    name: "policy",
    summary: "only these, with formula, source and options",
    several: true,
    optional: true,
    choices: policyNames,
  },
  options: { json: { summary: "print one JSON document with everything that is known of each" } },
  examples: [
    ["policies", "a line each"],
    ["policies wfp3 unicep", "formula, source, objective and options of these"],
    ["policies --json", "the same of all, for programs"],
  ],
  async run(args, terminal) {
    const { POLICIES } = await import("../../policies/index.ts");
    const chosen = args.given.length === 0 ? POLICIES : POLICIES.filter(({ name }) => args.given.includes(name));
    if (isSet(args, "json")) terminal.result(`${JSON.stringify(chosen.map(facts), undefined, 2)}\n`);
    else if (args.given.length === 0) terminal.result(overview(chosen, terminal));
    else terminal.result(chosen.map((policy) => details(policy, terminal)).join("\n"));
    return ExitCode.ok;
  },
};

function overview(policies: readonly PolicyDefinition[], terminal: Terminal): string {
  const width = Math.max(...policies.map(({ name }) => name.length));
  return policies.map(({ name, summary }) => `${terminal.style("bold", name.padEnd(width))}  ${summary}\n`).join("");
}

function details(policy: PolicyDefinition, terminal: Terminal): string {
  const lines = [
    ["rank", policy.formula],
    ["good for", policy.objective],
    ["source", policy.source],
    ["needs", policy.needs.join(", ")],
    ...optionsOf(policy),
  ];
  const given = lines.filter(([, text]) => text !== "");
  const width = Math.max(...given.map(([head = ""]) => head.length));
  const rows = given.map(([head = "", text = ""]) => `  ${terminal.style("dim", head.padEnd(width))}  ${text}\n`);
  return `${terminal.style("bold", policy.name)}: ${policy.summary}\n${rows.join("")}`;
}

/** What may follow the name: `sjf:blocking=true`. */
function optionsOf(policy: PolicyDefinition): [name: string, summary: string][] {
  const options: [string, string][] = [];
  if (policy.blocking !== undefined)
    options.push([":blocking=", `whether a pass ends at the first task that fits nowhere (default ${policy.blocking})`]);
  if (policy.takesPlacement) options.push([":placement=", "which worker a task goes to (default: the scenario's)"]);
  for (const [name, { summary, default: value }] of Object.entries(policy.parameters ?? {})) {
    options.push([`:${name}=`, value === undefined ? summary : `${summary} (default ${String(value)})`]);
  }
  return options;
}

/** What is known of a policy, as data. */
function facts(policy: PolicyDefinition): Record<string, unknown> {
  const { name, summary, formula, source, objective, order, needs, workConserving, scaleFree } = policy;
  return {
    name,
    summary,
    formula,
    source,
    objective,
    order,
    needs,
    workConserving,
    scaleFree,
    ...(policy.blocking !== undefined && { blocking: policy.blocking }),
    takesPlacement: policy.takesPlacement,
    dispatching: policy.dispatching ?? false,
    draws: policy.draws ?? false,
    parameters: policy.parameters ?? {},
  };
}
