// The token of a start, by hand: the term of who sends it, and where its assignment stands in the log. Workers begin nothing by an older one.
import { describe, expect, test } from "vitest";
import { judge } from "../../src/oracle/index.ts";
import { LogStep } from "../../src/model/log-entry.ts";
import { MessageFate, MessageKind } from "../../src/model/network.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { defineScenario, EntryKind, Reason, type ScenarioInput, simulate, type Trace } from "../../src/index.ts";

type Scheduler = NonNullable<ScenarioInput["scheduler"]>;

function traceOf(input: Partial<ScenarioInput>, snapshotEvery: number, scheduler: Scheduler): Trace {
  const scenario = defineScenario({
    name: "tokens",
    cluster: { workers: [{ id: "w", cpu: 1 }] },
    network: { latency: "1ms", reorder: true, detail: "messages" },
    ...input,
    scheduler: { replicas: { count: 3, latency: "2ms", sync: "3ms", snapshotEvery }, ...scheduler },
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

/** Tokens of starts of a task that met with a fate, by attempt. */
const tokens = ({ messages = [] }: Trace, task: number, fate: MessageFate) =>
  messages
    .filter((one) => one.kind === MessageKind.start && one.task === task && one.fate === fate)
    .map(({ attempt, term, index }) => `${attempt}: (${term}, ${index})`);

/** Where the log assigns attempts of a task, by any replica's word. */
const assignments = ({ log = [] }: Trace, task: number) => [
  ...new Set(log.filter((one) => one.step === LogStep.applied && one.task === task).map(({ index }) => index)),
];

const violations = (trace: Trace) => judge(trace).flatMap(({ id, violation }) => (violation ? [`${id}: ${violation.message}`] : []));

describe("the token of a start", () => {
  test("stays what it was when another leads that has the assignment from a snapshot, but for the term", () => {
    const trace = traceOf(
      {
        tasks: Array.from({ length: 9 }, (_, i) => ({ id: `t${i + 1}`, duration: "1s", release: i })),
        actions: [{ at: "20s", transfer: "r-1" }],
        faults: [
          { kind: "message-loss", messages: ["start"], at: 0, for: "30s" },
          { kind: "crash", replica: "r-1", at: "12s", for: "2s", loses: "disk" },
        ],
      },
      4,
      { lease: "10m" },
    );
    const [assigned] = assignments(trace, 0);
    const installed = trace.log?.find(({ step, replica }) => step === LogStep.installed && replica === 0);
    expect(installed?.index).toBeGreaterThan(assigned as number);
    expect([...new Set(tokens(trace, 0, MessageFate.lost))]).toEqual([`1: (1, ${assigned})`, `1: (2, ${assigned})`]);
    expect(tokens(trace, 0, MessageFate.delivered)).toEqual([`1: (2, ${assigned})`]);
    expect(violations(trace)).toEqual([]);
    expect(trace.ending.kind).toBe("complete");
  });

  test("of an older one that is sent late, by who leads no more, keeps no checkpoint of the newer from counting", () => {
    const trace = traceOf(
      {
        tasks: [{ id: "a", duration: "20s", release: "10s", checkpoint: { every: "2s", cost: "100ms" } }],
        faults: [
          { kind: "pause", replica: "leader", at: "10010ms", for: "8s" }, // its assignment is under way
          { kind: "crash", worker: "w", at: "13s", for: "1s" },
        ],
      },
      1000,
      { lease: "10s" },
    );
    const [first, second] = assignments(trace, 0);
    const sent = (trace.messages ?? []).filter(
      ({ kind, fate, time }) => kind === MessageKind.start && fate === MessageFate.sent && time > 15_000_000,
    );
    expect(sent.map(({ term, index }) => [term, index])).toContainEqual([1, first]);
    expect(tokens(trace, 0, MessageFate.delivered)).toContain(`2: (2, ${second})`);
    const kinds = [...trace.entries].map(({ kind }) => kind);
    expect([kinds.filter((kind) => kind === EntryKind.saved).length, kinds.includes(EntryKind.saveRefused)]).toEqual([9, false]);
    expect(violations(trace)).toEqual([]);
  });

  test("grows with each attempt, and an older one that comes late is refused", () => {
    const trace = traceOf(
      {
        tasks: [{ id: "a", duration: "10s" }],
        faults: [
          { kind: "message-delay", messages: ["start"], by: "10s", at: 0, for: "1500ms" },
          { kind: "heartbeat-loss", worker: "w", at: "1500ms", for: "6s" },
        ],
      },
      1000,
      { lease: "10m", requeue: "suspicion", heartbeat: { interval: "1s", timeout: "3s" } },
    );
    const [first, second] = assignments(trace, 0) as [number, number];
    expect(second).toBeGreaterThan(first);
    expect(tokens(trace, 0, MessageFate.delivered)).toEqual([`2: (1, ${second})`, `1: (1, ${first})`]);
    const fenced = [...trace.entries].filter(({ kind }) => kind === EntryKind.fenced);
    expect(fenced.map(({ attempt, reason }) => [attempt, reason])).toEqual([[1, Reason.overtaken]]);
    expect([...trace.entries].filter(({ kind }) => kind === EntryKind.began).map(({ attempt }) => attempt)).toEqual([2]);
    expect([...schedulerLog(trace)].join("\n")).toContain("a refused to start, for a later start of it came before, attempt 1");
    expect(violations(trace)).toEqual([]);
  });
});
