// What is done between the repeats of a run to state that outlives runs, so that what a run brings back to its beginning shows too.
import type { Policy, PolicyDefinition, SchedulingPass } from "../policies/policy.ts";

type Call = (...given: unknown[]) => unknown;

/** What a pass is asked without anything being done. */
const QUESTIONS: ReadonlySet<string | symbol> = new Set(["arrivals", "status"]);

/** A run that is begun and given up: it moves whatever the policy counts, and nothing else. */
export interface Disturbance {
  /** It ends when the policy has been asked so often; what it starts or assigns in a pass counts too. */
  calls?: number;
  /** It ends after so many events. */
  events?: number;
  /** It ends at this part of the events of a whole run. */
  part?: number;
  /** Each rank is asked for so often: what only shows after many runs shows sooner. */
  times?: number;
}

/**
 * What precedes each repeat. State that one run does not bring back shows at the first; a counter of calls that a run does bring
 * back, whatever its period, at the second; one of runs with a period of up to 4 by the fourth. What is counted otherwise (certain
 * tasks, starts) is moved by another number each time.
 */
const DISTURBANCES: readonly (readonly Disturbance[])[] = [
  [],
  [{ calls: 1 }],
  [{ calls: 0 }, { calls: 2 }],
  [{ part: 1 / 2, times: 5 }],
  [{ events: 3 }, { events: 8 }, { part: 1 / 3 }],
  [{ events: 5 }],
  [{ calls: 5 }, { events: 13 }, { part: 2 / 3 }],
];

/** Runs of more events are repeated less often: they count further, and cost more. */
const MANY_EVENTS = 20_000;

/** What precedes each repeat of a run of so many events. */
export function disturbancesOf(events: number): readonly (readonly Disturbance[])[] {
  return events > MANY_EVENTS ? DISTURBANCES.slice(0, 4) : DISTURBANCES;
}

/** After how many events it ends, where a whole run has `whole`. */
export function lastEventOf({ events, part = 1 }: Disturbance, whole: number): number {
  return events ?? Math.ceil(whole * part);
}

/** The same policy, which breaks off or is asked more often. What comes of such a run is no result. */
export function disturbed(definition: PolicyDefinition, { calls = Number.POSITIVE_INFINITY, times = 1 }: Disturbance): PolicyDefinition {
  let left = calls;
  const counted =
    (receiver: object, ask: Call, often = 1): Call =>
    (...given) => {
      if (left-- <= 0) throw new Error("broken off");
      for (let more = 1; more < often; more++) Reflect.apply(ask, receiver, given);
      return Reflect.apply(ask, receiver, given);
    };
  const countedPass = (pass: SchedulingPass): SchedulingPass =>
    new Proxy(pass, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        return QUESTIONS.has(key) ? value.bind(target) : counted(target, value as Call);
      },
    });
  const create: PolicyDefinition["create"] = (context) => {
    const policy = definition.create(context);
    const { rank, line, schedule } = policy;
    const decide = schedule && counted(policy, schedule as Call);
    return {
      ...(rank && { rank: counted(policy, rank as Call, times) as NonNullable<Policy["rank"]> }),
      ...(line && { line: counted(policy, line as Call, times) as NonNullable<Policy["line"]> }),
      ...(decide && { schedule: (pass) => decide(countedPass(pass)) as undefined }),
    };
  };
  return { ...definition, create };
}
