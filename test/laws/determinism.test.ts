// E3: the same scenario and seed give the same digest: again, after and between other runs, in any order. And the digest is that of
// the entries, however many sinks read along.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Digest } from "../../src/model/digest.ts";
import type { TraceEntry } from "../../src/model/trace.ts";
import { simulate } from "../../src/simulation.ts";
import { cases } from "../arbitraries.ts";
import { traceText } from "../entry-text.ts";
import { runs, seed } from "../fuzz-runs.ts";
import { EACH_POLICY, setUp, traceOf } from "./running.ts";

test("cells give the same digests in any order", () => {
  const order = fc.array(fc.nat(), { minLength: EACH_POLICY.length, maxLength: EACH_POLICY.length });
  fc.assert(
    fc.property(cases(), cases(), order, (one, other, keys) => {
      const cells = [one, other].flatMap((drawn) =>
        EACH_POLICY.map(([, policy]) => setUp(policy, drawn)).filter((setup) => setup !== undefined),
      );
      const digests = new Map(cells.map((setup) => [setup, simulate(setup).digest]));
      const shuffled = cells.map((setup, index) => ({ setup, key: keys[index % keys.length] as number })).sort((a, b) => a.key - b.key);
      for (const { setup } of shuffled) expect(simulate(setup).digest).toBe(digests.get(setup));
    }),
    { seed: seed(31), numRuns: runs(10) },
  );
});

describe.each(EACH_POLICY)("%s", (_, policy) => {
  test("the world drawn anew gives the same entries, and the digest is theirs", () => {
    fc.assert(
      fc.property(cases(), (drawn) => {
        const setup = setUp(policy, drawn);
        fc.pre(setup !== undefined);
        const trace = traceOf(setup);
        expect(traceText(traceOf({ ...setup, world: setUp(policy, drawn)!.world }).entries)).toEqual(traceText(trace.entries));
        const heard: TraceEntry[] = [];
        const sink = {
          entry: (...[time, kind, task, worker, attempt, reason, amount]: Parameters<Digest["entry"]>) =>
            void heard.push({ time, kind, task, worker, attempt, reason, ...(amount !== undefined && { amount }) }),
        };
        const run = simulate({ ...setup, sinks: [sink] });
        expect(traceText(heard)).toEqual(traceText(trace.entries));
        const digest = new Digest();
        for (const { time, kind, task, worker, attempt, reason, amount } of heard)
          digest.entry(time, kind, task, worker, attempt, reason, amount);
        expect(run.digest).toBe(digest.toString());
      }),
      { seed: seed(32), numRuns: runs(18) },
    );
  });
});
