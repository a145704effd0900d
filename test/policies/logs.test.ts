// The log of KTH's SP2: what the order of the queue, overtaking and the last arrivals make of 28,481 jobs.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { at } from "../../src/model/columns.ts";
import { SECOND } from "../../src/model/units.ts";
import type { World } from "../../src/model/world.ts";
import { swf } from "../../src/workload/importers/swf.ts";
import { dataPath, describeWithData } from "../data.ts";
import { mean, type Outcome, runWorld, worldOfImport } from "../run-world.ts";

describeWithData("KTH-SP2 on 100 processors", () => {
  let world: World;

  beforeAll(() => {
    const session = swf.open({ file: "KTH-SP2.swf.gz", dimensions: ["cpu", "memory", "disk", "slots"], scale: 1 });
    session.write(gunzipSync(readFileSync(dataPath("swf/KTH-SP2.swf.gz"))).toString("latin1"));
    world = worldOfImport(session.finish());
  });

  /** Mean of max(1, flow ÷ max(run, 10 s)). */
  function boundedSlowdown(outcome: Outcome): number {
    return mean(outcome.flows.map((flow, job) => Math.max(1, flow / Math.max(at(world.tasks.work, job) / SECOND, 10))));
  }

  test("sjf has a mean bounded slowdown of 135 blocking and 51 overtaking", () => {
    expect(Math.round(boundedSlowdown(runWorld(world, "sjf:blocking=true")))).toBe(135);
    expect(Math.round(boundedSlowdown(runWorld(world, "sjf")))).toBe(51);
  });

  // A program in another language, which sorts its whole queue in every pass, gave 52.04078812 and 51.50840457.
  test("lines in time order a queue of thousands as a plain sort in every pass does", () => {
    expect(boundedSlowdown(runWorld(world, "wfp3"))).toBeCloseTo(52.04078812, 7);
    expect(boundedSlowdown(runWorld(world, "unicep"))).toBeCloseTo(51.50840457, 7);
  });

  test("the last arrivals set the makespan: every list policy that overtakes has the same, 29,363,626 s", () => {
    for (const policy of ["first-fit", "sjf", "ljf", "random", "wfp3", "unicep", "f1"]) {
      expect(runWorld(world, policy).makespan, policy).toBe(29_363_626);
    }
    expect(runWorld(world, "fcfs").makespan / 29_363_626).toBeLessThan(1.01);
  });

  test("on one worker, dispatching is fcfs", () => {
    const { started } = runWorld(world, "fcfs");
    for (const policy of ["dispatch-random", "dispatch-least-work", "dispatch-shortest-queue"]) {
      expect(runWorld(world, policy).started, policy).toEqual(started);
    }
  });
});
