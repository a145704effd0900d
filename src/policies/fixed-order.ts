// A fixed order: replays a list. Its next task waits until it is ready and fits, and nothing overtakes it.
import { largestCapacity } from "../model/capacity-effects.ts";
import { at, nameAt } from "../model/columns.ts";
import { refuse } from "../model/errors.ts";
import { Hints } from "../model/nearest.ts";
import type { ParameterValue } from "../model/settings.ts";
import { claimed } from "../model/task-profile.ts";
import type { BelievedWorld } from "../model/world.ts";
import { definePolicy, type Policy, type PolicyContext, type WorldDoubts } from "./policy.ts";

type Parameters = Readonly<Record<string, ParameterValue>>;

/** One place of the list: a task, and the worker of its first attempt if the list names one. */
interface Entry {
  text: string;
  task: number | undefined;
  worker?: string;
}

export const fixedOrder = definePolicy({
  name: "fixed-order",
  summary: "in the order of a list or file; the next of the list waits until it is ready and fits, and nothing overtakes it",
  formula: "place in the list",
  source: "nonpreemptive static list: Pinedo, Scheduling: Theory, Algorithms, and Systems",
  objective: "replays a known schedule: in order of (start, end, id) it gives its makespan again",
  order: "plan",
  scaleFree: true,
  parameters: {
    order: {
      summary:
        "task ids, first to last; `T4@P2` names the worker of the first attempt too; a text is split at commas and white space, ids that hold some need a list",
    },
    file: { summary: "a text file of the same, one entry a line" },
  },
  faults: listFaults,
  create,
});

function create(context: PolicyContext): Policy {
  const entries = entriesOf(context.parameters, (id) => context.positionOf(id));
  const place = new Map<number, number>();
  entries.forEach((entry, index) => {
    if (entry.task !== undefined) place.set(entry.task, index);
  });
  const last = entries.length;
  let next = 0; // every place before it has started or ended; one that comes back for a retry is the head of the queue
  return {
    rank: (task) => place.get(task.position) ?? last,
    workerOf(task) {
      const named = entries[place.get(task) ?? -1]?.worker;
      return named === undefined ? undefined : context.workers.byId(named);
    },
    schedule(pass) {
      for (let head = pass.queue.head(); head !== undefined; head = pass.queue.head()) {
        const headPlace = place.get(head.position) ?? last;
        while (next < headPlace && hasBegun(pass.status((entries[next] as Entry).task ?? -1))) next++;
        if (next < headPlace) return; // the next of the list is not ready yet
        const named = head.attempts === 0 ? entries[headPlace]?.worker : undefined;
        const worker = named === undefined ? pass.workers.find(head) : pass.workers.byId(named);
        if (worker === undefined || !pass.workers.fits(head, worker)) return;
        pass.start(head, worker);
      }
    },
  };
}

function hasBegun(status: string | undefined): boolean {
  return status === "running" || status === "backoff" || status === "ended";
}

/** The list of the parameters; a text (as the command line gives it) is split at commas and white space. */
function entriesOf(parameters: Parameters, positionOf: (id: string) => number | undefined): Entry[] {
  const { order } = parameters;
  if (order === undefined) refuse("policy fixed-order needs its list: order: [id, …], or file: a path");
  const texts = Array.isArray(order)
    ? order
    : String(order)
        .split(/[\s,]+/)
        .filter((text) => text !== "");
  return texts.map((given) => {
    const text = String(given);
    const whole = positionOf(text);
    const at = text.lastIndexOf("@");
    if (whole !== undefined || at < 0) return { text, task: whole };
    return { text, task: positionOf(text.slice(0, at)), worker: text.slice(at + 1) };
  });
}

/** A list is refused that names what is not there, misses or repeats a task, or contradicts a dependency. */
function listFaults(parameters: Parameters, world: BelievedWorld, doubts?: WorldDoubts): string[] {
  if (parameters.order === undefined) return []; // that it needs one is told of every policy that is not given what it works by
  const { tasks, workers } = world;
  const positions = new Map<string, number>();
  for (let task = 0; task < tasks.count; task++) positions.set(nameAt(tasks.names, task), task);
  const taskHints = new Hints(() => positions.keys());
  const workerHints = new Hints(() => workers.names);
  const workerPositions = new Map(workers.names.map((id, position) => [id, position]));
  const faults: string[] = [];
  const isSure = (task: number) => doubts?.isTask?.(nameAt(tasks.names, task)) ?? true;
  const places = new Int32Array(tasks.count).fill(-1);
  entriesOf(parameters, (id) => positions.get(id)).forEach((entry, index) => {
    const { text, task, worker } = entry;
    if (task === undefined) {
      if (doubts?.isTask === undefined) faults.push(`fixed-order: "${text}" is not a task${taskHints.of(text)}`);
    } else if (places[task] !== -1) {
      faults.push(
        `fixed-order: "${nameAt(tasks.names, task)}" stands twice in the list, at ${(places[task] as number) + 1} and ${index + 1}`,
      );
    } else {
      places[task] = index;
    }
    if (worker === undefined || doubts?.workers === true) return;
    const position = workerPositions.get(worker);
    if (position === undefined) faults.push(`fixed-order: "${text}" names a worker that is not there${workerHints.of(worker)}`);
    else if (task !== undefined && doubts === undefined && !canHold(world, position, task)) {
      faults.push(`fixed-order: "${text}" can never run: worker "${worker}" cannot hold "${nameAt(tasks.names, task)}"`);
    }
  });
  for (let task = 0; task < tasks.count; task++) {
    const place = places[task] as number;
    if (place === -1 && isSure(task)) faults.push(`fixed-order: the list misses "${nameAt(tasks.names, task)}"`);
    for (let edge = tasks.dependencies.offsets[task] as number; edge < (tasks.dependencies.offsets[task + 1] as number); edge++) {
      const dependency = tasks.dependencies.targets[edge] as number;
      if (place === -1 || (places[dependency] as number) < place) continue;
      faults.push(`fixed-order: "${nameAt(tasks.names, task)}" stands before "${nameAt(tasks.names, dependency)}", on which it depends`);
    }
  }
  return faults;
}

/** Whether a worker that nothing else runs on may run the task, and ever has what it requests, or claims. */
function canHold({ tasks, workers, eligibilitySets }: BelievedWorld, worker: number, task: number): boolean {
  const may = eligibilitySets[at(tasks.eligibility, task)]?.[worker] === 1;
  return may && tasks.request.every((_, d) => claimed(tasks, task, d) <= (largestCapacity(workers)[d]?.[worker] ?? 0));
}
