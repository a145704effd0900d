// The five systems once more, where workers fail, come and go, and clients change their minds: a bundled scenario each, and in it the
// status of every task, its workers, and when what decided it happened, by hand.
import { describe, expect, test } from "vitest";
import { type LoadOptions, loadScenario } from "../../src/files/load-scenario.ts";
import { Simulation, simulate, type TaskNotification } from "../../src/index.ts";
import { nameAt } from "../../src/model/columns.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { runScenario } from "../run-world.ts";

const bundled = async (name: string, options: LoadOptions = {}) => (await loadScenario(name, options)).scenario;

const COMPLETED = "completed";
const FAILED = "failed";
const SKIPPED = "skipped";
const CANCELLED = "cancelled";

/** The log of a run, but for submissions and what clients are told, which stands in notifications. */
async function log(name: string, options: LoadOptions = {}): Promise<string[]> {
  const { trace } = simulate(await bundled(name, options), { storeTrace: true });
  const lines = [...schedulerLog(trace)].join("").split("\n").slice(0, -1);
  return lines.filter((line) => !/ submitted$| reported to its client: /.test(line));
}

/** What clients are told, as `[time] task status, attempts`. */
async function told(name: string): Promise<string[]> {
  const all: TaskNotification[] = [];
  simulate(await bundled(name), { onNotified: (notification) => void all.push(notification) });
  return all.map(({ task, status, attempts, time_s }) => `[${time_s}] ${task} ${status}, ${attempts}`);
}

/** What became of each task, and the workers of all its attempts, in order. */
async function outcomes(name: string): Promise<Record<string, [status: string, ...workers: string[]]>> {
  const { world, history, ...outcome } = runScenario(await bundled(name));
  const on = (task: number) => history.filter((start) => start.task === task).map(({ worker }) => world.workers.names[worker] as string);
  return Object.fromEntries(outcome.status.map((status, task) => [nameAt(world.tasks.names, task), [status, ...on(task)]]));
}

describe("worker-failover, the asyncio scheduler: heartbeats, a task requeued on another worker, clients told", () => {
  test("only task1 is lost, and starts on another worker; the rest is as it was without the failure", async () => {
    expect(await outcomes("worker-failover")).toEqual({
      task1: [COMPLETED, "w-1", "w-2"],
      task2: [COMPLETED, "w-1"],
      task3: [FAILED, "w-1"],
      task4: [SKIPPED],
      task5: [SKIPPED],
      task6: [COMPLETED, "w-1"],
    });
  });

  test("the last heartbeat came at 1.5 s: suspected 1.5 s after it, given up more than 3 s after it, and back 3 s after the crash", async () => {
    expect(await log("worker-failover")).toEqual([
      "[0.000000] (w-1) task1 started, attempt 1 of 1",
      "[0.000000] (w-1) task6 started, attempt 1 of 1",
      "[1.000000] (w-1) task6 finished, attempt 1 of 1",
      "[1.800000] (w-1) task1 comes to where a fault is anchored, attempt 1 of 1",
      "[1.800000] (w-1) crashed, incarnation 1",
      "[3.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[4.500001] (w-1) task1 sent back to the queue when its lease was over, attempt 1 of 1",
      "[4.500001] (w-2) task1 started, attempt 2 of 2",
      "[4.800000] (scheduler) w-1 registered, incarnation 2",
      "[4.800000] (scheduler) w-1 heard again",
      "[6.500001] (w-2) task1 finished, attempt 2 of 2",
      "[6.500001] (w-1) task2 started, attempt 1 of 1",
      "[7.500001] (w-1) task2 finished, attempt 1 of 1",
      "[7.500001] (w-1) task3 started, attempt 1 of 1",
      "[10.500001] (w-1) task3 failed, attempt 1 of 1",
      "[10.500001] (scheduler) task3 failed for good, no attempts left after 1",
      "[10.500001] (scheduler) task4 skipped, because task3 failed",
      "[10.500001] (scheduler) task5 skipped, because task4 was skipped",
    ]);
    expect(simulate(await bundled("worker-failover")).summary).toMatchObject({ mean_detection_s: 1.2, attempts_lost: 1 });
  });

  test("each client is told once, when its task has ended", async () => {
    expect(await told("worker-failover")).toEqual([
      "[1] task6 completed, 1",
      "[6.500001] task1 completed, 2",
      "[7.500001] task2 completed, 1",
      "[10.500001] task3 failed, 1",
      "[10.500001] task4 skipped, 0",
      "[10.500001] task5 skipped, 0",
    ]);
  });
});

