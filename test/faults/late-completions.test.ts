// Completions of attempts that were given up: they count while the task has not been started again, and are refused from then on.
import { describe, expect, test } from "vitest";
import { defineScenario, judge, type ScenarioInput, simulate } from "../../src/index.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;

/** Nothing is heard of w-1 from 2 s on, while it works on: it is suspected at 5 s. */
const BASE: ScenarioInput = {
  name: "late completions",
  cluster: { workers: [{ id: "w", count: 1, cpu: 1 }] },
  scheduler: { heartbeat: { interval: "1s", timeout: "3s" }, lease: "20s", requeue: "suspicion" },
  tasks: [{ id: "a", duration: "10s" }],
  faults: [{ kind: "heartbeat-loss", worker: "w-1", at: "2500ms", for: "10s" }],
};

const FAR: Partial<ScenarioInput> = { network: { latency: "100ms" } };

function runOf(more: Partial<ScenarioInput> = {}) {
  const run = (detail: "folded" | "messages") => {
    const ran = simulate(defineScenario({ ...BASE, ...more, network: { ...more.network, detail } }), { storeTrace: true });
    expect(judge(ran.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
    return ran;
  };
  const [folded, single] = [run("folded"), run("messages")];
  expect(single.digest).toBe(folded.digest);
  return { ...folded, log: [...schedulerLog(folded.trace)].join("").split("\n").slice(0, -1) };
}

/** What the log says of a task from its requeue on. */
const since = (task: string, more: Partial<ScenarioInput> = {}) => {
  const lines = runOf(more).log.filter((line) => line.includes(`) ${task} `));
  return lines.slice(lines.findIndex((line) => line.includes("sent back")));
};

const BACK = "[5.000000] (w-1) a sent back to the queue since its worker is suspected, attempt 1 of 1";

describe("while the task waits", () => {
  test("a completion counts, and what depends on the task goes on", () => {
    const tasks: ScenarioInput["tasks"] = [...BASE.tasks!, { id: "b", duration: "1s", dependencies: ["a"] }];
    expect(since("a", { tasks })).toEqual([BACK, "[10.000000] (w-1) a finished after all, attempt 1 of 2"]);
    expect(runOf({ tasks }).log.slice(-2)).toEqual([
      "[13.000000] (w-1) b started, attempt 1 of 1",
      "[14.000000] (w-1) b finished, attempt 1 of 1",
    ]);
  });

  test("its numbers are those of a task that has completed: nothing was lost", () => {
    const { summary, attempts, tasks } = runOf();
    const { makespan_s, completed, attempts: count, attempts_lost, refused, doubled_s, useful_cpu, wasted_cpu } = summary;
    expect({ makespan_s, completed, count, attempts_lost, refused, doubled_s, useful_cpu, wasted_cpu }).toEqual({
      ...{ makespan_s: 10, completed: 1, count: 1, attempts_lost: 1, refused: 0, doubled_s: 0, wasted_cpu: 0 },
      useful_cpu: 0.5, // its core was its own until it was given up
    });
    expect(
      [...attempts()].map(({ outcome, started_s, finished_s, run_s, reason }) => [outcome, started_s, finished_s, run_s, reason]),
    ).toEqual([["completed", 0, 10, 10, ""]]);
    expect([...tasks()].map(({ status, wait_s, run_s, flow_s }) => [status, wait_s, run_s, flow_s])).toEqual([["completed", 0, 10, 10]]);
  });

  test("in a worker's own queue, or about to start: it starts no more", () => {
    const queue = { ...BASE, scheduler: { ...BASE.scheduler, policy: "dispatch-shortest-queue" } };
    expect(since("a", queue)).toContain("[10.000000] (w-1) a finished after all, attempt 1 of 2");
    const slow = { ...BASE.scheduler, decisionTime: { perPass: "1s" } };
    const cluster = { workers: [{ id: "w", count: 2, cpu: 1 }] };
    const tasks: ScenarioInput["tasks"] = [{ id: "a", duration: "4500ms" }]; // it starts at 1 s, and is to start on w-2 at 6 s
    expect(since("a", { scheduler: slow, cluster, tasks })).toEqual([BACK, "[5.500000] (w-1) a finished after all, attempt 1 of 2"]);
  });

  test("clients are told of it", () => {
    const scheduler = { ...BASE.scheduler, notify: true };
    expect(since("a", { scheduler }).slice(1)).toEqual([
      "[10.000000] (w-1) a finished after all, attempt 1 of 2",
      "[10.000000] (scheduler) a reported to its client: it completed",
    ]);
  });

  test("over a network it counts when it is heard, be it told once more", () => {
    expect(since("a", FAR)).toEqual([
      "[5.100000] (w-1) a sent back to the queue since its worker is suspected, attempt 1 of 1",
      "[10.100000] (w-1) a ended on its worker, attempt 1 of 2",
      "[10.200000] (w-1) a finished after all, attempt 1 of 2",
    ]);
    const scheduler = { ...BASE.scheduler, lease: "4s", requeue: "lease-end" as const };
    const faults: Faults = [{ kind: "partition", worker: "w-1", direction: "from-worker", at: "9500ms", for: "5s" }];
    expect(since("a", { ...FAR, scheduler, faults })).toEqual([
      "[13.100001] (w-1) a sent back to the queue when its lease was over, attempt 1 of 1", // its heartbeat of 9 s was heard last
      "[15.100000] (w-1) a finished after all, attempt 1 of 2", // told once more at 15 s
    ]);
  });
});

describe("from then on, or otherwise", () => {
  const cluster = { workers: [{ id: "w", count: 2, cpu: 1 }] };

  test("where the task was started again, it is refused", () => {
    expect(since("a", { cluster })).toEqual([
      BACK,
      "[5.000000] (w-2) a started, attempt 2 of 2",
      "[10.000000] (w-1) a ended attempt 1, too late: refused",
      "[15.000000] (w-2) a finished, attempt 2 of 2",
    ]);
  });

  test("an attempt that failed is refused: the next has what was drawn for it", () => {
    const tasks: ScenarioInput["tasks"] = [{ id: "a", duration: "10s", retries: 1, fails: [1] }];
    expect(since("a", { tasks }).slice(0, 3)).toEqual([
      "[5.000000] (w-1) a sent back to the queue since its worker is suspected, attempt 1 of 2",
      "[10.000000] (w-1) a ended attempt 1, too late: refused",
      "[13.000000] (w-1) a started, attempt 2 of 3",
    ]);
  });

  test("where its client has cancelled it, or it has failed for good, it is refused", () => {
    expect(since("a", { actions: [{ at: "7s", cancel: "a" }], tasks: [...BASE.tasks!, { id: "b", duration: "1s" }] })).toEqual([
      BACK,
      "[7.000000] (scheduler) a cancelled by its client",
      "[10.000000] (w-1) a ended attempt 1, too late: refused",
    ]);
  });
});
