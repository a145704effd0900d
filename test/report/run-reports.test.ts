import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AttemptOutcomes } from "../../src/metrics/attempt-outcomes.ts";
import { attemptRows } from "../../src/metrics/attempt-rows.ts";
import { criticalChain } from "../../src/metrics/critical-chain.ts";
import { DeadLetters } from "../../src/metrics/dead-letters.ts";
import { jobRows } from "../../src/metrics/job-rows.ts";
import { LowerBound } from "../../src/metrics/lower-bound.ts";
import { RunMetrics } from "../../src/metrics/run-metrics.ts";
import { RUN_COLUMNS } from "../../src/metrics/run-summary.ts";
import { taskRows } from "../../src/metrics/task-rows.ts";
import { WorkerUsage } from "../../src/metrics/worker-usage.ts";
import { columnOf, listedNames } from "../../src/model/columns.ts";
import { EntryKind, Reason, TraceColumns } from "../../src/model/trace.ts";
import { columnReference } from "../../src/report/column-reference.ts";
import { csv, csvChunks } from "../../src/report/csv.ts";
import { eventsJsonl } from "../../src/report/events-jsonl.ts";
import { cellText, type ReportColumn } from "../../src/report/report-column.ts";
import { chainText, runText } from "../../src/report/run-text.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";
import { runJson } from "../../src/report/summary-json.ts";
import { ATTEMPT_COLUMNS, DEAD_LETTER_COLUMNS, JOB_COLUMNS, TASK_COLUMNS } from "../../src/report/task-columns.ts";
import { workerColumns } from "../../src/report/worker-columns.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { randomRun, run, runPlain } from "../metrics/random-runs.ts";
import { worldOf } from "../run-world.ts";

const WHOLE = { from: 0, to: 1 };

/** Three tasks in a row of which the second fails twice and is retried once; a fourth, with its own due date, completes. */
function sample() {
  const world = worldOf(
    [
      { id: "load", duration: 2.5, release: 1 },
      { id: "clean, sort", duration: 4, after: ["load"], retries: 1, failures: 9, memory: 512 },
      { id: "report", duration: 3, after: ["clean, sort"] },
      { id: "backup", duration: 12, release: 1, cpu: 0.5, due: 20, weight: 2 },
    ],
    [{ cpu: 1, memory: 1024 }, { cpu: 2 }],
  );
  world.name = "sample";
  world.tasks.job = { values: ["", "etl"], indices: columnOf(Float64Array.of(1, 1, 1, 0)) };
  const metrics = new RunMetrics(world, WHOLE);
  const usage = new WorkerUsage(world);
  const attempts = new AttemptOutcomes(world);
  const deadLetters = new DeadLetters(world);
  const result = runPlain(world, [metrics, attempts, usage, deadLetters]);
  const bound = new LowerBound(world);
  return { world, metrics, attempts, usage, deadLetters, result, bound, summary: metrics.summary(result, "7", bound) };
}