describe("retry-limit, the cluster scheduler: registration, heartbeats, requeued on other workers up to a limit", () => {
  test("the deadly task takes each node down once and has failed, its dependents with it; all others complete", async () => {
    expect(await outcomes("retry-limit")).toEqual({
      ingest: [COMPLETED, "large"],
      deadly: [FAILED, "medium", "large", "small-1", "small-2"],
      index: [COMPLETED, "large", "medium"],
      publish: [FAILED],
      notify: [FAILED],
      backup: [COMPLETED, "large"],
    });
  });

  test("each node dies 6.5 s after the start, is suspected 5 s after its last heartbeat, given up after 10 s, and back 30 s after", async () => {
    const lines = await log("retry-limit");
    expect(lines.filter((line) => /deadly|publish|notify|crashed|suspected|registered/.test(line))).toEqual([
      "[0.000000] (medium) deadly started, attempt 1 of 4",
      "[6.500000] (medium) crashed, incarnation 1, taken down by deadly",
      "[11.000000] (scheduler) medium suspected, nothing heard of it",
      "[16.000001] (medium) deadly sent back to the queue when its lease was over, attempt 1 of 4",
      "[16.000001] (large) deadly started, attempt 2 of 4",
      "[22.500001] (large) crashed, incarnation 1, taken down by deadly",
      "[27.000000] (scheduler) large suspected, nothing heard of it",
      "[32.000001] (large) deadly sent back to the queue when its lease was over, attempt 2 of 4",
      "[32.000001] (small-1) deadly started, attempt 3 of 4",
      "[36.500000] (scheduler) medium registered, incarnation 2",
      "[38.500001] (small-1) crashed, incarnation 1, taken down by deadly",
      "[43.000000] (scheduler) small-1 suspected, nothing heard of it",
      "[48.000001] (small-1) deadly sent back to the queue when its lease was over, attempt 3 of 4",
      "[48.000001] (small-2) deadly started, attempt 4 of 4",
      "[52.500001] (scheduler) large registered, incarnation 2",
      "[54.500001] (small-2) crashed, incarnation 1, taken down by deadly",
      "[59.000000] (scheduler) small-2 suspected, nothing heard of it",
      "[64.000001] (small-2) deadly lost when its lease was over, attempt 4 of 4",
      "[64.000001] (scheduler) deadly failed for good, no attempts left after 4",
      "[64.000001] (scheduler) publish failed, because deadly failed",
      "[64.000001] (scheduler) notify failed, because publish failed",
      "[68.500001] (scheduler) small-1 registered, incarnation 2",
    ]);
    // index is lost with large, needs four cores, and waits for medium to register.
    expect(lines.filter((line) => line.includes("index "))).toEqual([
      "[20.000000] (large) index started, attempt 1 of 4",
      "[32.000001] (large) index sent back to the queue when its lease was over, attempt 1 of 4",
      "[36.500000] (medium) index started, attempt 2 of 4",
      "[76.500000] (medium) index finished, attempt 2 of 4",
    ]);
  });

  test("the dead letter says where the last attempt was lost, and why", async () => {
    const letters: unknown[] = [];
    const onNotified = ({ task, deadLetter }: TaskNotification) => void (deadLetter && letters.push([task, deadLetter]));
    simulate(await bundled("retry-limit", { set: ["scheduler.notify=true"] }), { onNotified });
    expect(letters).toEqual([["deadly", { worker: "small-2", reason: "lease" }]]);
  });

  test("where lost attempts do not count, it goes on for as long as one looks", async () => {
    const endless = simulate(await bundled("retry-limit", { set: ["scheduler.retries.countLost=false"] }), { maxTime: "1h" });
    const { status, attempts } = endless.tasks().find(({ task }) => task === "deadly") ?? {};
    expect([endless.summary.completed, endless.summary.failed, endless.summary.unfinished]).toEqual([3, 0, 3]);
    expect([status, (attempts as number) > 200]).toEqual(["unfinished", true]);
  });
});

