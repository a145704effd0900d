// The check of determinism finds state that outlives a run, even where a whole run brings it back to where it began.
import { describe, expect, test } from "vitest";
import { compare } from "../../src/experiment/compare.ts";
import { disturbed } from "../../src/experiment/disturbance.ts";
import { loadScenario } from "../../src/files/load-scenario.ts";
import { POLICIES } from "../../src/policies/index.ts";
import { definePolicy, type PolicyDefinition, type PolicyInput } from "../../src/policies/policy.ts";
import { SECOND } from "../../src/model/units.ts";
import { temporaryFolders } from "../files/temporary-folder.ts";
import { drawnScenario } from "./scenarios.ts";

const folder = temporaryFolders();

const check = (policy: PolicyDefinition, tasks: number) =>
  compare([drawnScenario("bag", tasks)], { policies: [policy], seeds: ["1"], checkDeterminism: true });
/** Of the user's, as far as the check can tell. */
const mine = (policy: Omit<PolicyInput, "name">) => definePolicy({ name: "mine", ...policy } as PolicyInput);

const HARD: [what: string, tasks: number, policy: () => PolicyDefinition][] = [
  ...Array.from({ length: 12 }, (_, i): [string, number, () => PolicyDefinition] => {
    const period = i + 2;
    return [`a counter of period ${period} that a run brings back`, period * 8, () => countingCalls((calls) => calls % period)];
  }),
  ...Array.from({ length: 12 }, (_, i): [string, number, () => PolicyDefinition] => {
    const period = i + 2;
    return [
      `a counter of period ${period} that a run and one call bring back`,
      period * 8 - 1,
      () => countingCalls((calls) => calls % period),
    ];
  }),
  ["a boolean that is toggled", 40, () => toggling()],
  ["a counter that matters after many runs", 40, () => countingCalls((calls) => (calls > 240 ? -1 : 1), true)],
  ["a counter of runs that matters every second time", 40, () => countingRuns((runs) => runs % 2 === 0)],
  ["a counter of runs that matters every third time", 40, () => countingRuns((runs) => runs % 3 === 0)],
  [
    "a counter of certain tasks",
    40,
    () => {
      let seen = 0;
      return mine({ rank: ({ position }) => (position % 5 === 0 ? seen++ % 2 : 0) });
    },
  ],
  [
    "a counter of starts in a plan",
    40,
    () => {
      let starts = 0;
      return mine({
        schedule(pass) {
          const queue = [...pass.queue];
          for (const worker of pass.workers) {
            const at = queue.findIndex((task) => pass.workers.fits(task, worker));
            if (at >= 0) pass.start(queue.splice(starts++ % 2 === 0 ? at : queue.length - 1, 1)[0]!, worker);
          }
        },
      });
    },
  ],
];

function countingCalls(rank: (calls: number) => number, byPosition = false): PolicyDefinition {
  let calls = 0;
  return mine({ rank: ({ position }) => rank(calls++) * (byPosition ? position : 1) });
}

function countingRuns(isDown: (runs: number) => boolean): PolicyDefinition {
  let runs = 0;
  return mine({
    create: () => {
      const sign = isDown(++runs) ? -1 : 1;
      return { rank: ({ position }) => sign * position };
    },
  });
}

function toggling(): PolicyDefinition {
  let up = false;
  return mine({
    rank: ({ position }) => {
      up = !up;
      return up ? position : -position;
    },
  });
}

describe("is found with a single run:", () => {
  test.each(HARD)("%s", async (_, tasks, policy) => {
    await expect(check(policy(), tasks)).rejects.toThrow(/^bag, policy mine, seed 1: two runs differ/);
  });
});

test("it is found in a file, which begins anew with each run", async () => {
  const path = `${folder({ "counter.mjs": `let n = 0;\nexport default { name: "counter", rank: () => n++ % 2 };\n` })}/counter.mjs`;
  const policies = [{ name: path, parameters: {} }];
  const checked = compare([drawnScenario("bag", 40)], { policies, seeds: ["1"], jobs: 1, checkDeterminism: true });
  await expect(checked).rejects.toThrow(/the first entry that differs is number/);
});

describe("is not blamed:", () => {
  const ordinary = POLICIES.filter(({ name }) => name !== "fixed-order" && name !== "expression");
  // Copies, so that they are taken for a user's; those that take turns do so every 10 min.
  const copy = (policy: PolicyDefinition) => ({ ...policy, ...(policy.quantum !== undefined && { quantum: 600 * SECOND }) });
  test.each(ordinary.map((policy): [string, PolicyDefinition] => [policy.name, copy(policy)]))("%s", async (_, policy) => {
    const nightly = await loadScenario("nightly-pipelines", {
      set: policy.preempts === true ? ["scheduler.preemption={ mode: suspend }"] : [],
    });
    const checked = compare([nightly.scenario], { policies: [policy], seeds: ["1"], checkDeterminism: true });
    await expect(checked).resolves.toMatchObject({ failedRuns: [] });
  });

  test("state of one run", async () => {
    const policy = mine({
      create: () => {
        let calls = 0;
        return { rank: () => calls++ % 3 };
      },
    });
    await expect(check(policy, 60)).resolves.toMatchObject({ failedRuns: [] });
  });

  test("a policy that fails, for more than its failure", async () => {
    const policy = mine({ rank: () => Number.NaN });
    await expect(check(policy, 60)).resolves.toMatchObject({ exitCode: 3 });
  });
});

test("a disturbed policy keeps its receiver, breaks off after so many calls, and asks for ranks so often", () => {
  class Mine {
    readonly asked: number[] = [];
    rank(): number {
      return this.asked.push(this.asked.length);
    }
  }
  const made: Mine[] = [];
  const definition = mine({ create: () => made[made.push(new Mine()) - 1] as Mine });
  const policy = disturbed(definition, { calls: 2, times: 3 }).create(undefined as never);
  const rank = () => policy.rank?.(undefined as never, 0);
  expect([rank(), rank()]).toEqual([3, 6]);
  expect(rank).toThrow("broken off");
  expect(made).toHaveLength(1);
});
