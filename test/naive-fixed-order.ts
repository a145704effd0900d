// The policy of the naive simulator that starts tasks in the order of a list, on the workers that it names.
import { place } from "./naive-placement.ts";
import type { Deeds, Run } from "./naive-run.ts";

export function fixedOrderPass(run: Run, { begin }: Deeds): void {
  for (const text of run.settings.policy.parameters["order"] as readonly string[]) {
    const [id, name] = text.split("@");
    const task = run.tasks.find((other) => other.id === id)!;
    if (!["future", "waiting"].includes(task.stage)) continue;
    if (!run.ready().includes(task)) return;
    const isNamed = name !== undefined && task.attempts === 0;
    const named = () => run.everyWorker.find((w) => run.workers.names[w] === name && run.hasRoom(task, w));
    const worker = isNamed ? named() : place(run, task);
    if (worker === undefined) return;
    begin(task, worker);
  }
}
