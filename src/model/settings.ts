// How the scheduler of a scenario is set: the policy by name and parameters, and everything beside it.
import { refuse } from "./errors.ts";
import { didYouMean } from "./nearest.ts";
import type { Duration } from "./units.ts";

export const PLACEMENTS = ["first-fit", "best-fit", "worst-fit", "least-loaded", "round-robin", "random"] as const;
/** Which worker a task goes to, of those with room. */
export type Placement = (typeof PLACEMENTS)[number];

export type ParameterValue = string | number | boolean | readonly string[];

/** A policy as a scenario or the command line names it. */
export interface PolicySpec {
  /** A registered name, or the path of a user's file (it then holds a `/` or ends in .ts, .js or .mjs). */
  name: string;
  blocking?: boolean;
  placement?: Placement;
  parameters: Record<string, ParameterValue>;
}

/** When the scheduler looks at its queue: once per instant, after each event, or in cycles. */
export type PassMode = "instant" | "event" | { every: Duration };

export interface SchedulerSettings {
  policy: PolicySpec;
  placement: Placement;
  priorityOrder: "lower-first" | "higher-first";
  onDependencyFailure: "skip" | "fail";
  estimates: "user" | "exact" | "none" | { noise: number };
  pass: PassMode;
  /** Virtual time that a pass takes: `perPass` + `perTask` × tasks ready at its start. */
  decisionTime: { perPass: Duration; perTask: Duration };
  /** How stale the order of a dynamic policy may get above 10,000 queued tasks. */
  rerank?: Duration;
}

export const DEFAULT_SETTINGS: SchedulerSettings = {
  policy: { name: "fcfs", parameters: {} },
  placement: "first-fit",
  priorityOrder: "lower-first",
  onDependencyFailure: "skip",
  estimates: "user",
  pass: "instant",
  decisionTime: { perPass: 0, perTask: 0 },
};

/** Whether a policy's name is the path of a file. */
export function isPolicyPath(name: string): boolean {
  return name.includes("/") || /\.(ts|mts|js|mjs)$/.test(name);
}

/** `sjf:blocking=true:placement=best-fit`, the text that the `policy` column holds. */
export function formatPolicySpec(spec: PolicySpec): string {
  const options: string[] = [];
  if (spec.blocking !== undefined) options.push(`blocking=${spec.blocking}`);
  if (spec.placement !== undefined) options.push(`placement=${spec.placement}`);
  for (const [key, value] of Object.entries(spec.parameters)) {
    options.push(`${key}=${Array.isArray(value) ? value.join(" ") : String(value)}`);
  }
  return [spec.name, ...options].join(":");
}

/** The reverse of `formatPolicySpec`; also after a path (`./my.ts:alpha=2`). Refuses what is not `key=value`. */
export function parsePolicySpec(text: string): PolicySpec {
  const [name = "", ...options] = text.split(":");
  if (name === "") refuse(`policy "${text}" has no name`);
  const spec: PolicySpec = { name, parameters: {} };
  for (const option of options) {
    const equals = option.indexOf("=");
    if (equals < 1) refuse(`policy "${text}": "${option}" is not key=value (such as blocking=true)`);
    const key = option.slice(0, equals);
    const value = option.slice(equals + 1);
    if (key === "blocking") {
      if (value !== "true" && value !== "false") refuse(`policy "${text}": blocking is true or false, not "${value}"`);
      spec.blocking = value === "true";
    } else if (key === "placement") {
      if (!isPlacement(value)) refuse(`policy "${text}": placement "${value}" is not known${didYouMean(value, PLACEMENTS)}`);
      spec.placement = value;
    } else {
      spec.parameters[key] = parameterValue(value);
    }
  }
  return spec;
}

function isPlacement(text: string): text is Placement {
  return (PLACEMENTS as readonly string[]).includes(text);
}

function parameterValue(text: string): ParameterValue {
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}
