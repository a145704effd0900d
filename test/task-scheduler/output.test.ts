// What functions write: kept attempt by attempt, beside the digest.
import { describe, expect, test } from "vitest";
import { type TaskContext, TaskScheduler } from "../../src/index.ts";

/** One task with two further attempts on two workers. */
function scheduler(run: (ctx: TaskContext) => unknown, options: { timeout?: string } = {}): TaskScheduler {
  return new TaskScheduler({ maxWorkers: 2 }).addTask("t", run, { retries: 2, ...options });
}

async function outputsOf(tasks: TaskScheduler): Promise<string[]> {
  const { outputs } = (await tasks.run()).get("t")!;
  return outputs.map(
    ({ attempt, worker, stdout, stderr }) => `${attempt} on ${worker}: ${JSON.stringify(stdout)} ${JSON.stringify(stderr)}`,
  );
}

describe("ctx.stdout and ctx.stderr", () => {
  test("keep what each attempt wrote, in order, those that failed too", async () => {
    const tasks = scheduler(async ({ attempt, stdout, stderr, sleep }) => {
      stdout.write(`begun ${attempt}\n`);
      await sleep("1s");
      if (attempt < 3) {
        stderr.write("not yet");
        throw new Error("not yet");
      }
      stdout.write("done");
    });
    expect(await outputsOf(tasks)).toEqual([
      '1 on w-1: "begun 1\\n" "not yet"',
      '2 on w-2: "begun 2\\n" "not yet"',
      '3 on w-1: "begun 3\\ndone" ""',
    ]);
  });

  test("take no text once the limit has ended the attempt", async () => {
    let late: unknown;
    const tasks = scheduler(
      async (ctx) => {
        ctx.stdout.write("a");
        await ctx.sleep("1s").finally(() => ctx.stdout.write("b"));
        await ctx.sleep("1h");
      },
      { timeout: "2s" },
    );
    const kept: TaskContext[] = [];
    const after = new TaskScheduler().addTask("t", (ctx) => void kept.push(ctx));
    expect(await outputsOf(tasks)).toEqual(['1 on w-1: "ab" ""', '2 on w-2: "ab" ""', '3 on w-1: "ab" ""']);
    await after.run();
    try {
      kept[0]?.stderr.write("late");
    } catch (error) {
      late = error;
    }
    expect(String(late)).toContain('attempt 1 of task "t" has ended');
  });

  test("take text only, and say so", async () => {
    const results = await new TaskScheduler().addTask("t", ({ stdout }) => stdout.write(7 as never)).run();
    expect(results.get("t")).toMatchObject({ status: "failed", error: new TypeError("ctx.stdout.write takes text, not number") });
  });

  test("are not in the digest", async () => {
    const [loud, silent] = [scheduler(({ stdout }) => stdout.write("x")), scheduler(() => {})];
    await loud.run();
    await silent.run();
    expect(loud.digest).toBe(silent.digest);
  });
});
