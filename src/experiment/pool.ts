// Runs cells on all cores: an edge (threads, wall clock). What comes out depends on the cells alone, never on who ran them or when.
import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { World } from "../model/world.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { CellQueue } from "./cell-queue.ts";
import { type Batch, type Cell, type CellResult, CellRunner } from "./cells.ts";
import type { Answer, Order } from "./pool-worker.ts";

export interface PoolOptions {
  /** Cells that run at a time; default: the available cores. With 1 no thread is made. */
  jobs?: number | undefined;
  /** Runs every cell in a new thread's memory, even with one job: for the check of determinism. */
  isolated?: boolean;
  /** Lets each thread run its first cell once before, for nothing: what a run leaves behind then shows in the very first result. */
  rehearsed?: boolean;
  /** Keeps the cells off threads, for policies that exist in this one's memory only. */
  inProcess?: boolean;
  /** Worlds that are drawn already, by key. */
  drawn?: ReadonlyMap<string, World>;
  onDone?: ((done: number) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export interface PoolOutcome {
  /** By index of the cell; missing where the pool was stopped before. */
  results: Map<number, CellResult>;
  /** Per cell, the cells that its thread had run before it, in order; of isolated runs only. */
  histories: Map<number, readonly Cell[]>;
}

/** Work shorter than this is done before threads would pay: each starts in 0.2 s and compiles the simulator for itself. */
const WARM_UP_MS = 200;

/** The name of this thread among the others. */
const HERE = -1;

/** Runs all cells, in this thread for a moment and then on several. Stops with what is finished when the signal aborts. */
export async function runCells(
  batch: Batch,
  definitions: readonly PolicyDefinition[],
  cells: readonly Cell[],
  options: PoolOptions = {},
): Promise<PoolOutcome> {
  const pool = new Pool(batch, cells, options);
  await pool.run(definitions);
  return pool.outcome;
}

interface Thread {
  worker: Worker;
  /** What it runs now. */
  cell: Cell | undefined;
  /** Worlds that it may drop. */
  forget: string[];
  /** What it has run. */
  history: Cell[];
}

class Pool {
  readonly outcome: PoolOutcome = { results: new Map(), histories: new Map() };
  readonly #batch: Batch;
  readonly #queue: CellQueue;
  readonly #options: PoolOptions;
  readonly #jobs: number;
  readonly #threads: Thread[] = [];
  #left: number;
  #over = false;
  #failure: unknown;
  #resolve: () => void = () => {};
  readonly #ended = new Promise<void>((resolve) => {
    this.#resolve = resolve;
  });

  constructor(batch: Batch, cells: readonly Cell[], options: PoolOptions) {
    this.#batch = batch;
    this.#queue = new CellQueue(cells, options.drawn);
    this.#options = options;
    this.#left = cells.length;
    this.#jobs = options.inProcess ? 1 : (options.jobs ?? availableParallelism());
  }

  async run(definitions: readonly PolicyDefinition[]): Promise<void> {
    const stop = () => this.#end();
    this.#options.signal?.addEventListener("abort", stop);
    if (this.#left === 0 || this.#options.signal?.aborted) this.#end();
    try {
      if (this.#options.isolated) this.#open();
      else await this.#workHere(definitions);
      await this.#ended;
    } finally {
      this.#options.signal?.removeEventListener("abort", stop);
      await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Runs cells in this thread: all of them with one job, else until threads pay. This thread then stays awake for interrupts. */
  async #workHere(definitions: readonly PolicyDefinition[]): Promise<void> {
    const runner = new CellRunner(this.#batch, definitions);
    const start = performance.now();
    while (!this.#over) {
      if (this.#jobs > 1 && performance.now() - start > WARM_UP_MS) return this.#open();
      const next = this.#queue.next(HERE);
      if (next === undefined) return;
      const { cell } = next;
      if (next.world !== undefined) runner.adopt(cell.world, next.world);
      const world = runner.draw(cell);
      if (next.draws && world !== undefined) this.#queue.drawn(cell.world, world);
      if (this.#finish(HERE, cell, runner.run(cell)).length > 0) runner.forget(cell.world);
      await nextTurn(); // lets an interrupt in
    }
  }

  #open(): void {
    while (this.#threads.length < Math.min(this.#jobs, this.#left)) {
      const thread: Thread = { worker: openThread(this.#batch), cell: undefined, forget: [], history: [] };
      const number = this.#threads.push(thread) - 1;
      thread.worker.on("message", (answer: Answer) => this.#receive(number, answer));
      thread.worker.on("error", (error) => this.#fail(error));
      thread.worker.on("exit", (code) => this.#fail(new Error(`a thread of the pool exited with code ${code}`)));
    }
    this.#handOut();
  }

  #handOut(): void {
    for (const [number, thread] of this.#threads.entries()) {
      const next = thread.cell === undefined ? this.#queue.next(number) : undefined;
      if (next === undefined) continue;
      thread.cell = next.cell;
      const rehearse = this.#options.rehearsed === true && thread.history.length === 0;
      if (rehearse) thread.history.push(next.cell);
      thread.worker.postMessage({ ...next, rehearse, storeTrace: false, forget: thread.forget.splice(0) } satisfies Order);
    }
  }

  #receive(number: number, answer: Answer): void {
    const thread = this.#threads[number] as Thread;
    if ("world" in answer) {
      this.#queue.drawn(answer.key, answer.world);
    } else {
      const cell = thread.cell as Cell;
      thread.cell = undefined;
      if (this.#options.isolated) this.outcome.histories.set(cell.index, [...thread.history]);
      thread.history.push(cell);
      for (const holder of this.#finish(number, cell, answer.result)) this.#threads[holder]?.forget.push(cell.world);
    }
    this.#handOut();
  }

  /** Takes a result in; returns who may forget the cell's world. */
  #finish(number: number, cell: Cell, result: CellResult): readonly number[] {
    this.outcome.results.set(cell.index, result);
    this.#left -= 1;
    this.#options.onDone?.(this.outcome.results.size);
    if (this.#left === 0) this.#end();
    return this.#queue.finished(cell, number);
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#failure = error;
    this.#end();
  }

  #end(): void {
    this.#over = true;
    this.#resolve();
  }
}

/** Runs cells one after the other in a thread of their own; the last one's result comes with its trace. */
export async function replay(batch: Batch, cells: readonly Cell[]): Promise<CellResult> {
  const worker = openThread(batch);
  let done = 0;
  try {
    return await new Promise<CellResult>((resolve, reject) => {
      worker.on("error", reject);
      worker.on("message", (answer: Answer) => {
        if ("result" in answer && ++done === cells.length) resolve(answer.result);
      });
      const lastOf = new Map(cells.map((cell, place) => [cell.world, place]));
      for (const [place, cell] of cells.entries()) {
        const before = cells[place - 1]?.world ?? "";
        const forget = (lastOf.get(before) ?? place) < place ? [before] : [];
        worker.postMessage({ cell, draws: false, rehearse: false, storeTrace: place === cells.length - 1, forget } satisfies Order);
      }
    });
  } finally {
    await worker.terminate();
  }
}

/** The thread runs compiled code, wherever this module runs from. */
function openThread(batch: Batch): Worker {
  const compiled = import.meta.url.endsWith(".ts") ? "../../dist/experiment/pool-worker.js" : "./pool-worker.js";
  return new Worker(fileURLToPath(new URL(compiled, import.meta.url)), { workerData: batch });
}
