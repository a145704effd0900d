// Fault traces: outages of workers as CSV, and what is wrong with one as a person reads it.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatFaults } from "../../src/files/fault-text.ts";
import { loadScenario, scenarioFrom } from "../../src/files/load-scenario.ts";
import { simulate } from "../../src/index.ts";
import { InputError } from "../../src/model/errors.ts";
import type { WorkerFaultSpec } from "../../src/model/scenario.ts";
import { OutageTrace } from "../../src/workload/outage-trace.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const folder = temporaryFolders();

const CLUSTER = { workers: [{ id: "w", count: 3, cpu: 1 }] };
const SCENARIO = `
cluster: { workers: [{ id: w, count: 3, cpu: 1 }] }
tasks: [{ id: a, duration: 30s }, { id: b, duration: 1m }]
faults: [{ trace: outages.csv }]
`;

/** The text of what is said against a scenario with this trace. */
async function refusal(trace: string, scenario = SCENARIO): Promise<string> {
  const path = folder({ "outages.csv": trace, "x.yaml": scenario });
  try {
    await loadScenario(join(path, "x.yaml"));
  } catch (error) {
    if (error instanceof InputError) return formatFaults(error.faults).replaceAll(`${path}/`, "");
    throw error;
  }
  return "none";
}

/** The crashes in a text, read in pieces. */
function crashes(text: string, pieces = 7): WorkerFaultSpec[] {
  const trace = new OutageTrace("outages.csv");
  for (let at = 0; at < text.length; at += pieces) trace.write(text.slice(at, at + pieces));
  return trace.finish(undefined);
}

