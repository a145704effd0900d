// What tasks ask for while they run, more than they hold or less; and the most that they say they will ever hold.

/** When a part of its work is done, an attempt is to hold so much from then on. */
export interface Ask {
  /** Above 0 and below 1. */
  after: number;
  /** By dimension; the others stay as they are. */
  amounts: ReadonlyMap<number, number>;
}

export interface AskPlan {
  /** In order of `after`; no two at the same. */
  asks: readonly Ask[];
  /** The most that it will ever hold, by dimension: at least its request where it is missing; undefined: nobody says. */
  claim: ReadonlyMap<number, number> | undefined;
}

/** What an attempt holds in a dimension when its first so many asks are met, which requests `request`. */
export function heldAfter({ asks }: AskPlan, request: number, dimension: number, count: number): number {
  let held = request;
  for (let i = 0; i < count; i++) held = asks[i]?.amounts.get(dimension) ?? held;
  return held;
}

/** What it holds that has asked so often, and was granted all but what it has asked for since so many asks: of what it is to give back, nothing. */
export function heldWhile(plan: AskPlan, request: number, dimension: number, granted: number, asked: number): number {
  const held = heldAfter(plan, request, dimension, granted);
  return granted === asked ? held : Math.min(held, heldAfter(plan, request, dimension, asked));
}

/** Whether an attempt of which so many asks are met has to wait for what it asks for up to that ask: of some dimension it is to hold more. */
export function wantsMore(plan: AskPlan, requests: readonly number[], met: number, asked: number): boolean {
  return requests.some((request, d) => heldAfter(plan, request, d, asked) > heldAfter(plan, request, d, met));
}

/** What it may hold in a dimension as far as anybody is told. */
export function claimOf({ claim }: AskPlan, request: number, dimension: number): number {
  return Math.max(request, claim?.get(dimension) ?? 0);
}
