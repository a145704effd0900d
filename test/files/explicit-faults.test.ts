// Every kind of fault, however it is said, is written explicitly so that it is read back without a fault and gives the same run.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FaultKind, WorkerFaultKind } from "../../src/faults/fault.ts";
import { FAULTS } from "../../src/faults/index.ts";
import { scenarioFrom } from "../../src/files/load-scenario.ts";
import { InputError } from "../../src/model/errors.ts";
import { MESSAGE_NAMES } from "../../src/model/network.ts";
import type { Scenario, Seeds, TaskFaultOptions, WorkerFaultOptions } from "../../src/model/scenario.ts";
import type { ScenarioInput } from "../../src/model/scenario-schema.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { runTwice } from "./explicit-runs.ts";

type FaultInput = NonNullable<ScenarioInput["faults"]>[number];

/** One of two workers that shrink; none of the three, one or all have less than those that grow. */
const CAPACITIES: FaultInput[] = [{ cpu: 1 }, { cpu: 2 }, { cpu: 3 }, { cpu: 1.5, resources: { gpu: 1 } }, { memory: "3GiB" }];

/** How each option of a fault may be said. */
const OF_WORKERS: Record<keyof WorkerFaultOptions, fc.Arbitrary<FaultInput>> = {
  speed: fc.constantFrom({ speed: 0.333 }, { speed: 1 }),
  drift: fc.constantFrom(0.5, 0.900_001 - 0.1, -0.250_001, -0.000_001).map((drift) => ({ drift })),
  capacity: fc.constantFrom(...CAPACITIES),
  loses: fc.constant({ loses: "disk" }),
  cycle: fc.constantFrom({ down: "1s", up: "1500ms" }, { down: 0.3, up: "1us" }),
  direction: fc.constantFrom("both", "from-worker", "to-worker").map((direction) => ({ direction })),
  messages: fc.uniqueArray(fc.constantFrom(...MESSAGE_NAMES), { minLength: 1, maxLength: 3 }).map((messages) => ({ messages })),
  probability: fc.constantFrom({ probability: 0.4 }, { probability: 1 }),
  by: fc.constantFrom({ by: "100ms" }, { by: 1.5 }),
};

const OF_TASKS: Record<keyof TaskFaultOptions, fc.Arbitrary<FaultInput>> = {
  at: fc.constantFrom({ at: "2s" }, { at: "1.000001s" }),
  for: fc.constant({ for: "5s" }),
  factor: fc.constantFrom({ factor: 1.7 }, { factor: 0 }),
  noise: fc.constant({ noise: 0.6 }),
  requeue: fc.boolean().map((requeue) => ({ requeue })),
  after: fc.constantFrom({ after: 0.5 }, { after: 1 }),
  restart: fc.constant({ restart: "2500ms" }),
};

const DISTRIBUTIONS: FaultInput[] = [
  {},
  { distribution: "constant" },
  { distribution: "weibull", shape: 1.5 },
  { distribution: "lognormal", cv: 1 },
  { distribution: "gamma", shape: 2 },
];

/** When a fault of workers may strike, and whom then. */
const FORMS: Record<string, fc.Arbitrary<FaultInput>> = {
  "by schedule": fc.constantFrom({ at: "3s", for: "4s" }, { at: 1.000001 }, { at: 5, permanent: true }),
  "by an anchor": fc
    .record({
      task: fc.constantFrom("a", "b", "d"),
      attempt: fc.constantFrom(1, 2),
      progress: fc.constantFrom(0, 0.5, 0.123456),
      lasts: fc.constantFrom({ for: "3s" }, {}),
    })
    .map(({ lasts, ...when }) => ({ when, ...lasts })),
  "by chance": fc
    .record({
      spread: fc.constantFrom(...DISTRIBUTIONS),
      lasts: fc.constantFrom<FaultInput>({ mttr: "2s" }, { mttr: "2s", per: "zone" }, { permanent: true }),
    })
    .map(({ spread, lasts }) => ({ mtbf: "6s", ...spread, ...lasts })),
};

const WHOM: Record<string, readonly FaultInput[]> = {
  "by schedule": [{}, { worker: "v" }, { worker: "w-1" }, { where: { zone: "a" } }, { clients: true }],
  "by an anchor": [{}, { worker: "v" }, { where: { zone: "a" } }, { worker: "its" }],
  "by chance": [{}, { worker: "w-2" }, { where: { zone: "a" } }, { clients: true }],
};

/** The options that it needs, and some of those that it takes beside. */
function optionsOf<Option extends string>(
  needs: readonly Option[],
  takes: readonly Option[],
  all: Record<Option, fc.Arbitrary<FaultInput>>,
): fc.Arbitrary<FaultInput> {
  const parts = [...needs.map((option) => all[option]), ...takes.map((option) => fc.option(all[option], { nil: {} }))];
  return fc.tuple(...parts).map((each) => Object.assign({}, ...each) as FaultInput);
}

