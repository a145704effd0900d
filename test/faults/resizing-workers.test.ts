// Workers that shrink and grow, as a scenario says it: who has to go, who may come, and what is counted.
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { explicitFiles } from "../../src/files/explicit-scenario.ts";
import { scenarioFiles } from "../../src/files/write-scenario.ts";
import { defineScenario, loadScenario, type ScenarioInput, simulate } from "../../src/index.ts";
import { WorkerUsage } from "../../src/metrics/worker-usage.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { temporaryFolders } from "../files/temporary-folder.ts";

const folder = temporaryFolders();

type Faults = NonNullable<ScenarioInput["faults"]>;

const BASE: ScenarioInput = {
  name: "resizing",
  cluster: { workers: [{ id: "w", cpu: 4, memory: "8GiB", labels: { rack: "r" } }] },
  scheduler: { policy: "priority", heartbeat: { interval: "1s", timeout: "3s" }, lease: "6s" },
  tasks: [
    { id: "a", duration: "10s", priority: 1 },
    { id: "b", duration: "10s", priority: 3 },
    { id: "c", duration: "10s", priority: 2, cpu: 2 },
  ],
};

function run(faults: Faults, more: Partial<ScenarioInput> = {}) {
  return simulate(defineScenario({ ...BASE, ...more, faults }), { storeTrace: true });
}

/** The log but for submissions. */
function log(faults: Faults, more: Partial<ScenarioInput> = {}): string[] {
  const lines = [...schedulerLog(run(faults, more).trace)].join("").split("\n").slice(0, -1);
  return lines.filter((line) => !line.endsWith(" submitted"));
}

