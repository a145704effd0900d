// The other bundled scenarios do what their comments say.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { type LoadOptions, loadScenario } from "../../src/files/load-scenario.ts";
import { compare, type RunFields, simulate } from "../../src/index.ts";
import { EntryKind } from "../../src/model/trace.ts";
import { judge, searchLinearizations } from "../../src/oracle/index.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { mean, type Outcome, runScenario } from "../run-world.ts";

const folder = fileURLToPath(new URL("../../scenarios/", import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".yaml"))
  .map((file) => file.replace(/\.yaml$/, ""));
const bundled = async (name: string, options: LoadOptions = {}) => (await loadScenario(name, options)).scenario;

/** One number of a scenario's runs under a policy, averaged over five seeds. */
async function over(name: string, policy: string, value: (outcome: Outcome) => number = ({ makespan }) => makespan): Promise<number> {
  const scenario = await bundled(name);
  return mean(["1", "2", "3", "4", "5"].map((seed) => value(runScenario(scenario, policy, seed))));
}

test.each(names)(
  "%s: is named after its file, opens with a comment that says what it shows, and leaves nothing unfinished",
  async (name) => {
    const comment = (readFileSync(`${folder}${name}.yaml`, "utf8").split("version:")[0] as string).trim();
    expect(comment.split("\n").every((line) => line.startsWith("#"))).toBe(true);
    expect(comment).toMatch(/[Ss]hows/);
    const scenario = await bundled(name);
    expect(scenario.name).toBe(name);
    const outcome = runScenario(scenario);
    expect(outcome.ending).toBe("complete");
    expect(outcome.status).not.toContain("unfinished");
  },
);

test.each(names)("%s: is what it expects to be, and breaks no invariant", async (name) => {
  const scenario = await bundled(name);
  const { trace, failedExpectations } = simulate(scenario, { storeTrace: true });
  expect(failedExpectations).toEqual([]);
  expect(judge(trace, {}).filter(({ verdict }) => verdict === "violated")).toEqual([]);
});

/** Scenarios about what goes wrong: each says in its `expect` what must come of it nevertheless. */
const ADVERSE = names.filter((name) => /^(faults|actions| {2}preemption):/m.test(readFileSync(`${folder}${name}.yaml`, "utf8")));

test.each(ADVERSE)("%s: expects something, which a run that is cut off does not give", async (name) => {
  const scenario = await bundled(name);
  const { failedExpectations } = simulate(scenario, { maxTime: "5s" });
  expect(scenario.expect.length).toBeGreaterThan(0);
  expect(failedExpectations).not.toEqual([]);
});

test("checkpoint-interval: what it says of intervals and of storage", async () => {
  const hours = async (...set: string[]) => simulate(await bundled("checkpoint-interval", { set })).summary.makespan_s! / 3600;
  const auto = simulate(await bundled("checkpoint-interval"), { storeTrace: true });
  expect(Math.round(auto.summary.makespan_s! / 3600)).toBe(30);
  expect(Math.round((auto.summary.lost_work_s as number) / 3600)).toBe(13);
  const first = [...auto.trace.entries].find(({ kind }) => kind === EntryKind.saving)!;
  expect(Math.round(first.time / 60e6)).toBe(37);
  expect(Math.round(await hours("checkpoint.every=10m"))).toBe(31);
  expect(Math.round(await hours("checkpoint.every=3h"))).toBe(39);
  expect(Math.round((await hours("checkpoint.every=10s")) / 24)).toBe(14);
  expect(Math.round((await hours("checkpoint.every=1000h")) / 24)).toBe(39);
  expect(Math.round(await hours("checkpoint.storage=local"))).toBe(32);
});

test("cold-starts: what it says of warm instances and of the cache", async () => {
  const summary = async (...set: string[]) => simulate(await bundled("cold-starts", { set })).summary;
  expect(await summary()).toMatchObject({ cold_starts: 148, pulls: 32 });
  expect(Math.round((await summary()).setup_s as number)).toBe(2202);
  expect(Math.round((await summary("environment.keep=0s")).setup_s as number)).toBe(12_799);
  expect((await summary("environment.keep=10m")).cold_starts).toBe(26);
  expect((await summary("cluster.workers.0.cache=5GB")).pulls).toBe(7);
});

