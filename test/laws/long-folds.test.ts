// Where nothing happens for long but heartbeats, which draw how long they take and whether they are lost, they are computed far ahead:
// whoever waits too long for the other notices it at the same µs as where each is simulated, and nothing but that is an event.
import fc from "fast-check";
import { afterAll, describe, expect, test, vi } from "vitest";
import { defineScenario, EntryKind, type ScenarioInput, simulate } from "../../src/index.ts";
import { Reason } from "../../src/model/trace.ts";
import { SimulationCore } from "../../src/simulation.ts";
import { runs, seed } from "../fuzz-runs.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;

const LATENCIES: readonly NonNullable<ScenarioInput["network"]>["latency"][] = [
  0,
  "10ms",
  { distribution: "exponential", mean: "2ms" },
  { distribution: "exponential", mean: "30ms" },
  { distribution: "uniform", min: 0, max: "60ms" },
  { distribution: "lognormal", mean: "10ms", cv: 3 },
];

const FAULTS: Faults = [
  { kind: "pause" },
  { kind: "heartbeat-loss" },
  { kind: "partition", direction: "from-worker" },
  { kind: "partition", direction: "to-worker" },
  { kind: "message-loss", probability: 0.4 },
  { kind: "message-delay", by: "60ms" },
  { kind: "clock-drift", drift: -0.3 },
  { kind: "clock-drift", drift: -0.02 },
  { kind: "clock-drift", drift: 0.01 },
];

const detectors = fc.oneof(
  fc.record({ timeout: fc.constantFrom("110ms", "200ms", "300ms", "1s") }),
  fc.record({
    detector: fc.constant("phi" as const),
    threshold: fc.constantFrom(1, 3, 8),
    window: fc.constantFrom(1, 3, 10, 100),
    deviation: fc.constantFrom("0.1ms", "10ms", "100ms"),
  }),
);

const worlds: fc.Arbitrary<ScenarioInput> = fc.record({
  seed: fc.nat(1000),
  cluster: fc.integer({ min: 2, max: 3 }).map((count) => ({ workers: [{ id: "w", count, cpu: 1 }] })),
  scheduler: fc.record({
    heartbeat: detectors.map((detector) => ({ interval: "100ms", ...detector })),
    lease: fc.constantFrom("300ms", "500ms", "2s", "10s"),
    requeue: fc.constantFrom("lease-end" as const, "suspicion" as const),
    drift: fc.constantFrom(0, 0.5),
  }),
  network: fc.record({
    latency: fc.constantFrom(...LATENCIES),
    loss: fc.constantFrom(0, 0, 0.001, 0.01, 0.1),
    duplicate: fc.constantFrom(0, 0, 0.1),
    reorder: fc.boolean(),
  }),
  tasks: fc
    .array(fc.record({ duration: fc.constantFrom("3s", "30s", "150s"), release: fc.constantFrom(0, 0, "40s") }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((tasks) => tasks.map((task, i) => ({ id: `t${i}`, ...task }))),
  faults: fc.array(
    fc
      .record({ fault: fc.constantFrom(...FAULTS), at: fc.nat(80_000), for: fc.constantFrom("70ms", "500ms", "50s") })
      .map(({ fault, at, for: lasting }) => ({ ...fault, worker: "w-1", at: `${at}ms`, for: lasting })),
    { maxLength: 2 },
  ),
}) as fc.Arbitrary<ScenarioInput>;

function run(world: ScenarioInput, detail: "folded" | "messages") {
  const network = { ...world.network, detail } as NonNullable<ScenarioInput["network"]>;
  return simulate(defineScenario({ ...world, network }), { storeTrace: true, maxTime: "10m" });
}

/** Where the scheduler gives up first what a worker holds: its clock is slower than is allowed for, and messages are lost. */
function givenUpEarly(detector: object): ScenarioInput {
  return {
    cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
    scheduler: { heartbeat: { interval: "100ms", ...detector }, lease: "300ms" },
    network: { latency: { distribution: "exponential", mean: "2ms" }, loss: 0.1 },
    tasks: [{ id: "t", duration: "5m" }],
    faults: [{ kind: "clock-drift", worker: "w-1", at: "1s", drift: -0.3 }],
  };
}

// What is noticed too late would be planned for a time that has passed.
const { plan } = SimulationCore.prototype;
const planned = vi.spyOn(SimulationCore.prototype, "plan").mockImplementation(function (this: SimulationCore, ...event) {
  if (event[0] < this.now) throw new Error(`an event is planned for ${event[0]} at ${this.now}`);
  plan.apply(this, event);
});
afterAll(() => planned.mockRestore());

const seen = { suspicions: 0, workerLeases: 0, schedulerLeases: 0 };

test.each(["phi", "timeout"])("folded and message by message alike, for long: %s", (detector) => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { heartbeat } = world.scheduler as { heartbeat: { detector?: string } };
      fc.pre((heartbeat.detector ?? "timeout") === detector);
      const [folded, single] = [run(world, "folded"), run(world, "messages")];
      expect(folded.digest).toBe(single.digest);
      expect(folded.ending).toEqual(single.ending);
      for (const { kind, reason } of single.trace.entries) {
        if (kind === EntryKind.suspected) seen.suspicions += 1;
        else if (kind === EntryKind.ended && reason === Reason.lease) seen.workerLeases += 1;
        else if (kind === EntryKind.requeued && reason === Reason.lease) seen.schedulerLeases += 1;
      }
    }),
    {
      seed: seed(71),
      numRuns: runs(60),
      examples: [[givenUpEarly(detector === "phi" ? { detector, threshold: 30 } : { timeout: "1s" })]],
    },
  );
});

test("somebody waited too long for each reason", () => {
  expect(seen.suspicions).toBeGreaterThan(1000);
  expect(seen.workerLeases).toBeGreaterThan(20);
  expect(seen.schedulerLeases).toBeGreaterThan(20);
});

describe("an hour of heartbeats in which nobody waits too long is no event, but for looks ahead now and then", () => {
  const ending = (input: Partial<ScenarioInput>) =>
    simulate(
      defineScenario({
        cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
        tasks: [
          { id: "a", duration: "1h" },
          { id: "b", duration: "59m" },
        ],
        ...input,
      }),
      { maxEvents: 100 },
    ).ending.kind;
  const latency = { distribution: "exponential", mean: "1ms" } as const;
  const phi: ScenarioInput["scheduler"] = { heartbeat: { detector: "phi" } };
  const slow: Partial<ScenarioInput> = {
    scheduler: { ...phi, drift: 0.01 },
    faults: [{ kind: "clock-drift", worker: "w-1", at: "1m", drift: -0.01 }],
  };

  test.each<[string, Partial<ScenarioInput>]>([
    ["a timeout, latency that is drawn", { network: { latency } }],
    ["phi, latency that is drawn", { network: { latency }, scheduler: phi }],
    [
      "phi, messages that are lost, and a threshold that allows for it",
      { network: { latency, loss: 0.001 }, scheduler: { heartbeat: { detector: "phi", threshold: 60 } } },
    ],
    ["a slow clock, messages that arrive at once", { ...slow, scheduler: { drift: 0.01 } }],
    ["phi, a slow clock, messages that arrive at once", slow],
    ["phi, a slow clock", { network: { latency: "1ms" }, ...slow }],
    ["phi, a slow clock, latency that is drawn", { network: { latency }, ...slow }],
  ])("%s", (_, input) => {
    expect(ending(input)).toBe("complete");
    expect(ending({ ...input, network: { ...input.network, detail: "messages" } as NonNullable<ScenarioInput["network"]> })).toBe(
      "max-events",
    );
  });
});
