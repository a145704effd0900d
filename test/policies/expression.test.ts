// The policy `expression`: what may be written, what is said of the rest, and that the form of an expression orders as it does itself.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { log } from "../../src/engine/exact-math.ts";
import { InputError } from "../../src/model/errors.ts";
import { SECOND } from "../../src/model/units.ts";
import { definePolicy, type Policy, type PolicyContext, type TaskView } from "../../src/policies/policy.ts";
import { compiled, parseRank, rankFaults } from "../../src/policies/rank-expression.ts";
import { orderedRank } from "../../src/policies/rank-form.ts";
import { traceText } from "../entry-text.ts";
import { cases } from "../arbitraries.ts";
import { expressionOf } from "../expressions.ts";
import { setUp, traceOf } from "../laws/running.ts";
import { contextOf, taskView } from "./views.ts";

const NOW = 100 * SECOND;
const context = contextOf({ queueLength: 7 });
const TASK = taskView({
  estimate: 6 * SECOND,
  weight: 4,
  readyAt: 90 * SECOND,
  release: 80 * SECOND,
  due: 130 * SECOND,
  cpu: 2,
  attempts: 1,
});

const worthOf = (text: string, task: TaskView = TASK, now = NOW) => compiled(parseRank(text))(task, now, context);
const orderOf = (text: string) => orderedRank(parseRank(text)).order;

describe("what an expression is worth", () => {
  test.each([
    ["estimate / weight - 0.1 * wait", 0.5],
    ["2 + 3 * 4 - 5 - 6", 3],
    ["(2 + 3) * 4 / 2 / 5", 2],
    ["-estimate * -2", 12],
    ["8 - -2", 10],
    ["wait + now - release + due", 10 + 100 - 80 + 130],
    ["min(estimate, 3, wait) + max(1, 2)", 5],
    ["1e3 + .5 + 2.", 1002.5],
    ["queueLength * cpu + attempts", 15],
    ["estimate\n/\tcpu", 3],
  ])("%s", (text, value) => {
    expect(worthOf(text)).toBe(value);
  });

  test("log is the natural logarithm that is the same everywhere", () => {
    expect(worthOf("log(weight)")).toBe(log(4));
  });

  test("a due date that is not given is the latest there can be, and finite", () => {
    expect(worthOf("due", taskView())).toBe(Number.MAX_SAFE_INTEGER / SECOND);
  });

  test.each(["1 / (weight - 4)", "log(0 * weight)", "log(-estimate)", "wait / 0 - now / 0"])("%s has no finite value", (text) => {
    expect(worthOf(text)).not.toSatisfy(Number.isFinite);
    const { rank, line } = created(text);
    expect(line === undefined ? rank!(TASK, NOW) : line(TASK).slope).not.toSatisfy(Number.isFinite);
  });
});

describe("what is refused", () => {
  test.each([
    ["estimat / weight", 'character 1: "estimat" is not known; did you mean "estimate"?'],
    ["estimate / wieght", 'character 12: "wieght" is not known; did you mean "weight"?'],
    ["lgo(weight)", 'character 1: "lgo" is not known; did you mean "log"?'],
    ["xyzzy + 1", 'character 1: "xyzzy" is not known; fields are estimate, wait, '],
    ["estimate +", "at its end: expected expression after +"],
    ["* estimate", 'character 1: unexpected "*"'],
    ["estimate + + 1", "character 12: + needs a value on its left"],
    ["(estimate", "at its end: unclosed ("],
    ["estimate)", "character 9: this parenthesis was never opened"],
    ["min(estimate, 1", "at its end: expected )"],
    ["1 + ()", "character 6: there is nothing in these parentheses"],
    ["estimate weight", 'character 10: an operator is missing before "weight"'],
    ["2(3)", 'character 2: an operator is missing before "("'],
    ["(estimate)(weight)", 'character 11: an operator is missing before "("'],
    ["1.2.3", 'character 4: an operator is missing before ".3"'],
    ["estimate, weight", "character 9: a comma stands only between the values of a function"],
    ["max((1, weight), 2)", "character 7: a comma stands only between the values of a function"],
    ["min(1,, weight)", "character 7: a value is missing before this comma"],
    ["min(1, weight,)", "character 15: a value is missing before this parenthesis"],
    ["min(weight)", "character 1: min takes two or more values, not 1"],
    ["log(weight, 2)", "character 1: log takes one value, not 2"],
    ["log()", "character 1: log takes one value, not 0"],
    ["log", "character 1: log is a function of one value"],
    ["weight(1)", "character 1: weight is a field, not a function"],
    ["weight ** 2", 'character 8: "**" may not be used'],
    ["estimate × weight", 'character 10: "×" may not be used; write *'],
    ["estimate\u00a0+ 1", 'character 9: "\u00a0" may not be used'],
    ["1e999", "character 1: 1e999 is too large for a number"],
    ["", "rank is empty"],
    ["1".repeat(1001), "rank has 1001 characters; 1000 are the most"],
  ])("%j", (text, message) => {
    expect(rankFaults(text).join("\n")).toContain(message);
    expect(() => parseRank(text)).toThrow(InputError);
  });

  test.each([
    ..."weight < 1|weight ? 1 : 2|!weight|~1|weight = 1|weight; 1|weight.constructor|weight[0]|'1'|`1`|true|null|this".split("|"),
    ..."constructor|__proto__|toString(1)|process.exit(1)|(() => 1)()|weight % 2|weight && 1|$|weight # 1|/*1*/ 2".split("|"),
  ])("anything else of a programming language: %s", (text) => {
    expect(rankFaults(text)).not.toEqual([]);
  });

  test("everything that is wrong is said at once, by position, what may be used only once", () => {
    const faults = rankFaults("aaaa.bbbb + wieght");
    expect(faults.map((fault) => /character (\d+)/.exec(fault)![1])).toEqual(["1", "5", "6", "13"]);
    expect(faults.filter((fault) => fault.includes("fields are"))).toHaveLength(1);
  });

  test("no text whatever does anything but parse or be refused", () => {
    const piece = fc.constantFrom(..."estimate wait min max log ( ) , + - * / 1 .5 1e3 . $ = é ; weight".split(" "), " ");
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
      fc.string(),
    );
    fc.assert(
      fc.property(text, (drawn) => {
        if (rankFaults(drawn).length > 0) expect(() => parseRank(drawn)).toThrow(InputError);
        else expect(orderedRank(parseRank(drawn)).evaluate(TASK, NOW, context)).toBeTypeOf("number");
      }),
      { seed: 20_240_611, numRuns: 3000 },
    );
  });

  test.each([
    ["parentheses", `${"(".repeat(499)}1${")".repeat(499)}`],
    ["signs", `${"-".repeat(999)}1`],
    ["functions", `${"max(1,".repeat(140)}1${")".repeat(140)}`],
  ])("what is nested as deep as can be is read: %s", (_, text) => {
    expect(Math.abs(worthOf(text))).toBe(1);
  });
});

