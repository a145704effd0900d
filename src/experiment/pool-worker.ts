// The thread side of the pool: runs the cells that it is sent, one at a time.
import { parentPort, workerData } from "node:worker_threads";
import { settled } from "../files/stray-errors.ts";
import { isPolicyPath } from "../model/settings.ts";
import type { World } from "../model/world.ts";
import { policyOfSpec } from "../policies/index.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { type Batch, type Cell, type CellResult, CellRunner, failedResult } from "./cells.ts";

/** To a thread. */
export interface Order {
  cell: Cell;
  /** The cell's world, where another has drawn it. */
  world?: World;
  /** The thread draws the world, and sends it back before it runs the cell. */
  draws: boolean;
  /** Users' policies live on from cell to cell, and each cell is repeated: what a run leaves behind shows. */
  lasting: boolean;
  storeTrace: boolean;
  /** Worlds that will not be asked for again. */
  forget: readonly string[];
}

/** From a thread: a world that it has drawn, then what the cell gave. */
export type Answer = { world: World; key: string } | { result: CellResult };

const port = parentPort;
if (port === null) throw new Error("this file is the thread of a pool");
const batch = workerData as Batch;
const runner = new CellRunner(batch);
/** By position in the batch: policies that do not begin anew with each cell. */
const kept = new Map<number, PolicyDefinition>();

process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write; // results go by the port

let last = Promise.resolve();
port.on("message", (order: Order) => {
  last = last.then(() => serve(order));
});

async function serve({ cell, world, draws, lasting, storeTrace, forget }: Order): Promise<void> {
  for (const key of forget) runner.forget(key);
  if (world !== undefined) runner.adopt(cell.world, world);
  else if (draws) draw(cell);
  const run = async () => runner.run(cell, await policyOf(cell.policy, lasting), { storeTrace, repeats: lasting });
  const result = isUsers(cell.policy) ? await settled(run).catch((error: unknown) => failedResult(cell, error)) : await run();
  port?.postMessage({ result } satisfies Answer);
}

function draw(cell: Cell): void {
  const world = runner.draw(cell);
  if (world !== undefined) port?.postMessage({ world, key: cell.world } satisfies Answer);
}

function isUsers(policy: number): boolean {
  return isPolicyPath((batch.policies[policy] as Batch["policies"][number]).spec.name);
}

/** A new instance of a user's, if it is not to last; the same one of all others. */
async function policyOf(policy: number, lasting: boolean): Promise<PolicyDefinition> {
  const definition = kept.get(policy) ?? (await definitionOf(batch.policies[policy] as Batch["policies"][number]));
  if (lasting || !isUsers(policy)) kept.set(policy, definition);
  return definition;
}

/** The main thread has checked the policies: what reads files is loaded only where a file is to be read. */
async function definitionOf({ spec, directory }: Batch["policies"][number]): Promise<PolicyDefinition> {
  const registered = isPolicyPath(spec.name) || spec.parameters["file"] !== undefined ? undefined : policyOfSpec(spec);
  return registered ?? (await import("../files/load-policy.ts")).resolvePolicy(spec, directory);
}