describe("cancel-requeue, the resource manager: cancelled and requeued, withdrawn, given a priority, and a worker that fails", () => {
  test("what is requeued completes at its second attempt, what is withdrawn never starts, nor what depends on it", async () => {
    expect(await outcomes("cancel-requeue")).toEqual({
      "batch-1": [COMPLETED, "node-1", "node-1"],
      "batch-2": [COMPLETED, "node-2", "node-1"],
      "batch-3": [CANCELLED],
      report: [SKIPPED],
      "batch-4": [COMPLETED, "node-1"],
      urgent: [COMPLETED, "node-1"],
    });
  });

  test("room is taken at the instant of the request; the higher priority goes first, then the earlier place", async () => {
    expect(await log("cancel-requeue")).toEqual([
      "[0.000000] (node-1) batch-1 started, attempt 1 of 1",
      "[0.000000] (node-2) batch-2 started, attempt 1 of 1",
      "[8.000000] (node-1) batch-1 sent back to the queue by its client, attempt 1 of 1",
      "[8.000000] (node-1) urgent started, attempt 1 of 1",
      "[12.000000] (scheduler) batch-3 cancelled by its client",
      "[12.000000] (scheduler) report skipped, because batch-3 was cancelled",
      "[15.000000] (scheduler) batch-4 changed by its client: priority 2",
      "[18.000000] (node-1) urgent finished, attempt 1 of 1",
      "[18.000000] (node-1) batch-4 started, attempt 1 of 1",
      "[20.500000] (node-2) crashed, incarnation 1",
      "[25.000000] (scheduler) node-2 suspected, nothing heard of it",
      "[28.000000] (node-1) batch-4 finished, attempt 1 of 1",
      "[28.000000] (node-1) batch-1 started, attempt 2 of 2",
      "[30.000001] (node-2) batch-2 sent back to the queue when its lease was over, attempt 1 of 1",
      "[58.000000] (node-1) batch-1 finished, attempt 2 of 2",
      "[58.000000] (node-1) batch-2 started, attempt 2 of 2",
      "[80.500000] (scheduler) node-2 registered, incarnation 2",
      "[80.500000] (scheduler) node-2 heard again",
      "[88.000000] (node-1) batch-2 finished, attempt 2 of 2",
    ]);
  });

  test("the status of a task says that it waits again; what was lost is waste: 8 s on one node, 20.5 s on the other", async () => {
    const scenario = await bundled("cancel-requeue");
    const simulation = new Simulation(scenario);
    const at = (time: string) => {
      simulation.runUntil(time);
      return ["batch-1", "batch-2", "batch-3", "urgent"].map((id) => simulation.status(id).status);
    };
    expect(at("7s")).toEqual(["running", "running", "ready", "ready"]);
    expect(at("13s")).toEqual(["ready", "running", CANCELLED, "running"]);
    // The scheduler knows no better until the lease is over.
    expect(at("29s")).toEqual(["running", "running", CANCELLED, COMPLETED]);
    expect(at("31s")).toEqual(["running", "ready", CANCELLED, COMPLETED]);
    const { useful_cpu, wasted_cpu } = simulate(scenario).summary;
    expect((wasted_cpu as number) / (useful_cpu as number)).toBeCloseTo(28.5 / 80, 9);
  });
});

