import { describe, expect, it } from "vitest";
import { parseClusterText, readClusterText } from "../../src/files/cluster-text.ts";

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

  it.each([
    ["1 x 8cpu,32Gib", `"32Gib": Gib is neither a unit nor a dimension; did you mean "32GiB"?`],
    ["1 x 8cpu,32Gb", `did you mean "32GB"?`],
    ["1 x 8cpu,32gb", `did you mean "32GB"?`],
    ["1 x 8cpu,32KB", `did you mean "32kB"?`],
    ["1 x 8cpu,32MIB", `did you mean "32MiB"?`],
    ["1 x 8cpu,32G", `did you mean "32GiB"?`],
    ["1 x 8cpu,32gi", `did you mean "32GiB"?`],
    ["1 x 8cpu,32GiBs", `did you mean "32GiB"?`],
    ["1 x 8cpu,32b", `did you mean "32B"?`],
    ["1 x 8CPU", `did you mean "8cpu"?`],
    ["1 x 8Cores", `did you mean "8cores"?`],
    ["1 x 8cup", `did you mean "8cpu"?`],
    ["1 x 8vcpu", `did you mean "8cpu"?`],
    ["1 x 2Slots", `did you mean "2slots"?`],
    ["1 x 8 memory", `"8 memory": it needs a unit; did you mean "8GiB"?`],
    ["1 x 8cpu,100gb disk", `"100gb disk": gb is not a unit of disk; did you mean "100GB disk"?`],
    ["1 x 8cpu,100files disk", "files is not a unit of disk; known are KiB"],
    ["1 x cpu=8", `"cpu=8": would be a label; did you mean "8cpu"?`],
    ["2 x 8cpu,speed 0", '"speed 0": speed is not a number of at least 0.001'],
    ["2 x 8cpu,0.0009speed", '"0.0009speed": speed is not a number of at least 0.001'],
    ["2 x 8cpu,speed 1.2.3", '"speed 1.2.3": speed is not a number of at least 0.001'],
    ["0 x 8cpu", "count 0 is not a whole number of at least 1"],
    ["-2 x 8cpu", "count -2 is not a whole number of at least 1"],
    ["1.5 x 8cpu", "count 1.5 is not a whole number of at least 1"],
    ["1000000000 x 1cpu", "count 1000000000 is too much; a cluster has at most 1000000 workers"],
    ["10000000000000000000000 x 1cpu", "is too much"],
  ])("'%s' is refused with what is wrong", (text, message) => {
    expect(() => parseClusterText(text)).toThrow(message);
  });

  it("all that is wrong with a line is told at once, the form once a group", () => {
    expect(readClusterText("2 x 4cpuu,8GiBB,zone=a,?,!; 0 x 4cpu,4cpu,speed 0; ")).toEqual({
      workers: [{ id: "w1", count: 2, labels: { zone: "a" } }, { id: "w2", cpu: 4 }, { id: "w3" }],
      faults: [
        { message: expect.stringContaining('"4cpuu": cpuu is neither') },
        { message: expect.stringContaining('"8GiBB": GiBB is neither') },
        { message: expect.stringContaining('"?" is not understood; a cluster is written like') },
        { message: expect.stringMatching(/"!" is not understood$/) },
        { message: expect.stringContaining("count 0 is not") },
        { message: expect.stringContaining("cpu is given twice") },
        { message: expect.stringContaining("speed is not a number of at least 0.001") },
        { message: expect.stringMatching(/^workers "": a cluster is written like/) },
      ],
    });
  });

  it.each(["gpu", "GPU", "tpus", "fpga", "nic", "db", "io", "ports", "nodes", "licence", "tape"])("%s is a named resource", (word) => {
    expect(parseClusterText(`8cpu,2${word},disk=ssd`)).toEqual([{ id: "w", cpu: 8, resources: { [word]: 2 }, labels: { disk: "ssd" } }]);
  });

  it.each(["", "4 x", "0 x 8cpu", "eight cpu", "8cpu,8cpu", "1gpu,2gpu", "8cpu,,1gpu", "5cores disk", "4 x 8cpu;", "-4cpu"])(
    "refuses '%s'",
    (text) => {
      expect(() => parseClusterText(text)).toThrow(/^workers "/);
    },
  );
});