test("locality: what it says of placements and of waiting", async () => {
  const moved = async (...set: string[]) => {
    const { transfers, mean_wait_s } = simulate(await bundled("locality", { set })).summary;
    return [transfers, Math.round((mean_wait_s as number) * 10) / 10];
  };
  expect(await moved()).toEqual([28, 2.6]);
  expect(await moved("scheduler.localityDelay=0s")).toEqual([639, 133.4]);
  expect(await moved("scheduler.localityDelay=1m")).toEqual([2, 6.8]);
  expect(await moved("scheduler.placement=first-fit")).toEqual([745, 184.8]);
});

test("lost-output-recomputed: who runs again, and that nobody does whose files nobody needs", async () => {
  const run = async (...set: string[]) => simulate(await bundled("lost-output-recomputed", { set }), { storeTrace: true });
  const lost = await run();
  expect(lost.summary).toMatchObject({ recomputed_tasks: 23, makespan_s: expect.closeTo(1630, 0) });
  const reopened = [...lost.trace.entries].filter(({ kind }) => kind === EntryKind.reopened);
  // As soon as w-2 is suspected, 15 s after its last heartbeat, and when w-4 has left.
  expect(new Set(reopened.map(({ time }) => Math.floor(time / 1e6))).size).toBeLessThanOrEqual(2);
  const durable = await run("data.outputs=durable");
  expect(durable.summary).toMatchObject({ recomputed_tasks: null, makespan_s: expect.closeTo(1118, 0) });
  expect((await run("data.lost=fail")).summary).toMatchObject({ failed: 4, recomputed_tasks: 0 });
});

test("straggler-speculation: copies more than halve the makespan, and shorten it on each seed", async () => {
  const [copying, alone] = [
    await bundled("straggler-speculation"),
    await bundled("straggler-speculation", { set: ["scheduler.speculation=none"] }),
  ];
  const summaries = (seed: number) => [copying, alone].map((scenario) => simulate(scenario, { seed }).summary) as [RunFields, RunFields];
  const [first, plain] = summaries(1);
  expect(first).toMatchObject({ copies: 7, copies_won: 6, completed: 124 });
  expect([Math.round(first.makespan_s as number), Math.round(plain.makespan_s as number)]).toEqual([637, 1376]);
  expect(Math.round((first.wasted_cpu as number) * 1000)).toBe(28);
  for (let seed = 1; seed <= 10; seed++) {
    const [copied, single] = summaries(seed);
    expect(copied.makespan_s).toBeLessThan(single.makespan_s as number);
  }
});

test("elastic-shrink-and-grow: solvers have what nobody requests, give it back to whoever comes, and no core is idle", async () => {
  const name = "elastic-shrink-and-grow";
  const shares = (await timed(name, " has ")).map((line) => line.replace(/, attempt.*/, ""));
  expect(shares.slice(0, 3)).toEqual([
    "[0.000000] (node) solver-1 has 16 cpu",
    "[60.000000] (node) solver-1 has 8 cpu",
    "[60.000000] (node) solver-2 has 8 cpu",
  ]);
  expect(shares.filter((line) => line.includes("solver-1")).map((line) => Number(line.split(" ")[4]))).toEqual([
    ...[16, 8, 5.334, 4, 2.667],
    ...[4, 5.334, 8],
  ]);
  const { summary } = simulate(await bundled(name));
  expect(summary).toMatchObject({ completed: 13, cpu_utilization: 1 });
  expect(Math.round(summary.makespan_s as number)).toBe(1024);
  const fixed = await bundled(name, { set: ["tasks.0.cpu=16", "tasks.0.duration=5m"] });
  expect(Math.round(simulate(fixed).summary.makespan_s as number)).toBe(1081);
  const plans = await compare(await bundled(name), { seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] });
  expect(plans.runs.length).toBeGreaterThan(100);
  expect(plans.runs.filter(({ completed, cpu_utilization }) => completed !== 13 || cpu_utilization !== 1)).toEqual([]);
});

