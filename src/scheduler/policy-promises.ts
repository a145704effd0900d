// What a run may rely on of its policy: what that is defined as, under the settings of the run.
import { formatPolicySpec, type SchedulerSettings } from "../model/settings.ts";
import type { PolicyPromises } from "../model/trace.ts";
import type { PolicyDefinition } from "../policies/policy.ts";

/** What the settings make of a policy's promises. */
export function promisesOf(policy: PolicyDefinition, settings: SchedulerSettings): PolicyPromises {
  const blocking = settings.policy.blocking ?? policy.blocking ?? false;
  return {
    text: formatPolicySpec(settings.policy),
    order: policy.order,
    blocking,
    workConserving: policy.workConserving && !blocking && policy.dispatching !== true,
    dispatching: policy.dispatching ?? false,
    preempts: policy.preempts === true && settings.preemption !== undefined,
    ...(policy.quantum !== undefined && { quantum: policy.quantum }),
    scaleFree: policy.scaleFree,
  };
}