function faultOf(kind: FaultKind, form: string): fc.Arbitrary<FaultInput> {
  if (kind.strikes === "workers") {
    const whom = (WHOM[form] as FaultInput[]).filter(({ clients }) => clients !== true || kind.takes?.includes("direction") === true);
    const when = FORMS[form] as fc.Arbitrary<FaultInput>;
    return fc
      .tuple(when, fc.constantFrom(...whom), optionsOf(kind.needs, kind.takes ?? [], OF_WORKERS))
      .map((parts) => Object.assign({ kind: kind.name }, ...parts) as FaultInput);
  }
  const whom = fc.constantFrom<FaultInput>({}, { task: "b" }, { probability: 0.5 });
  const oneOf = fc.constantFrom(undefined, ...(kind.needsOneOf ?? []));
  return oneOf
    .chain((one) => fc.tuple(whom, optionsOf(one === undefined ? kind.needs : [...kind.needs, one], kind.takes ?? [], OF_TASKS)))
    .map((parts) => Object.assign({ kind: kind.name }, ...parts) as FaultInput);
}

const NETWORKS: ScenarioInput["network"][] = [
  { latency: "20ms", clients: { latency: "50ms" } },
  { latency: { distribution: "exponential", mean: "300ms" }, loss: 0.05, reorder: true, clients: {} },
];

/** The scenario with these faults; undefined where it is refused under the seeds. */
function scenarioWith(
  faults: FaultInput[],
  network: ScenarioInput["network"],
  detail: "folded" | "messages",
  seeds: Seeds,
): Scenario | undefined {
  const input: ScenarioInput = {
    name: "explicit",
    cluster: {
      workers: [
        { id: "w", count: 2, cpu: 2, memory: "4GiB", labels: { zone: "a" }, resources: { gpu: 2 } },
        { id: "v", cpu: 1, memory: "2GiB", labels: { zone: "b" }, resources: { gpu: 1 } },
      ],
    },
    scheduler: {
      retries: { max: 2, countLost: true },
      notify: true,
      drift: 0.5,
      heartbeat: { interval: "1s", timeout: "3s" },
      lease: "4s",
    },
    tasks: [
      { id: "a", duration: "4s", memory: "1GiB" },
      { id: "b", duration: "6s", cpu: 2, timeout: "5s" },
      { id: "c", duration: { distribution: "exponential", mean: "3s" }, release: 2 },
      { id: "d", duration: "2s", dependencies: ["a"], resources: { gpu: 1 } },
      { id: "e", duration: "5s", cpu: 2, timeout: "8s", fails: [1] },
      { id: "f", duration: "3s", release: "4s", due: "9s" },
    ],
    actions: [{ at: "5s", status: "b" }],
    faults,
    ...(network && { network: { ...network, detail } }),
  };
  try {
    const scenario = scenarioFrom(input);
    drawWorld(scenario, seeds);
    return scenario;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

const strikesLinks = (kind: FaultKind) => kind.strikes === "workers" && (kind as WorkerFaultKind).effect({}).kind === "link";

const FORMS_OF = FAULTS.flatMap((kind) => (kind.strikes === "workers" ? Object.keys(FORMS) : ["of tasks"]).map((form) => ({ kind, form })));

describe("a fault of the registry, written explicitly", () => {
  test.each(FORMS_OF.map(({ kind, form }, index) => [`${kind.name} ${form}`, kind, form, index] as const))(
    "%s, gives the same run again",
    async (_, kind, form, index) => {
      const networks = strikesLinks(kind) ? NETWORKS : [undefined, ...NETWORKS];
      const faults = fc.array(faultOf(kind, form), { minLength: 1, maxLength: 2 });
      await fc.assert(
        fc.asyncProperty(
          faults,
          fc.constantFrom(...networks),
          fc.constantFrom("folded" as const, "messages" as const),
          fc.nat(99).map(String),
          async (all, network, detail, text) => {
            const seeds = { workload: text, faults: text, policy: text };
            const scenario = scenarioWith(all, network, detail, seeds);
            fc.pre(scenario !== undefined);
            const { first, second } = await runTwice("x.yaml", scenario, seeds, scenario.scheduler.policy);
            expect(second.row).toBe(first.row);
            expect(second.ending).toEqual(first.ending);
            expect(second.world.faults?.tracks.filter(({ episodes }) => "between" in episodes) ?? []).toEqual([]);
          },
        ),
        { seed: seed(5000 + index), numRuns: runs(12) },
      );
    },
  );
});