describe("shrinking", () => {
  test("gives up the worst-ranked first until the rest fits, spares who need not go, and only then has less", () => {
    // b ranks worst, but without c it need not go; c starts anew when there is room again, at the cost of its 2 s.
    expect(log([{ kind: "shrink", at: "2s", for: "5s", cpu: 2 }]).slice(3)).toEqual([
      "[2.000000] (w) c sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.000000] (w) shrinks to 2 of cpu",
      "[7.000000] (w) shrinks no more to 2 of cpu",
      "[7.000000] (w) c started, attempt 2 of 2",
      "[10.000000] (w) a finished, attempt 1 of 1",
      "[10.000000] (w) b finished, attempt 1 of 1",
      "[17.000000] (w) c finished, attempt 2 of 2",
    ]);
  });

  test("a task that would take its worker down goes like any other, and takes it down when it is back; anchored faults strike it", () => {
    const scheduler = { ...BASE.scheduler, retries: { max: 1, countLost: true } };
    const faults: Faults = [
      { kind: "shrink", at: "2s", for: "5s", cpu: 2 },
      { kind: "killer-task", task: "c", after: 0.5, restart: "2s" },
      { kind: "slow", worker: "its", when: { task: "c", attempt: 2, progress: 0.4 }, speed: 0.5 },
    ];
    // From 7 s on, c does 4 s of its work, then 1 s at half the speed: that is the half of it, and the worker goes down.
    expect(log(faults, { scheduler }).slice(3)).toEqual([
      "[2.000000] (w) c sent back to the queue since its worker shrinks, attempt 1 of 2",
      "[2.000000] (w) shrinks to 2 of cpu",
      "[7.000000] (w) shrinks no more to 2 of cpu",
      "[7.000000] (w) c started, attempt 2 of 2",
      "[10.000000] (w) a finished, attempt 1 of 2",
      "[10.000000] (w) b finished, attempt 1 of 2",
      "[11.000000] (w) c comes to where a fault is anchored, attempt 2 of 2",
      "[11.000000] (w) runs at 0.5 of its speed",
      "[13.000000] (w) crashed, incarnation 1, taken down by c",
      "[15.000000] (scheduler) w registered, incarnation 2",
      "[15.000000] (w) c lost since its worker has restarted, attempt 2 of 2",
      "[15.000000] (scheduler) c failed for good, no attempts left after 2",
    ]);
  });

  test("of equal ranks the last started goes, and with no ranks at all too", () => {
    const tasks = ["a", "b", "c"].map((id, i) => ({ id, duration: "10s", release: i }));
    for (const policy of ["priority", "dispatch-round-robin"])
      expect(log([{ kind: "shrink", at: "5s", cpu: 2 }], { tasks, scheduler: { ...BASE.scheduler, policy } })).toContain(
        "[5.000000] (w) c sent back to the queue since its worker shrinks, attempt 1 of 1",
      );
  });

  test("what could not run there even alone goes first; nothing goes where all has room", () => {
    expect(log([{ kind: "shrink", at: "2s", cpu: 1 }])[3]).toContain("c sent back");
    expect(log([{ kind: "shrink", at: "2s", memory: "1GiB" }])[3]).toBe("[2.000000] (w) shrinks to 1GiB of memory");
  });

  test("what is unlimited may shrink too", () => {
    const cluster = { workers: [{ id: "w", cpu: 4 }] };
    const tasks = ["a", "b"].map((id) => ({ id, duration: "10s", memory: "3GiB", slots: 2 }));
    expect(log([{ kind: "shrink", at: "2s", for: "1s", memory: "5GiB", slots: 3 }], { cluster, tasks }).slice(2, 4)).toEqual([
      "[2.000000] (w) b sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[2.000000] (w) shrinks to 5GiB of memory, 3 of slots",
    ]);
  });

  test("attempts that it ends are lost, not failed: they use the budget up only where lost attempts count, and may run there again", () => {
    const scheduler = { ...BASE.scheduler, retries: { max: 0, countLost: true } };
    const lines = log([{ kind: "shrink", at: "2s", for: "5s", cpu: 2 }], { scheduler });
    expect(lines.slice(3, 6)).toEqual([
      "[2.000000] (w) c lost since its worker shrinks, attempt 1 of 1",
      "[2.000000] (scheduler) c failed for good, no attempts left after 1",
      "[2.000000] (w) shrinks to 2 of cpu",
    ]);
  });

  test("a task that no worker can hold any more is named at the end; with others to come, it waits", () => {
    const { ending } = run([{ kind: "shrink", at: "2s", cpu: 1 }]);
    expect([ending.kind, ending.exitCode, ending.message]).toEqual([
      "starved",
      5,
      '1 task is unfinished and nothing is due: no worker is left that could hold task "c"',
    ]);
  });

  test("a head too large for a worker that has shrunk blocks the others without being anybody's fault", () => {
    const scheduler = { ...BASE.scheduler, policy: "fcfs" };
    const tasks = [
      { id: "big", duration: "10s", cpu: 3, release: "3s" },
      { id: "small", duration: "10s", release: "4s" },
    ];
    const { ending } = run([{ kind: "shrink", at: "2s", cpu: 2 }], { scheduler, tasks });
    expect([ending.kind, ending.exitCode]).toEqual(["starved", 5]);
  });

  test("one that is down or frozen changes when it is back: all else runs there till then", () => {
    const pause = { kind: "pause", at: "1s", for: "2s" };
    expect(log([pause, { kind: "shrink", at: "2s", cpu: 2 }]).slice(3, 7)).toEqual([
      "[1.000000] (w) paused",
      "[3.000000] (w) goes on",
      "[3.000000] (w) c sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[3.000000] (w) shrinks to 2 of cpu",
    ]);
    const crash = { kind: "crash", at: "1s", restart: "2s" };
    expect(log([crash, { kind: "shrink", at: "2s", cpu: 2 }]).filter((line) => /started, attempt 2|shrinks/.test(line))).toEqual([
      "[3.000000] (w) shrinks to 2 of cpu",
      "[3.000000] (w) a started, attempt 2 of 2",
      "[3.000000] (w) b started, attempt 2 of 2",
      "[13.000000] (w) c started, attempt 2 of 2",
    ]);
    expect(log([crash, { kind: "shrink", at: "1500ms", for: "1s", cpu: 2 }]).some((line) => line.includes("shrinks"))).toBe(false);
  });

  test("what was given up before, and runs on unheard, stops first", () => {
    const scheduler = { ...BASE.scheduler, lease: "1m", requeue: "suspicion" as const };
    const faults: Faults = [
      { kind: "heartbeat-loss", worker: "w", at: "1s" },
      { kind: "shrink", at: "5s", cpu: 3 },
    ];
    const lines = log(faults, {
      scheduler,
      tasks: [
        { id: "a", duration: "10s" },
        { id: "b", duration: "10s" },
      ],
    });
    expect(lines.slice(-3)).toEqual([
      "[5.000000] (w) a stopped attempt 1, as told",
      "[5.000000] (w) b stopped attempt 1, as told",
      "[5.000000] (w) shrinks to 3 of cpu",
    ]);
  });

  test("starts that were decided, and have not begun, go back where they have no room", () => {
    const scheduler = { ...BASE.scheduler, decisionTime: { perPass: "1s" } };
    expect(log([{ kind: "shrink", at: "500ms", cpu: 3 }], { scheduler }).slice(0, 4)).toEqual([
      "[0.500000] (scheduler) a sent back to the queue since its worker shrinks before its start",
      "[0.500000] (scheduler) c sent back to the queue since its worker shrinks before its start",
      "[0.500000] (scheduler) b sent back to the queue since its worker shrinks before its start",
      "[0.500000] (w) shrinks to 3 of cpu",
    ]);
  });

  test("suspended attempts go for the memory that they keep, and where they could never go on", () => {
    const scheduler = { ...BASE.scheduler, policy: "preemptive-priority", preemption: { mode: "suspend" as const } };
    const tasks = [
      { id: "a", duration: "10s", cpu: 3, memory: "5GiB", priority: 5 },
      { id: "b", duration: "10s", cpu: 3, memory: "2GiB", priority: 1, release: "1s" },
    ];
    const shrunk = (fault: Partial<Faults[number]>) => log([{ kind: "shrink", at: "2s", for: "1s", ...fault }], { scheduler, tasks })[4];
    expect(shrunk({ memory: "6GiB" })).toBe("[2.000000] (w) a sent back to the queue since its worker shrinks, attempt 1 of 1");
    expect(shrunk({ memory: "7GiB" })).toBe("[2.000000] (w) shrinks to 7GiB of memory");
    expect(shrunk({ cpu: 2 })).toBe("[2.000000] (w) a sent back to the queue since its worker shrinks, attempt 1 of 1");
  });
});

