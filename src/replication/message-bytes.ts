// How large messages between replicas are: what a plain binary form of them takes, fields of eight bytes each.
import type { Command } from "../model/command.ts";
import type { ReplicaMessage } from "./replica-node.ts";

/** Kind, sender and receiver, term, and what else a message says beside entries and snapshots; at most that of an `append`. */
const MESSAGE = 64;
/** Term, index, hash and kind of an entry, and its command; of one that a client asks for its request too. */
const ENTRY = 32;
const COMMAND = 56;
const REQUEST = 32;
/** Of a snapshot: of each task its status, worker, attempts, what counts of them and where the newest was assigned; of each worker its incarnation, and whether it is suspected. */
const TASK = 48;
const WORKER = 16;
/** And of each session of a client whose it is, its last call, when that was and its number; of each call of which the client may not know the answer that. */
const SESSION = 32;
const ANSWER = 40;

export function bytesOf(message: ReplicaMessage, tasks: number, workers: number): number {
  if (message.kind === "install") {
    const { sessions } = message.snapshot.state;
    return MESSAGE + TASK * tasks + WORKER * workers + SESSION * sessions.count + ANSWER * sessions.answers;
  }
  if (message.kind !== "append") return MESSAGE;
  let bytes = MESSAGE;
  for (const { content } of message.entries) bytes += ENTRY + (content.kind === "command" ? commandBytes(content.command) : 0);
  return bytes;
}

function commandBytes({ request }: Command): number {
  return request === undefined ? COMMAND : COMMAND + REQUEST;
}
