// An expression for a rank, as text and as a tree: + - * /, parentheses, min, max, log, numbers and fields. Nothing is ever executed.
import jsep from "jsep";
import { log } from "../engine/exact-math.ts";
import { InputError, refuse } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import type { Time } from "../model/units.ts";
import type { TaskView } from "./policy.ts";
import { type Queue, RANK_FIELDS, type RankField } from "./rank-fields.ts";

export type Operator = "+" | "-" | "*" | "/";
export type FunctionName = "min" | "max" | "log";

/** A part of an expression; of its parts, those that hold numbers alone are one number. */
export type RankNode =
  | { kind: "number"; value: number }
  | { kind: "field"; field: RankField }
  | { kind: "operator"; operator: Operator; left: RankNode; right: RankNode }
  | { kind: "call"; name: FunctionName; arguments: readonly RankNode[] };

/** A compiled expression. */
export type Evaluate = (task: TaskView, now: Time, queue: Queue) => number;

/** Longest text: what can be nested in it cannot exhaust the stack. */
const LONGEST = 1000;

const FIELDS = new Map(RANK_FIELDS.map((field) => [field.name, field]));
const FUNCTIONS: Record<FunctionName, { least: number; most: number; takes: string }> = {
  min: { least: 2, most: Number.POSITIVE_INFINITY, takes: "two or more values" },
  max: { least: 2, most: Number.POSITIVE_INFINITY, takes: "two or more values" },
  log: { least: 1, most: 1, takes: "one value" },
};
const NAMES = [...FIELDS.keys(), ...Object.keys(FUNCTIONS)];
const USABLE = `fields are ${[...FIELDS.keys()].join(", ")}; functions are min, max and log; operators + - * / and parentheses`;

/** Operators as they are printed in books. */
const PRINTED: Record<string, Operator> = { "×": "*", "·": "*", "÷": "/", ":": "/", "−": "-", "–": "-" };

/** The tree of an expression; an InputError has everything that is wrong with it, each with its position. */
export function parseRank(text: string): RankNode {
  const faults = rankFaults(text);
  if (faults.length > 0) throw new InputError(faults.map((message) => ({ message })));
  return nodeOf(jsep(text));
}

/** What is wrong with the text of an expression; positions count characters from 1. */
export function rankFaults(text: string): string[] {
  if (text.trim() === "") return [`rank is empty; write an expression such as "estimate / weight": ${USABLE}`];
  if (text.length > LONGEST) return [`rank has ${text.length} characters; ${LONGEST} are the most`];
  const faults = new Reading(text).faults();
  if (faults.length > 0) return faults;
  try {
    jsep(text);
  } catch (error) {
    const { index, description } = error as Error & { index?: number; description?: string };
    if (index === undefined) throw error;
    return [
      faultAt(
        text,
        index,
        (description ?? "").replace(/^[A-Z]/, (letter) => letter.toLowerCase()),
      ),
    ];
  }
  return [];
}

function faultAt(text: string, index: number, message: string): string {
  return `rank "${text}", ${index < text.length ? `character ${index + 1}` : "at its end"}: ${message}`;
}

type TokenKind = "number" | "name" | "operator" | "(" | ")" | ",";

interface Token {
  kind: TokenKind;
  text: string;
  index: number;
}

const TOKEN = /[ \t\r\n]*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|([\p{L}_$][\p{L}\p{N}_$]*)|(\*\*|[+\-*/])|([(),])|([^ \t\r\n]))/uy;

/** One look at the words of a text, from left to right: every word is known, and stands where its kind may. jsep judges the rest. */
class Reading {
  readonly #text: string;
  readonly #faults: { index: number; message: string; tells?: boolean }[] = [];
  /** The parentheses that are open: those of a function with its name, and the commas in them. */
  readonly #open: { call: Token | undefined; commas: number }[] = [];
  #before: Token | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  faults(): string[] {
    const tokens = this.#tokens();
    tokens.forEach((token, place) => {
      this.#look(token, tokens[place + 1]);
      this.#before = token;
    });
    const faults = this.#faults.toSorted((a, b) => a.index - b.index);
    const telling = faults.find(({ tells }) => tells); // what may be used is said once
    return faults.map((fault) => faultAt(this.#text, fault.index, fault === telling ? `${fault.message}; ${USABLE}` : fault.message));
  }

  #tokens(): Token[] {
    const tokens: Token[] = [];
    TOKEN.lastIndex = 0;
    for (let found = TOKEN.exec(this.#text); found !== null; found = TOKEN.exec(this.#text)) {
      const [, number, name, operator, bracket, other] = found;
      const text = (number ?? name ?? operator ?? bracket ?? other) as string;
      const index = TOKEN.lastIndex - text.length;
      const kind = number !== undefined ? "number" : name !== undefined ? "name" : ((bracket as TokenKind | undefined) ?? "operator");
      tokens.push({ kind, text, index });
      if (other !== undefined || text === "**") this.#refuseSign(text, index);
    }
    return tokens;
  }

  #refuse(index: number, message: string, tells = false): void {
    this.#faults.push({ index, message, tells });
  }

