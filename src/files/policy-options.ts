// What is wrong with the name and options of a policy.
import { didYouMean } from "../model/nearest.ts";
import { unknownKey } from "../model/quantity-schema.ts";
import type { ParameterValue, PolicySpec } from "../model/settings.ts";
import { POLICIES } from "../policies/index.ts";
import type { PolicyDefinition } from "../policies/policy.ts";

/** What is said of a name that is no policy's. */
export function unknownPolicy(name: string): string {
  const names = POLICIES.map((policy) => policy.name);
  const hint = didYouMean(name, names);
  return `policy "${name}" is not known${hint === "" ? `; known are ${names.join(", ")}, and files (./my-policy.ts)` : hint}`;
}

/** What is wrong with an option, by its key: the option itself, or its value. */
export interface OptionFault {
  option: string;
  part: "key" | "value";
  message: string;
}

/** Options that the policy does not take, or not with such a value; one fault each. */
export function policyOptionFaults(spec: PolicySpec, policy: PolicyDefinition): OptionFault[] {
  const faults: OptionFault[] = [];
  const parameters = policy.parameters ?? {};
  const takesBlocking = policy.blocking !== undefined;
  const known = [...(takesBlocking ? ["blocking"] : []), ...(policy.takesPlacement ? ["placement"] : []), ...Object.keys(parameters)];
  const refuse = (option: string, part: OptionFault["part"], message: string) => faults.push({ option, part, message });
  if (spec.blocking !== undefined && !takesBlocking) refuse("blocking", "key", `policy "${policy.name}" takes no option blocking`);
  if (spec.placement !== undefined && !policy.takesPlacement)
    refuse("placement", "key", `policy "${policy.name}" takes no option placement`);
  for (const [option, value] of Object.entries(spec.parameters)) {
    const parameter = Object.hasOwn(parameters, option) ? parameters[option] : undefined;
    if (parameter === undefined) {
      refuse(
        option,
        "key",
        known.length === 0
          ? `policy "${policy.name}" takes no options`
          : `${unknownKey(option, known)} (options of policy "${policy.name}")`,
      );
    } else if (parameter.default !== undefined && kindOf(parameter.default) !== kindOf(value)) {
      refuse(option, "value", `${option} of policy "${policy.name}" is ${kindOf(parameter.default)}, such as ${String(parameter.default)}`);
    } else {
      for (const message of parameter.faults?.(value) ?? []) refuse(option, "value", `policy "${policy.name}": ${message}`);
    }
  }
  return faults;
}

/** Options that no registered policy takes, or none with such a value: what can be said where it is not known which policy is meant. */
export function anyPolicyFaults(spec: PolicySpec): OptionFault[] {
  const known = new Set(["blocking", "placement", ...POLICIES.flatMap(({ parameters }) => Object.keys(parameters ?? {}))]);
  return Object.entries(spec.parameters).flatMap(([option, value]): OptionFault[] => {
    if (!known.has(option)) return [{ option, part: "key", message: `${unknownKey(option, [...known])} (options of policies)` }];
    const taking = POLICIES.filter(({ parameters }) => Object.hasOwn(parameters ?? {}, option));
    const wrong = taking.map((policy) => policyOptionFaults({ name: policy.name, parameters: { [option]: value } }, policy));
    return wrong.every((faults) => faults.length > 0) ? (wrong[0] ?? []) : [];
  });
}

function kindOf(value: ParameterValue): string {
  if (typeof value === "number") return "a number";
  if (typeof value === "boolean") return "true or false";
  return typeof value === "string" ? "text" : "a list";
}
