// The thread side of the pool: runs the cells that it is sent, one at a time.
import { parentPort, workerData } from "node:worker_threads";
import { isPolicyPath } from "../model/settings.ts";
import type { World } from "../model/world.ts";
import { policyNamed } from "../policies/index.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { type Batch, type Cell, type CellResult, CellRunner } from "./cells.ts";

/** To a thread. */
export interface Order {
  cell: Cell;
  /** The cell's world, where another has drawn it. */
  world?: World;
  /** The thread draws the world, and sends it back before it runs the cell. */
  draws: boolean;
  /** The cell is run once before, for nothing. */
  rehearse: boolean;
  storeTrace: boolean;
  /** Worlds that will not be asked for again. */
  forget: readonly string[];
}

/** From a thread: a world that it has drawn, then what the cell gave. */
export type Answer = { world: World; key: string } | { result: CellResult };

const port = parentPort;
if (port === null) throw new Error("this file is the thread of a pool");
const batch = workerData as Batch;
const runner = Promise.all(batch.policies.map(definitionOf)).then((definitions) => new CellRunner(batch, definitions));

port.on("message", (order: Order) => {
  void runner.then((ready) => {
    for (const key of order.forget) ready.forget(key);
    const { cell, world } = order;
    if (world !== undefined) ready.adopt(cell.world, world);
    else if (order.draws) draw(ready, cell);
    if (order.rehearse) ready.run(cell);
    const result = ready.run(cell, order.storeTrace);
    port.postMessage({ result } satisfies Answer);
  });
});

function draw(ready: CellRunner, cell: Cell): void {
  const world = ready.draw(cell);
  if (world !== undefined) port?.postMessage({ world, key: cell.world } satisfies Answer);
}

/** The main thread has checked the policies: what reads files is loaded only where a file is to be read. */
async function definitionOf({ spec, directory }: Batch["policies"][number]): Promise<PolicyDefinition> {
  const registered = isPolicyPath(spec.name) || spec.parameters["file"] !== undefined ? undefined : policyNamed(spec.name);
  return registered ?? (await import("../files/load-policy.ts")).resolvePolicy(spec, directory);
}
