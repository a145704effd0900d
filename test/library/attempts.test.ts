// Attempts as the library gives them: with the fields of attempts.csv, by whichever way the tasks run.
import { describe, expect, test } from "vitest";
import { type AttemptFields, defineScenario, type ScenarioInput, Simulation, simulate, TaskScheduler } from "../../src/index.ts";

const SCENARIO: ScenarioInput = {
  version: 1,
  cluster: { workers: [{ id: "w", count: 2, cpu: 2 }] },
  scheduler: { heartbeat: { interval: "1s", timeout: "5s" }, lease: "10s", requeue: "suspicion", retries: 1 },
  tasks: [
    {
      id: "crashed",
      duration: "10s",
      cpu: 2,
      memory: "1GiB",
      usage: { cpu: 0.7, memory: "300MiB", read: "1GB", written: 7 },
      stdout: "{task} {outcome}",
    },
    { id: "failing", duration: "4s", fails: [1], cpu: 0.5, stderr: "{attempt} on {worker}: {reason}\n" },
  ],
  faults: [{ kind: "crash", worker: "w-1", at: "3s", restart: "1s" }],
};

const peak_memory_bytes = 300 * 2 ** 20;
const none = {
  disk_read_bytes: 0,
  disk_written_bytes: 0,
  checkpoint_s: 0,
  checkpoints: 0,
  setup_s: 0,
  transfer_s: 0,
  stdout: "",
  stderr: "",
  copy: 0,
  ask_wait_s: 0,
};
const EXPECTED: AttemptFields[] = [
  {
    ...{ task: "crashed", attempt: 1, worker: "w-1", outcome: "lost", reason: "incarnation" },
    ...{
      started_s: 0,
      finished_s: 3,
      run_s: 3,
      work_s: 3,
      checkpoint_s: 0,
      checkpoints: 0,
      setup_s: 0,
      transfer_s: 0,
      cpu_s: 2.1,
      peak_memory_bytes,
      disk_read_bytes: 300_000_000,
      disk_written_bytes: 2,
      stdout: "",
      stderr: "",
      copy: 0,
      ask_wait_s: 0,
    },
  },
  {
    ...{ task: "failing", attempt: 1, worker: "w-2", outcome: "failed", reason: "execution" },
    ...{ started_s: 0, finished_s: 4, run_s: 4, work_s: 4, cpu_s: 2, peak_memory_bytes: 0, ...none, stderr: "1 on w-2: execution\n" },
  },
  {
    ...{ task: "crashed", attempt: 2, worker: "w-2", outcome: "completed", reason: "" },
    ...{
      started_s: 4,
      finished_s: 14,
      run_s: 10,
      work_s: 10,
      checkpoint_s: 0,
      checkpoints: 0,
      setup_s: 0,
      transfer_s: 0,
      cpu_s: 7,
      peak_memory_bytes,
      disk_read_bytes: 1_000_000_000,
      disk_written_bytes: 7,
      stdout: "crashed completed",
      stderr: "",
      copy: 0,
      ask_wait_s: 0,
    },
  },
  {
    ...{ task: "failing", attempt: 2, worker: "w-1", outcome: "completed", reason: "" },
    ...{ started_s: 4, finished_s: 8, run_s: 4, work_s: 4, cpu_s: 2, peak_memory_bytes: 0, ...none, stderr: "2 on w-1: \n" },
  },
];

describe("attempts()", () => {
  const scenario = defineScenario(SCENARIO);

  test("of a run with its trace", () => {
    expect(simulate(scenario, { storeTrace: true }).attempts()).toEqual(EXPECTED);
    expect(simulate(scenario)).not.toHaveProperty("attempts");
  });

  test("of a run under way are those up to then, whatever comes later", () => {
    const simulation = new Simulation(scenario);
    simulation.runUntil(3.5);
    const early = simulation.result();
    simulation.run();
    expect(early.attempts()).toEqual([
      { ...EXPECTED[0], outcome: "unfinished", reason: "", finished_s: null },
      { ...EXPECTED[1], outcome: "unfinished", reason: "", stderr: "", finished_s: null, run_s: 3, work_s: 3, cpu_s: 1.5 },
    ]);
    expect(simulation.result().attempts()).toEqual(EXPECTED);
  });

  test("of functions", async () => {
    const tasks = new TaskScheduler({ workers: [{ id: "w", count: 2, cpu: 2 }] }).addTask(
      "t",
      async ({ attempt, sleep, stdout }) => {
        stdout.write(`try ${attempt}`);
        await sleep(attempt);
        if (attempt === 1) throw new Error("not yet");
      },
      { retries: 1, cpu: 2, memory: 512 },
    );
    expect(() => tasks.attempts()).toThrow("there is no trace before run() has ended");
    await tasks.run();
    expect(tasks.attempts()).toEqual([
      {
        ...{ task: "t", attempt: 1, worker: "w-1", outcome: "failed", reason: "execution" },
        ...{ started_s: 0, finished_s: 1, run_s: 1, work_s: 0, cpu_s: 2, peak_memory_bytes: 512, ...none, stdout: "try 1" },
      },
      {
        ...{ task: "t", attempt: 2, worker: "w-2", outcome: "completed", reason: "" },
        ...{ started_s: 1, finished_s: 3, run_s: 2, work_s: 0, cpu_s: 4, peak_memory_bytes: 512, ...none, stdout: "try 2" },
      },
    ]);
  });
});
