// Expressions to rank by, for suites that run every policy: one of each form, and the policies that need none.
import { POLICIES, policyOfSpec } from "../src/policies/index.ts";
import type { PolicyDefinition } from "../src/policies/policy.ts";

/** The policy of an expression, as a spec gives it. */
export function expressionOf(rank: string): PolicyDefinition {
  return policyOfSpec({ name: "expression", parameters: { rank } })!;
}

/** Policies that are whole by their name. */
export const NAMED_POLICIES = POLICIES.filter(({ name }) => name !== "expression");

/** Of every form; finite whatever a task holds. */
export const EXPRESSIONS: readonly PolicyDefinition[] = [
  "max(estimate, 0.000002) * (cpu + 1) - slots", // static
  "priority - 0.5 * wait", // static: aging with one slope
  "-wait * log(estimate + 2) / (slots + 1)", // lines
  "max(wait, estimate) - now * priority", // dynamic
  "wait * (bottomLevel - 0.000003)", // dynamic: the slope may change
  "estimate * (queueLength - 3) - cpu", // dynamic: of the queue
].map(expressionOf);

/** How a suite names a policy: an expression by its text. */
export function nameOf({ name, formula }: PolicyDefinition): string {
  return name === "expression" ? `expression ${formula}` : name;
}
