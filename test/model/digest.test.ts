// The digest of several runs, as src/model/digest.ts describes it.
import { expect, test } from "vitest";
import { Digest, digestOfRuns } from "../../src/model/digest.ts";

const [A, B] = ["0123456789abcdef", "fedcba9876543210"];

test("is that of an entry for each run", () => {
  const digest = new Digest();
  digest.entry(0, 1, 0x01234567, 0x89abcdef, 0, 0);
  digest.entry(0, 1, 0xfedcba98, 0x76543210, 0, 0);
  expect(digestOfRuns([A, B])).toBe(digest.toString());
});

test("tells apart order, number and every digit", () => {
  const lists = [
    [],
    [A],
    [B],
    [A, B],
    [B, A],
    [A, A],
    ...Array.from(A, (_, at) => [A.slice(0, at) + "f0"[A[at] === "f" ? 1 : 0] + A.slice(at + 1)]),
  ];
  expect(new Set(lists.map(digestOfRuns)).size).toBe(lists.length);
});
