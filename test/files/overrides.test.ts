import { describe, expect, it } from "vitest";
import { documentOf, readDocument } from "../../src/files/document.ts";
import { formatFaults } from "../../src/files/fault-text.ts";
import { withOverrides } from "../../src/files/overrides.ts";

const TEXT = "scheduler: { policy: sjf }\ntasks:\n  - { id: extract, cpu: 1 }\n  - { id: '1', cpu: 1 }\n";

function set(...settings: string[]): unknown {
  return withOverrides(readDocument(TEXT, "x.yaml"), settings).value;
}

function refusal(...settings: string[]): string {
  return formatFaults(withOverrides(readDocument(TEXT, "x.yaml"), settings).faults ?? []);
}

describe("--set", () => {
  it.each([
    [
      "tasks.0.cpu=2",
      {
        tasks: [
          { id: "extract", cpu: 2 },
          { id: "1", cpu: 1 },
        ],
      },
    ],
    [
      "tasks.extract.cpu=0.5",
      {
        tasks: [
          { id: "extract", cpu: 0.5 },
          { id: "1", cpu: 1 },
        ],
      },
    ],
    [
      "tasks.1.cpu=3",
      {
        tasks: [
          { id: "extract", cpu: 1 },
          { id: "1", cpu: 3 },
        ],
      },
    ],
    ["scheduler.policy=fcfs:blocking=false", { scheduler: { policy: "fcfs:blocking=false" } }],
    ["scheduler.policy={name: sjf, blocking: true}", { scheduler: { policy: { name: "sjf", blocking: true } } }],
    ["scheduler.decisionTime.perPass=1s", { scheduler: { policy: "sjf", decisionTime: { perPass: "1s" } } }],
    ["seed=7", { seed: 7 }],
    ['seed="12345678901234567890"', { seed: "12345678901234567890" }],
    [
      "tasks.extract.dependencies=[a, b]",
      {
        tasks: [
          { id: "extract", cpu: 1, dependencies: ["a", "b"] },
          { id: "1", cpu: 1 },
        ],
      },
    ],
  ])("%s", (setting, expected) => {
    expect(set(setting)).toMatchObject(expected);
  });

  it("takes an index in brackets too, as messages spell it, unless an id has brackets itself", () => {
    expect(set("tasks[0].cpu=2")).toEqual(set("tasks.0.cpu=2"));
    expect(set("tasks[1]={ id: b }")).toEqual(set("tasks.1={ id: b }"));
    expect(set("tasks.0.dependencies=[a, b]", "tasks[0].dependencies[1]=c")).toEqual(set("tasks.0.dependencies=[a, c]"));
    expect(set("tasks.0.x=[[1, 2], [3, 4]]", "tasks[0].x[1][0]=5")).toEqual(set("tasks.0.x=[[1, 2], [5, 4]]"));
    expect(set("tasks.0.id=job[1]", "tasks.job[1].cpu=4")).toEqual(set("tasks.0.id=job[1]", "tasks.0.cpu=4"));
    expect(refusal("tasks[7].cpu=2")).toContain("tasks has 2 entries, numbered from 0");
  });

  it("applies one after the other, and leaves the document as it was", () => {
    const document = readDocument(TEXT, "x.yaml");
    const before = structuredClone(document.value);
    expect(withOverrides(document, ["a.b=1", "a.b=2", "a.c=3"]).value).toMatchObject({ a: { b: 2, c: 3 } });
    expect(document.value).toEqual(before);
  });

  it("says which setting a value comes from, and where the others stand", () => {
    const document = withOverrides(readDocument(TEXT, "x.yaml"), ["scheduler.policy=x", "new.deep.key=1"]);
    expect(document.position(["scheduler", "policy"])).toBeUndefined();
    expect(document.origin(["scheduler", "policy", "name"])).toBe("--set scheduler.policy=x");
    expect(document.origin(["new"])).toBe("--set new.deep.key=1");
    expect(document.position(["tasks", 0, "cpu"])).toMatchObject({ line: 3 });
    expect(document.origin(["tasks", 0, "cpu"])).toBe("");
  });

  it.each([
    ["tasks.extrct.cpu=2", 'tasks has no entry "extrct"; did you mean "extract"?'],
    ["tasks.7.cpu=2", "tasks has 2 entries, numbered from 0"],
    ["scheduler.policy.blocking=true", `scheduler.policy is "sjf", which has no keys; give it as a whole: --set 'scheduler.policy={ … }'`],
    ["cpu", "give path=value"],
    ["=3", "give path=value"],
    ["seed={", "this is not YAML"],
  ])("refuses %s", (setting, expected) => {
    expect(refusal(setting)).toContain(`error: --set ${setting}: `);
    expect(refusal(setting)).toContain(expected);
  });

  it("touches no object but the document", () => {
    set("__proto__.polluted=1", "constructor.prototype.polluted=1");
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it("starts from nothing where the document is empty", () => {
    expect(withOverrides(documentOf(null), ["name=x"]).value).toEqual({ name: "x" });
  });
});
