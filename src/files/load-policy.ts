// Policies by name or from a user's file (TypeScript or JavaScript, without a build step), with their options checked.
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Fault, faultAt, InputError, PolicyError, refuse } from "../model/errors.ts";
import { isPolicyPath, type PolicySpec } from "../model/settings.ts";
import { together } from "../model/together.ts";
import { fixedOrder } from "../policies/fixed-order.ts";
import { policyNamed, policyOfSpec } from "../policies/index.ts";
import { definePolicy, type PolicyContext, type PolicyDefinition, type PolicyInput, policyKeyFaults, RULES } from "../policies/policy.ts";
import { describeFileError, noSuchFile } from "./file-errors.ts";
import { callerOf, shortPath } from "./guard.ts";
import { policyOptionFaults, unknownPolicy } from "./policy-options.ts";

const FORM = "export default definePolicy({ name, rank: (task, now) => … })";

/**
 * The definition of a policy: a registered one, or the default export (or the export `policy`) of a file, whose path starts from
 * `directory`. Unknown names and options, and whatever is wrong with the file, are an InputError.
 *
 * A file is evaluated anew each time, so that what it holds at module level begins anew. It must not end the process while it is
 * loaded: that is a PolicyError.
 */
export async function resolvePolicy(spec: PolicySpec, directory: string = process.cwd()): Promise<PolicyDefinition> {
  if (!isPolicyPath(spec.name)) return registeredPolicy(spec, directory);
  let wrong: Fault[];
  try {
    const policy = await policyOfFile(spec.name, directory);
    wrong = optionFaults(spec, policy);
    if (wrong.length === 0)
      return policy.specialise === undefined ? policy : definePolicy(policy.specialise(spec.parameters) as PolicyInput);
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    const faults = error instanceof InputError ? error.faults : [{ message: loadFault(error, spec.name, resolve(directory, spec.name)) }];
    throw new InputError(faults.map(({ message }) => faultAt(spec.places?.name ?? {}, message)));
  }
  throw new InputError(wrong);
}

/** The registered policy of that name, for its parameters; the list of a fixed order is read from its file. */
export function registeredPolicy(spec: PolicySpec, directory: string): PolicyDefinition {
  const policy = policyNamed(spec.name);
  if (policy === undefined) return refuse(unknownPolicy(spec.name));
  const wrong = optionFaults(spec, policy);
  if (wrong.length > 0) throw new InputError(wrong);
  const { file, order } = spec.parameters;
  if (policy !== fixedOrder || file === undefined) return policyOfSpec(spec) ?? policy;
  const [list] = together(
    () => readList(String(file), directory),
    () => order === undefined || refuse("policy fixed-order takes order or file, not both"),
  );
  return followingList(policy, list);
}

/** What is wrong with the options, at their places. */
function optionFaults(spec: PolicySpec, policy: PolicyDefinition): Fault[] {
  const { places } = spec;
  return policyOptionFaults(spec, policy).map(({ option, part, message }) =>
    faultAt(places?.options[option]?.[part] ?? places?.name ?? {}, message),
  );
}

/** One entry a line; empty lines and those that begin with # are passed over. */
function readList(file: string, directory: string): string[] {
  let text: string;
  try {
    text = readFileSync(resolve(directory, file), "utf8");
  } catch (error) {
    return refuse(describeFileError(error, "read", file));
  }
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** The policy with its parameter `order` filled in from elsewhere, so that its text stays short. */
function followingList(policy: PolicyDefinition, order: readonly string[]): PolicyDefinition {
  const withOrder = (context: PolicyContext): PolicyContext => ({
    parameters: { ...context.parameters, order },
    priorityOrder: context.priorityOrder,
    workers: context.workers,
    origin: context.origin,
    get queueLength() {
      return context.queueLength;
    },
    positionOf: (id) => context.positionOf(id),
    draw: (task, index) => context.draw(task, index),
  });
  return {
    ...policy,
    faults: (parameters, world, doubts) => policy.faults?.({ ...parameters, order }, world, doubts) ?? [],
    create: (context) => policy.create(withOrder(context)),
  };
}

/** Why the file of a policy cannot be one, before it is looked into; undefined where it may. */
export function unfitPolicyFile(name: string, path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return noSuchFile(name, path);
  if (found.isDirectory())
    return `policy ${name}: it is a folder; name the file in it that has the policy, such as ${join(name, "policy.ts")}`;
  if (/\.[cm]?[jt]s$/i.test(path)) return undefined;
  return `policy ${name}: it is not a module of TypeScript or JavaScript (.ts, .mts, .js or .mjs); write one with ${FORM}`;
}

async function policyOfFile(name: string, directory: string): Promise<PolicyDefinition> {
  const path = resolve(directory, name);
  const unfit = unfitPolicyFile(name, path);
  if (unfit !== undefined) refuse(unfit);
  const { evaluateAfresh } = await import("./policy-module.ts");
  let loaded: Record<string, unknown>;
  try {
    loaded = await evaluateAfresh(path);
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    return refuse(loadFault(error, name, path));
  }
  return policyOfModule(loaded, name);
}

/** What went wrong in the file, at its line. */
function loadFault(error: unknown, name: string, path: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const parse = /^ParseError:\s*(.*?)\s*\n\s*(.+):(\d+):\d+\s*$/s.exec(message);
  if (parse !== null) return `${shortPath(parse[2] as string)}:${parse[3]}: ${parse[1]}`;
  const missing = /^Cannot find (?:module|package) '([^']*)'/.exec(message);
  if (missing !== null) return `policy ${name}: it imports "${missing[1]}", which is not there`;
  const place = error instanceof Error ? callerOf(error.stack ?? "") : undefined;
  return `${place ?? shortPath(path)}: ${message.split("\n", 1)[0]}`;
}

function policyOfModule(loaded: Record<string, unknown>, name: string): PolicyDefinition {
  const candidate = loaded.default ?? loaded.policy ?? ("name" in loaded ? loaded : undefined); // module.exports = { name, … }
  if (typeof candidate !== "object" || candidate === null) {
    refuse(`policy ${name}: it exports no policy as default or as "policy"; write ${FORM}`);
  }
  const policy = candidate as Record<string, unknown>;
  const faults = shapeFaults(policy).map((message) => ({ message: `policy ${name}: ${message}; write ${FORM}` }));
  if (faults.length > 0) throw new InputError(faults);
  return definePolicy(policy as unknown as PolicyInput);
}

const ORDERS = ["static", "line", "dynamic", "plan"];

/** What is wrong with an object that should be a policy. */
function shapeFaults(policy: Record<string, unknown>): string[] {
  const faults: string[] = [];
  const check = (holds: boolean, message: string) => holds || faults.push(message);
  const { name, order, blocking, parameters, needs } = policy;
  check(typeof name === "string" && name !== "", "its name must be a text");
  faults.push(...policyKeyFaults(policy));
  for (const rule of RULES) check(policy[rule] === undefined || typeof policy[rule] === "function", `its ${rule} must be a function`);
  check(order === undefined || ORDERS.some((known) => known === order), `its order must be one of ${ORDERS.join(", ")}`);
  check(blocking === undefined || typeof blocking === "boolean", "its blocking must be true or false");
  check(
    parameters === undefined || (typeof parameters === "object" && parameters !== null && Object.values(parameters).every(isMap)),
    "its parameters must be { name: { summary, default } }",
  );
  check(needs === undefined || Array.isArray(needs), "its needs must be a list of task fields");
  return faults;
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