describe("growing", () => {
  const grow = { kind: "grow", at: "4s", for: "8s", cpu: 6 };
  const tasks = ["a", "b", "c"].map((id) => ({ id, duration: "10s", cpu: 2 }));

  test("takes more from then on, and gives up what no longer fits when it is over", () => {
    expect(log([grow], { tasks }).slice(2)).toEqual([
      "[4.000000] (w) grows to 6 of cpu",
      "[4.000000] (w) c started, attempt 1 of 1",
      "[10.000000] (w) a finished, attempt 1 of 1",
      "[10.000000] (w) b finished, attempt 1 of 1",
      "[12.000000] (w) grows no more to 6 of cpu",
      "[14.000000] (w) c finished, attempt 1 of 1",
    ]);
    expect(log([{ ...grow, for: "2s" }], { tasks }).slice(4, 6)).toEqual([
      "[6.000000] (w) c sent back to the queue since its worker shrinks, attempt 1 of 1",
      "[6.000000] (w) grows no more to 6 of cpu",
    ]);
  });

  test.each(["fcfs", "sjf", "preemptive-priority", "dispatch-least-work", "dispatch-round-robin"])(
    "a task that fits only then waits for it: %s",
    (policy) => {
      const scheduler = { ...BASE.scheduler, policy, preemption: { mode: "kill" as const } };
      const lines = log([grow], { scheduler, tasks: [{ id: "a", duration: "5s", cpu: 6 }] });
      expect(lines).toContain("[4.000000] (w) a started, attempt 1 of 1");
      expect(lines.at(-1)).toBe("[9.000000] (w) a finished, attempt 1 of 1");
    },
  );

  test("several at a time: the most that it grows to, but never more than the least that it shrinks to", () => {
    const sizes: Faults = [
      { kind: "grow", at: "1s", for: "9s", cpu: 5 },
      { kind: "grow", at: "2s", for: "9s", cpu: 6 },
      { kind: "shrink", at: "3s", for: "1s", cpu: 4 },
      { kind: "shrink", at: "3500ms", for: "1s", cpu: 1 },
    ];
    const one = (cpu: number, at: string) => log(sizes, { tasks: [{ id: "a", duration: "100ms", cpu, release: at }] });
    const started = (cpu: number, at: string) =>
      one(cpu, at)
        .find((line) => line.includes("started"))
        ?.slice(1, 5);
    expect([started(6, "1500ms"), started(5, "1500ms"), started(5, "3100ms"), started(4, "3100ms"), started(2, "3600ms")]).toEqual([
      "2.00",
      "1.50",
      "4.50",
      "3.10",
      "4.50",
    ]);
  });

  test("a task that fits no worker at its largest is refused, and a table's too", () => {
    expect(() => defineScenario({ ...BASE, faults: [grow], tasks: [{ id: "a", duration: "1s", cpu: 7 }] })).toThrow(
      'task "a" requests 7 of cpu, more than any worker has; the largest, "w", has 6',
    );
  });

  test("a faulty growth is held against no task", () => {
    const tasks = [{ id: "a", duration: "1s", cpu: 7 }];
    expect(() => defineScenario({ ...BASE, tasks, faults: [{ ...grow, cpu: "many" as unknown as number }] })).toThrow(/^(?![^]*task "a")/);
  });
});