describe("elastic-cluster, the full cluster: join and leave, clients told", () => {
  test("what ends in time ends on the node that leaves, what does not is handed back, and what waits takes those that join", async () => {
    expect(await outcomes("elastic-cluster")).toEqual({
      extract: [COMPLETED, "compute-1"],
      archive: [COMPLETED, "storage-1"],
      restore: [COMPLETED, "storage-2"],
      simulate: [COMPLETED, "compute-1", "compute-3"],
      stuck: [FAILED, "compute-2", "storage-1"],
      "after-stuck": [SKIPPED],
      transform: [COMPLETED, "compute-2"],
      load: [COMPLETED, "compute-3"],
    });
  });

  test("the limit ends the drain at 50 s; each node that joins takes a task at that instant", async () => {
    expect(await log("elastic-cluster")).toEqual([
      "[0.000000] (compute-1) extract started, attempt 1 of 1",
      "[0.000000] (storage-1) archive started, attempt 1 of 1",
      "[0.000000] (compute-1) simulate started, attempt 1 of 1",
      "[0.000000] (compute-2) stuck started, attempt 1 of 2",
      "[20.000000] (scheduler) compute-1 is to leave, and takes nothing more",
      "[30.000000] (compute-1) extract finished, attempt 1 of 1",
      "[50.000000] (compute-1) simulate sent back to the queue since its worker leaves, attempt 1 of 1",
      "[50.000000] (scheduler) compute-1 left",
      "[60.000000] (scheduler) storage-2 registered, incarnation 1",
      "[60.000000] (storage-2) restore started, attempt 1 of 1",
      "[70.000000] (scheduler) compute-3 registered, incarnation 1",
      "[70.000000] (compute-3) simulate started, attempt 2 of 2",
      "[90.000000] (storage-1) archive finished, attempt 1 of 1",
      "[120.000000] (storage-2) restore finished, attempt 1 of 1",
      "[120.000000] (compute-2) stuck failed at its time limit, attempt 1 of 2",
      "[120.000000] (scheduler) stuck to be retried, attempt 2 of 2",
      "[120.000000] (storage-1) stuck started, attempt 2 of 2",
      "[120.000000] (compute-2) transform started, attempt 1 of 1",
      "[165.000000] (compute-2) transform finished, attempt 1 of 1",
      "[165.000000] (compute-3) load started, attempt 1 of 1",
      "[170.000000] (compute-3) simulate finished, attempt 2 of 2",
      "[185.000000] (compute-3) load finished, attempt 1 of 1",
      "[240.000000] (storage-1) stuck failed at its time limit, attempt 2 of 2",
      "[240.000000] (scheduler) stuck failed for good, no attempts left after 2",
      "[240.000000] (scheduler) after-stuck skipped, because stuck failed",
    ]);
  });

  test("each client is told once, when its task has ended", async () => {
    expect(await told("elastic-cluster")).toEqual([
      "[30] extract completed, 1",
      "[90] archive completed, 1",
      "[120] restore completed, 1",
      "[165] transform completed, 1",
      "[170] simulate completed, 2",
      "[185] load completed, 1",
      "[240] stuck failed, 2",
      "[240] after-stuck skipped, 0",
    ]);
  });
});

describe("confirmed-cancellation, the diamond: cancellations of what runs out of reach", () => {
  test("B and E are cancelled, D is skipped with B, and C is not touched", async () => {
    expect(await outcomes("confirmed-cancellation")).toEqual({
      A: [COMPLETED, "w-1"],
      B: [CANCELLED, "w-1"],
      C: [COMPLETED, "w-3"],
      D: [SKIPPED],
      E: [CANCELLED, "w-2"],
    });
  });

  test("B when its worker goes on; E more than 10 s after the last heartbeat, at 16 s: neither when its worker is suspected", async () => {
    const asked = await log("confirmed-cancellation");
    expect(asked.slice(5, -1)).toEqual([
      "[15.500000] (w-1) paused",
      "[16.500000] (w-2) crashed, incarnation 1",
      "[18.000000] (w-1) B is to be cancelled, its client asks, attempt 1 of 1",
      "[18.000000] (w-2) E is to be cancelled, its client asks, attempt 1 of 1",
      "[20.000000] (scheduler) w-1 suspected, nothing heard of it",
      "[21.000000] (scheduler) w-2 suspected, nothing heard of it",
      "[21.500000] (w-1) goes on",
      "[21.500000] (w-1) B cancelled by its client, attempt 1 of 1",
      "[21.500000] (scheduler) D skipped, because B was cancelled",
      "[21.500000] (scheduler) w-1 heard again",
      "[26.000001] (w-2) E cancelled by its client, attempt 1 of 1",
    ]);
  });

  test("clients are told when it is certain", async () => {
    expect(await told("confirmed-cancellation")).toEqual([
      "[10] A completed, 1",
      "[21.5] B cancelled, 1",
      "[21.5] D skipped, 0",
      "[26.000001] E cancelled, 1",
      "[30] C completed, 1",
    ]);
  });

  test("at once, where nobody waits: the worker that is paused stops B only when it goes on", async () => {
    const lines = await log("confirmed-cancellation", { set: ["scheduler.cancel=immediate"] });
    expect(lines.filter((line) => / [BDE] /.test(line)).slice(2)).toEqual([
      "[18.000000] (w-1) B cancelled by its client, attempt 1 of 1",
      "[18.000000] (scheduler) D skipped, because B was cancelled",
      "[18.000000] (w-2) E cancelled by its client, attempt 1 of 1",
      "[21.500000] (w-1) B stopped attempt 1, as told",
    ]);
  });
});
