import { describe, expect, it } from "vitest";
import { formatFaults } from "../../src/files/fault-text.ts";
import { MAX_PRINTED_FAULTS } from "../../src/model/errors.ts";

const at = (line: number, column: number, text?: string) => ({ file: "bad.yaml", line, column, ...(text !== undefined && { text }) });

describe("formatFaults", () => {
  it("shows place, message, line and caret", () => {
    const message = 'policy "critcal-path" is not known; did you mean "critical-path"?';
    expect(formatFaults([{ message, position: at(6, 11, "  policy: critcal-path") }])).toBe(
      `bad.yaml:6:11: error: policy "critcal-path" is not known; did you mean "critical-path"?
  6 |   policy: critcal-path
    |           ^
`,
    );
  });

  it("is one line where there is no place", () => {
    expect(formatFaults([{ message: "no such thing" }])).toBe("error: no such thing\n");
  });

  it("keeps tabs, so that the caret stands below its column", () => {
    expect(formatFaults([{ message: "m", position: at(123, 4, "\t\ta: 1") }])).toBe(
      "bad.yaml:123:4: error: m\n  123 | \t\ta: 1\n      | \t\t ^\n",
    );
  });

  it("cuts a long line around the caret", () => {
    const [, source = "", caret = ""] = formatFaults([
      { message: "m", position: at(1, 5001, `${"x".repeat(5000)}Y${"z".repeat(5000)}`) },
    ]).split("\n");
    expect(source.length).toBeLessThan(140);
    expect(source[caret.indexOf("^")]).toBe("Y");
  });

  it("never passes on what would colour or move a terminal", () => {
    const text = formatFaults([{ message: "id \u001b[31mred\u001b[0m\r", position: at(1, 7, "id: \u001b[2J\u009b\u202ex") }]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(text.split("\n")[2]).toMatch(/^ {4}\| {7}\^$/);
  });

  it("prints at most 20, then their number", () => {
    const faults = Array.from({ length: 23 }, (_, i) => ({ message: `m${i}` }));
    const lines = formatFaults(faults).trimEnd().split("\n");
    expect(lines).toHaveLength(MAX_PRINTED_FAULTS + 1);
    expect(lines.at(-1)).toBe("3 more errors");
    expect(formatFaults(faults.slice(0, 21))).toMatch(/1 more error\n$/);
    expect(formatFaults(faults.slice(0, 20))).not.toMatch(/more/);
  });

  it("counts those that are not spelt out, wherever that stands", () => {
    const rest = { message: "x.csv: 7 more faults", more: 7 };
    expect(formatFaults([{ message: "a" }, rest, { message: "b" }])).toBe("error: a\nerror: b\n7 more errors\n");
  });
});
