// Recorded workflows of WfCommons: list schedules on 1, 4, 16 and 64 workers of one core, without transfers.
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { columnOf, nameAt } from "../../src/model/columns.ts";
import type { World } from "../../src/model/world.ts";
import { wfformat } from "../../src/workload/importers/wfformat.ts";
import { dataPath, describeWithData } from "../data.ts";
import { runWorld, worldOfImport } from "../run-world.ts";

interface Expected {
  tasks: number;
  edges: number;
  list_bottomlevel_makespan: Record<string, number>;
  list_fifo_id_makespan: Record<string, number>;
}

function worldFrom(file: string, count: number): World {
  const plain = dataPath(`wfformat/${file}`);
  const text = existsSync(plain) ? readFileSync(plain, "utf8") : gunzipSync(readFileSync(`${plain}.gz`)).toString("utf8");
  const workers = Array.from({ length: count }, (_, index) => ({
    id: `w${index + 1}`,
    capacity: [1000, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    speed: 1000,
    labels: {},
  }));
  const session = wfformat.open({ file, workers, dimensions: ["cpu", "memory", "disk", "slots"], scale: 1 });
  session.write(text);
  return worldOfImport(session.finish(), workers);
}

/** The same world with priorities by the order of the ids as texts. */
function rankedById(world: World): World {
  const { tasks } = world;
  const byText = Array.from({ length: tasks.count }, (_, task) => task).sort((a, b) =>
    nameAt(tasks.names, a) < nameAt(tasks.names, b) ? -1 : 1,
  );
  const priority = new Float64Array(tasks.count);
  byText.forEach((task, place) => {
    priority[task] = place;
  });
  return { ...world, tasks: { ...tasks, priority: columnOf(priority) } };
}

describeWithData("WfCommons", () => {
  const expected = JSON.parse(readFileSync(dataPath("expected/wfformat.json"), "utf8")) as Record<string, Expected>;
  describe.each(Object.keys(expected))("%s", (file) => {
    const numbers = expected[file] as Expected;

    test.each(Object.entries(numbers.list_bottomlevel_makespan))("critical-path on %s workers", (count, makespan) => {
      const world = worldFrom(file, Number(count));
      expect(world.tasks.count).toBe(numbers.tasks);
      expect(runWorld(world, "critical-path").makespan).toBeCloseTo(makespan, 5);
    });

    test.each(Object.entries(numbers.list_fifo_id_makespan))("by id on %s workers", (count, makespan) => {
      expect(runWorld(rankedById(worldFrom(file, Number(count))), "priority").makespan).toBeCloseTo(makespan, 5);
    });
  });
});
