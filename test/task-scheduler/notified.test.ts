// Clients of functions are told how their tasks ended, in virtual time.
import { describe, expect, test } from "vitest";
import { EntryKind, InputError, judge, type TaskNotification, TaskScheduler, type TaskSchedulerOptions } from "../../src/index.ts";

/** One worker, and tasks that succeed, fail and are skipped. */
function tasks(options: TaskSchedulerOptions): TaskScheduler {
  const fail = () => {
    throw new Error("no");
  };
  return new TaskScheduler(options)
    .addTask("good", ({ sleep }) => sleep(10))
    .addTask("bad", ({ sleep }) => sleep("5s").then(fail), { retries: 1 })
    .addTask("after", fail, { dependencies: ["bad"] })
    .addTask("at once", () => 7);
}

describe("onNotified of a TaskScheduler", () => {
  test("is called for each task that has ended, in order, and sees no function that starts later", async () => {
    const told: (TaskNotification | string)[] = [];
    const scheduler = tasks({ onNotified: (notification) => void told.push(notification) });
    scheduler.addTask("last", () => void told.push("last runs"));
    await scheduler.run();
    expect(told).toEqual([
      { task: "good", status: "completed", attempts: 1, time_s: 10 },
      { task: "bad", status: "failed", attempts: 2, time_s: 20, deadLetter: { worker: "w-1", reason: "execution" } },
      { task: "after", status: "skipped", attempts: 0, time_s: 20 },
      { task: "at once", status: "completed", attempts: 1, time_s: 20 },
      "last runs",
      { task: "last", status: "completed", attempts: 1, time_s: 20 },
    ]);
    expect([...scheduler.trace.entries].filter(({ kind }) => kind === EntryKind.notified)).toHaveLength(5);
    expect(judge(scheduler.trace).filter(({ verdict }) => verdict === "violated")).toEqual([]);
  });

  test("changes nothing else, and may ask the host for the time", async () => {
    const silent = tasks({});
    const times: number[] = [];
    const other = tasks({ onNotified: () => void times.push(Date.now()) });
    expect(await other.run()).toEqual(await silent.run());
    expect(times).toHaveLength(4);
    expect(other.attempts()).toEqual(silent.attempts());
    expect(silent.digest).not.toBe(other.digest);
  });

  test("ends the run with what it throws, or where it gives a promise or is no function", async () => {
    const throwing = () => {
      throw new RangeError("not mine");
    };
    await expect(tasks({ onNotified: throwing }).run()).rejects.toThrow('onNotified, told at 10 s of task "good": not mine');
    await expect(tasks({ onNotified: (() => Promise.resolve()) as never }).run()).rejects.toThrow(InputError);
    expect(() => tasks({ onNotified: 7 as never })).toThrow("onNotified is a function, not");
    expect(() => Date.now()).not.toThrow();
  });
});
