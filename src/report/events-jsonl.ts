// events.jsonl: the trace, a JSON object a line, with names for the numbers.
import { clientOf, nameOfClient } from "../model/clients.ts";
import { nameAt } from "../model/columns.ts";
import { nameOfReplica, replicaOf } from "../model/replication.ts";
import { ENTRY_NAMES, REASON_NAMES, Reason, type Trace, type TraceEntry } from "../model/trace.ts";
import { formatSeconds } from "../model/units.ts";
import type { World } from "../model/world.ts";

const CHUNK = 4096;

/** The file in pieces of some thousand lines. Fields that an entry does not have are left out. */
export function* eventsJsonl({ world, entries }: Trace): Generator<string> {
  let lines: string[] = [];
  for (const entry of entries) {
    lines.push(lineOf(world, entry));
    if (lines.length < CHUNK) continue;
    yield lines.join("");
    lines = [];
  }
  if (lines.length > 0) yield lines.join("");
}

function lineOf(world: World, { time, kind, task, worker, attempt, reason, amount }: TraceEntry): string {
  const what = task < 0 ? "" : `,"task":${JSON.stringify(nameAt(world.tasks.names, task))}`;
  const where = worker < 0 ? others(worker) : `,"worker":${JSON.stringify(world.workers.names[worker])}`;
  const which = attempt === 0 ? "" : `,"attempt":${attempt}`;
  const why = reason === Reason.none ? "" : `,"reason":"${REASON_NAMES[reason]}"`;
  const much = amount === undefined ? "" : `,"amount":${amount}`;
  return `{"time_s":${formatSeconds(time)},"kind":"${ENTRY_NAMES[kind]}"${what}${where}${which}${why}${much}}\n`;
}

/** The replica of the scheduler, or the client, that stands in a worker's place. */
function others(code: number): string {
  const [replica, client] = [replicaOf(code), clientOf(code)];
  if (client >= 0) return `,"client":"${nameOfClient(client)}"`;
  return replica < 0 ? "" : `,"replica":"${nameOfReplica(replica)}"`;
}
