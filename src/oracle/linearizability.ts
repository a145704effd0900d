// Whether what clients were told of a task can be explained by its calls and steps taking effect one at a time, each between when it began and when it was
// answered (Herlihy and Wing, 1990). The search is that of Wing and Gong (1993), with the memory of Lowe (2017): what has taken effect, and where that leads.
import { STATUS_CALL, TaskState } from "../model/clients.ts";
import type { Trace } from "../model/trace.ts";
import { afterCall, type CallOperation, type Moment, type TaskHistory, taskHistories } from "./task-history.ts";

/** `undecided`: the budget ran out; that is not `held`. */
export type SearchVerdict = "held" | "broken" | "undecided";

/** What a search over all tasks has found. */
export interface Linearizability {
  verdict: SearchVerdict;
  held: number;
  /** Of the first task that is broken: calls of which none can be left out, in the order in which they were made. */
  broken: { task: number; calls: CallOperation[] }[];
  /** Tasks for which the budget ran out. */
  undecided: number[];
}

/** `budget`: most steps of the search for each task. */
export function searchLinearizations(trace: Trace, budget: number): Linearizability {
  const found: Linearizability = { verdict: "held", held: 0, broken: [], undecided: [] };
  for (const history of taskHistories(trace)) {
    const verdict = linearizes(history, budget);
    if (verdict === "held") found.held += 1;
    else if (verdict === "undecided") found.undecided.push(history.task);
    else found.broken.push({ task: history.task, calls: leastBroken(history, budget) });
  }
  if (found.broken.length > 0) found.verdict = "broken";
  else if (found.undecided.length > 0) found.verdict = "undecided";
  return found;
}

/** Where a task stands, and how many steps the scheduler has taken. */
interface Position {
  state: TaskState;
  steps: number;
}

/** A place in the history: something begins there, or is answered. */
interface Place {
  operation: number;
  isReturn: boolean;
  at: Moment;
  previous: Place | undefined;
  next: Place | undefined;
  /** Of a beginning: where it is answered. */
  answer: Place | undefined;
}

const comesBefore = (a: Moment, b: Moment) => a.time - b.time || a.entry - b.entry;

export function linearizes(history: TaskHistory, budget: number): SearchVerdict {
  return new Search(history).run(budget);
}

class Search {
  readonly #history: TaskHistory;
  readonly #head: Place;
  /** Which operations have taken effect, as bits. */
  readonly #done: Uint32Array;
  readonly #seen = new Set<string>();
  /** Answered calls that have not taken effect. */
  #left: number;

  constructor(history: TaskHistory) {
    this.#history = history;
    const { calls, steps } = history;
    this.#done = new Uint32Array(Math.ceil((calls.length + steps.length) / 32) || 1);
    this.#left = calls.filter(({ returned }) => returned !== undefined).length;
    this.#head = linked(placesOf(history));
  }

  run(budget: number): SearchVerdict {
    const taken: { place: Place; before: Position }[] = [];
    let position: Position = { state: TaskState.unsubmitted, steps: 0 };
    let place = this.#head.next;
    for (let tried = 0; this.#left > 0; tried++) {
      if (tried >= budget) return "undecided";
      const after = place === undefined || place.isReturn ? undefined : this.#after(place.operation, position);
      if (place !== undefined && after !== undefined && this.#takes(place, after)) {
        taken.push({ place, before: position });
        position = after;
        place = this.#head.next;
      } else if (place !== undefined && !place.isReturn) place = place.next;
      else {
        const last = taken.pop();
        if (last === undefined) return "broken";
        this.#takesBack(last.place);
        position = last.before;
        place = last.place.next;
      }
    }
    return "held";
  }

  #after(operation: number, { state, steps }: Position): Position | undefined {
    const { calls } = this.#history;
    const call = calls[operation];
    if (call !== undefined) {
      const after = afterCall(call, state);
      return after === undefined ? undefined : { state: after, steps };
    }
    const step = this.#history.steps[operation - calls.length];
    return operation - calls.length === steps && step?.from === state ? { state: step.to, steps: steps + 1 } : undefined;
  }

  /** Lets an operation take effect, unless that was tried. */
  #takes(place: Place, { state, steps }: Position): boolean {
    this.#mark(place.operation);
    const key = `${this.#done.join()} ${state} ${steps}`;
    if (this.#seen.has(key)) {
      this.#mark(place.operation);
      return false;
    }
    this.#seen.add(key);
    for (const each of [place, place.answer]) {
      if (each === undefined) continue;
      (each.previous as Place).next = each.next;
      if (each.next !== undefined) each.next.previous = each.previous;
    }
    if (place.answer !== undefined) this.#left -= 1;
    return true;
  }

  #takesBack(place: Place): void {
    this.#mark(place.operation);
    for (const each of [place.answer, place]) {
      if (each === undefined) continue;
      (each.previous as Place).next = each;
      if (each.next !== undefined) each.next.previous = each;
    }
    if (place.answer !== undefined) this.#left += 1;
  }

  #mark(operation: number): void {
    const word = Math.floor(operation / 32);
    this.#done[word] = (this.#done[word] as number) ^ (1 << (operation % 32));
  }
}

/** Where operations begin and are answered: calls first, then steps. */
function placesOf({ calls, steps }: TaskHistory): Place[] {
  const place = (operation: number, isReturn: boolean, at: Moment): Place => {
    return { operation, isReturn, at, previous: undefined, next: undefined, answer: undefined };
  };
  return [
    ...calls.flatMap(({ called, returned }, i) => {
      const begins = place(i, false, called);
      if (returned === undefined) return [begins];
      begins.answer = place(i, true, returned);
      return [begins, begins.answer];
    }),
    ...steps.map(({ decided }, i) => place(calls.length + i, false, decided)),
  ];
}

/** In the order of their moments, behind a head. */
function linked(places: Place[]): Place {
  const head: Place = {
    ...{ operation: -1, isReturn: false, at: { time: -1, entry: -1 } },
    ...{ previous: undefined, next: undefined, answer: undefined },
  };
  let last = head;
  for (const place of places.sort((a, b) => comesBefore(a.at, b.at))) {
    last.next = place;
    place.previous = last;
    last = place;
  }
  return head;
}

/** The calls that break a history, as few as tell it: it ends with the first answer that does, and none of them can be left out. */
function leastBroken(history: TaskHistory, budget: number): CallOperation[] {
  const breaks = (calls: CallOperation[]) => linearizes({ ...history, calls }, budget) === "broken";
  let calls = untilBroken(history.calls, breaks);
  for (const call of [...calls]) {
    const weaker = calls.flatMap((each) => (each !== call ? [each] : call.kind === STATUS_CALL ? [] : [unanswered(call)]));
    if (breaks(weaker)) calls = weaker;
  }
  return calls.filter(({ returned }) => returned !== undefined);
}

function unanswered(call: CallOperation): CallOperation {
  return { ...call, returned: undefined };
}

/** Up to the first answer with which it is broken: what is answered later is unanswered then. */
function untilBroken(calls: CallOperation[], breaks: (calls: CallOperation[]) => boolean): CallOperation[] {
  const answers = calls.flatMap(({ returned }) => returned ?? []).sort(comesBefore);
  const until = (last: Moment) =>
    calls.flatMap((call) => {
      if (comesBefore(call.called, last) > 0) return [];
      return [call.returned === undefined || comesBefore(call.returned, last) > 0 ? unanswered(call) : call];
    });
  let [low, high] = [0, answers.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (breaks(until(answers[middle] as Moment))) high = middle;
    else low = middle + 1;
  }
  return until(answers[high] as Moment);
}
