// The policy `expression` as users meet it: on the command line, in a scenario file, in a comparison.
import { describe, expect, it } from "vitest";
import { folderWith, makespanHere } from "./makespan.ts";

const scenario = (rank: string) => `
version: 1
name: three
cluster: { workers: [{ id: w }] }
scheduler: { policy: { name: expression, rank: "${rank}" } }
tasks:
  - { id: a, duration: 5s, weight: 1 }
  - { id: b, duration: 3s, weight: 0 }
  - { id: c, duration: 9s, weight: 4 }
`;

const FILES = { "three.yaml": scenario("estimate / max(weight, 1) - 0.1 * wait"), "faulty.yaml": scenario("estimat / weight - wiat") };

async function digestOf(words: readonly string[], cwd: string): Promise<unknown> {
  const { code, stdout } = await makespanHere(["run", ...words, "--json"], cwd);
  expect(code).toBe(0);
  return (JSON.parse(stdout) as Record<string, unknown>)["digest"];
}

describe("expression", () => {
  it("works from a scenario and from the command line, and decides as the policy that has the same rule", async () => {
    const cwd = folderWith(FILES);
    const own = await digestOf(["three.yaml"], cwd);
    expect(await digestOf(["three.yaml", "--policy", "expression:rank=estimate/max(weight,1)-wait/10"], cwd)).toBe(own);
    const shortest = await digestOf(["three.yaml", "--policy", "sjf"], cwd);
    expect(shortest).not.toBe(own);
    expect(await digestOf(["three.yaml", "--policy", "expression:rank=estimate"], cwd)).toBe(shortest);
    expect(await digestOf(["three.yaml", "--policy", "expression:rank=0"], cwd)).toBe(
      await digestOf(["three.yaml", "--policy", "first-fit"], cwd),
    );
  });

  it("is compared under its whole text, commas in parentheses included", async () => {
    const cwd = folderWith(FILES);
    const policies = "sjf, expression:rank=max(min(estimate, 5), 1),expression:rank=-wait * cpu:blocking=true";
    const { code, stdout } = await makespanHere(["compare", "three.yaml", "--policies", policies, "--json"], cwd);
    expect(code).toBe(0);
    for (const text of ["expression:rank=max(min(estimate, 5), 1)", "expression:blocking=true:rank=-wait * cpu"])
      expect(stdout).toContain(JSON.stringify(text));
    const unclosed = await makespanHere(["compare", "three.yaml", "--policies", "sjf,expression:rank=max(estimate,ljf"], cwd);
    expect(unclosed.code).toBe(2);
    expect(unclosed.stderr).toContain('rank "max(estimate", at its end: expected )');
  });

  it("takes part in a comparison by default where the scenario says its rank", async () => {
    const cwd = folderWith({ ...FILES, "plain.yaml": FILES["three.yaml"].replace(/^scheduler.*$/m, "") });
    const own = await makespanHere(["compare", "three.yaml"], cwd);
    expect(own.stdout).toContain("expression:rank=estimate / max(weight, 1) - 0.1 * wait");
    const plain = await makespanHere(["compare", "plain.yaml"], cwd);
    expect(plain.stdout).not.toContain("expression");
    expect(plain.stderr).toContain("expression (needs its rank, as in expression:rank=estimate / weight - 0.1 * wait)");
  });

  it("is refused at its place, all faults at once", async () => {
    const cwd = folderWith(FILES);
    const { code, stderr } = await makespanHere(["run", "faulty.yaml"], cwd);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'faulty.yaml:5:48: error: policy "expression": rank "estimat / weight - wiat", character 1: "estimat" is not known',
    );
    expect(stderr).toContain('character 20: "wiat" is not known; did you mean "wait"?');
    const bare = await makespanHere(["run", "three.yaml", "--policy", "expression"], cwd);
    expect([bare.code, bare.stderr]).toEqual([2, expect.stringContaining("it needs its rank, as in expression:rank=")]);
    const list = await makespanHere(["run", "three.yaml", "--policy", "expression:rank=true"], cwd);
    expect([list.code, list.stderr]).toEqual([2, expect.stringContaining("rank is an expression, such as")]);
  });

  it("names the task for which it has no finite value", async () => {
    const cwd = folderWith(FILES);
    const { code, stderr } = await makespanHere(["run", "three.yaml", "--policy", "expression:rank=estimate / weight"], cwd);
    expect(code).toBe(3);
    expect(stderr).toContain('policy expression:rank=estimate / weight ranked task "b" Infinity; a rank is a finite number');
    expect(stderr).toContain("reproduce: makespan run three.yaml --policy 'expression:rank=estimate / weight' --seed 1");
  });
});
