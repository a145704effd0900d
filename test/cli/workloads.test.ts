// makespan import, generate, validate and schema: what they write can be read again, and means the same.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { GENERATORS } from "../../src/workload/generators/index.ts";
import { folderWith, makespan, makespanHere } from "./makespan.ts";
import { CHAIN, RANDOM } from "./scenarios.ts";

const SWF = `; MaxProcs: 4
1 0 -1 10 2 -1 -1 2 20 -1 1 3 1 -1 1 -1 -1 -1
2 5 -1 30 4 -1 -1 4 60 -1 1 3 1 -1 1 -1 -1 -1
3 6 -1 -1 4 -1 -1 4 60 -1 0 3 1 -1 1 -1 -1 -1
`;

/** Digest of a run. */
async function digest(words: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await makespanHere(["run", ...words, "--json"], cwd);
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as { digest: string }).digest;
}

describe("import", () => {
  it("makes a scenario that runs as the log itself does, and says what is left out", async () => {
    const cwd = folderWith({ "log.swf": SWF });
    const imported = await makespanHere(["import", "log.swf", "-o", "log.yaml"], cwd);
    expect({ code: imported.code, stdout: imported.stdout }).toEqual({ code: 0, stdout: "log.yaml\n" });
    expect(imported.stderr).toContain("2 of 3 jobs");
    expect(await digest(["log.yaml"], cwd)).toBe(await digest(["log.swf"], cwd));
    expect((await makespanHere(["import", "log.swf"], cwd)).stdout).toBe(readFileSync(join(cwd, "log.yaml"), "utf8"));
    expect(makespan(["import", "-"], { cwd, input: SWF }).stdout).toContain("duration: 30s");
  });

  it("takes a format that neither name nor text show, a cluster, a scale and a limit", async () => {
    const cwd = folderWith({ "log.txt": SWF.replaceAll(";", "; "), "odd.txt": "id,duration\na,1s\n" });
    const { code, stdout, stderr } = await makespanHere(
      ["import", "log.txt", "--format", "swf", "--workers", "1 x 8cpu", "--scale", "5", "--limit", "2"],
      cwd,
    );
    expect(code, stderr).toBe(0);
    expect(parse(stdout)).toMatchObject({ cluster: { workers: [{ cpu: 8 }] }, tasks: [{ id: "1" }, { id: "2", release: "1s" }] });
    const swfWorkers = await makespanHere(["import", "log.txt", "--format", "swf", "--workers", "2 x 8cpu"], cwd);
    expect(swfWorkers.code).toBe(2);
    expect(swfWorkers.stderr).toContain("runs on one worker");
  });

  it("puts more than 1,000 tasks into a table beside the scenario", async () => {
    const rows = Array.from({ length: 1001 }, (_, i) => `t${i},${i + 1}s`);
    const cwd = folderWith({ "many.csv": `id,duration\n${rows.join("\n")}\n` });
    const words = ["import", "many.csv", "--workers", "4 x 1cpu"];
    const refused = await makespanHere(words, cwd);
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("-o many.yaml");
    expect((await makespanHere([...words, "-o", "out/x.yaml"], cwd)).stdout).toBe("out/x.yaml\nout/x.tasks.csv\n");
    expect(readdirSync(join(cwd, "out")).sort()).toEqual(["x.tasks.csv", "x.yaml"]);
    expect(await digest(["out/x.yaml"], cwd)).toBe(await digest(["many.csv", "--workers", "4 x 1cpu"], cwd));
  });
});

describe("generate", () => {
  it.each(GENERATORS.map(({ name }) => name))("draws %s by its seed alone, and writes what can be run", async (kind) => {
    const cwd = folderWith();
    const words = ["generate", kind, ...(kind === "fork-join" ? ["--stages", "2"] : ["--count", "20"])];
    const { code, stdout, stderr } = await makespanHere([...words, "--seed", "7"], cwd);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n", 1)[0]).toBe(`# drawn by makespan ${words.join(" ")} --seed 7`);
    expect((await makespanHere([...words, "--seed", "7"], cwd)).stdout).toBe(stdout);
    expect((await makespanHere([...words, "--seed", "8"], cwd)).stdout).not.toBe(stdout);
    expect(makespan(["run", "-"], { cwd, input: stdout }).code).toBe(0);
  });

  it("takes the fields of a task as the template, and names every fault", async () => {
    const cwd = folderWith();
    const words = [
      "generate",
      "bag",
      "--count",
      "1200",
      "--cpu",
      "{ distribution: integer, min: 1, max: 4 }",
      "--memory",
      "1GiB",
      "--workers",
      "2 x 4cpu,8GiB",
    ];
    expect((await makespanHere([...words, "-o", "bag.yaml", "--name", "sack"], cwd)).stdout).toBe("bag.yaml\nbag.tasks.csv\n");
    expect(readFileSync(join(cwd, "bag.tasks.csv"), "utf8").slice(0, 60)).toMatch(/^id,duration,cpu,memory\nt1,[\d.]+s,[2-4]?,1GiB\n/);
    expect(readFileSync(join(cwd, "bag.yaml"), "utf8")).not.toContain(cwd);
    const wrong = await makespanHere(["generate", "bag", "--count", "-3", "--cpu", "{ distribution: integr }", "--memory", "lots"], cwd);
    expect(wrong.code).toBe(2);
    for (const part of ["count", "integr", "lots"]) expect(wrong.stderr).toContain(part);
  });
});

describe("validate", () => {
  it("says what a scenario consists of, and runs nothing", async () => {
    const cwd = folderWith({ "chain.yaml": CHAIN, "random.yaml": RANDOM });
    const { code, stdout, stderr } = await makespanHere(["validate", "chain.yaml", "random.yaml"], cwd);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("chain: valid");
    expect(stdout).toContain("2 tasks, 1 dependency, the longest chain 2 tasks, 1 job");
    expect(stdout).toContain("nothing is drawn");
    expect(stdout).toContain("the workload and failures are drawn; seed 5");
    expect(stdout).toContain("not edd: it needs a due date, which no task has");
    expect(readdirSync(cwd)).toHaveLength(2);
  });

  it("tells the faults of all scenarios, and goes on to the good ones", async () => {
    const cwd = folderWith({
      "one.yaml": CHAIN.replace("[a]", "[b]"),
      "two.yaml": CHAIN.replace("id: w", "id: w, cpus: 2"),
      "chain.yaml": CHAIN,
    });
    const { code, stdout, stderr } = await makespanHere(["validate", "one.yaml", "chain.yaml", "two.yaml"], cwd);
    expect(code).toBe(2);
    expect(stdout).toContain("chain: valid");
    expect(stderr).toContain("one.yaml:7:");
    expect(stderr).toContain("b → b");
    expect(stderr).toContain(`two.yaml:4:31: error: unknown key "cpus"; did you mean "cpu"?`);
  });
});

describe("schema", () => {
  it("is a JSON Schema that takes what is valid and refuses what is not", async () => {
    const { code, stdout } = await makespanHere(["schema"]);
    expect(code).toBe(0);
    const accepts = new Ajv({ strict: false, allowUnionTypes: true }).compile(JSON.parse(stdout) as object);
    expect(accepts(parse(CHAIN))).toBe(true);
    expect(accepts(parse(RANDOM))).toBe(true);
    expect(accepts(parse(CHAIN.replace("dependencies", "dependency")))).toBe(false);
  });
});
