// What tasks ask for while they run, and the most that they claim, from a task of a scenario file.
import { type Ask, type AskPlan, heldAfter } from "../model/asks.ts";
import type { ElasticPlan } from "../model/elastic.ts";
import { Hints } from "../model/nearest.ts";
import { amountText, STANDARD_DIMENSIONS } from "../model/resources.ts";
import type { Amount } from "../model/scenario.ts";
import type { TaskInput } from "../model/scenario-schema.ts";
import type { HeldInput } from "../model/task-schema.ts";
import type { Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { unitOfDimension } from "./normalise-amounts.ts";
import { requestPath } from "./worker-fit.ts";

/** The place and the amount of what is given by dimension. */
function heldOf(given: HeldInput, dimensions: readonly string[], path: Path, faults: FaultList): Map<number, number> {
  const amounts = new Map<number, number>();
  for (const [d, name] of dimensions.entries()) {
    const value = d < STANDARD_DIMENSIONS.length ? given[name as (typeof STANDARD_DIMENSIONS)[number]] : given.resources?.[name];
    if (value === undefined) continue;
    const amount = faults.attempt([...path, ...requestPath(dimensions, d)], () => unitOfDimension(d).parse(value));
    if (amount !== undefined) amounts.set(d, amount);
  }
  const named = dimensions.slice(STANDARD_DIMENSIONS.length);
  for (const name of Object.keys(given.resources ?? {}))
    if (!named.includes(name))
      faults.add([...path, "resources", name], `no worker has the resource "${name}"${new Hints(() => named).of(name)}`, "key");
  return amounts;
}

/** What a task asks for, and claims; undefined where that is nothing. */
export function asksOf(
  task: Partial<TaskInput>,
  request: readonly Amount[],
  dimensions: readonly string[],
  elastic: ElasticPlan | undefined,
  path: Path,
  faults: FaultList,
): AskPlan | undefined {
  const { asks: given = [], claim: claimed } = task;
  const claim = claimed && heldOf(claimed, dimensions, [...path, "claim"], faults);
  const asks: Ask[] = given.map(({ after, ...amounts }, i) => ({
    after,
    amounts: heldOf(amounts, dimensions, [...path, "asks", i], faults),
  }));
  for (const [i, { after, amounts }] of asks.entries()) {
    const place = [...path, "asks", i];
    const before = asks[i - 1]?.after ?? 0;
    if (after <= before) faults.add([...place, "after"], `after ${after} does not come behind the ask before it, after ${before}`);
    if (amounts.size === 0 && !faults.touch(place)) faults.add(place, "asks for nothing; give it cpu, memory, disk, slots or resources");
  }
  for (const d of dimensions.keys()) checkDimension(d);
  return asks.length === 0 && claim === undefined ? undefined : { asks, claim };

  function checkDimension(d: number): void {
    const at = requestPath(dimensions, d);
    const places = asks.flatMap(({ amounts }, i) => (amounts.has(d) ? [[...path, "asks", i, ...at]] : []));
    if (claim?.has(d)) places.push([...path, "claim", ...at]);
    const [place] = places;
    if (place === undefined) return;
    const own = request[d] ?? 0;
    const name = dimensions[d];
    if (typeof own !== "number") {
      faults.add(place, `what it asks for of ${name} is held against its request, which is drawn; give it a request of one amount`);
      return;
    }
    if ((elastic as Record<number, unknown> | undefined)?.[d] !== undefined) {
      faults.add(place, `${name} has a least and a most, between which its worker decides; one that asks for ${name} has one amount`);
      return;
    }
    const most = claim?.get(d);
    if (claim === undefined) return;
    if (most !== undefined && most < own)
      faults.add([...path, "claim", ...at], `a claim of ${amountText(d, most)} of ${name} is below the request of ${amountText(d, own)}`);
    const bound = Math.max(own, most ?? 0);
    for (const [i, { amounts }] of asks.entries()) {
      const amount = amounts.get(d) ?? 0;
      if (amount <= bound || heldAfter({ asks, claim }, own, d, i + 1) !== amount) continue;
      const claims = most === undefined ? `no ${name} beyond its request of ${amountText(d, own)}` : amountText(d, most);
      faults.add([...path, "asks", i, ...at], `asks for ${amountText(d, amount)} of ${name}, and claims ${claims}; have it claim so much`);
    }
  }
}