test("deadlock-detected: five wait for one another, a ring of two is told, and its cheapest runs again", async () => {
  const name = "deadlock-detected";
  const begun = (await timed(name, "started, attempt 1")).filter((line) => Number(line.slice(1, line.indexOf("]"))) <= 420);
  expect(begun.map((line) => line.split(" ")[2])).toEqual(["join-1", "join-2", "join-3", "join-4", "join-5"]);
  const asked = await timed(name, " asks for 12GiB");
  expect(asked.slice(0, 5).map((line) => [Number(line.slice(1, line.indexOf("]"))), line.split(" ")[2]])).toEqual(
    [300, 330, 360, 390, 420].map((time, i) => [time, `join-${i + 1}`]),
  );
  expect(await timed(name, "deadlock")).toEqual([
    "[420.000000] (node) join-1 waits in a ring of deadlock, attempt 1 of 1",
    "[420.000000] (node) join-2 waits in a ring of deadlock, attempt 1 of 1",
    "[420.000000] (node) join-2 sent back to the queue to end a deadlock, attempt 1 of 1",
  ]);
  const { runs } = await compare(await bundled(name), { seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] });
  expect(new Set(runs.map(({ makespan_s, deadlocks, attempts }) => `${makespan_s} ${deadlocks} ${attempts}`))).toEqual(
    new Set(["1620 1 7"]),
  );
  const left = simulate(await bundled(name, { set: ["scheduler.deadlock=none"] }));
  expect(left.ending.message).toContain('the attempts of "join-1", "join-2", "join-3" and 2 others on node wait for what the others hold');
});

test("deadlock-prevented: four begin, nobody runs twice, and without claims it is refused", async () => {
  const name = "deadlock-prevented";
  const begun = (await timed(name, "started, attempt 1")).filter((line) => Number(line.slice(1, line.indexOf("]"))) <= 420);
  expect(begun.map((line) => line.split(" ")[2])).toEqual(["join-1", "join-2", "join-3", "join-4"]);
  const { runs } = await compare(await bundled(name), { seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] });
  expect(new Set(runs.map(({ makespan_s, deadlocks, attempts }) => `${makespan_s} ${deadlocks} ${attempts}`))).toEqual(
    new Set(["1500 0 6"]),
  );
  const joins = (text: string) => text.split("\n").filter((line) => line.includes("id: join"));
  const both = ["deadlock-detected", name].map((each) => joins(readFileSync(`${folder}${each}.yaml`, "utf8")));
  expect(both[0]).toEqual(both[1]);
  await expect(bundled("deadlock-detected", { set: ["scheduler.deadlock=prevent", "tasks.0.claim=none"] })).rejects.toThrow(
    "give it a claim",
  );
});

/** Lines of the log that have a word in them. */
async function timed(name: string, word: string): Promise<string[]> {
  const { trace } = simulate(await bundled(name), { storeTrace: true });
  const lines = [...schedulerLog(trace)].join("").split("\n");
  return lines.filter((line) => line.includes(word));
}

/** The same without their times. */
async function told(name: string, word: string): Promise<string[]> {
  return (await timed(name, word)).map((line) => line.replace(/^\[[^\]]*\] /, ""));
}

test("worker-crash: three tasks are lost with the worker, given up with their leases, and all complete elsewhere", async () => {
  expect(await timed("worker-crash", "suspected")).toEqual(["[17.000000] (scheduler) w-1 suspected, nothing heard of it"]);
  const lost = await timed("worker-crash", "when its lease was over");
  expect(lost.map((line) => line.slice(0, 19))).toEqual(Array(3).fill("[22.000001] (w-1) t"));
  const again = await told("worker-crash", "started, attempt 2 of 2");
  expect(again.map((line) => line.startsWith("(w-2)") || line.startsWith("(w-3)"))).toEqual([true, true, true]);
  const outcome = runScenario(await bundled("worker-crash"));
  expect([outcome.attempts.filter((attempts) => attempts === 2).length, new Set(outcome.status).size]).toEqual([3, 1]);
  expect(await told("worker-crash", "incarnation")).toEqual(["(w-1) crashed, incarnation 1", "(scheduler) w-1 registered, incarnation 2"]);
});

test("zombie-worker: it stops what it held when it goes on, no end of it is refused, and it is trusted again", async () => {
  expect(await timed("zombie-worker", "when its lease was over")).toEqual([
    "[19.000001] (w-2) t3 sent back to the queue when its lease was over, attempt 1 of 1",
    "[19.000001] (w-2) t4 sent back to the queue when its lease was over, attempt 1 of 1",
  ]);
  expect((await timed("zombie-worker", "[40.000000]")).slice(0, 5)).toEqual([
    "[40.000000] (w-2) goes on",
    "[40.000000] (w-2) t3 stopped attempt 1, its lease is over",
    "[40.000000] (w-2) t4 stopped attempt 1, its lease is over",
    "[40.000000] (scheduler) w-2 heard again",
    "[40.000000] (w-2) t9 started, attempt 1 of 1",
  ]);
  expect(await told("zombie-worker", "refused")).toEqual([]);
});

