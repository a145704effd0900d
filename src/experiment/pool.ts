// Runs cells on all cores: an edge (threads, wall clock). What comes out depends on the cells alone, never on who ran them or when.
import { availableParallelism } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { PolicyError } from "../model/errors.ts";
import { isPolicyPath } from "../model/settings.ts";
import type { World } from "../model/world.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { CellQueue } from "./cell-queue.ts";
import { type Batch, type Cell, type CellResult, CellRunner, failedResult } from "./cells.ts";
import type { Answer, Order } from "./pool-worker.ts";

export interface PoolOptions {
  /** Cells that run at a time; default: the available cores. With 1 no thread is made, but for policies from users' files. */
  jobs?: number | undefined;
  /** Runs every cell in a new thread's memory, even with one job: for the check of determinism. */
  isolated?: boolean;
  /** Lets users' policies live on from cell to cell, and repeats each cell: what a run leaves behind shows. */
  lasting?: boolean;
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

/** Fewer tasks to run, over all cells, are run alone: a thread starts in 0.2 s and compiles the simulator for itself. */
const WORTH_A_THREAD = 1_000_000;

/** Orders that a thread of ours is sent ahead, for this one answers between cells of its own. */
const AHEAD = 2;

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
  /** It has ended, by the fault of what it ran. */
  dead: boolean;
  /** What it was sent: what it runs now, and what comes next. */
  cells: Cell[];
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
  /** Whether this thread runs cells too. */
  readonly #worksHere: boolean;
  /** Ends this thread's waiting for a cell. */
  #wake: () => void = () => {};
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
    this.#worksHere = options.isolated !== true && !batch.policies.some(isUsers);
  }

  async run(definitions: readonly PolicyDefinition[]): Promise<void> {
    const stop = () => this.#end();
    this.#options.signal?.addEventListener("abort", stop);
    if (this.#left === 0 || this.#options.signal?.aborted) this.#end();
    try {
      if (this.#worksHere) await this.#workHere(definitions);
      else this.#open();
      await this.#ended;
    } finally {
      this.#options.signal?.removeEventListener("abort", stop);
      await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
      if (this.#threads.length > 0) compileAside(true);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Runs cells in this thread, with others as soon as they pay: it is warm, and one start less to wait for. */
  async #workHere(definitions: readonly PolicyDefinition[]): Promise<void> {
    const runner = new CellRunner(this.#batch);
    while (!this.#over) {
      const next = this.#queue.next(HERE);
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      const { cell } = next;
      if (next.world !== undefined) runner.adopt(cell.world, next.world);
      const world = runner.draw(cell);
      if (next.draws && world !== undefined) this.#queue.drawn(cell.world, world);
      const work = (world?.tasks.count ?? 0) * this.#left;
      if (this.#jobs > 1 && this.#threads.length === 0 && work > WORTH_A_THREAD) this.#open();
      const result = runner.run(cell, definitions[cell.policy] as PolicyDefinition, { repeats: this.#options.lasting === true });
      if (this.#finish(HERE, cell, result).includes(HERE)) runner.forget(cell.world);
      await nextTurn(); // lets answers in, and an interrupt
    }
  }

  #open(): void {
    const most = Math.min(this.#jobs - (this.#worksHere ? 1 : 0), this.#left);
    compileAside(this.#jobs < availableParallelism());
    while (this.#threads.filter(({ dead }) => !dead).length < most) {
      const thread: Thread = { worker: openThread(this.#batch), dead: false, cells: [], forget: [], history: [] };
      const number = this.#threads.push(thread) - 1;
      thread.worker.on("message", (answer: Answer) => this.#receive(number, answer));
      thread.worker.on("error", (error) => this.#lose(number, error));
      thread.worker.on("exit", (code) => this.#lose(number, endOf(code)));
    }
    this.#handOut();
  }

  #handOut(): void {
    const ahead = this.#worksHere ? AHEAD : 1;
    for (const [number, thread] of this.#threads.entries()) {
      while (!thread.dead && thread.cells.length < ahead) {
        const next = this.#queue.next(number);
        if (next === undefined) break;
        thread.cells.push(next.cell);
        const lasting = this.#options.lasting === true;
        thread.worker.postMessage({ ...next, lasting, storeTrace: false, forget: thread.forget.splice(0) } satisfies Order);
      }
    }
    this.#wake();
  }

  #receive(number: number, answer: Answer): void {
    const thread = this.#threads[number] as Thread;
    if ("world" in answer) {
      this.#queue.drawn(answer.key, answer.world);
    } else {
      const cell = thread.cells.shift() as Cell;
      if (this.#options.isolated) this.outcome.histories.set(cell.index, [...thread.history]);
      thread.history.push(cell);
      this.#finish(number, cell, answer.result);
    }
    this.#handOut();
  }

  /** Takes a result in; returns who may forget the cell's world. Threads among them are told. */
  #finish(number: number, cell: Cell, result: CellResult): readonly number[] {
    this.outcome.results.set(cell.index, result);
    this.#left -= 1;
    this.#options.onDone?.(this.outcome.results.size);
    if (this.#left === 0) this.#end();
    const holders = this.#queue.finished(cell, number);
    for (const holder of holders) this.#threads[holder]?.forget.push(cell.world);
    return holders;
  }

  /** A thread has ended: the policy's error, where it ran one of the user's; another thread takes its place. */
  #lose(number: number, error: Error): void {
    const thread = this.#threads[number] as Thread;
    const [cell] = thread.cells;
    if (this.#over || thread.dead) return;
    if (cell === undefined || !isUsers(this.#batch.policies[cell.policy])) return this.#fail(error);
    thread.dead = true;
    this.#finish(number, cell, failedResult(cell, endedByPolicy(error)));
    if (!this.#over) this.#open();
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#failure = error;
    this.#end();
  }

  #end(): void {
    this.#over = true;
    this.#wake();
    this.#resolve();
  }
}

/**
 * Whether threads made from now on have V8 compile their hot code on a core beside them. Where every core is busy with cells that
 * core would have to be waited for, with slow code running meanwhile: 4 % of a comparison.
 */
function compileAside(aside: boolean): void {
  setFlagsFromString(aside ? "--concurrent-recompilation" : "--no-concurrent-recompilation");
}

/** Whether a policy comes from a user's file: it then runs in a thread, which can be stopped whatever it does. */
function isUsers(policy: Batch["policies"][number] | undefined): boolean {
  return policy !== undefined && isPolicyPath(policy.spec.name);
}

function endOf(code: number): Error {
  return new Error(`a thread of the pool exited with code ${code}`);
}

function endedByPolicy({ message }: Error): PolicyError {
  return new PolicyError(`the policy has ended the thread that ran it: ${message}`);
}

/** Runs cells one after the other in a thread of their own; the last one's result comes with its trace. */
export async function replay(batch: Batch, cells: readonly Cell[], lasting: boolean): Promise<CellResult> {
  const worker = openThread(batch);
  let done = 0;
  try {
    return await new Promise<CellResult>((resolve, reject) => {
      worker.on("error", reject);
      worker.on("exit", (code) => reject(endedByPolicy(endOf(code))));
      worker.on("message", (answer: Answer) => {
        if ("result" in answer && ++done === cells.length) resolve(answer.result);
      });
      const lastOf = new Map(cells.map((cell, place) => [cell.world, place]));
      for (const [place, cell] of cells.entries()) {
        const before = cells[place - 1]?.world ?? "";
        const forget = (lastOf.get(before) ?? place) < place ? [before] : [];
        worker.postMessage({ cell, draws: false, lasting, storeTrace: place === cells.length - 1, forget } satisfies Order);
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
