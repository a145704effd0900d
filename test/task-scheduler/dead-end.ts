// A program, run by a test: one function waits for another that can only go on when the first one does.
import { TaskScheduler } from "../../src/index.ts";

let release = () => {};
const never = new Promise<void>((resolve) => {
  release = resolve;
});
const scheduler = new TaskScheduler({ maxWorkers: 2 });
scheduler.addTask("sleeps", async (ctx) => {
  await ctx.sleep("10s");
  release();
});
scheduler.addTask("waits", async (ctx) => {
  await ctx.sleep("1s");
  await never;
});
scheduler.run().catch((error: Error & { exitCode: number }) => {
  console.log(`${error.name} ${error.exitCode}: ${error.message}`);
});