describe("a fault trace", () => {
  it("is the crashes that it tells of, gzipped or not", async () => {
    const text = "node,down_s,up_s\nw-2,40.5,\nw-1,10,20.000001\n";
    const path = folder({ "outages.csv": text, "x.yaml": SCENARIO, "z.yaml": SCENARIO.replace("outages.csv", "outages.csv.gz") });
    writeFileSync(join(path, "outages.csv.gz"), gzipSync(text));
    const written = scenarioFrom({
      cluster: CLUSTER,
      tasks: [
        { id: "a", duration: "30s" },
        { id: "b", duration: "1m" },
      ],
      faults: [
        { kind: "crash", worker: "w-1", at: 10, for: "10.000001s" },
        { kind: "crash", worker: "w-2", at: "40.5s" },
      ],
    });
    for (const name of ["x.yaml", "z.yaml"]) {
      const { scenario, files } = await loadScenario(join(path, name));
      expect(files).toContain(join(path, name === "x.yaml" ? "outages.csv" : "outages.csv.gz"));
      expect(simulate(scenario).digest).toBe(simulate(written).digest);
      expect(scenario.faults?.map((fault) => ({ ...fault, position: undefined }))).toEqual(
        written.faults?.map((fault) => ({ ...fault, position: undefined })),
      );
    }
  });

  it("may have its rows in any order, and its times to the microsecond", () => {
    const outage = fc.record({ node: fc.constantFrom("a", "b,c", 'd"'), gap: fc.nat(9e6), length: fc.nat(9e12) });
    fc.assert(
      fc.property(
        fc.array(outage, { minLength: 1, maxLength: 8 }),
        fc.infiniteStream(fc.nat()),
        fc.integer({ min: 1, max: 40 }),
        (outages, keys, pieces) => {
          const ends = new Map<string, number>();
          const rows = outages.map(({ node, gap, length }) => {
            const down = (ends.get(node) ?? 0) + gap;
            ends.set(node, down + length);
            return { node, down, length, key: keys.next().value as number };
          });
          const seconds = (time: number) => (time / 1e6).toFixed(6);
          const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
          const shuffled = rows.toSorted((a, b) => a.key - b.key);
          const text = shuffled.map(({ node, down, length }) =>
            `${seconds(down + length)}, ${cell(node)} ,${seconds(down)}`.replace(/, (".*") ,/, ",$1,"),
          );
          const read = crashes(`up_s,node,down_s\r\n${text.join("\r\n")}`, pieces);
          const plain = (node: string, at: number, lasting: number) => `${node} ${at} ${lasting}`;
          expect(read.map(({ worker, when }) => ("at" in when ? plain(worker as string, when.at, when.lasting) : "")).sort()).toEqual(
            rows.map(({ node, down, length }) => plain(node, down, length)).sort(),
          );
        },
      ),
      { seed: 31, numRuns: 100 },
    );
  });

  it("restarts a worker whose outages meet, whichever comes first in the file", () => {
    const order = crashes("node,down_s,up_s\nw,20,30\nw,10,20\n").map(({ when }) => ("at" in when ? when.at : 0));
    expect(order).toEqual([10e6, 20e6]);
  });

  it("has all its faults named at once, with those of the scenario", async () => {
    const trace = "node,down_s,up_s\nw-4,1,2\nw-1,50,20\nw-2,ten,\nw-3,5,9\nw-3,8,\nw-3,9s,1e9999\n,1,2\nw-1,1\nw-1,-1,2\n";
    expect(
      await refusal(trace, SCENARIO.replace("30s", "30x")),
    ).toBe(`x.yaml:3:28: error: duration "30x" has no known unit; known are us, µs, ms, s, m, h, d
  3 | tasks: [{ id: a, duration: 30x }, { id: b, duration: 1m }]
    |                            ^
outages.csv:2:1: error: worker "w-4" is not there; did you mean "w-1"?
  2 | w-4,1,2
    | ^
outages.csv:3:8: error: up_s: "20" is before down_s, 50; leave it empty for a worker that never comes back
  3 | w-1,50,20
    |        ^
outages.csv:4:5: error: down_s: "ten" is not a number of seconds, such as 12.5
  4 | w-2,ten,
    |     ^
outages.csv:6:5: error: down_s: worker "w-3" is down already, from 5 s until 9 s (line 5)
  6 | w-3,8,
    |     ^
outages.csv:7:5: error: down_s: "9s" is not a number of seconds, such as 12.5
  7 | w-3,9s,1e9999
    |     ^
outages.csv:7:8: error: up_s: "1e9999" is not a number of seconds, such as 12.5
  7 | w-3,9s,1e9999
    |        ^
outages.csv:8:1: error: node: the worker is missing
  8 | ,1,2
    | ^
outages.csv:9:1: error: this row has 2 cells, the header 3
  9 | w-1,1
    | ^
outages.csv:10:5: error: down_s: "-1" is negative
  10 | w-1,-1,2
     |     ^
`);
  });

  it.each([
    ["", "outages.csv: the file is empty; its first line is node,down_s,up_s"],
    ["node,down_s,up_s\n", "outages.csv: there is no outage in this file"],
    ["nod,down_s,up_s\nw-1,1,2\n", 'column "nod" is not one of a fault trace; did you mean "node"?'],
    ["worker,from,to\nw-1,1,2\n", 'column "worker" is not one of a fault trace (node, down_s, up_s)'],
    ["node,down_s\nw-1,1\n", "column up_s is missing; a fault trace has node,down_s,up_s"],
    ["node,down_s,up_s,up_s\nw-1,1,2,3\n", 'column "up_s" comes twice'],
    ["node,down_s,up_s\nw-1,1,\nw-1,2,3\n", 'worker "w-1" is down already, from 1 s for good (line 2)'],
    ["node,down_s,up_s\nw-1,,3\n", "down_s: the time is missing"],
    ["node,down_s,up_s\nw-1,1,9999999999999\n", 'up_s: "9999999999999" is too large'],
    ["node,down_s,up_s\nw-1,0.0000001,1\n", "below the resolution"],
  ])("is refused: %j", async (trace, message) => {
    expect(await refusal(trace)).toContain(message);
  });

  it("names unknown workers of rows with wrong times too", async () => {
    const said = await refusal("node,down_s,up_s\nzz,q,20\nyy,30,20\n");
    for (const place of [
      '2:1: error: worker "zz" is not there',
      '2:4: error: down_s: "q"',
      '3:1: error: worker "yy"',
      '3:7: error: up_s: "20"',
    ])
      expect(said).toContain(`outages.csv:${place}`);
  });

  it("goes alone, and must be there", async () => {
    const trace = "node,down_s,up_s\nw-1,1,2\n";
    const beside = SCENARIO.replace("{ trace:", "{ kind: pause, worker: w-1, trace:");
    expect(await refusal(trace, beside)).toMatch(/kind does not go with trace[^]*worker does not go with trace/);
    expect(await refusal(trace, SCENARIO.replace("{ trace:", "{ kind: crash, trace:"))).toBe("none");
    expect(await refusal(trace, SCENARIO.replace("outages", "outagse"))).toContain(
      'cannot read outagse.csv: there is no such file; did you mean "outages.csv"?',
    );
    expect(await refusal(trace, SCENARIO.replace("trace: outages.csv", "at: 3"))).toContain('missing key "kind"');
    // What is wrong with another fault hides nothing.
    const other = "faults: [{ kind: crash, at: 3x }, { trace: outages.csv }]";
    expect(await refusal("node,down_s,up_s\nw-1,x,2\n", SCENARIO.replace(/faults: .*/, other))).toMatch(/"3x"[^]*outages\.csv:2:5: error/);
    expect(() => scenarioFrom({ cluster: CLUSTER, tasks: [], faults: [{ trace: "outages.csv" }] })).toThrow("is read by loadScenario only");
  });
});
