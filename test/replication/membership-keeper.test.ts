// Who keeps the members: one whose disk is lost is removed, added anew, and promoted when it has what is committed.
import { expect, test } from "vitest";
import type { Members } from "../../src/consensus/message.ts";
import { MembershipKeeper } from "../../src/replication/membership-keeper.ts";

/** Three replicas; members 3, 4 and 5 are the second in their places. */
const next = (keeper: MembershipKeeper, members: Members, match = 0) => keeper.next({ members, commit: 7, matchOf: () => match });

test("nobody asks: nothing changes", () => {
  expect(next(new MembershipKeeper(3), { voters: [0, 1, 2], learners: [] })).toBe(undefined);
});

test("one after the other: removed, added, promoted when it has all", () => {
  const keeper = new MembershipKeeper(3);
  keeper.asks(4);
  expect(next(keeper, { voters: [0, 1, 2], learners: [] })).toEqual({ kind: "remove", replica: 1 });
  expect(next(keeper, { voters: [0, 2], learners: [] })).toEqual({ kind: "add", replica: 4 });
  expect(next(keeper, { voters: [0, 2], learners: [4] }, 6)).toBe(undefined);
  expect(next(keeper, { voters: [0, 2], learners: [4] }, 7)).toEqual({ kind: "promote", replica: 4 });
  expect(next(keeper, { voters: [0, 2, 4], learners: [] })).toBe(undefined);
});

test("all that are gone are removed before anybody is added", () => {
  const keeper = new MembershipKeeper(5);
  for (const member of [8, 6]) keeper.asks(member);
  expect(next(keeper, { voters: [0, 1, 2, 3, 4], learners: [] })).toEqual({ kind: "remove", replica: 1 });
  expect(next(keeper, { voters: [0, 2, 3, 4], learners: [] })).toEqual({ kind: "remove", replica: 3 });
  expect(next(keeper, { voters: [0, 2, 4], learners: [] })).toEqual({ kind: "add", replica: 6 });
});

test("who has lost its disk again asks anew; what it asked before, and comes late, counts for nothing", () => {
  const keeper = new MembershipKeeper(3);
  keeper.asks(7);
  keeper.asks(4);
  expect(next(keeper, { voters: [0, 2], learners: [4] }, 9)).toEqual({ kind: "remove", replica: 4 });
  const late = new MembershipKeeper(3);
  late.asks(4);
  expect(next(late, { voters: [0, 2, 7], learners: [] })).toBe(undefined);
});

test("another leader goes on with a member that has no vote yet, without being asked", () => {
  expect(next(new MembershipKeeper(3), { voters: [0, 2], learners: [4] }, 7)).toEqual({ kind: "promote", replica: 4 });
});

test("what it was asked it forgets when it leads no more", () => {
  const keeper = new MembershipKeeper(3);
  keeper.asks(4);
  keeper.forget();
  expect(next(keeper, { voters: [0, 1, 2], learners: [] })).toBe(undefined);
});
