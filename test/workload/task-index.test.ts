// Finding ids, listed and numbered, and ids that come twice, against a plain map.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinNames, listedNames, type Names, nameAt, numberedNames } from "../../src/model/columns.ts";
import { NamesBuilder } from "../../src/workload/names-builder.ts";
import { duplicateId, TaskIndex } from "../../src/workload/task-index.ts";

const id = fc.stringMatching(/^t?[0-9]{0,2}x?$/);
const names: fc.Arbitrary<Names> = fc
  .array(
    fc.oneof(
      fc.array(id, { maxLength: 4 }).map(listedNames),
      fc.tuple(fc.constantFrom("t", "t1", "", "x"), fc.nat(25)).map(([prefix, count]) => numberedNames(prefix, count)),
    ),
    { maxLength: 3 },
  )
  .map(joinNames);
const allOf = (all: Names) => Array.from({ length: all.count }, (_, i) => nameAt(all, i));

describe("TaskIndex", () => {
  it("finds every id that is there, and no other", () => {
    fc.assert(
      fc.property(names, id, (all, other) => {
        const list = allOf(all);
        const index = new TaskIndex(all);
        for (const name of list) expect(list[index.find(name)]).toBe(name);
        expect(index.find(other) >= 0).toBe(list.includes(other));
        expect(index.find("t01")).toBe(list.indexOf("t01"));
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});

describe("duplicateId", () => {
  it("finds one exactly where there is one", () => {
    fc.assert(
      fc.property(names, (all) => {
        const list = allOf(all);
        const found = duplicateId(all);
        if (found === undefined) expect(new Set(list).size).toBe(list.length);
        else expect(list.filter((name) => name === found).length).toBeGreaterThan(1);
      }),
      { seed: 4, numRuns: 1000 },
    );
  });
});

describe("NamesBuilder", () => {
  it("finds what was pushed, while it grows", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.oneof(
            id,
            fc.nat(12).map((n) => `t${n}`),
          ),
          { maxLength: 20 },
        ),
        (ids) => {
          const builder = new NamesBuilder();
          for (const [i, one] of ids.entries()) {
            expect(builder.find(one)).toBe(-1);
            builder.push(one);
            for (const [j, earlier] of ids.slice(0, i + 1).entries()) expect(builder.find(earlier)).toBe(j);
          }
          expect(allOf(builder.finish())).toEqual(ids);
        },
      ),
      { seed: 5, numRuns: 300 },
    );
  });
});