describe("CSV", () => {
  test("runs.csv", () => {
    const { summary } = sample();
    expect(csv(RUN_COLUMNS, [{ ...summary, digest: "0123456789abcdef" }])).toBe(
      "scenario,policy,seed,makespan_s,lower_bound_s,gap,cpu_utilization,mean_wait_s,p95_wait_s,mean_flow_s,max_wait_s,mean_bounded_slowdown," +
        "mean_tardiness_s,max_lateness_s,weighted_completion_s,useful_cpu,wasted_cpu,completed,failed,skipped,cancelled,unfinished,attempts,preemptions,attempts_lost,mean_detection_s,false_suspicions,refused,doubled_s,events,digest,checkpoints,checkpoint_s,lost_work_s,cost,energy_kwh,launched,reclaimed,setup_s,pulls,cold_starts,transfer_s,transfers,bytes_moved,recomputed_tasks,recomputed_s,copies,copies_won,ask_wait_s,deadlocks,elections,leaderless_s,failover_p50_s,failover_p99_s,fenced,repeated,lost_commands,decision_p50_s,decision_p99_s,messages_per_command,bytes_per_command,calls,unanswered,answer_p50_s,answer_p99_s,stale_answers,wrong_answers\n" +
        "sample,fcfs,7,13,13,0,0.4230769230769231,0,0,7.25,0,1,0,-8,29.5,0.21794871794871795,0.20512820512820512,2,1,1,0,0,4,0,0,,0,0,0,15,0123456789abcdef,,,,,,0,0,,,,,,,,,0,0,,,,,,,,,,,,,,,,,,,\n",
    );
  });

  test("tasks.csv", () => {
    expect(csv(TASK_COLUMNS, taskRows(sample().metrics))).toBe(
      [
        "task,status,attempts,worker,submitted_s,ready_s,started_s,finished_s,wait_s,run_s,flow_s,slowdown,cpu,memory_bytes",
        "load,completed,1,w1,1,1,1,3.5,0,2.5,2.5,1,1,0",
        '"clean, sort",failed,2,w2,0,3.5,3.5,11.5,0,,,,1,512',
        "report,skipped,0,,0,,,,,,,,1,0",
        "backup,completed,1,w2,1,1,1,13,0,12,12,1,0.5,0",
        "",
      ].join("\n"),
    );
  });

  test("attempts.csv", () => {
    const { attempts, metrics, result } = sample();
    expect(csv(ATTEMPT_COLUMNS, attemptRows(attempts, metrics.horizon(result.ending, 0).end))).toBe(
      [
        "task,attempt,worker,outcome,reason,started_s,finished_s,run_s,cpu_s,peak_memory_bytes,disk_read_bytes,disk_written_bytes,work_s,checkpoint_s,checkpoints,setup_s,transfer_s,stdout,stderr,copy,ask_wait_s",
        "load,1,w1,completed,,1,3.5,2.5,2.5,0,0,0,2.5,0,0,0,0,,,0,0",
        "backup,1,w2,completed,,1,13,12,6,0,0,0,12,0,0,0,0,,,0,0",
        '"clean, sort",1,w1,failed,execution,3.5,7.5,4,4,512,0,0,4,0,0,0,0,,,0,0',
        '"clean, sort",2,w2,failed,execution,7.5,11.5,4,4,512,0,0,4,0,0,0,0,,,0,0',
        "",
      ].join("\n"),
    );
  });

  test("jobs.csv and workers.csv", () => {
    const { metrics, bound, usage, result, world } = sample();
    expect(csv(JOB_COLUMNS, jobRows(metrics, bound))).toBe(
      "job,tasks,completed,failed,skipped,cancelled,unfinished,attempts,submitted_s,started_s,finished_s,wait_s,makespan_s,critical_path_s,schedule_length_ratio\n" +
        "etl,3,1,1,1,0,0,3,0,1,11.5,1,11.5,11.5,1\n",
    );
    expect(csv(workerColumns(world.dimensions), usage.rows(metrics.horizon(result.ending, bound.origin)))).toBe(
      "worker,attempts,busy_s,idle_s,cpu_utilization,memory_utilization,disk_utilization,slots_utilization,paid_s,cost,energy_kwh\n" +
        "w1,2,6.5,6.5,0.5,0.15384615384615385,,,,,\n" +
        "w2,2,12,1,0.38461538461538464,,,,,,\n",
    );
  });

  test("dead-letters.csv", () => {
    const { deadLetters } = sample();
    expect(csv(DEAD_LETTER_COLUMNS, deadLetters.letters)).toBe('task,attempts,worker,reason,failed_s\n"clean, sort",2,w2,execution,11.5\n');
  });

  test("is read back as it was, whatever the names", () => {
    const columns: ReportColumn<string[]>[] = [0, 1].map((i) => ({ name: `c${i}`, unit: "text", meaning: "", value: (row) => row[i] }));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.string())), (rows) => {
        const read = parse(csv(columns, rows), {
          columns: true,
          relax_column_count: false,
          skip_empty_lines: false,
          record_delimiter: "\n",
        });
        expect(read).toEqual(rows.map(([c0, c1]) => ({ c0, c1 })));
      }),
      { seed: seed(1), numRuns: runs(200) },
    );
  });

  test("comes in pieces that add up", () => {
    const columns: ReportColumn<number>[] = [{ name: "n", unit: "1", meaning: "", value: (row) => row }];
    const rows = [...Array(10_000).keys()];
    const pieces = [...csvChunks(columns, rows)];
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.join("")).toBe(["n", ...rows, ""].join("\n"));
  });

  test.each([
    ["s", 12_500_000, "12.5"],
    ["s", 1, "0.000001"],
    ["s", 2_500_000.5, "2.5000005"],
    ["s", -8_000_000, "-8"],
    ["s", 1e22, "10000000000000000"],
    ["1", 0.1 + 0.2, "0.30000000000000004"],
    ["cores", 500, "0.5"],
    ["bytes", 4_294_967_296, "4294967296"],
    ["1", undefined, ""],
    ["text", "", ""],
  ] as const)("a cell in %s of %s is %s", (unit, value, text) => expect(cellText(unit, value)).toBe(text));
});

