// Clients at the end of a link of their own: what they ask for, and are told, takes its time, gets lost, and is sent again.
import { describe, expect, test } from "vitest";
import { explicitFiles } from "../../src/files/explicit-scenario.ts";
import { scenarioFiles } from "../../src/files/write-scenario.ts";
import { defineScenario, judge, type ScenarioInput, Simulation, simulate } from "../../src/index.ts";
import { MessageFate, MessageKind } from "../../src/model/network.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;

const BASE: ScenarioInput = {
  name: "afar",
  cluster: { workers: [{ id: "w", cpu: 2 }] },
  scheduler: { notify: true },
  network: { clients: { latency: "1s", repeat: "3s" }, detail: "messages" },
  tasks: [
    { id: "a", duration: "10s" },
    { id: "b", duration: "10s", release: "2s" },
    { id: "c", duration: "5s", dependencies: ["a"] },
  ],
  actions: [
    { at: "0s", status: "c" },
    { at: "4s", status: "a" },
    { at: "5s", cancel: "b" },
  ],
};

function log(faults: Faults, more: Partial<ScenarioInput> = {}): string[] {
  const { trace } = simulate(defineScenario({ ...BASE, ...more, faults }), { storeTrace: true });
  expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  return [...schedulerLog(trace)].join("").split("\n").slice(0, -1);
}

