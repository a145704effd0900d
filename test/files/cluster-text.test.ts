import { describe, expect, it } from "vitest";
import { parseClusterText } from "../../src/files/cluster-text.ts";

describe("a cluster in one line", () => {
  it.each([
    ["1 x 128cpu", [{ id: "w", count: 1, cpu: 128 }]],
    ["4 x 8cpu,32GiB", [{ id: "w", count: 4, cpu: 8, memory: "32GiB" }]],
    ["0.5 cpu", [{ id: "w", cpu: 0.5 }]],
    [
      "4x8 cores, 100GB disk, 2 slots, speed 1.5, zone=a",
      [{ id: "w", count: 4, cpu: 8, disk: "100GB", slots: 2, speed: 1.5, labels: { zone: "a" } }],
    ],
    [
      "2 × 16cpu,64GiB memory,1gpu; 8cpu",
      [
        { id: "w1", count: 2, cpu: 16, memory: "64GiB", resources: { gpu: 1 } },
        { id: "w2", cpu: 8 },
      ],
    ],
  ])("%s", (text, expected) => {
    expect(parseClusterText(text)).toEqual(expected);
  });

  it.each(["", "4 x", "0 x 8cpu", "eight cpu", "8cpu,8cpu", "1gpu,2gpu", "8cpu,,1gpu", "5cores disk", "4 x 8cpu;", "-4cpu"])(
    "refuses '%s'",
    (text) => {
      expect(() => parseClusterText(text)).toThrow(/^workers "/);
    },
  );
});
