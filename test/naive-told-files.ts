// What the scheduler of the naive simulator knows of files: where they were said to be, which are lost, and what follows.
import { filesOf } from "../src/model/data.ts";
import { EntryKind, Reason } from "../src/model/trace.ts";
import type { Deeds, Run } from "./naive-run.ts";
import type { NaiveWorkers } from "./naive-workers.ts";
import type { Task } from "./naive-world.ts";

/** What follows for tasks. */
interface Consequences {
  exhaust: (task: Task) => void;
  /** It will never run, with what depends on it. */
  lose: (list: { task: Task; failed: boolean }[]) => void;
  lostWith: (task: Task, failed: boolean) => { task: Task; failed: boolean }[];
}

export function toldFilesOf(
  run: Run,
  { record, takeBack, withdraw }: Deeds,
  { exhaust, lose, lostWith }: Consequences,
  workers: () => NaiveWorkers,
) {
  const { world, settings, tasks } = run;
  const { data } = world;
  const homes = new Map<Task, number>(); // where what it wrote lies
  const gathered = new Map<Task, number>();
  const wiped = new Set<number>();

  const isOpen = ({ stage }: Task) => !["completed", "failed", "skipped", "cancelled"].includes(stage);
  const needed = (task: Task) => run.readers(task).some(isOpen);
  const producers = (task: Task) =>
    [...filesOf(data!.inputs, task.position)].map((file) => tasks[data!.files.producer[file]]).filter((producer) => producer !== undefined);
  const lacks = (task: Task) => data !== undefined && producers(task).some((producer) => run.lost.has(producer));

  function completed(task: Task, worker: number): void {
    if (data === undefined) return;
    for (const list of [data.inputs, data.outputs]) for (const file of filesOf(list, task.position)) run.holders.push({ file, worker });
    const outputs = filesOf(data.outputs, task.position);
    if (data.outputPlace === "local" && outputs.length > 0) {
      run.lost.delete(task);
      homes.set(task, worker);
    }
    for (const file of outputs)
      for (const reader of filesOf(data.readers, file)) {
        const planned = run.plannedFor(tasks[reader]);
        if (tasks[reader].attempts === 0 && planned !== undefined) workers().push(file, planned);
      }
  }

  function forget(worker: number): void {
    run.holders = run.holders.filter((holder) => holder.worker !== worker);
    lost(worker);
  }

  /** What lay on a worker is lost. */
  function lost(worker: number): void {
    if (data?.outputPlace !== "local") return;
    const here = tasks.filter((task) => homes.get(task) === worker);
    for (const task of here) {
      homes.delete(task);
      run.lost.add(task);
    }
    if (data.lost === "fail") failReaders(here);
    else reopen(here.filter((task) => task.stage === "completed" && needed(task)));
  }

  function reopen(first: Task[]): void {
    const all = [...first];
    for (const task of all)
      for (const producer of producers(task))
        if (run.lost.has(producer) && producer.stage === "completed" && !all.includes(producer)) all.push(producer);
    all.sort((a, b) => a.position - b.position);
    for (const task of all) {
      [task.stage, task.queuedAt] = ["waiting", Infinity];
      task.lost += 1;
      run.reopened.add(task);
      record(EntryKind.reopened, task, -1, task.attempts, Reason.input);
    }
    for (const task of all)
      for (const reader of run.readers(task)) {
        if (all.includes(reader)) continue;
        if (reader.stage === "waiting") waitsAgain(reader);
        else sendBack(reader);
      }
    for (const task of all) {
      if (task.stage !== "waiting") continue; // it has ended with one that it depends on
      const ends = run.endsThatCount(task);
      if (!run.mayRunAgain(task)) exhaust(task);
      else if (ends.some((end) => ["failed", "skipped", "cancelled"].includes(end))) lose([{ task, failed: ends.includes("failed") }]);
    }
    run.looksAtReady();
  }

  function waitsAgain(task: Task): void {
    task.queuedAt = Infinity;
    if (task.attempts === 0) task.readyAt = Infinity;
    run.bound = run.bound.filter((each) => each.task !== task);
    run.claims = run.claims.filter((claim) => claim.task !== task);
  }

  function sendBack(task: Task): void {
    if (task.stage === "held") withdraw(task, Reason.input);
    else if (run.isOnWorker(task) && gathered.get(task) !== task.attempts) takeBack(task, Reason.input);
  }

  function failReaders(first: Task[]): void {
    for (const reader of new Set(first.flatMap((task) => run.readers(task)))) {
      if (["waiting", "backoff"].includes(reader.stage)) fail(reader);
      else sendBack(reader);
    }
  }

  function fail(task: Task): void {
    waitsAgain(task);
    task.stage = "failed";
    record(EntryKind.abandoned, task, -1, task.attempts, Reason.input);
    lose(lostWith(task, true));
  }

  return {
    completed,
    gathered(task: Task, worker: number, attempt: number, isValid: boolean): void {
      if (!isValid) return;
      gathered.set(task, attempt);
      run.enter(EntryKind.gathered, task, worker, attempt);
    },
    suspected: lost,
    diskLost: (worker: number) => void wiped.add(worker),
    registered: (worker: number) => void (wiped.delete(worker) && forget(worker)),
    left: forget,
    /** Whether a task that waits fails at once, for what it reads is lost: it has then. */
    failsWithout(task: Task): boolean {
      const fails = data?.lost === "fail" && task.stage === "waiting" && lacks(task);
      if (fails) fail(task);
      return fails;
    },
    delay: settings.localityDelay,
  };
}