  #refuseSign(sign: string, index: number): void {
    const meant = PRINTED[sign];
    this.#refuse(index, `"${sign}" may not be used${meant === undefined ? "" : `; write ${meant}`}`, meant === undefined);
  }

  #look(token: Token, after: Token | undefined): void {
    const { kind, text, index } = token;
    const before = this.#before;
    const followsValue =
      before !== undefined && (before.kind === "number" || before.kind === ")" || (before.kind === "name" && kind !== "("));
    if (followsValue && (kind === "number" || kind === "name" || kind === "("))
      this.#refuse(index, `an operator is missing before "${text}"`);
    if (kind === "name") this.#lookAtName(token, after?.kind === "(");
    else if (kind === "number" && !Number.isFinite(Number(text))) this.#refuse(index, `${text} is too large for a number`);
    else if (kind === "(") this.#open.push({ call: before?.kind === "name" ? before : undefined, commas: 0 });
    else if (kind === ")") this.#close(index);
    else if (kind === ",") this.#comma(index);
    else if (text === "+" && !followsValue) this.#refuse(index, "+ needs a value on its left");
  }

  #lookAtName({ text, index }: Token, called: boolean): void {
    const isFunction = Object.hasOwn(FUNCTIONS, text);
    if (called ? isFunction : FIELDS.has(text)) return;
    if (isFunction)
      this.#refuse(
        index,
        `${text} is a function of ${FUNCTIONS[text as FunctionName].takes}, as in ${text}(estimate${text === "log" ? "" : ", 1"})`,
      );
    else if (FIELDS.has(text)) this.#refuse(index, `${text} is a field, not a function; functions are min, max and log`);
    else {
      const hint = didYouMean(text, NAMES);
      this.#refuse(index, `"${text}" is not known${hint}`, hint === "");
    }
  }

  #comma(index: number): void {
    const inner = this.#open.at(-1);
    if (this.#lacksValue()) this.#refuse(index, "a value is missing before this comma");
    if (inner?.call === undefined) this.#refuse(index, "a comma stands only between the values of a function, as in max(estimate, 1)");
    else inner.commas++;
  }

  #lacksValue(): boolean {
    return this.#before === undefined || this.#before.kind === "," || this.#before.kind === "(";
  }

  #close(index: number): void {
    const inner = this.#open.pop();
    if (inner === undefined) return this.#refuse(index, "this parenthesis was never opened");
    const { call, commas } = inner;
    if (this.#before?.kind === ",") this.#refuse(index, "a value is missing before this parenthesis");
    if (call === undefined || !Object.hasOwn(FUNCTIONS, call.text)) {
      if (this.#before?.kind === "(") this.#refuse(index, "there is nothing in these parentheses");
      return;
    }
    const { least, most, takes } = FUNCTIONS[call.text as FunctionName];
    const count = this.#before?.kind === "(" ? 0 : commas + 1;
    if (count < least || count > most) this.#refuse(call.index, `${call.text} takes ${takes}, not ${count}`);
  }
}

/** The tree of what has been looked through; numbers are worked out at once. */
function nodeOf(expression: jsep.Expression): RankNode {
  switch (expression.type) {
    case "Literal":
      return { kind: "number", value: (expression as jsep.Literal).value as number };
    case "Identifier": {
      const field = FIELDS.get((expression as jsep.Identifier).name);
      return field === undefined ? unreadable() : { kind: "field", field };
    }
    case "UnaryExpression":
      return negative(nodeOf((expression as jsep.UnaryExpression).argument));
    case "BinaryExpression": {
      const { operator, left, right } = expression as jsep.BinaryExpression;
      return combined(operator as Operator, nodeOf(left), nodeOf(right));
    }
    case "CallExpression": {
      const { callee, arguments: values } = expression as jsep.CallExpression;
      return called((callee as jsep.Identifier).name as FunctionName, values.map(nodeOf));
    }
    default:
      return unreadable();
  }
}

function unreadable(): never {
  return refuse(`rank cannot be read; ${USABLE}`);
}

/** Two parts combined; of two numbers their value. */
export function combined(operator: Operator, left: RankNode, right: RankNode): RankNode {
  if (left.kind === "number" && right.kind === "number") return { kind: "number", value: APPLY[operator](left.value, right.value) };
  return { kind: "operator", operator, left, right };
}

/** −x. */
export function negative(node: RankNode): RankNode {
  return combined("*", { kind: "number", value: -1 }, node);
}

function called(name: FunctionName, values: readonly RankNode[]): RankNode {
  const numbers = values.flatMap((value) => (value.kind === "number" ? [value.value] : []));
  if (numbers.length === values.length) return { kind: "number", value: CALL[name](numbers) };
  return { kind: "call", name, arguments: values };
}

const APPLY: Record<Operator, (a: number, b: number) => number> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
};

const CALL: Record<FunctionName, (values: readonly number[]) => number> = {
  min: (values) => Math.min(...values),
  max: (values) => Math.max(...values),
  log: (values) => log(values[0] as number),
};

/** The expression as a function of a task, the time, µs, and the queue. What it has no value for, such as 1 / 0 and log(0), is not finite. */
export function compiled(node: RankNode): Evaluate {
  switch (node.kind) {
    case "number": {
      const { value } = node;
      return () => value;
    }
    case "field":
      return node.field.read;
    case "operator": {
      const apply = APPLY[node.operator];
      const left = compiled(node.left);
      const right = compiled(node.right);
      return (task, now, queue) => apply(left(task, now, queue), right(task, now, queue));
    }
    case "call": {
      const apply = CALL[node.name];
      const values = node.arguments.map(compiled);
      return (task, now, queue) => apply(values.map((value) => value(task, now, queue)));
    }
  }
}

/** The fields that an expression names, in no order; one as often as it is named. */
export function fieldsOf(node: RankNode): RankField[] {
  switch (node.kind) {
    case "number":
      return [];
    case "field":
      return [node.field];
    case "operator":
      return [...fieldsOf(node.left), ...fieldsOf(node.right)];
    case "call":
      return node.arguments.flatMap(fieldsOf);
  }
}
