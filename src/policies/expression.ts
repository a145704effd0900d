// A rank that users write: an expression over fields of the task and the clock, least first.
import { refuse } from "../model/errors.ts";
import type { ParameterValue } from "../model/settings.ts";
import { definePolicy, type PolicyDefinition } from "./policy.ts";
import { fieldsOf, parseRank, rankFaults } from "./rank-expression.ts";
import { orderedRank } from "./rank-form.ts";
import { RANK_FIELDS } from "./rank-fields.ts";

const EXAMPLE = "expression:rank=estimate / weight - 0.1 * wait";

/** What is said where the expression is missing. */
export const NEEDS_RANK = `needs its rank, as in ${EXAMPLE}`;

const NO_EXPRESSION = 'rank is an expression, such as "estimate / weight"';

const FACTS = {
  name: "expression",
  summary: "least of an expression of yours first, over fields of the task and its waiting time",
  source: "yours: the rule stands in the scenario",
  objective: "what you write it for, such as rules with aging that are tried before they are built",
  parameters: {
    rank: {
      summary: `numbers, + - * /, parentheses, min, max, log (natural), and ${RANK_FIELDS.map(({ name }) => name).join(", ")}; times in seconds, memory and disk in bytes`,
      faults: (value: ParameterValue) => (isExpression(value) ? rankFaults(String(value)) : [NO_EXPRESSION]),
    },
  },
};

export const expression = definePolicy({
  ...FACTS,
  formula: "the option rank; static, a line in time or dynamic by its form",
  order: "dynamic",
  specialise: ({ rank }) => (rank === undefined ? expression : ranked(rank)),
  create: () => refuse(`policy expression ${NEEDS_RANK}`),
});

/** A number is one, too: the command line gives `rank=0` as such. */
function isExpression(value: ParameterValue): value is string | number {
  return typeof value === "string" || typeof value === "number";
}

/** The policy of one expression: its order is that of the expression's form, its needs those of its fields. */
function ranked(value: ParameterValue): PolicyDefinition {
  if (!isExpression(value)) return refuse(NO_EXPRESSION);
  const text = String(value);
  const tree = parseRank(text);
  const { order, evaluate } = orderedRank(tree);
  return definePolicy({
    ...FACTS,
    formula: text,
    order,
    needs: [...new Set(fieldsOf(tree).flatMap(({ needs }) => needs))],
    create: (context) =>
      order === "line"
        ? { line: (task) => ({ slope: evaluate(task, 0, context) }) }
        : { rank: (task, now) => evaluate(task, now, context) },
  });
}
