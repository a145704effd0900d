// A policy as text, and what is refused in it.
import { expect, test } from "vitest";
import { formatPolicySpec, parsePolicySpec } from "../../src/model/settings.ts";

test("a text is read and written again", () => {
  for (const text of ["fcfs", "sjf:blocking=true", "./my.ts:blocking=false:placement=best-fit:alpha=2:deep=true:name=x"])
    expect(formatPolicySpec(parsePolicySpec(text))).toBe(text);
});

test("an option that is given twice is refused, as is one without a value", () => {
  expect(() => parsePolicySpec("sjf:blocking=true:blocking=false")).toThrow(
    'policy "sjf:blocking=true:blocking=false": blocking is given twice',
  );
  expect(() => parsePolicySpec("./my.ts:alpha=1:alpha=1")).toThrow("alpha is given twice");
  expect(() => parsePolicySpec("sjf:blocking")).toThrow('"blocking" is not key=value');
});
