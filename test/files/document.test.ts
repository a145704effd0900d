import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { type Document, type Path, readDocument } from "../../src/files/document.ts";
import { formatFaults } from "../../src/files/fault-text.ts";
import { readJson } from "../../src/workload/importers/json-text.ts";
import { InputError } from "../../src/model/errors.ts";

function faultsOf(text: string, file = "x.yaml"): string {
  try {
    const { faults = [] } = readDocument(text, file);
    if (faults.length > 0) return formatFaults(faults);
  } catch (error) {
    if (error instanceof InputError) return formatFaults(error.faults);
    throw error;
  }
  return "none";
}

/** Every path of a value. */
function* paths(value: unknown, path: Path = []): Generator<Path> {
  yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* paths(inner, [...path, Array.isArray(value) ? Number(key) : key]);
}

function place(document: Document, path: Path, part?: "key"): string {
  const position = document.position(path, part);
  return `${position?.line}:${position?.column}`;
}

const jsonValue = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes("__proto__"));

describe("a document", () => {
  it("is the same value as YAML and as JSON, however the JSON is laid out", () => {
    fc.assert(
      fc.property(jsonValue, fc.constantFrom(undefined, 1, 3, "\t"), (value, indent) => {
        const plain = JSON.parse(JSON.stringify(value)) as unknown;
        expect(readDocument(JSON.stringify(value, null, indent), "x.json").value).toEqual(plain);
        expect(readDocument(stringify(plain), "x.yaml").value).toEqual(plain);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("has the places in JSON that the YAML reader finds in the same text", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), jsonValue), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const json = readDocument(text, "x.json");
        const yaml = readDocument(`# not JSON\n${text}`, "x.yaml");
        for (const path of paths(JSON.parse(text))) {
          for (const part of [undefined, "key"] as const) {
            const [line = "", column] = place(json, path, part).split(":");
            expect(place(yaml, path, part)).toBe(`${Number(line) + 1}:${column}`);
          }
        }
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it("agrees with JSON.parse about what is JSON", () => {
    const token = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"b\\n"',
      "1",
      "-2.5e3",
      "01",
      ".5",
      "true",
      "null",
      " ",
      "\n",
      '"\\x"',
      "tru",
      "1e400",
    );
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 8 }).map((tokens) => tokens.join("")),
        (text) => {
          let parsed: { value: unknown } | undefined;
          try {
            parsed = { value: JSON.parse(text) as unknown };
          } catch {
            parsed = undefined;
          }
          const either = readJson(text);
          const read = "root" in either ? either : undefined;
          const repeats = read === undefined && parsed !== undefined;
          if (repeats) expect(text.split('"a"').length + text.split('"b\\n"').length).toBeGreaterThan(3);
          else expect(read && { value: read.value }).toEqual(parsed);
        },
      ),
      { seed: 3, numRuns: 5000 },
    );
  });

  it("knows where values and keys stand", () => {
    const document = readDocument("a: 1\nlist:\n  - { b: 2 }\n  - c:\n      - 3\nempty:\n", "x.yaml");
    expect(document.position(["list", 0, "b"])).toEqual({ file: "x.yaml", line: 3, column: 10, text: "  - { b: 2 }" });
    expect(place(document, ["list", 0, "b"], "key")).toBe("3:7");
    expect(place(document, ["list", 1, "c", 0])).toBe("5:9");
    expect(place(document, ["empty"])).toBe("6:1");
  });

  it("falls back to what is around a place that does not exist", () => {
    const document = readDocument("a:\n  b: { c: 1 }\n", "x.yaml");
    expect(place(document, ["a", "b", "zz"])).toBe("2:6");
    expect(place(document, ["zz", 3])).toBe("1:1");
  });

  it("follows anchors to where they stand", () => {
    const document = readDocument("a: &x { b: 1 }\nc: *x\n", "x.yaml");
    expect(document.value).toEqual({ a: { b: 1 }, c: { b: 1 } });
    expect(place(document, ["c"])).toBe("2:4");
    expect(place(document, ["c", "b"])).toBe("1:12");
  });

  it.each([
    ["repeated key", "a: 1\nb: 2\n'a': 3\n", 'x.yaml:3:1: error: key "a" is given twice'],
    ["repeated key in JSON", '{"a": 1, "a": 2}', 'x.yaml:1:10: error: key "a" is given twice'],
    ["second document", "a: 1\n---\nb: 2\n", "x.yaml:2:1: error: a second document begins here"],
    ["tag", "a: !!js/function x\n", "x.yaml:1:4: error: tags (!name) are not used"],
    ["alias without anchor", "a: *x\n", "x.yaml:1:4: error: alias *x has no anchor (&x) before it"],
    ["alias within its anchor", "a: &x [*x]\n", "x.yaml:1:8: error: alias *x stands within its own anchor"],
    ["key that is a list", "? [a, b]\n: 1\n", "x.yaml:1:3: error: a key is text, not a map or a list"],
    ["tab", "a:\n\tb: 1\n", "x.yaml:2:1: error: this is not YAML: tabs are not allowed as indentation"],
    ["two colons", "a: b: c\n", "x.yaml:1:4: error: this is not YAML: nested mappings"],
    ["deep nesting", `${"[".repeat(50_000)}${"]".repeat(50_000)}`, "x.yaml:1:1: error: the text is nested too deeply"],
  ])("refuses: %s", (_what, text, expected) => {
    expect(faultsOf(text)).toContain(expected);
  });

  it.each([
    ["a comma too many", '{\n  "a": 1,\n}', "2:9: error: this is not JSON: the comma before } is one too many"],
    ["one in a list", '{"a": [1, 2,]}', "1:12: error: this is not JSON: the comma before ] is one too many"],
    ["a key without quotes", '{"a": 1, b: 2}', '1:10: error: this is not JSON: a key in double quotes ("key") is missing'],
    ["single quotes", "{\"a\": 'b'}", "1:7: error: this is not JSON: a value (texts stand in double quotes) is missing"],
    ["no comma", '{"a": 1\n "b": 2}', "2:2: error: this is not JSON: a comma or } is missing"],
    ["no colon", '{"a" 1}', "1:6: error: this is not JSON: a colon is missing"],
    ["an end too soon", '{"a": [1', "1:9: error: this is not JSON: a comma or ] is missing, the text ends"],
    ["an open text", '{"a": "b', '1:7: error: this is not JSON: a closing " is missing'],
    ["a comment", '{"a": 1} # one', "1:10: error: this is not JSON: something follows what should be the end"],
    ["a repeated key", '{"a": 1, "a": 2}', '1:10: error: key "a" is given twice'],
    ["YAML", "a: 1\n", "1:1: error: this is not JSON: a value (texts stand in double quotes) is missing"],
    ["an escape", '{"a": "\\q"}', "1:7: error: this is not JSON: a text holds an escape"],
  ])("refuses in a .json file: %s", (_what, text, expected) => {
    expect(faultsOf(text, "x.json")).toContain(`x.json:${expected}`);
  });

  it("refuses aliases that multiply without bounds, soon", () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) =>
        `l${i}: &l${i} [${Array(10)
          .fill(i === 0 ? "x" : `*l${i - 1}`)
          .join(", ")}]`,
    );
    expect(faultsOf(levels.join("\n"))).toContain("aliases (*name) stand for more than");
  });

  it("allows one anchor for every task of a large file", () => {
    const tasks = Array.from({ length: 2000 }, (_, i) => `  - { id: t${i}, duration: *d }`);
    const { value } = readDocument(`functions: { default: &d 3s }\ntasks:\n${tasks.join("\n")}\n`, "x.yaml");
    expect((value as { tasks: { duration: string }[] }).tasks[1999]?.duration).toBe("3s");
  });
});
