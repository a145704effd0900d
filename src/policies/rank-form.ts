// The form of an expression for a rank: whether the order of ready tasks by it is static, one of lines in time, or dynamic.
import { SECOND } from "../model/units.ts";
import { combined, compiled, type Evaluate, fieldsOf, negative, type Operator, type RankNode } from "./rank-expression.ts";

/** How to order by an expression; `evaluate` gives the rank, for `line` the slope. */
export interface OrderedRank {
  order: "static" | "line" | "dynamic";
  evaluate: Evaluate;
}

/** offset + slope × wait + rate × now, over fields that do not change with the clock; a part that is left out is exactly 0. */
interface Affine {
  offset?: RankNode | undefined;
  slope?: RankNode | undefined;
  rate?: RankNode | undefined;
}

/** Above it, a number times a time could be too large for a number. */
const MODEST = 1e290;

/**
 * The form of an expression, read off its tree.
 *
 * By the rules of +, −, and of × and ÷ by a part without a clock, it is brought to offset + slope × wait + rate × now. Where that
 * does not go (wait × wait, 1 ÷ wait, max(wait, 1), wait within log, anything of the queue), or rate is no number, it is dynamic. Else rate × now is the
 * same for all tasks at any time, and orders nothing. Then it is
 *
 * - static, where slope is a number c: with wait = now − ready it is offset − c × ready + c × now, so that offset − c × ready orders
 *   alike at any time. This is aging with one slope; without a clock it is the expression itself;
 * - line, where slope has fields that never change, and offset is a number or none: at any time the order is that of slope × wait;
 * - dynamic otherwise: with an offset per task, lines do not begin at 0; with bottomLevel in it, a slope may change.
 *
 * In real numbers the order is that of the expression. In doubles, tasks whose ranks differ by no more than rounding does may stand
 * either way, as they may in the expression itself. A task of which the expression has no finite value has none in these forms: numbers
 * that are not finite, or so large that a product with a time may not be, make it dynamic.
 */
export function orderedRank(node: RankNode): OrderedRank {
  const dynamic: OrderedRank = { order: "dynamic", evaluate: compiled(node) };
  const form = affineOf(node);
  if (form === undefined) return dynamic;
  const { offset, slope, rate } = form;
  if (!isModest(rate)) return dynamic;
  if (isModest(slope)) return { order: "static", evaluate: aged(offset, slope) };
  const isSteady = fieldsOf(slope as RankNode).length > 0 && fieldsOf(slope as RankNode).every(({ changes }) => changes === "never");
  if (isSteady && isModest(offset)) return { order: "line", evaluate: compiled(slope as RankNode) };
  return dynamic;
}

/** Whether a part is a number, or nothing, and small enough. */
function isModest(part: RankNode | undefined): boolean {
  return part === undefined || (part.kind === "number" && Math.abs(part.value) <= MODEST);
}

/** offset − c × ready. */
function aged(offset: RankNode | undefined, slope: RankNode | undefined): Evaluate {
  const base = offset === undefined ? () => 0 : compiled(offset);
  const c = slope?.kind === "number" ? slope.value : 0;
  return c === 0 ? base : (task, now, queue) => base(task, now, queue) - c * (task.readyAt / SECOND);
}

function affineOf(node: RankNode): Affine | undefined {
  const changes = new Set(fieldsOf(node).map((field) => field.changes));
  if (changes.has("with the queue")) return undefined;
  if (!changes.has("wait") && !changes.has("now")) return { offset: node };
  if (node.kind === "field") return { [node.field.changes === "wait" ? "slope" : "rate"]: { kind: "number", value: 1 } };
  if (node.kind !== "operator") return undefined;
  const left = affineOf(node.left);
  const right = affineOf(node.right);
  if (left === undefined || right === undefined) return undefined;
  switch (node.operator) {
    case "+":
      return eachPart((part) => sum(left[part], right[part]));
    case "-":
      return eachPart((part) => difference(left[part], right[part]));
    case "*":
      if (isTimeless(right)) return scaled(left, "*", right.offset);
      return isTimeless(left) ? scaled(right, "*", left.offset) : undefined;
    case "/":
      return isTimeless(right) ? scaled(left, "/", right.offset) : undefined;
  }
}

function eachPart(part: (name: keyof Affine) => RankNode | undefined): Affine {
  return { offset: part("offset"), slope: part("slope"), rate: part("rate") };
}

function isTimeless({ slope, rate }: Affine): boolean {
  return slope === undefined && rate === undefined;
}

function sum(a: RankNode | undefined, b: RankNode | undefined): RankNode | undefined {
  return a === undefined || b === undefined ? (a ?? b) : combined("+", a, b);
}

function difference(a: RankNode | undefined, b: RankNode | undefined): RankNode | undefined {
  if (b === undefined) return a;
  return a === undefined ? negative(b) : combined("-", a, b);
}

/** Each part × or ÷ a factor without a clock. */
function scaled(form: Affine, operator: Operator, factor: RankNode | undefined): Affine | undefined {
  if (factor === undefined) return undefined;
  return eachPart((name) => {
    const part = form[name];
    if (part === undefined) return undefined;
    const isOne = operator === "*" && part.kind === "number" && part.value === 1;
    return isOne ? factor : combined(operator, part, factor);
  });
}
