// Finds tasks by id in names that may be numbered or listed, and ids that stand for two tasks.
import { type Names, nameAt } from "../model/columns.ts";
import { numberBehind } from "./names-builder.ts";

type Run = Names["runs"][number];

/** Positions by id. Numbered ids take no memory; listed ones are indexed when first asked for. */
export class TaskIndex {
  readonly #names: Names;
  #listed: Map<string, number> | undefined;

  constructor(names: Names) {
    this.#names = names;
  }

  /** The position of the task, or −1. */
  find(id: string): number {
    for (const run of this.#names.runs) {
      const offset = numberedAt(run, id);
      if (offset >= 0) return run.start + offset;
    }
    this.#listed ??= listedPositions(this.#names);
    return this.#listed.get(id) ?? -1;
  }
}

/** An id that two tasks have, or undefined. */
export function duplicateId(names: Names): string | undefined {
  const numbered = names.runs.filter((run) => run.list === undefined && run.count > 0);
  for (const [i, one] of numbered.entries()) {
    for (const other of numbered.slice(i + 1)) {
      const shared = firstShared(one, other) ?? firstShared(other, one);
      if (shared !== undefined) return shared;
    }
  }
  const seen = new Set<string>();
  for (const run of names.runs) {
    for (const id of run.list ?? []) {
      if (seen.has(id) || numbered.some((other) => numberedAt(other, id) >= 0)) return id;
      seen.add(id);
    }
  }
  return undefined;
}

/** The first id of the longer-prefixed run that the other has too: every later one is longer still. */
function firstShared(shorter: Run, longer: Run): string | undefined {
  if (!(longer.prefix as string).startsWith(shorter.prefix as string)) return undefined;
  const id = `${longer.prefix}1`;
  return numberedAt(shorter, id) >= 0 ? id : undefined;
}

function numberedAt(run: Run, id: string): number {
  if (run.list !== undefined) return -1;
  const number = numberBehind(run.prefix as string, id);
  return number >= 1 && number <= run.count ? number - 1 : -1;
}

function listedPositions(names: Names): Map<string, number> {
  const positions = new Map<string, number>();
  for (const run of names.runs) {
    for (let i = 0; i < (run.list?.length ?? 0); i++) positions.set(nameAt(names, run.start + i), run.start + i);
  }
  return positions;
}