describe("what is counted", () => {
  test("capacity as it is: cpu of the run, and of each worker, over time", () => {
    // 4 cores for 2 s, 2 for 5 s, 4 for 10 s: 58; 40 of them for what completed, 4 for what was lost.
    const { summary, trace } = run([{ kind: "shrink", at: "2s", for: "5s", cpu: 2 }]);
    expect(summary.makespan_s).toBe(17);
    expect(summary.useful_cpu).toBeCloseTo(40 / 58, 12);
    expect(summary.wasted_cpu).toBeCloseTo(4 / 58, 12);
    expect(summary.attempts_lost).toBe(1);
    const usage = new WorkerUsage(trace.world);
    for (const e of trace.entries) usage.entry(e.time, e.kind, e.task, e.worker, e.attempt);
    const [row] = usage.rows({ origin: 0, end: 17e6 });
    expect(row?.utilization[0]).toBeCloseTo(44 / 58, 12);
  });

  test("while a worker is away, that which it had is away", () => {
    const faults: Faults = [
      { kind: "shrink", at: 0, cpu: 2 },
      { kind: "crash", at: "1s", restart: "2s" },
    ];
    const { summary } = run(faults, { tasks: [{ id: "a", duration: "10s", cpu: 2 }] });
    expect([summary.makespan_s, summary.useful_cpu, summary.wasted_cpu]).toEqual([13, 20 / 22, 2 / 22]);
  });

  test("the lower bound is of the largest that workers can be", () => {
    const tasks = ["a", "b", "c", "d"].map((id) => ({ id, duration: "10s", cpu: 3 }));
    const bound = (faults: Faults) => run(faults, { tasks }).summary.lower_bound_s;
    expect([bound([{ kind: "shrink", at: "1h", cpu: 3 }]), bound([{ kind: "grow", at: "1h", cpu: 6 }])]).toEqual([30, 20]);
  });
});

