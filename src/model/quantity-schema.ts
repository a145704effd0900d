// Pieces that the schema of scenario files is made of: quantities with units, names, strict maps; each says what it expects.
import { z } from "zod";
import { didYouMean } from "./nearest.ts";
import { shown } from "./shown.ts";
import { parseBytes, parseDuration, parseThousandths, UnitError } from "./units.ts";

/** The `error` of a schema, to be read behind the key's name: "… is not a duration", "is a list, not a duration". */
export function isNot(expected: string): (issue: { input?: unknown }) => string {
  return ({ input }) => {
    if (typeof input === "object") return `is ${shown(input)}, not ${expected}`;
    return input === Number.POSITIVE_INFINITY || input === Number.NEGATIVE_INFINITY
      ? `${shown(input)} is no finite number`
      : `${shown(input)} is not ${expected}`;
  };
}

/** A map with these keys and no others; of several unknown keys, each has its own line in the message. */
export function strict<Shape extends z.core.$ZodLooseShape>(what: string, shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return isNot(what)(issue);
      return issue.keys.map((key) => unknownKey(key, Object.keys(shape))).join("\n");
    },
  });
}

/** A map with these keys, and others of one kind. */
export function open<Shape extends z.core.$ZodLooseShape, Rest extends z.ZodType>(what: string, shape: Shape, rest: Rest) {
  return z.object(shape, { error: isNot(what) }).catchall(rest);
}

/** What other formats call a key, where no misspelling would lead to it. */
const SYNONYMS: readonly (readonly [RegExp, string])[] = [
  [/^(?:dep(?:s|ends?|endson|endency)|depends_on|after|needs|parents)$/i, "dependencies"],
  [/^(?:mem|ram)$/i, "memory"],
  [/^(?:runtime|run_time|time)$/i, "duration"],
  [/^(?:deadline)$/i, "due"],
];

/** What is said of a key that does not exist. */
export function unknownKey(key: string, known: readonly string[]): string {
  const synonym = SYNONYMS.find(([pattern, name]) => known.includes(name) && pattern.test(key));
  const hint = synonym === undefined ? didYouMean(key, known) : `; did you mean "${synonym[1]}"?`;
  return `unknown key ${JSON.stringify(key)}${hint === "" ? `; known are ${known.join(", ")}` : hint}`;
}

/** What is said of a value that is none of a closed list. */
export function unknownValue(value: unknown, known: readonly string[]): string {
  const hint = typeof value === "string" ? didYouMean(value, known) : "";
  const what = typeof value === "object" ? `is ${shown(value)}, which is not known` : `${shown(value)} is not known`;
  return `${what}${hint === "" ? `; known are ${known.join(", ")}` : hint}`;
}

/** One of a few words. */
export function word<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: ({ input }) => unknownValue(input, words) });
}

/** One of a few words, or something else. */
export function wordOr<const Words extends readonly [string, ...string[]], Other extends z.ZodType>(
  words: Words,
  other: Other,
  expected: string,
) {
  return z.union([z.enum(words), other], {
    error: ({ input }) => (typeof input === "string" ? unknownValue(input, words) : isNot(expected)({ input })),
  });
}

/** A list. */
export function list<Item extends z.ZodType>(of: Item, what: string) {
  return z.array(of, { error: isNot(`a list of ${what}`) });
}

const NAME = "a name (text or a whole number, without control characters)";

/** A name: an unquoted whole number in YAML is as good as text. */
export const name = z
  .union(
    [
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they would break tables and logs
      z.string({ error: isNot(NAME) }).regex(/^[^\u0000-\u001f\u007f]+$/, { error: isNot(NAME) }),
      z.int({ error: isNot(NAME) }),
    ],
    { error: isNot(NAME) },
  )
  .meta({ id: "name" });

/** Any text. */
export const text = z.string({ error: isNot("text") });

/** A finite number. */
export const number = z.number({ error: isNot("a number") });

/** A finite number of at least so much. */
export function atLeast(least: number, greatest = Number.POSITIVE_INFINITY) {
  const error = isNot(`a number of at least ${least}${greatest === Number.POSITIVE_INFINITY ? "" : ` and at most ${greatest}`}`);
  const number = z.number({ error }).min(least, { error });
  return greatest === Number.POSITIVE_INFINITY ? number : number.max(greatest, { error });
}

/** A whole number of at least so much, and at most as much as there may be. */
export function wholeFrom(least: number, greatest = Number.MAX_SAFE_INTEGER) {
  const range = greatest === Number.MAX_SAFE_INTEGER ? "" : ` and at most ${greatest}`;
  const error = ({ input }: { input?: unknown }) =>
    Number.isInteger(input) && (input as number) > Number.MAX_SAFE_INTEGER && range === ""
      ? `${shown(input)} is too large`
      : isNot(`a whole number of at least ${least}${range}`)({ input });
  const number = z.int({ error }).min(least, { error });
  return greatest === Number.MAX_SAFE_INTEGER ? number : number.max(greatest, { error });
}

/** A finite number above 0, up to the greatest that there may be. */
export function above0(greatest = Number.POSITIVE_INFINITY) {
  const error = isNot(greatest === Number.POSITIVE_INFINITY ? "a number above 0" : `a number above 0 and at most ${greatest}`);
  const number = z.number({ error }).gt(0, { error });
  return greatest === Number.POSITIVE_INFINITY ? number : number.max(greatest, { error });
}