test("distant-clients: what the cut held up arrives after it, in another order, counts once, and every client is told", async () => {
  const isOver = (line: string) => Number(/^\[([\d.]+)\]/.exec(line)?.[1]) >= 390;
  const lines = (await timed("distant-clients", "")).filter(isOver).filter((line) => /job[567] /.test(line));
  expect(lines.map((line) => line.replace(/^\[[\d.]+\] /, "")).slice(0, 7)).toEqual([
    "(scheduler) job7 submitted",
    "(w-1) job7 started, attempt 1 of 1",
    "(scheduler) job6 is not submitted yet, its client is told",
    "(scheduler) job6 submitted",
    "(w-1) job6 started, attempt 1 of 1",
    "(scheduler) job5 submitted",
    "(scheduler) job5 cancelled by its client",
  ]);
  expect(await told("distant-clients", "reported to its client")).toHaveLength(10);
  expect(await told("distant-clients", "submitted")).toHaveLength(11); // and what was told of job6
});

test("one-way-cut: it is never suspected, stops what it cannot renew, and what is sent to it waits for the end of the cut", async () => {
  expect(await told("one-way-cut", "suspected")).toEqual([]);
  // The last answer was to the heartbeat of 9 s, and a lease lasts 10 s.
  expect(await timed("one-way-cut", "its lease is over")).toEqual([
    "[19.000000] (w-2) t3 ended on its worker, for its lease is over, attempt 1 of 1",
    "[19.000000] (w-2) t4 ended on its worker, for its lease is over, attempt 1 of 1",
  ]);
  const began = await told("one-way-cut", "began");
  expect(began.filter((line) => line.startsWith("(w-2)"))).toHaveLength(4);
});

test("lost-completion: no end is known before the loss is over, and none counts twice", async () => {
  const { trace } = simulate(await bundled("lost-completion"), { storeTrace: true });
  const ends = [...trace.entries].filter(({ kind }) => kind === EntryKind.finished);
  expect(ends.filter(({ time }) => time < 50e6)).toEqual([]);
  expect(ends).toHaveLength(8);
  expect(await told("lost-completion", "refused")).toEqual([]);
});

test("false-suspicion: both tasks run twice, the ends of the first copies are refused, and half of the work is done twice", async () => {
  expect(await told("false-suspicion", "refused")).toEqual([
    "(w-1) a ended attempt 1, too late: refused",
    "(w-1) b ended attempt 1, too late: refused",
  ]);
  const { summary } = simulate(await bundled("false-suspicion"));
  // Given up at 7 s, each runs on beside its second copy for the other 13 s.
  const { makespan_s, useful_cpu, wasted_cpu, doubled_s } = summary;
  expect([makespan_s, useful_cpu, wasted_cpu, doubled_s]).toEqual([27, 40 / 108, 14 / 108, 26]);
});

test("slow-clock: two copies run from 17.5 s to 19 s, since the scheduler allows for no drift; with the drift declared there is one", async () => {
  // The last heartbeat was sent at 7.5 s, of one each 1.25 s, and arrived at 7.501 s; from 7.601 s on they are lost. A lease of 10 s is over at 17.501001 s there, and by the
  // slow clock at 20 s. The first copy runs from 0.001 s to 19.001 s, the second counts from 17.501001 s on.
  const { summary } = simulate(await bundled("slow-clock"));
  expect(summary).toMatchObject({ attempts: 2, refused: 1, doubled_s: 1.499999, makespan_s: 36.503001 });
  const declared = simulate(await bundled("slow-clock", { set: ["scheduler.drift=0.2"] }));
  expect(declared.summary).toMatchObject({ attempts: 1, refused: 0, doubled_s: 0, makespan_s: 19.002 });
});

test("slow-worker: nobody suspects it, and it more than doubles the makespan", async () => {
  expect(await told("slow-worker", "suspected")).toEqual([]);
  const scenario = await bundled("slow-worker");
  expect(runScenario(scenario).makespan).toBeGreaterThan(2 * runScenario({ ...scenario, faults: [] }).makespan);
});

test("rolling-drain: each old worker is gone within its limit, what ran on is handed back, and a new one has come before", async () => {
  expect(await told("rolling-drain", "registered")).toHaveLength(3);
  const { trace, summary } = simulate(await bundled("rolling-drain"), { storeTrace: true });
  const drains = [...trace.entries].filter(({ kind }) => kind === EntryKind.draining);
  const left = [...trace.entries].filter(({ kind }) => kind === EntryKind.left);
  expect(left.map(({ worker }) => worker)).toEqual([0, 1, 2]);
  expect(left.every(({ time }, i) => time - (drains[i]?.time ?? 0) <= 60e6)).toBe(true);
  const handedBack = await told("rolling-drain", "since its worker leaves");
  expect(handedBack.length).toBeGreaterThan(2);
  expect([summary.completed, summary.attempts]).toEqual([200, 200 + handedBack.length]);
});

