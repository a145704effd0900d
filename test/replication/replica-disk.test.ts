// The disk of a replica: what is synced stays, in the order in which it was written, and what is not is lost.
import { expect, test } from "vitest";
import type { Entry, Write } from "../../src/consensus/message.ts";
import { emptyLog } from "../../src/consensus/replicated-log.ts";
import { ReplicaDisk } from "../../src/replication/replica-disk.ts";

const NOBODY = { voters: [0], learners: [] };
const entry = (index: number, term: number): Entry<number> => ({
  index,
  term,
  content: { kind: "command", command: index },
  hash: 10 * index + term,
});
const entries = (...all: Entry<number>[]): Write<number, number> => ({ kind: "entries", entries: all });
const blank = () => new ReplicaDisk<number, number>({ term: 0, vote: undefined, snapshot: emptyLog(NOBODY, 0), entries: [] });
const terms = (disk: ReplicaDisk<number, number>) => disk.durable.entries.map(({ index, term }) => `${index}/${term}`).join(" ");

test("what waits is synced together, and what comes meanwhile with the next", () => {
  const disk = blank();
  disk.write({ kind: "vote", term: 1, vote: 0 }, 1);
  disk.write(entries(entry(1, 1)), 1);
  expect(disk.begin()).toBe(true);
  disk.write(entries(entry(2, 1)), 1);
  expect([disk.begin(), disk.isIdle, terms(disk)]).toEqual([false, false, ""]);
  expect(disk.synced()).toHaveLength(2);
  expect([disk.durable.term, disk.durable.vote, terms(disk)]).toEqual([1, 0, "1/1"]);
  expect([disk.begin(), disk.synced().length, disk.begin(), terms(disk)]).toEqual([true, 1, false, "1/1 2/1"]);
});

test("entries stand in place of what stood there, and behind", () => {
  const disk = blank();
  disk.write(entries(entry(1, 1), entry(2, 1), entry(3, 1)), 1);
  disk.write(entries(entry(2, 2)), 2);
  disk.begin();
  disk.synced();
  expect(terms(disk)).toBe("1/1 2/2");
});

test("a snapshot stands in place of the log up to it; a whole one also of what is behind", () => {
  for (const whole of [false, true]) {
    const disk = blank();
    disk.write(entries(entry(1, 1), entry(2, 1), entry(3, 1)), 1);
    disk.write({ kind: "snapshot", whole, snapshot: { index: 2, term: 1, hash: 21, members: NOBODY, state: 7 } }, 1);
    disk.begin();
    disk.synced();
    expect([disk.durable.snapshot.state, terms(disk)]).toEqual([7, whole ? "" : "3/1"]);
  }
});

test("of a torn sync the beginning is there, entry by entry, and no more of a vote or a snapshot than all", () => {
  const torn = (drawn: number) => {
    const disk = blank();
    disk.write(entries(entry(1, 1), entry(2, 1)), 1);
    disk.begin();
    disk.synced();
    disk.write({ kind: "vote", term: 2, vote: 0 }, 2);
    disk.write(entries(entry(2, 2), entry(3, 2)), 2);
    disk.begin();
    disk.write(entries(entry(4, 2)), 2); // waits for the next sync, of which nothing is ever there
    return [disk.tear(drawn).length, disk.durable.term, terms(disk), disk.isIdle, disk.isWhole];
  };
  expect([0, 0.26, 0.5, 0.76].map(torn)).toEqual([
    [0, 0, "1/1 2/1", true, true],
    [1, 2, "1/1 2/1", true, true],
    [2, 2, "1/1 2/2", true, true],
    [3, 2, "1/1 2/2 3/2", true, true],
  ]);
});

test("any entry on disk may rot, or the snapshot before them; where there are none nothing does", () => {
  const disk = blank();
  expect([disk.rot(0.5), disk.isWhole]).toEqual([undefined, true]);
  disk.write(entries(entry(1, 1), entry(2, 1), entry(3, 1)), 1);
  disk.write({ kind: "snapshot", whole: false, snapshot: { index: 1, term: 1, hash: 11, members: NOBODY, state: 7 } }, 1);
  disk.begin();
  disk.synced();
  expect([disk.rot(0), disk.rot(0.4), disk.rot(0.9), disk.isWhole]).toEqual([1, 2, 3, false]);
});

test("what is not synced is lost", () => {
  const disk = blank();
  disk.write(entries(entry(1, 1)), 1);
  disk.begin();
  disk.write(entries(entry(2, 1)), 1);
  disk.loseUnsynced();
  expect([disk.isIdle, disk.begin(), terms(disk)]).toEqual([true, false, ""]);
});
