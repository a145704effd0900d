// The check that a run depends on nothing but scenario and seed: every cell anew, in other threads and another order.
import { draw, streamKey } from "../engine/random.ts";
import { nameAt } from "../model/columns.ts";
import { NonDeterminismError } from "../model/errors.ts";
import { formatPolicySpec } from "../model/settings.ts";
import { ENTRY_NAMES, type EntryKind, REASON_NAMES } from "../model/trace.ts";
import { formatClock } from "../model/units.ts";
import type { World } from "../model/world.ts";
import type { PolicyDefinition } from "../policies/policy.ts";
import { drawWorld } from "../workload/draw-world.ts";
import { type Batch, type Cell, type CellResult, CellRunner, outcomeText, PACKED_WIDTH } from "./cells.ts";
import { type PoolOptions, type PoolOutcome, replay, runCells } from "./pool.ts";

/**
 * Runs the cells a second time, in new threads and shuffled order. The first time a user's policy begins anew with each cell; the
 * second time its instance lives on, and each cell is repeated after runs that are broken off at different places: state that
 * outlives a run differs in one of them. Gives the results of the first time; rejects with a NonDeterminismError that shows the first entry in which the first differing cell differs.
 */
export function runCellsTwice(
  batch: Batch,
  definitions: readonly PolicyDefinition[],
  cells: readonly Cell[],
  options: PoolOptions,
): Promise<PoolOutcome> {
  const { onDone, ...isolated } = { ...options, isolated: !options.inProcess };
  return runCells(batch, definitions, cells, { ...isolated, onDone }).then((first) =>
    runCells(batch, definitions, shuffled(cells), {
      ...isolated,
      lasting: true,
      onDone: (done) => onDone?.(first.results.size + done),
    }).then((second) => {
      const cell = cells.find(({ index }) => differing(first.results.get(index), second.results.get(index)) !== undefined);
      if (cell === undefined) return first;
      const one = first.results.get(cell.index);
      const other = second.results.get(cell.index);
      const again = options.inProcess
        ? Promise.resolve(runAgain(batch, definitions, cell))
        : Promise.all(
            [first, second].map(({ histories }, pass) => replay(batch, [...(histories.get(cell.index) ?? []), cell], pass === 1)),
          );
      return again.then(([a, b]) => {
        throw new NonDeterminismError(describe(batch, cell, [one, differing(one, other)], [a, differing(a, b) ?? b]));
      });
    }),
  );
}

/** Worlds in another order, and the cells of each in another order: so that each world is still drawn once. */
export function shuffled(cells: readonly Cell[]): Cell[] {
  const key = streamKey("shuffle", "determinism");
  const worlds = [...new Set(cells.map(({ world }) => world))];
  const place = new Map(permuted(worlds, (index) => draw(key, 0, 0, 0, index)).map((world, index) => [world, index]));
  const mixed = permuted(cells, (index) => draw(key, 0, 0, 1, index));
  return mixed.sort((a, b) => (place.get(a.world) as number) - (place.get(b.world) as number));
}

/** Fisher and Yates's shuffle. */
function permuted<T>(items: readonly T[], uniform: (index: number) => number): T[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(uniform(last) * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other] as T, mixed[last] as T];
  }
  return mixed;
}

/** Which of the two results of the second time is not that of the first; an interrupt may have stopped either time. */
function differing(first: CellResult | undefined, second: CellResult | undefined): CellResult | undefined {
  if (first === undefined || second === undefined) return undefined;
  return [second, second.again].find((result) => result !== undefined && outcomeText(result) !== outcomeText(first));
}

function runAgain(batch: Batch, definitions: readonly PolicyDefinition[], cell: Cell): CellResult[] {
  const runner = new CellRunner(batch);
  return [false, true].map((repeats) => runner.run(cell, definitions[cell.policy] as PolicyDefinition, { storeTrace: true, repeats }));
}

/** Index of the first entry in which two packed traces differ, or undefined. */
export function firstDifference(a: Float64Array, b: Float64Array): number | undefined {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return Math.floor(i / PACKED_WIDTH);
  return undefined;
}

type Pair = readonly (CellResult | undefined)[];

function describe(batch: Batch, cell: Cell, results: Pair, again: Pair): string {
  const scenario = batch.scenarios[cell.scenario] as Batch["scenarios"][number];
  const policy = formatPolicySpec((batch.policies[cell.policy] as Batch["policies"][number]).spec);
  const [a, b] = results.map((result) => result?.summary?.digest ?? result?.failure?.message ?? "no result");
  const seed = cell.seed === "" ? "" : `, seed ${cell.seed}`;
  const lines = [`${scenario.name}, policy ${policy}${seed}: two runs differ (digests ${a} and ${b})`];
  const [x = new Float64Array(), y = new Float64Array()] = again.map((result) => result?.entries);
  const index = firstDifference(x, y);
  if (index === undefined) {
    lines.push("run again, they agree: the difference comes and goes, as with a clock, a random number or state that outlives a run");
  } else {
    const world = drawWorld(scenario, cell.seeds);
    lines.push(
      `the first entry that differs is number ${index + 1}:`,
      `  once:  ${entryText(x, index, world)}`,
      `  again: ${entryText(y, index, world)}`,
    );
    lines.push("look for state that outlives a run (a variable of the module), and for the host's clock or random numbers");
  }
  return lines.join("\n");
}

function entryText(entries: Float64Array, index: number, world: World): string {
  const [time, kind, task, worker, attempt, reason] = entries.subarray(
    index * PACKED_WIDTH,
    (index + 1) * PACKED_WIDTH,
  ) as unknown as number[];
  if (time === undefined) return "the run had ended";
  const who = (worker as number) >= 0 ? ` on ${world.workers.names[worker as number]}` : "";
  const count = (attempt as number) > 0 ? `, attempt ${attempt}` : "";
  const why = reason === 0 ? "" : ` (${REASON_NAMES[reason as number]})`;
  return `[${formatClock(time)}] ${ENTRY_NAMES[kind as EntryKind]} ${nameAt(world.tasks.names, task as number)}${who}${count}${why}`;
}