test("rack-outage: workers of a rack go down at the same instants, and every policy meets the same outages", async () => {
  const outages = async (policy: string) => {
    const { trace } = simulate(await bundled("rack-outage"), { storeTrace: true, policy });
    const at = new Map<number, number>();
    for (const { kind, time } of trace.entries) if (kind === EntryKind.crashed && time < 1.5e9) at.set(time, (at.get(time) ?? 0) + 1);
    return [...at];
  };
  const outagesOfOne = await outages("sjf");
  expect(outagesOfOne.length).toBeGreaterThan(2);
  expect(outagesOfOne.every(([, workers]) => workers === 4)).toBe(true);
  expect(await outages("fcfs")).toEqual(outagesOfOne);
});

test("preemption-thrash: killed eight times, the long task wastes most of what it runs; suspended, nothing", async () => {
  const told = async (...set: string[]) => simulate(await bundled("preemption-thrash", { set })).summary;
  const thrashing = await told();
  expect(thrashing).toMatchObject({ preemptions: 8, attempts_lost: 8, makespan_s: 575 });
  expect(thrashing.wasted_cpu).toBeGreaterThan(0.7);
  expect(await told("scheduler.preemption.mode=suspend")).toMatchObject({ wasted_cpu: 0, makespan_s: 485 });
  expect(await told("scheduler.preemption.max=3")).toMatchObject({ preemptions: 3 });
  expect(await told("scheduler.preemption.minRun=90s")).toMatchObject({ preemptions: 0 });
});

test("priority-inversion: the important task waits for both of the others; if they are killed, for nobody", async () => {
  const wait = async (...set: string[]) =>
    simulate(await bundled("priority-inversion", { set }))
      .tasks()
      .find(({ task }) => task === "important")?.wait_s;
  expect(await wait()).toBe(340);
  expect(await wait("scheduler.preemption.mode=kill")).toBe(0);
});

test("poison-task: each of them runs four times and has failed, under every policy the same; more retries are more waste", async () => {
  const scenario = await bundled("poison-task");
  const { summary, tasks } = simulate(scenario);
  const failed = tasks().filter(({ status }) => status === "failed");
  expect(failed.map(({ task }) => task)).toContain("t7");
  expect(failed.length).toBeGreaterThan(3);
  expect(failed.every(({ attempts }) => attempts === 4)).toBe(true);
  expect([summary.completed, summary.attempts]).toEqual([400 - failed.length, 400 + 3 * failed.length]);
  const others = simulate(scenario, { policy: "ljf" }).tasks();
  expect(others.filter(({ status }) => status === "failed").map(({ task }) => task)).toEqual(failed.map(({ task }) => task));
  const thirty = simulate(await bundled("poison-task", { set: ["scheduler.retries.max=30"] })).summary;
  const waste = ({ wasted_cpu, makespan_s }: typeof summary) => (wasted_cpu as number) * (makespan_s as number);
  expect(thirty.completed).toBe(summary.completed);
  expect(waste(thirty) / waste(summary)).toBeCloseTo(31 / 4, 9);
});

test("cancel-storm: half of what is there is gone at one instant, and its room is taken at that instant; or it is only done again", async () => {
  const { trace, summary } = simulate(await bundled("cancel-storm"), { storeTrace: true });
  const cancelled = [...trace.entries].filter(({ kind }) => kind === EntryKind.cancelled);
  const stopped = cancelled.filter(({ worker }) => worker >= 0).length;
  expect(cancelled.every(({ time }) => time === 60e6)).toBe(true);
  expect(cancelled.length + (summary.completed as number)).toBe(300);
  expect(stopped).toBeGreaterThan(3);
  expect([...trace.entries].filter(({ kind, time }) => kind === EntryKind.started && time === 60e6)).toHaveLength(stopped);
  const again = simulate(await bundled("cancel-storm", { set: ["faults[0].requeue=true"] })).summary;
  expect([again.completed, again.cancelled, again.attempts_lost]).toEqual([300, 0, stopped]);
});

test("graham-anomaly: 12 s on three workers, 15 s on four", async () => {
  expect(runScenario(await bundled("graham-anomaly")).makespan).toBe(12);
  expect(runScenario(await bundled("graham-anomaly", { set: ["cluster.workers.0.count=4"] })).makespan).toBe(15);
});