describe("in files", () => {
  const scenario = {
    ...BASE,
    cluster: { workers: [{ id: "w", count: 2, cpu: 4, memory: "8GiB", labels: { rack: "r" }, resources: { gpu: 2 } }] },
    faults: [
      { kind: "shrink", worker: "w-1", at: "2s", for: "5s", cpu: 2.5, memory: "1GiB", resources: { gpu: 0 } },
      { kind: "grow", where: { rack: "r" }, mtbf: "7s", mttr: "3s", disk: 5, slots: 7, cpu: 5 },
      { kind: "shrink", mtbf: "9s", mttr: "2s", slots: 1, per: "rack" },
      { kind: "crash", worker: "w-2", mtbf: "1m", permanent: true, loses: "disk" as const },
    ],
  };

  test("what is written reads the same", async () => {
    const loaded = defineScenario(scenario);
    const path = `${folder()}/x.yaml`;
    writeFileSync(path, [...(scenarioFiles("x.yaml", loaded)[0]?.parts ?? [])].join(""));
    const plain = (value: object) => JSON.stringify(value, (key, inner: unknown) => (key === "position" ? undefined : inner));
    expect(plain(await loadScenario(path))).toEqual(plain(loaded));
  });

  test("a run spelt out gives the same digest", async () => {
    const loaded = defineScenario(scenario);
    const first = simulate(loaded, { seed: "5", storeTrace: true });
    const seeds = { workload: "5", faults: "5", policy: "5" };
    const world = drawWorld(loaded, seeds);
    const [file] = explicitFiles(
      "x.yaml",
      { scenario: loaded, world, seeds, seed: "5", spec: loaded.scheduler.policy },
      first.trace.ending.time,
    );
    const path = `${folder()}/x.yaml`;
    writeFileSync(path, [...(file?.parts ?? [])].join(""));
    expect(simulate(await loadScenario(path)).digest).toBe(first.digest);
  });

  test("a fault that never strikes cannot be spelt out, since the trace counts it", () => {
    // Its first time is beyond the end of the clock under some seeds, of which this is one.
    const faults: Faults = [
      { kind: "shrink", mtbf: "9007199254s", mttr: "1s", cpu: 1 },
      { kind: "shrink", at: "2s", for: "1s", cpu: 2 },
    ];
    const loaded = defineScenario({ ...BASE, faults });
    const spell = (seed: string) => {
      const seeds = { workload: seed, faults: seed, policy: seed };
      explicitFiles("x.yaml", { scenario: loaded, world: drawWorld(loaded, seeds), seeds, seed, spec: loaded.scheduler.policy }, 5e6);
    };
    const refused = Array.from({ length: 20 }, (_, i) => {
      try {
        spell(String(i));
        return false;
      } catch (error) {
        expect(String(error)).toContain("never strikes before the end of the clock");
        return true;
      }
    });
    expect([refused.includes(true), refused.includes(false)]).toEqual([true, true]);
  });

  test.each<[string, object, string]>([
    ["nothing said", { kind: "shrink", at: 1 }, "fault shrink needs cpu, memory, disk, slots or resources"],
    ["an unknown resource", { kind: "shrink", at: 1, resources: { gpus: 1 } }, 'no worker has the resource "gpus"; did you mean "gpu"?'],
    ["of another kind", { kind: "pause", at: 1, cpu: 1 }, "fault pause takes no cpu"],
    ["no less", { kind: "shrink", at: 1, cpu: 4 }, "shrink changes nothing: each worker that it strikes has no more than that, ever"],
    ["no more", { kind: "grow", at: 1, cpu: 4, memory: 1 }, "grow changes nothing: each worker that it strikes has that much already"],
  ])("refused: %s", (_, fault, message) => {
    const load = () => simulate(defineScenario({ ...scenario, faults: [fault as Faults[number]] }));
    expect(load).toThrow(message);
  });
  test("a group's fault may be written worker by worker, also for those on which it does nothing: the trace tells of them too", () => {
    const cluster = {
      workers: [
        { id: "w", cpu: 4 },
        { id: "v", cpu: 1 },
      ],
    };
    const tasks = BASE.tasks?.slice(0, 2) ?? [];
    for (const does of [{ kind: "shrink", cpu: 1 } as const, { kind: "grow", cpu: 4 } as const]) {
      const fault = { ...does, at: "2s", for: "5s" };
      const lines = log([fault], { cluster, tasks });
      expect(lines).toContain(`[2.000000] (w) ${does.kind}s to ${does.cpu} of cpu`);
      expect(lines).toContain(`[2.000000] (v) ${does.kind}s to ${does.cpu} of cpu`);
      const each = ["w", "v"].map((worker) => ({ ...fault, worker }));
      expect(log(each, { cluster, tasks })).toEqual(lines);
      const idle = does.kind === "shrink" ? "v" : "w";
      expect(() => log([{ ...fault, worker: idle }], { cluster, tasks })).toThrow(`${does.kind} changes nothing`);
    }
  });
});
