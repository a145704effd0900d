// Completion: what a word may become, and scripts that the shells can read.
import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { complete } from "../../src/cli/complete.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { bundledScenarios } from "../../src/files/bundled-scenarios.ts";
import { POLICIES } from "../../src/policies/index.ts";
import { MAIN, makespan } from "./makespan.ts";

describe("a word may become", () => {
  it("a command", async () => {
    expect(await complete(["com"])).toEqual(["compare", "completion"]);
    expect(await complete([""])).toEqual(expect.arrayContaining(COMMANDS.map(({ name }) => name)));
  });

  it("an option of the command", async () => {
    expect(await complete(["run", "diamond", "--seed-"])).toEqual(["--seed-workload", "--seed-faults", "--seed-network", "--seed-policy"]);
    expect(await complete(["generate", "layered", "--deg"])).toEqual(["--degree"]);
    expect(await complete(["schema", "--"])).toEqual(["--help", "--version"]);
  });

  it("a policy, also in a list", async () => {
    expect(await complete(["run", "diamond", "--policy", ""])).toEqual(POLICIES.map(({ name }) => name));
    expect(await complete(["compare", "diamond", "--policies", "fcfs,dispatch-p"])).toEqual(["fcfs,dispatch-pow2"]);
    expect(await complete(["policies", "wf"])).toEqual(["wfp3"]);
  });

  it("a bundled scenario, a generator, a format, a shell", async () => {
    expect(await complete(["run", ""])).toEqual(bundledScenarios());
    expect(await complete(["compare", "diamond", "gra"])).toEqual(["graham-anomaly"]);
    expect(await complete(["generate", "lay"])).toEqual(["layered"]);
    expect(await complete(["import", "--format", "w"])).toEqual(["wfformat"]);
    expect(await complete(["completion", ""])).toEqual(["bash", "zsh"]);
  });

  it("nothing that is known, so that the shell goes on to files", async () => {
    expect(await complete(["run", "diamond", "--out", ""])).toEqual([]);
    expect(await complete(["frobnicate", ""])).toEqual([]);
  });
});

describe("the script", () => {
  it("is for the shell that is named, or that $SHELL names", () => {
    const zsh = makespan(["completion", "zsh"]).stdout;
    const bash = makespan(["completion", "bash"]).stdout;
    expect(zsh).toContain("compdef");
    expect(bash).toContain("complete -o");
    expect(makespan(["completion"], { env: { SHELL: "/usr/bin/zsh" } }).stdout).toBe(zsh);
    expect(makespan(["completion"], { env: { SHELL: "/bin/bash" } }).stdout).toBe(bash);
    expect(makespan(["completion"]).stdout).toBe(bash);
  });

  it("is refused where $SHELL names another", () => {
    const { code, stdout, stderr } = makespan(["completion"], { env: { SHELL: "/bin/fish" } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`$SHELL is /bin/fish, and shell "fish" is not known; name one that is, as in makespan completion bash`);
  });

  it("works in bash", ({ skip }) => {
    if (spawnSync("bash", ["-c", "true"]).status !== 0) skip("there is no bash");
    const script = `
      makespan() { "${process.execPath}" "${MAIN}" "$@"; }
      eval "$(makespan completion bash)"
      COMP_WORDS=(makespan compare opposed-demands --policies wf); COMP_CWORD=4
      _makespan
      echo "\${COMPREPLY[@]}"`;
    expect(execFileSync("bash", ["-c", script], { encoding: "utf8" })).toBe("wfp3\n");
  });
});
