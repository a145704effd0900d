// What the user typed, held against what a command declares: every fault at once, each with the nearest right thing.
import { type Fault, InputError } from "../model/errors.ts";
import { didYouMean, nearest } from "../model/nearest.ts";
import type { Argument, Arguments, Command, Option } from "./command.ts";

/** Options that every command has. */
export const COMMON_OPTIONS: Readonly<Record<string, Option>> = {
  help: { summary: "show this help", short: "h" },
  version: { summary: "show the version", short: "v" },
};

/** What yargs makes of the command line. */
export type Parsed = Readonly<Record<string, unknown>> & { readonly _: readonly (string | number)[] };

/**
 * The arguments of a command, and all that is wrong with them; of a value that is none of those that are known stays the one that was
 * meant. Throws that as an InputError for a command that does not gather faults.
 */
export async function checkArguments(command: Command, parsed: Parsed, typed: readonly string[]): Promise<Arguments> {
  const faults: Fault[] = [];
  let isUnclear = false;
  const tell = (message: string) => faults.push({ message: `${command.name}: ${message}` });
  const refuse = (message: string) => {
    isUnclear = true;
    tell(message);
  };
  const values = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(parsed)) {
    if (name === "_" || name === "$0" || value === undefined) continue;
    const option = Object.hasOwn(command.options, name) ? command.options[name] : undefined;
    const isLetter = Object.values(command.options).some(({ short }) => short === name);
    if (isLetter || Object.hasOwn(COMMON_OPTIONS, name)) continue;
    if (option === undefined) refuse(unknownOption(name, command));
    else await takeValue(name, option, value, typed, values, { refuse, tell });
  }
  const words = parsed._.slice(1).map(String);
  // What follows an option that is not known may be its value, so that there is no telling what is missing.
  const given = await checkGiven(command.argument, words, tell, isUnclear);
  if (faults.length === 0) return { given, values, typed, faults };
  const told = [...faults.slice(0, -1), withHint(faults.at(-1) as Fault, command.name)];
  if (command.gathers !== true) throw new InputError(told);
  return { given, values, typed, faults: told };
}

function withHint({ message }: Fault, command: string): Fault {
  return { message: `${message}\nmakespan ${command} --help shows what there is` };
}

function unknownOption(name: string, command: Command): string {
  const shown = name.length === 1 ? `-${name}` : `--${name}`;
  const known = [...Object.keys(command.options), ...Object.keys(COMMON_OPTIONS)].map((option) => `--${option}`);
  return `option ${shown} is not known${didYouMean(shown, known) || sameStem(shown, known)}`;
}

/** For `--policy` where there is `--policies`, and `--rank` where there is `--rank-by`. */
function sameStem(shown: string, known: readonly string[]): string {
  const stem = shown.slice(0, -1);
  const name = stem.length < 5 ? undefined : known.find((option) => option.startsWith(stem));
  return name === undefined ? "" : `; did you mean "${name}"?`;
}

/** The words, with a value such as -3s joined to its option, as it would else be taken for options of one letter. */
export function withNegativeValues(words: readonly string[], commands: readonly Command[]): string[] {
  const taking = new Set(
    commands.flatMap(({ options }) => Object.entries(options).flatMap(([name, { value }]) => (value === undefined ? [] : [`--${name}`]))),
  );
  const joined: string[] = [];
  for (const word of words) {
    const before = joined.at(-1) ?? "";
    if (/^-[.\d]/.test(word) && taking.has(before)) joined[joined.length - 1] = `${before}=${word}`;
    else joined.push(word);
  }
  return joined;
}

async function takeValue(
  name: string,
  option: Option,
  value: unknown,
  typed: readonly string[],
  values: Map<string, readonly string[]>,
  { refuse, tell }: Record<"refuse" | "tell", (message: string) => void>,
): Promise<void> {
  if (option.value === undefined) {
    const odd = typed.find((word) => word.startsWith(`--${name}=`));
    if (odd !== undefined) refuse(`option --${name} takes no value`);
    else if (value !== false) values.set(name, []);
    return;
  }
  const list = (Array.isArray(value) ? value : [value]).map(String);
  const next = typed[typed.indexOf(`--${name}`) + 1] ?? "";
  const dashed = /^-[^-]/.test(next) ? `; one that begins with "-" is written --${name}=${next}` : "";
  const dash = next === "-" ? "; - is none" : dashed;
  if (list.includes("")) refuse(`option --${name} needs a value: --${name} ${option.value}${dash}`);
  else if (list.length > 1 && option.repeats !== true) tell(`option --${name} is given ${list.length} times`);
  else values.set(name, list);
  if (option.choices === undefined || option.open === true) return;
  const choices = await option.choices();
  const known = list.flatMap((each) => chosen(each, choices, (reason) => tell(`option --${name}: ${reason}`)));
  if (!values.has(name)) return;
  if (known.length > 0) values.set(name, known);
  else values.delete(name);
}

/** A word of a closed list; of another it is told that it is not known, and the one that was meant stands for it, if one was. */
function chosen(word: string, choices: readonly string[], tell: (reason: string) => void): string[] {
  if (choices.includes(word)) return [word];
  tell(`"${word}" is not known${didYouMean(word, choices) || `; known are ${choices.join(", ")}`}`);
  const meant = nearest(word, choices);
  return meant === undefined ? [] : [meant];
}

/** What is given without an option. `isUnclear`: whether options that are not known may have taken some of it, so that nothing is missing. */
async function checkGiven(
  argument: Argument | undefined,
  given: readonly string[],
  tell: (message: string) => void,
  isUnclear: boolean,
): Promise<readonly string[]> {
  const most = argument === undefined ? 0 : argument.several === true ? Number.POSITIVE_INFINITY : 1;
  const [first] = given;
  if (first === undefined && argument !== undefined && argument.optional !== true && !isUnclear)
    tell(`give ${argument.name}: ${argument.summary}`);
  if (given.length > most) {
    const extra = given.slice(most).map((word) => `"${word}"`);
    tell(`${extra.join(", ")} ${extra.length === 1 ? "is" : "are"} too much; it takes ${most === 0 ? "no argument" : "one argument"}`);
  }
  if (argument?.choices === undefined || argument.open === true || first === undefined) return given;
  const choices = await argument.choices();
  return given.flatMap((word) => chosen(word, choices, (reason) => tell(`${argument.name} ${reason}`)));
}
