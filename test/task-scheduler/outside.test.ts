// Functions and the world outside: real waiting, what is forbidden, and what nobody will bring about.
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { setTimeout as realTime } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { PolicyError, type TaskContext, TaskScheduler } from "../../src/index.ts";

describe("what a function awaits beside ctx", () => {
  it("takes no virtual time, and its order changes nothing", async () => {
    const run = async (delays: readonly number[]) => {
      const scheduler = new TaskScheduler({ maxWorkers: 3 });
      for (const [i, delay] of delays.entries()) {
        scheduler.addTask(`reader ${i}`, async (ctx) => {
          await ctx.sleep(5 - i);
          const before = ctx.now;
          await realTime(delay);
          const text = await readFile(fileURLToPath(import.meta.url), "utf8");
          expect(ctx.now).toBe(before);
          await ctx.sleep(1);
          return text.length > 0;
        });
      }
      scheduler.addTask("after", (ctx) => ctx.now, { dependencies: ["reader 0"] });
      const results = await scheduler.run();
      return { results, digest: scheduler.digest };
    };
    const one = await run([1, 20, 40]);
    expect([...one.results.values()].map(({ result }) => result)).toEqual([true, true, true, 6]);
    expect(await run([40, 1, 20])).toEqual(one);
  });

  it("goes on at the same time for all that have started", async () => {
    let waiting = 0;
    let release = () => {};
    const all = new Promise<void>((resolve) => {
      release = resolve;
    });
    const scheduler = new TaskScheduler({ maxWorkers: 3 });
    for (const id of ["a", "b", "c"]) {
      scheduler.addTask(id, async () => {
        if (++waiting === 3) release();
        await all;
      });
    }
    expect([...(await scheduler.run()).values()].map(({ status }) => status)).toEqual(["success", "success", "success"]);
  });

  it("may be a request, for which Node uses clocks of its own", async () => {
    const server = createServer((_, response) => response.end("pong"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const scheduler = new TaskScheduler().addTask("ping", async () => (await fetch(`http://127.0.0.1:${port}`)).text());
    const results = await scheduler.run().finally(() => server.close());
    expect(results.get("ping")).toMatchObject({ status: "success", result: "pong" });
  });

  it("that nothing in the process can bring about ends the run, naming the task", () => {
    const script = fileURLToPath(new URL("dead-end.ts", import.meta.url));
    const jiti = fileURLToPath(new URL("../../node_modules/jiti/lib/jiti-cli.mjs", import.meta.url));
    const { stdout, status } = spawnSync(process.execPath, [jiti, script], { encoding: "utf8" });
    expect(stdout).toBe(
      'BudgetError 5: at 1 s task "waits" waits for something other than ctx that nothing in this process can bring about; ' +
        "virtual time only moves when every running function waits on ctx\n",
    );
    expect(status).toBe(0);
  });
});

/** The line of this file in which a function stands: its own first line. */
const FORBIDDEN: Record<string, (ctx: TaskContext) => unknown> = {
  "Math.random()": () => Math.random(),
  "Date.now()": () => Date.now(),
  "new Date()": () => new Date(),
  "performance.now()": () => performance.now(),
  "process.hrtime.bigint()": () => process.hrtime.bigint(),
  "crypto.randomUUID()": () => crypto.randomUUID(),
  "setTimeout()": () => new Promise((resolve) => setTimeout(resolve, 1)),
  "setInterval()": () => setInterval(() => {}, 1000),
  "setImmediate()": () => setImmediate(() => {}),
  "queueMicrotask()": () => queueMicrotask(() => {}),
};

describe("the guard", () => {
  it.each(Object.keys(FORBIDDEN))("ends the run at a call of %s, with file and line", async (name) => {
    const call = FORBIDDEN[name] as (ctx: TaskContext) => unknown;
    const message = new RegExp(
      `^test/task-scheduler/outside\\.test\\.ts:\\d+: ${name.replace(/[.()]/g, "\\$&")} was called during a run, .*use ctx\\.now, ctx\\.sleep and ctx\\.random`,
    );
    const error = await new TaskScheduler()
      .addTask("a", call)
      .run()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PolicyError);
    expect((error as Error).message).toMatch(message);
    const deep = new TaskScheduler().addTask("a", async (ctx) => {
      await ctx.sleep(1);
      await Promise.all([1].map(async () => call(ctx)));
    });
    await expect(deep.run()).rejects.toThrow(message);
    expect(call({} as TaskContext)).not.toBeInstanceOf(Error);
  });

  it("is not got round by catching what it throws", async () => {
    const sly = new TaskScheduler().addTask(
      "sly",
      async (ctx) => {
        await ctx.sleep(1);
        try {
          return Math.random();
        } catch {
          return ctx.sleep(1);
        }
      },
      { retries: 5 },
    );
    await expect(sly.run()).rejects.toThrow(/Math\.random/);
  });

  it("leaves the rest of the process alone while it is up, and everything as it was", async () => {
    const before = [Math.random, Date, performance.now, setTimeout, queueMicrotask, process.hrtime] as unknown[];
    let during: unknown;
    const scheduler = new TaskScheduler().addTask("slow", async () => realTime(30));
    const run = scheduler.run();
    expect(Math.random).not.toBe(before[0]);
    await new Promise<void>((resolve) => {
      setTimeout(() => {
        during = [
          typeof Math.random(),
          new Date(0).getTime(),
          Date.now() > 1.6e12,
          performance.now() > 0,
          process.hrtime.bigint() > 0n,
          Date.UTC(1970, 0),
        ];
        resolve();
      }, 5);
    });
    expect(during).toEqual(["number", 0, true, true, true, 0]);
    expect(new Date()).toBeInstanceOf(Date);
    await run;
    expect([Math.random, Date, performance.now, setTimeout, queueMicrotask, process.hrtime]).toEqual(before);
    await expect(new TaskScheduler().addTask("bad", () => Math.random()).run()).rejects.toThrow(PolicyError);
    expect(Math.random).toBe(before[0]);
    expect(Date).toBe(before[1]);
  });

  it("is up until the last of several runs is over", async () => {
    const short = new TaskScheduler().addTask("short", () => realTime(1)).run();
    const long = new TaskScheduler().addTask("long", async () => {
      await short;
      await realTime(10);
      return Math.random();
    });
    await expect(long.run()).rejects.toThrow(/Math\.random/);
    await short;
    expect(typeof Math.random()).toBe("number");
  });
});
