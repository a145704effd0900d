// Which cell a worker of the pool gets next, so that every world is drawn once and nobody waits for a draw that another could do.
import type { World } from "../model/world.ts";
import type { Cell } from "./cells.ts";

/** A cell for a worker; `world` is sent along where the worker does not have it and somebody else does. */
export interface HandedOut {
  cell: Cell;
  world?: World;
  /** The worker draws the world first, and gives it back before it runs the cell. */
  draws: boolean;
}

interface Waiting {
  cells: Cell[];
  state: "undrawn" | "drawing" | "drawn";
  world: World | undefined;
  /** Who draws it, or has drawn it. */
  drawer: number | undefined;
  /** Workers that have the world. */
  holders: Set<number>;
  /** Cells not finished. */
  left: number;
}

/**
 * Cells by world, in the order given. A worker goes on with a world that it holds; else it draws one that nobody has; else it takes
 * over cells of a world that another holds. So draws go on in parallel, and the last world's cells are shared by all.
 */
export class CellQueue {
  readonly #byWorld = new Map<string, Waiting>();

  constructor(cells: readonly Cell[], drawn: ReadonlyMap<string, World> = new Map()) {
    for (const cell of cells) {
      let waiting = this.#byWorld.get(cell.world);
      if (waiting === undefined) {
        const world = drawn.get(cell.world);
        waiting = { cells: [], state: world === undefined ? "undrawn" : "drawn", world, drawer: undefined, holders: new Set(), left: 0 };
        this.#byWorld.set(cell.world, waiting);
      }
      waiting.cells.push(cell);
      waiting.left += 1;
    }
  }

  /** The next cell for a worker; undefined where there is nothing for it (until a draw that is under way ends). */
  next(worker: number): HandedOut | undefined {
    let undrawn: Waiting | undefined;
    let others: Waiting | undefined;
    let free: Waiting | undefined;
    for (const waiting of this.#byWorld.values()) {
      if (waiting.cells.length === 0) continue;
      if (waiting.holders.has(worker)) return { cell: waiting.cells.shift() as Cell, draws: false };
      if (waiting.state === "undrawn") undrawn ??= waiting;
      else if (waiting.state === "drawn" && waiting.holders.size === 0) free ??= waiting;
      else if (waiting.state === "drawn") others ??= waiting;
    }
    const chosen = free ?? undrawn ?? others;
    if (chosen === undefined) return undefined;
    const cell = chosen.cells.shift() as Cell;
    chosen.holders.add(worker);
    if (chosen === undrawn) {
      chosen.state = "drawing";
      chosen.drawer = worker;
      return { cell, draws: true };
    }
    return { cell, world: chosen.world as World, draws: false };
  }

  /** A worker has drawn a world. */
  drawn(key: string, world: World): void {
    const waiting = this.#byWorld.get(key) as Waiting;
    waiting.state = "drawn";
    waiting.world = world;
  }

  /** A cell is finished; returns the workers that may forget its world, if it was the last one. */
  finished(cell: Cell, worker: number): readonly number[] {
    const waiting = this.#byWorld.get(cell.world) as Waiting;
    waiting.left -= 1;
    if (waiting.state === "drawing" && waiting.drawer === worker) {
      // It cannot be drawn: whoever comes next tries again, and reports it for its own cell.
      waiting.state = "undrawn";
      waiting.holders.delete(worker);
    }
    if (waiting.left > 0) return [];
    this.#byWorld.delete(cell.world);
    return [...waiting.holders];
  }
}
