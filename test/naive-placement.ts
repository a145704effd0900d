// Which worker a task goes to, in the naive simulator.
import { filesOf } from "../src/model/data.ts";
import type { Run } from "./naive-run.ts";
import { best, compare, type Fraction, type Task } from "./naive-world.ts";

/** The candidates but for the worker of the last attempt, where a retry only prefers others and one has room. */
export function elsewhere(run: Run, task: Task, candidates: number[]): number[] {
  const others = candidates.filter((worker) => worker !== task.avoids);
  return run.prefers && others.some((worker) => run.hasRoom(task, worker)) ? others : candidates;
}

export function place(run: Run, task: Task): number | undefined {
  const { settings } = run;
  const open = elsewhere(
    run,
    task,
    run.everyWorker.filter((worker) => run.hasRoom(task, worker)),
  );
  const rules = {
    "first-fit": () => open[0],
    "best-fit": () => best(open, (a, b) => compare(fullness(run, b, task), fullness(run, a, task))),
    "worst-fit": () => best(open, (a, b) => compare(fullness(run, a, task), fullness(run, b, task))),
    "least-loaded": () => best(open, (a, b) => compare(fullness(run, a), fullness(run, b))),
    "round-robin": () => (run.lastChosen = open.find((worker) => worker > run.lastChosen) ?? open[0]),
    random: () => open[Math.floor(run.random("placement", task, 0) * open.length)],
    locality: () => local(run, task, open),
  };
  const rule = settings.policy.placement ?? settings.placement;
  return open.length === 0 && rule !== "locality" ? undefined : rules[rule]();
}

/** Where most of its files are; for some time after it was ready nowhere else, if any worker that could hold it has more. */
function local(run: Run, task: Task, open: number[]): number | undefined {
  const { data } = run.world;
  const reads = data === undefined ? [] : [...filesOf(data.inputs, task.position)];
  const has = (worker: number, file: number) => run.holders.some((holder) => holder.worker === worker && holder.file === file);
  const bytes = (worker: number) => reads.filter((file) => has(worker, file)).reduce((sum, file) => sum + data!.files.size[file], 0);
  const chosen = open.length === 0 ? undefined : best(open, (a, b) => bytes(b) - bytes(a));
  const until = task.readyAt + (run.definition.preempts ? 0 : (run.settings.localityDelay ?? 0));
  const homes = elsewhere(run, task, run.everyWorker).filter((worker) => run.mayRun(task, worker) && bytes(worker) > 0);
  if (run.now >= until || homes.length === 0) return chosen;
  if (chosen !== undefined && bytes(chosen) >= Math.max(...homes.map(bytes))) return chosen;
  if (!run.wakes.includes(until)) run.wakes.push(until);
  return undefined;
}

/** The largest used ÷ capacity, before placing or after placing a task. */
function fullness({ dimensions, capacity, used, request, kept }: Run, worker: number, task?: Task): Fraction {
  const finite = [...dimensions.keys()].filter((d) => capacity(worker, d) > 0 && capacity(worker, d) < Infinity);
  const taken = (d: number) => used(worker, d) + kept(worker, d) + (task ? request(task, d) : 0);
  const shares = finite.map((d): Fraction => [BigInt(taken(d)), BigInt(capacity(worker, d))]);
  return shares.reduce((most, share) => (compare(share, most) > 0 ? share : most), [0n, 1n]);
}
