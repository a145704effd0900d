// What tasks have beside their columns as a scenario file says it: in short, where the scenario says it of all tasks.
import type { CheckpointPlan } from "../model/checkpoint.ts";
import type { EnvironmentPlan } from "../model/environment.ts";
import type { TaskProfile } from "../model/task-profile.ts";
import type { AskPlan } from "../model/asks.ts";
import { ELASTIC, type Speedup } from "../model/elastic.ts";
import { DISK, STANDARD_DIMENSIONS } from "../model/resources.ts";
import { durationText, unitText } from "./quantity-text.ts";

/** The keys of a task, or of a template, among others of which `usual` holds. */
export function profileKeys(profile: TaskProfile | undefined, usual: TaskProfile | undefined): Record<string, unknown> {
  if (profile === usual) return {};
  const isUsual = (key: keyof TaskProfile) => isSame(profile?.[key], usual?.[key]);
  return {
    ...(!isUsual("checkpoint") && { checkpoint: profile?.checkpoint === undefined ? "none" : checkpointText(profile.checkpoint) }),
    ...(!isUsual("environment") && { environment: profile?.environment === undefined ? "none" : environmentText(profile.environment) }),
    ...(!isUsual("straggle") && { straggle: profile?.straggle ?? "none" }),
  };
}

/** Whether two profiles say the same. */
export function isLike(one: TaskProfile | undefined, other: TaskProfile | undefined): boolean {
  return (
    one === other ||
    (isSame(one?.checkpoint, other?.checkpoint) &&
      isSame(one?.environment, other?.environment) &&
      isSame(one?.straggle, other?.straggle) &&
      isSame(one?.elastic, other?.elastic) &&
      isSame(askText(one?.asks), askText(other?.asks)))
  );
}

/** The keys of a task that may hold more than it requests, in place of those that say its requests. */
export function elasticKeys(profile: TaskProfile | undefined, request: readonly unknown[]): Record<string, unknown> {
  const plan = profile?.elastic;
  if (plan === undefined) return {};
  const keys: Record<string, unknown> = {};
  const speedups: Record<string, unknown> = {};
  for (const dimension of ELASTIC) {
    const stretch = plan[dimension];
    if (stretch === undefined) continue;
    const key = STANDARD_DIMENSIONS[dimension];
    keys[key] = { min: unitText(dimension, request[dimension] as number), max: unitText(dimension, stretch.most) };
    speedups[key] = speedupText(stretch.speedup, dimension);
  }
  const { cpu, ...others } = speedups;
  if (Object.keys(others).length > 0) return { ...keys, speedup: speedups };
  return cpu === "linear" ? keys : { ...keys, speedup: cpu };
}

/** The keys of a task that asks for anything while it runs, or claims. */
export function askKeys(profile: TaskProfile | undefined, dimensions: readonly string[]): Record<string, unknown> {
  const plan = profile?.asks;
  if (plan === undefined) return {};
  const asks = plan.asks.map(({ after, amounts }) => ({ after, ...heldText(amounts, dimensions) }));
  return { ...(asks.length > 0 && { asks }), ...(plan.claim !== undefined && { claim: heldText(plan.claim, dimensions) }) };
}

function heldText(amounts: ReadonlyMap<number, number>, dimensions: readonly string[]): Record<string, unknown> {
  const keys: Record<string, unknown> = {};
  const resources: Record<string, unknown> = {};
  for (const [d, amount] of amounts) (d < STANDARD_DIMENSIONS.length ? keys : resources)[dimensions[d] as string] = unitText(d, amount);
  return { ...keys, ...(Object.keys(resources).length > 0 && { resources }) };
}

function askText(plan: AskPlan | undefined): object | undefined {
  return plan && { asks: plan.asks.map(({ after, amounts }) => [after, ...amounts]), claim: plan.claim && [...plan.claim] };
}

function speedupText(speedup: Speedup, dimension: number): unknown {
  if (speedup.kind === "linear") return "linear";
  if (speedup.kind === "amdahl") return { amdahl: speedup.parallel };
  return { table: Object.fromEntries(speedup.points.map(([amount, factor]) => [String(unitText(dimension, amount)), factor])) };
}

function isSame(one: object | undefined, other: object | undefined): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function environmentText({ kind, options }: EnvironmentPlan): Record<string, unknown> {
  const { image, times, size, warm, keep, fails } = options;
  return {
    kind,
    ...(image !== undefined && { image }),
    ...Object.fromEntries(Object.entries(times).map(([stage, time]) => [stage, durationText(time)])),
    ...(size !== undefined && { size: unitText(DISK, size) }),
    ...(warm !== undefined && { warm: durationText(warm) }),
    ...(keep !== undefined && { keep: durationText(keep) }),
    ...(Object.keys(fails).length > 0 && { fails }),
  };
}

export function checkpointText({ every, cost, restore, storage, mtbf }: CheckpointPlan): Record<string, unknown> {
  return {
    ...(every !== undefined && { every: every === "auto" ? every : durationText(every) }),
    ...(cost > 0 && { cost: durationText(cost) }),
    ...(restore > 0 && { restore: durationText(restore) }),
    ...(storage !== "shared" && { storage }),
    ...(mtbf !== undefined && { mtbf: durationText(mtbf) }),
  };
}