describe("JSON", () => {
  test("a run has the fields of runs.csv by the same names, and totals per status", () => {
    const { summary } = sample();
    const document = runJson(summary, ["a line"]);
    expect(Object.keys(document).slice(0, RUN_COLUMNS.length)).toEqual(RUN_COLUMNS.map(({ name }) => name));
    expect(document).toMatchObject({ makespan_s: 13, mean_flow_s: 7.25, max_lateness_s: -8, seed: "7" });
    expect(document["tasks"]).toEqual({ total: 4, completed: 2, failed: 1, skipped: 1, cancelled: 0, unfinished: 0 });
    expect(document).toMatchObject({ ending: "complete", failed_expectations: ["a line"] });
    expect(runJson({ ...summary, makespan: undefined }, [])).toMatchObject({ makespan_s: null });
  });

  test("events.jsonl: an object a line, as many as entries, times exact", () => {
    const { result, world } = sample();
    const lines = [...eventsJsonl(result.trace)]
      .join("")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(result.entries);
    expect(lines[0]).toEqual({ time_s: 0, kind: "submitted", task: "clean, sort" });
    expect(lines.filter(({ kind }) => kind === "failed")).toEqual([
      { time_s: 7.5, kind: "failed", task: "clean, sort", worker: "w1", attempt: 1, reason: "execution" },
      { time_s: 11.5, kind: "failed", task: "clean, sort", worker: "w2", attempt: 2, reason: "execution" },
    ]);
    world.tasks.names = listedNames(['"quoted"\n', "b", "c", "d"]);
    expect(() =>
      [...eventsJsonl(result.trace)]
        .join("")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).not.toThrow();
  });
});

test("scheduler.log: a sentence for everything that happened", () => {
  expect([...schedulerLog(sample().result.trace)].join("")).toBe(
    [
      "[0.000000] (scheduler) clean, sort submitted",
      "[0.000000] (scheduler) report submitted",
      "[1.000000] (scheduler) load submitted",
      "[1.000000] (scheduler) backup submitted",
      "[1.000000] (w1) load started, attempt 1 of 1",
      "[1.000000] (w2) backup started, attempt 1 of 1",
      "[3.500000] (w1) load finished, attempt 1 of 1",
      "[3.500000] (w1) clean, sort started, attempt 1 of 2",
      "[7.500000] (w1) clean, sort failed, attempt 1 of 2",
      "[7.500000] (scheduler) clean, sort to be retried, attempt 2 of 2",
      "[7.500000] (w2) clean, sort started, attempt 2 of 2",
      "[11.500000] (w2) clean, sort failed, attempt 2 of 2",
      "[11.500000] (scheduler) clean, sort failed for good, no attempts left after 2",
      "[11.500000] (scheduler) report skipped, because clean, sort failed",
      "[13.000000] (w2) backup finished, attempt 1 of 1",
      "",
    ].join("\n"),
  );
});

test("scheduler.log: cancellations, time limits, assignments, and failures by dependency", () => {
  const { world, result } = sample();
  const entry = (kind: EntryKind, task: number, worker: number, attempt: number, reason: Reason) => ({
    time: 0,
    kind,
    task,
    worker,
    attempt,
    reason,
  });
  const entries = TraceColumns.from([
    entry(EntryKind.assigned, 0, 1, 0, Reason.none),
    entry(EntryKind.failed, 0, 1, 1, Reason.timeout),
    entry(EntryKind.cancelled, 0, -1, 1, Reason.client),
    entry(EntryKind.skipped, 1, -1, 0, Reason.dependency),
    entry(EntryKind.abandoned, 2, -1, 0, Reason.dependency),
    entry(EntryKind.cancelled, 3, 1, 1, Reason.client),
  ]);
  expect([...schedulerLog({ ...result.trace, world, entries })].join("").split("\n")).toEqual([
    "[0.000000] (scheduler) load assigned to w2",
    "[0.000000] (w2) load failed at its time limit, attempt 1 of 1",
    "[0.000000] (scheduler) load cancelled by its client",
    "[0.000000] (scheduler) clean, sort skipped, because load was cancelled",
    "[0.000000] (scheduler) report failed, because clean, sort was skipped",
    "[0.000000] (w2) backup cancelled by its client, attempt 1 of 1",
    "",
  ]);
});