const A_SEED = { error: isNot("a seed: a whole number or text") };

/** A seed. Its number is checked where it is read, since it is too late to round it there. */
export const seed = z.union([z.string().min(1, A_SEED), z.number()], A_SEED);

/** Either of two. */
export const flag = z.boolean({ error: isNot("true or false") });

/** A label's value: text, or what YAML makes of unquoted text. */
export const labelValue = z.union([z.string(), z.number(), z.boolean()], { error: isNot("a label: text, a number, true or false") });

/** Any keys, all with such a value. */
export function mapOf<Value extends z.ZodType>(value: Value, what: string) {
  return z.record(z.string(), value, { error: isNot(`a map of ${what}`) });
}

const DIGITS = "\\+?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?";

function quantity(id: string, parse: (input: number | string) => number, units: string, expected: string) {
  const error = ({ input }: { input?: unknown }): string => {
    if (typeof input !== "string" && !Number.isFinite(input)) return isNot(expected)({ input });
    try {
      parse(input as number | string);
    } catch (error) {
      if (error instanceof UnitError) return error.message;
    }
    return isNot(expected)({ input });
  };
  const written = new RegExp(`^\\s*${DIGITS}\\s*(?:${units})?\\s*$`);
  return z.union([z.number({ error }).nonnegative({ error }), z.string({ error }).regex(written, { error })], { error }).meta({ id });
}

/** A duration: a number of seconds, or text with a unit. */
export const duration = quantity(
  "duration",
  parseDuration,
  "us|µs|ms|s|m|h|d",
  "a duration, such as 1.5s, 200ms or 2h (a bare number is seconds)",
);
/** A size: a number of bytes, or text with a unit. */
export const bytes = quantity("size", parseBytes, "[kMGT]?B|[KMGT]iB", "a size, such as 512MiB or 4GB (a bare number is bytes)");
/** Cores, or units of a named resource, with fractions to a thousandth. */
export const units = quantity("units", parseThousandths, "m", "a number of cores or units, such as 2 or 0.5");

/** A fixed quantity, or one drawn for each task: `{ distribution: NAME, … }`. */
export function amountOf<Quantity extends z.ZodType>(id: string, one: Quantity) {
  const error = ({ input }: { input?: unknown }): string => {
    if (typeof input !== "number" && typeof input !== "string") return isNot("a quantity or a distribution")({ input });
    return one.safeParse(input).error?.issues[0]?.message ?? isNot("a quantity or a distribution")({ input });
  };
  return z.union([one, distributionOf(one)], { error }).meta({ id });
}

/** The same, or the least and the most of it. */
export function stretchOf<Quantity extends z.ZodType>(id: string, one: Quantity) {
  const error = ({ input }: { input?: unknown }): string => {
    const expected = isNot("a quantity, a distribution, or the least and the most, such as { min: 2, max: 8 }");
    if (typeof input !== "number" && typeof input !== "string") return expected({ input });
    return one.safeParse(input).error?.issues[0]?.message ?? expected({ input });
  };
  const bounds = strict("{ min: 2, max: 8 }", {
    min: one.describe("What it requests: it has so much in any case."),
    max: one.describe("The most that it may have, where its worker has it to spare."),
  });
  return z.union([one, distributionOf(one), bounds], { error }).meta({ id });
}

/** The distributions, with parameters in the unit of what is drawn. */
function distributionOf<Quantity extends z.ZodType>(one: Quantity) {
  const kind = <Name extends string, Shape extends z.core.$ZodLooseShape>(distribution: Name, shape: Shape) =>
    strict("a distribution", { distribution: z.literal(distribution), ...shape });
  const mean = one.describe("Mean.");
  const cv = atLeast(0).describe("Coefficient of variation: standard deviation ÷ mean.");
  const min = one.describe("Least value.");
  const max = one.describe("Greatest value.");
  const shape = atLeast(0).describe("Shape, a number without unit.");
  const weights = (what: string) => list(atLeast(0), "numbers").describe(what);
  return z.discriminatedUnion(
    "distribution",
    [
      kind("constant", { value: one.describe("The value of every draw.") }),
      kind("uniform", { min, max }),
      kind("integer", { min, max }),
      kind("exponential", { mean }),
      kind("lognormal", { mean, cv }),
      kind("weibull", { shape, scale: one.describe("Scale.") }),
      kind("pareto", { shape, min }),
      kind("hyperexponential", {
        mean: mean.optional(),
        cv: cv.optional(),
        probabilities: weights("Probability of each phase, instead of mean and cv; their sum is 1.").optional(),
        means: list(one, "quantities").describe("Mean of each phase.").optional(),
      }),
      kind("empirical", {
        values: list(one, "quantities").describe("Values to choose from."),
        weights: weights("How often each value comes, in proportion; default: alike.").optional(),
      }),
    ],
    { error: ({ input }) => unknownValue((input as { distribution?: unknown } | undefined)?.distribution, DISTRIBUTION_NAMES) },
  );
}

/** Names of the distributions that a scenario file may use. */
export const DISTRIBUTION_NAMES = [
  "constant",
  "uniform",
  "integer",
  "exponential",
  "lognormal",
  "weibull",
  "pareto",
  "hyperexponential",
  "empirical",
] as const;
