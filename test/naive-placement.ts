// Which worker a task goes to, in the naive simulator.
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
  };
  return open.length === 0 ? undefined : rules[settings.policy.placement ?? settings.placement]();
}

/** The largest used ÷ capacity, before placing or after placing a task. */
function fullness({ dimensions, capacity, used, request }: Run, worker: number, task?: Task): Fraction {
  const finite = [...dimensions.keys()].filter((d) => capacity(worker, d) > 0 && capacity(worker, d) < Infinity);
  const taken = (d: number) => used(worker, d) + (task ? request(task, d) : 0);
  const shares = finite.map((d): Fraction => [BigInt(taken(d)), BigInt(capacity(worker, d))]);
  return shares.reduce((most, share) => (compare(share, most) > 0 ? share : most), [0n, 1n]);
}