describe("text", () => {
  test("a run", () => {
    const { summary } = sample();
    expect(runText({ ...summary, digest: "0123456789abcdef" })).toBe(
      [
        "sample, policy fcfs, seed 7, digest 0123456789abcdef",
        "",
        "makespan   13 s, lower bound 13 s, gap 0 %",
        "tasks      2 completed, 1 failed, 1 skipped",
        "wait       mean 0 s, 95th percentile 0 s, longest 0 s",
        "flow       mean 7.25 s, mean bounded slowdown 1",
        "due dates  mean tardiness 0 s, largest lateness -8 s",
        "cpu        42.31 % used: 21.79 % useful, 20.51 % wasted",
        "attempts   4; 15 events",
        "",
      ].join("\n"),
    );
  });

  test("a run without a makespan says what is left", () => {
    const { summary } = sample();
    const text = runText({
      ...summary,
      makespan: undefined,
      unfinished: 1200,
      ending: { kind: "starved", message: "nothing is due", exitCode: 5, time: 0 },
    });
    expect(text).toContain("none: 1,200 tasks are unfinished");
    expect(text).not.toContain("nothing is due");
    expect(runText({ ...summary, makespan: undefined, unfinished: 1 })).toContain("none: 1 task is unfinished");
  });

  test("where the makespan went", () => {
    const world = worldOf(
      [
        { id: "a", duration: 5 },
        { id: "b", duration: 7 },
        { id: "c", duration: 3, release: 2, after: ["a"] },
      ],
      [{}],
    );
    const metrics = new RunMetrics(world, WHOLE);
    runPlain(world, [metrics]);
    expect(chainText(criticalChain(metrics), world)).toBe(
      [
        "where the makespan went: the chain of 2 tasks that set it",
        "",
        "task      worker  released_s  blocked_s  queued_s  running_s  ended_s",
        "a         w1               0          0         0          5        5",
        "c         w1               2          3         7          3       15",
        "together                                        7          8",
        "",
      ].join("\n"),
    );
    expect(chainText([], world)).toBe("");
  });

  test("of a long chain those links are shown that took longest, and the rest is summed up", () => {
    const count = 30;
    const world = worldOf(
      [...Array(count).keys()].map((i) => ({ duration: i < 25 ? 10 + i : 1, ...(i > 0 && { after: [`T${i}`] }) })),
      [{}],
    );
    const metrics = new RunMetrics(world, WHOLE);
    runPlain(world, [metrics]);
    const lines = chainText(criticalChain(metrics), world).trimEnd().split("\n");
    expect(lines).toHaveLength(3 + 20 + 2);
    expect(lines[3]).toMatch(/^T6 /);
    expect(lines.at(-2)).toMatch(/^10 shorter ones +0 +65$/);
    expect(lines.at(-1)).toMatch(/^together +0 +555$/);
  });

  test("has no styles but those of the styler given", () => {
    const { summary, metrics, world } = sample();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
    expect(runText(summary) + chainText(criticalChain(metrics), world)).not.toMatch(/\u001b/);
    expect(runText(summary, (style, text) => `<${style}>${text}`)).toContain("<bold>sample");
  });
});

test("the reference names every column once per file, with what it means", () => {
  const reference = columnReference();
  for (const { name, meaning } of [...RUN_COLUMNS, ...TASK_COLUMNS, ...JOB_COLUMNS]) {
    expect(meaning).not.toBe("");
    expect(reference).toContain(`| \`${name}\` |`);
    expect(meaning).not.toContain("|");
  }
});

test("any run can be reported", () => {
  fc.assert(
    fc.property(randomRun, (random) => {
      const metrics = new RunMetrics(random.world, WHOLE);
      const result = run(random, [metrics]);
      const summary = metrics.summary(result, "7");
      const [header, row] = parse(csv(RUN_COLUMNS, [summary]), { relax_column_count: true }) as string[][];
      expect(row).toHaveLength(header?.length ?? 0); // a policy's text may hold commas
      expect(`${row?.join(",")}${runText(summary)}${chainText(criticalChain(metrics), random.world)}`).not.toMatch(
        /NaN|undefined|Infinity/,
      );
      expect([...schedulerLog(result.trace)].join("").split("\n")).toHaveLength(result.entries + 1);
    }),
    { seed: seed(2), numRuns: runs(150) },
  );
});
