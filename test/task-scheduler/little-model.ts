// What a scheduler of functions should do, in a few lines of its own: no events, no queue, no policy, no library.

/** A task: per attempt what it sleeps and whether it then throws. */
export interface ModelTask {
  id: string;
  dependencies: string[];
  retries: number;
  attempts: { sleeps: number[]; throws: boolean }[];
}

export interface ModelResult {
  status: "success" | "failed" | "skipped";
  attempts: number;
  started: number | undefined;
  finished: number | undefined;
}

/** Tasks in order, each on the first free worker, a retry not on the one it failed on (where there is another). Times in whole units. */
export function runModel(tasks: readonly ModelTask[], workers: number): Map<string, ModelResult> {
  const results = new Map<string, ModelResult>();
  const state = tasks.map(() => ({ attempts: 0, started: undefined as number | undefined, last: -1, end: -1 }));
  const occupied: (number | undefined)[] = Array.from({ length: workers }, () => undefined); // task per worker
  const isReady = (task: ModelTask) => task.dependencies.every((id) => results.get(id)?.status === "success");

  for (let time = 0; results.size < tasks.length; ) {
    // Ends of attempts.
    for (const [position, task] of tasks.entries()) {
      const own = state[position]!;
      if (own.end !== time) continue;
      own.end = -1;
      occupied[own.last] = undefined;
      const { throws } = task.attempts[own.attempts - 1]!;
      if (throws && own.attempts <= task.retries) continue;
      results.set(task.id, { status: throws ? "failed" : "success", attempts: own.attempts, started: own.started, finished: time });
    }
    // What can never run.
    for (let before = -1; before < results.size; ) {
      before = results.size;
      for (const task of tasks) {
        const lost = task.dependencies.some((id) => ["failed", "skipped"].includes(results.get(id)?.status ?? ""));
        if (lost && !results.has(task.id))
          results.set(task.id, { status: "skipped", attempts: 0, started: undefined, finished: undefined });
      }
    }
    // Starts.
    for (const [position, task] of tasks.entries()) {
      const own = state[position]!;
      if (results.has(task.id) || own.end >= 0 || !isReady(task)) continue;
      const worker = occupied.findIndex((holder, w) => holder === undefined && !(own.attempts > 0 && workers > 1 && w === own.last));
      if (worker < 0) continue;
      occupied[worker] = position;
      own.last = worker;
      own.started ??= time;
      own.end = time + task.attempts[own.attempts++]!.sleeps.reduce((sum, sleep) => sum + sleep, 0);
    }
    const ends = state.map(({ end }) => end).filter((end) => end >= 0);
    if (ends.length > 0) time = Math.min(...ends);
  }
  return results;
}