describe("the form", () => {
  test.each([
    ["estimate / weight", "static"],
    ["-bottomLevel", "static"],
    ["estimate / weight - 0.1 * wait", "static"], // aging with one slope
    ["(estimate - 2 * wait) / 4", "static"],
    ["wait", "static"],
    ["now - release", "static"], // the time is the same for all
    ["due - now + bottomLevel", "static"],
    ["wait * log(2)", "static"],
    ["0 * wait + weight", "static"],
    ["5", "static"],
    ["-wait / estimate", "line"],
    ["weight * (3 - wait / 2) - 3 * weight", "dynamic"], // true for lines in algebra, not by form
    ["5 - weight * wait", "line"],
    ["-wait * (3 - -weight)", "line"],
    ["weight * wait + 2 * now", "line"],
    ["-(wait * cpu) / max(estimate, 1) + wait", "line"],
    ["wait * attempts", "line"],
    ["estimate - weight * wait", "dynamic"], // lines that do not begin at 0
    ["wait * bottomLevel", "dynamic"], // a slope that may change
    ["wait * wait", "dynamic"],
    ["1 / wait", "dynamic"],
    ["weight * now", "dynamic"],
    ["max(wait, 10)", "dynamic"],
    ["log(wait + 1)", "dynamic"],
    ["queueLength + estimate", "dynamic"],
    ["0 * queueLength", "dynamic"],
    ["wait / 0", "dynamic"],
    ["now / 0", "dynamic"],
    ["1e300 * wait", "dynamic"],
  ])("%s is %s", (text, order) => {
    expect(orderOf(text)).toBe(order);
    expect(expressionOf(text).order).toBe(order);
  });

  test("orders tasks as the expression itself does at that moment, but for what rounding may decide", () => {
    const seen = { static: 0, line: 0, dynamic: 0 };
    fc.assert(
      fc.property(tree, someTask, someTask, fc.nat(2e9), (drawn, a, b, later) => {
        const now = Math.max(a.readyAt, b.readyAt) + later;
        const text = written(drawn);
        const [one, other] = [measured(drawn, a, now), measured(drawn, b, now)];
        const difference = one.value - other.value;
        fc.pre(Number.isFinite(difference) && Math.abs(difference) > one.error + other.error);
        const { order } = expressionOf(text);
        seen[order as keyof typeof seen]++;
        const policy = created(text);
        // A static rank is asked once, when the task becomes ready.
        const asked = (task: TaskView) => policy.rank!(task, order === "static" ? task.readyAt : now) as number;
        const rank = (task: TaskView) => (policy.line ? policy.line(task).slope * (now - task.readyAt) : asked(task));
        expect(Math.sign(rank(a) - rank(b))).toBe(Math.sign(difference));
      }),
      { seed: 20_240_612, numRuns: 10_000 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(300);
  });

  test("the length of the queue is that at the time of the pass", () => {
    const ranked = (task: TaskView, length: number) => task.estimate * (length - 3) + task.cpu;
    const direct = definePolicy({
      name: "by-length",
      needs: ["estimate"],
      schedule(pass) {
        const length = pass.queue.length;
        const tasks = [...pass.queue].map((task) => ({ task, rank: ranked(task, length) }));
        tasks.sort((a, b) => a.rank - b.rank || a.task.release - b.task.release || a.task.position - b.task.position);
        for (const { task } of tasks) {
          const worker = pass.workers.find(task);
          if (worker !== undefined) pass.start(task, worker);
        }
      },
    });
    const written = expressionOf("estimate * 1000000 * (queueLength - 3) + cpu");
    fc.assert(
      fc.property(cases(), (drawn) => {
        const whole = { ...drawn, options: { ...drawn.options, blocking: undefined } };
        const [one, other] = [setUp(written, whole), setUp(direct, whole)];
        fc.pre(one !== undefined && other !== undefined);
        expect(traceText(traceOf(one).entries)).toEqual(traceText(traceOf(other).entries));
      }),
      { seed: 20_240_613, numRuns: 150 },
    );
  });
});

function created(text: string): Policy {
  return expressionOf(text).create(context as PolicyContext);
}

// Random expressions, with a judge of their own.

type Tree = string | number | { operator: string; parts: Tree[] };

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 4, arbitrary: fc.constantFrom<Tree[]>("wait", "wait", "estimate", "weight", "cpu", "now", 0.5, 2, 3, 0) },
    {
      weight: 6,
      arbitrary: fc.record({ operator: fc.constantFrom("+", "-", "-", "*", "*", "/"), parts: fc.tuple(tie("tree"), tie("tree")) }),
    },
    { weight: 1, arbitrary: fc.record({ operator: fc.constantFrom("min", "max"), parts: fc.tuple(tie("tree"), tie("tree")) }) },
    { weight: 1, arbitrary: fc.record({ operator: fc.constantFrom("log", "negative"), parts: fc.tuple(tie("tree")) }) },
  ),
}));