describe("transcripts", () => {
  test("all that clients ask for, and are told, takes a second", () => {
    expect(log([])).toEqual([
      "[1.000000] (scheduler) a submitted",
      "[1.000000] (scheduler) c submitted",
      "[1.000000] (w) a started, attempt 1 of 1",
      "[2.000000] (scheduler) c is waiting for what it depends on, its client is told",
      "[3.000000] (scheduler) b submitted",
      "[3.000000] (w) b started, attempt 1 of 1",
      "[6.000000] (scheduler) a is running, its client is told",
      "[6.000000] (w) b cancelled by its client, attempt 1 of 1",
      "[7.000000] (scheduler) b reported to its client: it was cancelled",
      "[11.000000] (w) a finished, attempt 1 of 1",
      "[11.000000] (w) c started, attempt 1 of 1",
      "[12.000000] (scheduler) a reported to its client: it completed",
      "[16.000000] (w) c finished, attempt 1 of 1",
      "[17.000000] (scheduler) c reported to its client: it completed",
    ]);
  });

  test("a client asks again every three seconds until its link works; what was asked at 4 s and 5 s arrives at 11 s and 9 s", () => {
    expect(log([{ kind: "partition", clients: true, at: "5s", for: "4s" }]).slice(6)).toEqual([
      "[5.000000] (scheduler) the clients' link is cut from the clients, cut to the clients",
      "[9.000000] (scheduler) the clients' link works again",
      "[9.000000] (w) b cancelled by its client, attempt 1 of 1",
      "[10.000000] (scheduler) b reported to its client: it was cancelled",
      "[11.000000] (w) a finished, attempt 1 of 1",
      "[11.000000] (w) c started, attempt 1 of 1",
      "[12.000000] (scheduler) a reported to its client: it completed",
      "[12.000000] (scheduler) a is completed, its client is told",
      "[16.000000] (w) c finished, attempt 1 of 1",
      "[17.000000] (scheduler) c reported to its client: it completed",
    ]);
  });

  test("where only answers are lost, what is asked counts once, and is answered each time", () => {
    const scenario = defineScenario({
      ...BASE,
      faults: [{ kind: "message-loss", clients: true, at: "0s", for: "9s", messages: ["accepted"] }],
    });
    const { trace } = simulate(scenario, { storeTrace: true });
    expect(judge(trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
    const fates = (fate: MessageFate, kind: MessageKind, task: number) =>
      (trace.messages ?? []).filter((each) => each.fate === fate && each.kind === kind && each.task === task).map(({ time }) => time / 1e6);
    expect(fates(MessageFate.sent, MessageKind.submit, 0)).toEqual([0, 3, 6, 9]); // 9 s: the answer of 10 s arrives at 11 s
    expect(fates(MessageFate.sent, MessageKind.accepted, 0)).toEqual([1, 4, 7, 10]);
    expect(fates(MessageFate.lost, MessageKind.accepted, 0)).toEqual([1, 4, 7]);
    expect(trace.entries.length).toBe(log([]).length + 2); // and that the link loses messages, and works again
  });

  test("a link that is cut for good: what was not heard of stays unsubmitted, and the run ends", () => {
    const ran = simulate(defineScenario({ ...BASE, actions: [], faults: [{ kind: "partition", clients: true, at: "2500ms" }] }), {
      storeTrace: true,
    });
    const { kind, exitCode } = ran.ending;
    expect({ kind, exitCode }).toEqual({ kind: "starved", exitCode: 5 });
    expect(ran.summary).toMatchObject({ completed: 2, unfinished: 1 });
  });
});

describe("the library", () => {
  test("a step-wise run submits and cancels over the link", () => {
    const simulation = new Simulation(defineScenario({ ...BASE, actions: [] }));
    simulation.runUntil("4s");
    simulation.submit({ id: "d", duration: "1s" });
    expect(simulation.cancel("b")).toBe(true);
    simulation.runUntil("4999ms");
    expect([simulation.status("b").status, simulation.status("d").status]).toEqual(["running", "unreleased"]);
    simulation.runUntil("5s");
    expect([simulation.status("b").status, simulation.status("d").status]).toEqual(["cancelled", "running"]);
    expect(simulation.run().ending.kind).toBe("complete");
  });

  test("what it is told comes when it arrives", () => {
    const heard: [string, string, number][] = [];
    simulate(defineScenario(BASE), { onNotified: ({ task, status, time_s }) => heard.push([task, status, time_s]) });
    expect(heard).toEqual([
      ["b", "cancelled", 7],
      ["a", "completed", 12],
      ["c", "completed", 17],
    ]);
  });
});

describe("files", () => {
  const drawn = defineScenario({
    ...BASE,
    network: { clients: { latency: { distribution: "uniform", min: "10ms", max: "3s" }, loss: 0.3, duplicate: 0.2, reorder: true } },
    faults: [
      { kind: "partition", clients: true, mtbf: "10s", mttr: "4s" },
      { kind: "message-delay", clients: true, at: "3s", for: "2s", by: "1s", direction: "from-worker", messages: ["cancel"] },
    ],
  });
  const reread = (parts: Iterable<string>) => defineScenario(JSON.parse([...parts].join("")) as ScenarioInput);

  test("written and read again it is the same run; and so it is with all that was drawn spelt out", () => {
    const run = simulate(drawn, { storeTrace: true, seed: "5" });
    expect(simulate(reread(scenarioFiles("x.json", drawn)[0]!.parts), { seed: "5" }).digest).toBe(run.digest);
    const { world } = run.trace;
    const seeds = { workload: "5", faults: "5", policy: "5" };
    const explicit = explicitFiles(
      "x.json",
      { scenario: drawn, world, seeds, seed: "5", spec: drawn.scheduler.policy },
      run.trace.ending.time,
    );
    const text = [...explicit[0]!.parts].join("");
    expect(text).toContain('"clients":true,"at":"');
    expect(simulate(reread([text])).digest).toBe(run.digest);
  });
});

test.each<[string, Partial<ScenarioInput>, RegExp]>([
  ["loss of all", { network: { clients: { loss: 1 } } }, /loss must be below 1: else nothing that clients ask for ever arrives/],
  ["no time to wait", { network: { clients: { repeat: 0 } } }, /repeat must be above 0/],
  ["a fault of workers", { faults: [{ kind: "crash", clients: true, at: 1 }] }, /clients goes with faults of links: partition, clog, /],
  ["a worker beside", { faults: [{ kind: "clog", clients: true, worker: "w", at: 1 }] }, /worker does not go with clients: true/],
  [
    "an anchor",
    { faults: [{ kind: "clog", clients: true, when: { task: "a" }, for: 1 }] },
    /when does not go with clients: true, which strikes no worker/,
  ],
  [
    "messages of workers",
    { faults: [{ kind: "message-loss", clients: true, at: 1, messages: ["ended"] }] },
    /ended go between the scheduler and workers: leave out clients/,
  ],
  [
    "messages of clients on links of workers",
    { faults: [{ kind: "message-loss", at: 1, messages: ["submit", "answer"] }] },
    /submit, answer go between the scheduler and its clients: say clients: true/,
  ],
  [
    "messages of the scheduler from clients",
    { faults: [{ kind: "message-delay", clients: true, at: 1, by: 1, direction: "from-worker", messages: ["outcome", "submit"] }] },
    /messages outcome: direction from-worker never strikes what goes to-worker; that direction has submit, cancel, change, status, noticed/,
  ],
  ["a task that is not there", { actions: [{ at: 1, status: "aa" }] }, /status names no task "aa"; did you mean "a"\?/],
])("refuses %s", (_, more, message) => {
  expect(() => simulate(defineScenario({ ...BASE, ...more }))).toThrow(message);
});
