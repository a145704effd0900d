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

function kindOf(value: ParameterValue): string {
  if (typeof value === "number") return "a number";
  if (typeof value === "boolean") return "true or false";
  return typeof value === "string" ? "text" : "a list";
}
