// Dispatching: each task is bound to one worker's own queue as soon as it is ready, and never moves.
import { definePolicy, type PolicyContext, type PolicyDefinition, type TaskView, type WorkerView } from "./policy.ts";

/** Picks one of the workers that could hold the task, given by position. */
export type Choice = (task: TaskView, candidates: readonly WorkerView[]) => WorkerView;

type DispatchingInput = Pick<PolicyDefinition, "name" | "summary" | "formula" | "source" | "objective"> &
  Partial<Pick<PolicyDefinition, "needs" | "draws">> & { chooser(context: PolicyContext): Choice };

/** Defines a policy that binds arrivals, in order of release and position, to the worker that its rule chooses. */
export function defineDispatching({ chooser, ...definition }: DispatchingInput): PolicyDefinition {
  return definePolicy({
    ...definition,
    order: "plan",
    dispatching: true,
    takesPlacement: false,
    scaleFree: true,
    create: (context) => {
      const choose = chooser(context);
      return {
        schedule(pass) {
          for (const task of pass.arrivals()) pass.assign(task, choose(task, pass.workers.candidates(task)));
        },
      };
    },
  });
}

/** The candidate for which the measure is least; ties go to the lowest position. */
export function leastOf(candidates: readonly WorkerView[], measure: (worker: WorkerView) => number): WorkerView {
  let best = candidates[0] as WorkerView;
  let least = measure(best);
  for (let index = 1; index < candidates.length; index++) {
    const worker = candidates[index] as WorkerView;
    const value = measure(worker);
    if (value < least) {
      best = worker;
      least = value;
    }
  }
  return best;
}