const someTask: fc.Arbitrary<TaskView> = fc
  .record({
    readyAt: fc.oneof(fc.nat(5), fc.nat(3e9)),
    estimate: fc.oneof(fc.constant(SECOND), fc.integer({ min: 0, max: 1e8 })),
    weight: fc.constantFrom(1, 2, 0.3, 0),
    cpu: fc.constantFrom(1, 2, 0.7),
  })
  .map(taskView);

function written(drawn: Tree): string {
  if (typeof drawn !== "object") return String(drawn);
  const [a = "", b = ""] = drawn.parts.map(written);
  if (drawn.operator === "negative") return `(-${a})`;
  return ["min", "max"].includes(drawn.operator)
    ? `${drawn.operator}(${a}, ${b})`
    : b === ""
      ? `log(${a})`
      : `(${a} ${drawn.operator} ${b})`;
}

/** The value in doubles, and a bound on what rounding may have done to it, here or in an equivalent form (Higham's running error). */
function measured(drawn: Tree, task: TaskView, now: number): { value: number; error: number } {
  const unit = 2 ** -48;
  if (typeof drawn === "number") return { value: drawn, error: 0 };
  if (typeof drawn === "string") {
    if (drawn === "wait") return { value: (now - task.readyAt) / SECOND, error: (now / SECOND) * unit };
    const value = drawn === "now" ? now / SECOND : drawn === "estimate" ? task.estimate / SECOND : task[drawn as "weight" | "cpu"];
    return { value, error: value * unit };
  }
  const [a, b = a] = drawn.parts.map((part) => measured(part, task, now)) as [{ value: number; error: number }];
  const done = (value: number, error: number) => ({ value, error: error + Math.abs(value) * unit });
  const size = Math.max(Math.abs(a!.value), Math.abs(b!.value)) * unit;
  switch (drawn.operator) {
    case "+":
      return done(a.value + b.value, a.error + b.error + size);
    case "-":
      return done(a.value - b.value, a.error + b.error + size);
    case "*":
      return done(a.value * b.value, Math.abs(a.value) * b.error + Math.abs(b.value) * a.error + a.error * b.error);
    case "/": {
      // A divisor that may be 0 says nothing.
      if (Math.abs(b.value) <= 2 * b.error) return { value: Number.NaN, error: 0 };
      return done(a.value / b.value, (2 * (a.error + Math.abs(a.value / b.value) * b.error)) / Math.abs(b.value));
    }
    case "min":
      return done(Math.min(a.value, b.value), Math.max(a.error, b.error));
    case "max":
      return done(Math.max(a.value, b.value), Math.max(a.error, b.error));
    case "log":
      return a.value <= 2 * a.error ? { value: Number.NaN, error: 0 } : done(log(a.value), (2 * a.error) / a.value);
    default:
      return done(-a.value, a.error);
  }
}