test("five-step-etl: task3 completes at its third attempt, task4 takes a random time", async () => {
  const scenario = await bundled("five-step-etl");
  const outcome = runScenario(scenario);
  expect(outcome.byId(outcome.status)).toEqual({
    task1: "completed",
    task2: "completed",
    task3: "completed",
    task4: "completed",
    task5: "completed",
  });
  expect(outcome.byId(outcome.attempts)).toEqual({ task1: 1, task2: 1, task3: 3, task4: 1, task5: 1 });
  expect(runScenario(scenario, "priority", "8").makespan).not.toBe(outcome.makespan);
});

test("unrelated-speeds: list policies take 230 s, the order in the comment 90 s", async () => {
  const scenario = await bundled("unrelated-speeds");
  for (const policy of ["first-fit", "fcfs", "sjf", "ljf", "critical-path"])
    expect(runScenario(scenario, policy).makespan, policy).toBe(230);
  const text = readFileSync(`${folder}unrelated-speeds.yaml`, "utf8");
  const [, order = ""] = /fixed-order:order=([^']*)'/.exec(text) ?? [];
  expect(runScenario(scenario, `fixed-order:order=${order.replaceAll("#", "")}`).makespan).toBe(90);
});

test("opposed-demands: overtaking beats the strict queue; placement hardly matters", async () => {
  const overtaking = await over("opposed-demands", "first-fit");
  expect(overtaking).toBeLessThan(0.9 * (await over("opposed-demands", "fcfs")));
  expect(Math.abs((await over("opposed-demands", "first-fit:placement=worst-fit")) / overtaking - 1)).toBeLessThan(0.02);
});

test("layered-graph: critical-path ends first", async () => {
  const best = await over("layered-graph", "critical-path");
  for (const policy of ["ljf", "sjf", "random"]) expect(best, policy).toBeLessThan(0.97 * (await over("layered-graph", policy)));
});

test("batch-queue: strict fcfs drowns at a load that overtaking serves", async () => {
  const wait = ({ waits }: Outcome) => mean(waits);
  expect(await over("batch-queue", "fcfs", wait)).toBeGreaterThan(5 * (await over("batch-queue", "first-fit", wait)));
});

describe("nightly-pipelines, the main demonstration", () => {
  test("whoever starts the long pipeline early ends early; the strict queue and dispatching end late", async () => {
    const makespan = (policy: string) => over("nightly-pipelines", policy);
    const early = Math.max(await makespan("priority"), await makespan("edd"), await makespan("critical-path"));
    expect(early).toBeLessThan(0.9 * (await makespan("first-fit")));
    expect(await makespan("first-fit")).toBeLessThan(0.95 * (await makespan("fcfs")));
    expect(await makespan("fcfs")).toBeLessThan(0.95 * (await makespan("dispatch-random")));
  });

  test("some tasks fail and are tried again, some for good", async () => {
    const scenario = await bundled("nightly-pipelines");
    const retried = await over("nightly-pipelines", "priority", ({ attempts }) => attempts.filter((count) => count > 1).length);
    expect(retried).toBeGreaterThan(10);
    expect(runScenario(scenario, "priority", "1").status).toContain("failed");
  });
});

test("spot-market: whoever starts long tasks first is sooner and cheaper; without spot instances it takes six times as long at twice the cost", async () => {
  const scenario = await bundled("spot-market");
  const alone = await bundled("spot-market", { set: ["cluster.autoscaler=none"] });
  for (const seed of ["1", "2", "3"]) {
    const { summary } = simulate(scenario, { seed });
    const sjf = simulate(scenario, { seed, policy: "sjf" }).summary;
    const two = simulate(alone, { seed }).summary;
    expect(summary.makespan_s).toBeLessThan(0.7 * (sjf.makespan_s as number));
    expect(summary.cost).toBeLessThan(sjf.cost as number);
    expect((two.makespan_s as number) / (summary.makespan_s as number)).toBeGreaterThan(4);
    expect((two.cost as number) / (summary.cost as number)).toBeGreaterThan(1.5);
    expect([two.launched, two.reclaimed]).toEqual([0, 0]);
    expect(summary.attempts - 400).toBe(summary.attempts_lost);
  }
});

test("autoscale-burst: most tasks wait for the boot, and what each autoscaler costs is what the comment says", async () => {
  const run = async (...set: string[]) => simulate(await bundled("autoscale-burst", { set })).summary;
  // Each burst: 18 of 20 tasks wait, so nine instances are launched, for 270 s each; of the last burst for 210 s. The one worker is there for 2,910 s.
  expect(await run()).toMatchObject({ launched: 36, max_wait_s: 90, makespan_s: 2910, cost: 0.335833 });
  expect((2910 + 3 * 9 * 270 + 9 * 210) * (0.1 / 3600)).toBeCloseTo(0.335833, 6);
  expect(await run("cluster.autoscaler=utilisation")).toMatchObject({ launched: 20, max_wait_s: 360, cost: 0.248333 });
  expect(await run("cluster.autoscaler=none")).toMatchObject({ launched: 0, max_wait_s: 1980, cost: 0.133333 });
  expect(await run("cluster.pools.more.min=10")).toMatchObject({ launched: 0, max_wait_s: 0, cost: 0.861667 });
  const { summary } = simulate(await bundled("autoscale-burst"), { policy: "dispatch-least-work" });
  expect(summary.max_wait_s).toBeGreaterThan(900);
});

/** What befell the replicas of the scheduler: when, who, what. */
async function leadersOf(name: string): Promise<string[]> {
  return (await timed(name, ""))
    .filter((line) => line.includes("] (r-") && !line.includes("has sent"))
    .map((line) => line.replace(/^\[(\d+\.\d{3})\d+\] \((r-\d)\)/, "$1 $2"));
}

/** Runs of ten seeds under the scenario's policy. */
async function tenSeeds(name: string, set: string[] = []) {
  const scenario = await bundled(name, { set });
  return (await compare(scenario, { policies: [scenario.scheduler.policy.name], seeds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] })).runs;
}

test("leader-crash: another leads within two election timeouts, and nothing is lost", async () => {
  const name = "leader-crash";
  expect(await leadersOf(name)).toEqual([
    "1.037 r-2 elected, term 1",
    "1.043 r-2 leads from now on, term 1",
    "60.000 r-2 leads no more, term 1",
    "60.000 r-2 crashed, start 1",
    "61.287 r-3 elected, term 2",
    "61.293 r-3 leads from now on, term 2",
    "80.000 r-2 started, start 2",
  ]);
  for (const { failover_p50_s, completed, attempts, elections } of await tenSeeds(name)) {
    expect(failover_p50_s).toBeGreaterThan(0.9);
    expect(failover_p50_s).toBeLessThan(4.1);
    expect([completed, attempts, elections]).toEqual([200, 200, 2]);
  }
  const makespan = async (...set: string[]) => simulate(await bundled(name, { set })).summary.makespan_s as number;
  expect(await makespan()).toBeCloseTo(289.2, 1);
  expect(await makespan("faults.0.at=1000s")).toBeCloseTo(288.5, 1); // it comes too late
  expect(await makespan("faults=[]", "scheduler.replicas=1")).toBeCloseTo(287.2, 1);
});

test("paused-leader: it learns too late that another leads, and no task runs twice", async () => {
  expect((await leadersOf("paused-leader")).slice(2)).toEqual([
    "60.000 r-2 paused",
    "61.287 r-3 elected, term 2",
    "61.293 r-3 leads from now on, term 2",
    "70.000 r-2 leads no more, term 1",
    "70.000 r-2 goes on",
  ]);
  for (const run of await tenSeeds("paused-leader")) expect(run).toMatchObject({ completed: 200, attempts: 200, doubled_s: 0, refused: 0 });
});

test("split-brain-fenced: what the old leader ordered comes too late, and is refused", async () => {
  const name = "split-brain-fenced";
  expect((await leadersOf(name)).slice(2)).toEqual([
    "61.037 r-2 leads no more, term 1",
    "61.521 r-1 elected, term 2",
    "61.527 r-1 leads from now on, term 2",
  ]);
  expect(await timed(name, "refused what a replica orders")).toHaveLength(38);
  for (const { completed, attempts, fenced } of await tenSeeds(name)) {
    expect([completed, attempts]).toEqual([200, 200]);
    expect(fenced).toBeGreaterThan(0);
  }
});

test("word-of-the-leader: what it alone has noted is lost with it, and done again; a majority's word is kept", async () => {
  const name = "word-of-the-leader";
  expect((await timed(name, "and is lost")).length).toBe(9);
  for (const { completed, attempts, lost_commands } of await tenSeeds(name)) {
    expect([completed, attempts]).toEqual([200, 200 + (lost_commands ?? 0)]);
    expect(lost_commands).toBeGreaterThan(0);
  }
});

test("one-way-partition: a leader that is not heard, or hears nobody, steps down", async () => {
  const name = "one-way-partition";
  expect((await leadersOf(name)).filter((line) => line.includes("leads no more"))).toEqual([
    "61.037 r-2 leads no more, term 1",
    "121.287 r-3 leads no more, term 2",
  ]);
  for (const run of await tenSeeds(name)) expect(run).toMatchObject({ completed: 200, attempts: 200, elections: 3 });
});

test("lost-majority-and-back: nothing is decided meanwhile, and nothing is lost", async () => {
  const name = "lost-majority-and-back";
  const decided = (await timed(name, "")).filter((line) => {
    const time = Number(line.slice(1, line.indexOf("]")));
    return time > 70 && time < 102.4 && !line.includes("ended on its worker") && !line.includes("(r-");
  });
  expect(decided).toEqual([]);
  const { summary } = simulate(await bundled(name));
  expect(summary.makespan_s).toBeCloseTo(315.5, 1);
  expect(summary.failover_p50_s).toBeCloseTo(32.5, 1);
  for (const { completed, doubled_s } of await tenSeeds(name)) expect([completed, doubled_s]).toEqual([200, 0]);
});

test("rolling-restart: an election each time that it hits the leader", async () => {
  const name = "rolling-restart";
  const { summary } = simulate(await bundled(name));
  expect(summary.makespan_s).toBeCloseTo(289.6, 1);
  expect((await leadersOf(name)).filter((line) => line.includes("leads from now on"))).toEqual([
    "1.043 r-2 leads from now on, term 1",
    "81.442 r-3 leads from now on, term 2",
    "101.123 r-1 leads from now on, term 3",
  ]);
  for (const run of await tenSeeds(name)) expect(run).toMatchObject({ completed: 200, attempts: 200 });
});

test("stale-reads: any replica tells what it knows, and the leader alone what is so", async () => {
  const name = "stale-reads";
  const { trace, summary } = simulate(await bundled(name), { storeTrace: true });
  expect(summary).toMatchObject({ completed: 60, calls: 1005, stale_answers: 8, wrong_answers: 0 });
  expect(searchLinearizations(trace, 100_000).verdict).toBe("broken");
  const led = simulate(await bundled(name, { set: ["clients.reads=linearizable"] }), { storeTrace: true });
  expect(led.summary).toMatchObject({ completed: 60, stale_answers: 0, wrong_answers: 0 });
  expect(searchLinearizations(led.trace, 100_000).verdict).toBe("held");
  for (const run of await tenSeeds(name)) expect(run.stale_answers).toBeGreaterThan(0);
});

test("slow-disk: the leader's costs time, a follower's nothing", async () => {
  const name = "slow-disk";
  const makespan = async (...set: string[]) => simulate(await bundled(name, { set })).summary.makespan_s as number;
  expect(await makespan()).toBeCloseTo(292.8, 1);
  const follower = await makespan("faults.0.replica=r-1");
  expect(follower).toBeCloseTo(288.5, 1);
  for (const run of await tenSeeds(name)) expect(run).toMatchObject({ completed: 200, elections: 1 });
});

test("lost-disk-new-member: those whose disks are lost are the majority in the end, and know all", async () => {
  const name = "lost-disk-new-member";
  expect((await leadersOf(name)).slice(2, 15)).toEqual([
    "60.000 r-2 leads no more, term 1",
    "60.000 r-2 crashed, start 1",
    "60.000 r-2 loses its disk, start 1",
    "61.287 r-3 elected, term 2",
    "61.293 r-3 leads from now on, term 2",
    "90.000 r-2 started, start 2",
    "90.000 r-2 comes back without a log, as new member 1 in its place",
    "90.006 r-2 is a member no more, the first in its place",
    "90.012 r-2 is a member without a vote, new member 1 in its place",
    "90.111 r-2 has a vote, new member 1 in its place",
    "120.000 r-1 crashed, start 1",
    "120.000 r-1 entry 137 of its log on disk cannot be read any more",
    "150.000 r-1 started, start 2",
  ]);
  expect(simulate(await bundled(name)).summary.makespan_s).toBeCloseTo(289.6, 1);
  for (const run of await tenSeeds(name)) expect(run).toMatchObject({ completed: 200, attempts: 200 });
  const { trace } = simulate(await bundled(name, { set: ["faults.1.at=1m"] }), { storeTrace: true });
  expect(trace.ending.message).toContain("2 of 3 replicas of the scheduler have lost their disks");
});
