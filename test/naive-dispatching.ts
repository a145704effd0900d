// Policies of the naive simulator that bind tasks to workers' own queues when they become ready.
import { EntryKind } from "../src/model/trace.ts";
import { elsewhere } from "./naive-placement.ts";
import type { Deeds, Run } from "./naive-run.ts";
import { best, type Task } from "./naive-world.ts";

export function dispatchingPass(run: Run, { record, begin }: Deeds): void {
  const unbound = run.ready().filter((task) => !run.bound.some((each) => each.task === task));
  for (const task of unbound.sort((a, b) => a.release - b.release || a.position - b.position)) {
    if (!run.everyWorker.some((worker) => run.mayRun(task, worker))) continue;
    const worker = dispatch(run, task);
    run.bound.push({ task, worker });
    record(EntryKind.assigned, task, worker, task.attempts);
  }
  for (const worker of run.everyWorker) {
    for (const task of run.boundTo(worker))
      if (run.isFree(task, worker)) begin(task, worker);
      else break;
  }
}

function dispatch(run: Run, task: Task): number {
  const candidates = elsewhere(
    run,
    task,
    run.everyWorker.filter((worker) => run.mayRun(task, worker)),
  );
  const left = (other: Task, worker: number) => run.estimateOn(other, worker) + (other.stage === "running" ? other.start - run.now : 0);
  const allOn = (worker: number) => [...run.boundTo(worker), ...run.presentOn(worker)];
  const pendingWork = (worker: number) => allOn(worker).reduce((sum, other) => sum + Math.max(0, left(other, worker)), 0);
  const pick = (index: number, of: number[]) => of[Math.floor(run.random("policy", task, index) * of.length)];
  const rules: Record<string, () => number> = {
    "dispatch-random": () => pick(0, candidates),
    "dispatch-round-robin": () => (run.lastChosen = candidates.find((worker) => worker > run.lastChosen) ?? candidates[0]),
    "dispatch-shortest-queue": () => best(candidates, (a, b) => allOn(a).length - allOn(b).length),
    "dispatch-least-work": () => best(candidates, (a, b) => pendingWork(a) - pendingWork(b)),
    "dispatch-pow2": () => {
      const first = pick(0, candidates);
      const others = candidates.filter((worker) => worker !== first);
      return best([first, pick(1, others) ?? first], (a, b) => allOn(a).length - allOn(b).length);
    },
  };
  return rules[run.definition.name]();
}
