// The command line: yargs parses and prints help, a command runs, and whatever is thrown becomes a message and an exit code.
import yargs, { type Argv } from "yargs";
import { InputError, MakespanError, refuse } from "../model/errors.ts";
import { didYouMean } from "../model/nearest.ts";
import { checkArguments, COMMON_OPTIONS, type Parsed, withNegativeValues } from "./arguments.ts";
import { type Argument, type Command, completed } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { packageVersion } from "./execution-record.ts";
import { ExitCode, exitCodeTable } from "./exit-codes.ts";
import { Terminal } from "./terminal.ts";

/** Widest help. */
const MAX_COLUMNS = 110;

/** Runs the command that these words are and gives its exit code; never rejects. */
export async function runCommandLine(
  typed: readonly string[],
  terminal = new Terminal(process.stdout, process.stderr, process.env),
): Promise<number> {
  const words = typed[0] === "help" ? [...typed.slice(1), "--help"] : typed;
  try {
    const [first = ""] = words;
    if (typed[0] === "help" && first !== "--help" && !first.startsWith("-")) requireCommand(first);
    let chosen: { command: Command; parsed: Parsed } | undefined;
    const commands = await Promise.all(COMMANDS.map(async (command) => (words.includes(command.name) ? completed(command) : command)));
    const parser = parserFor(withNegativeValues(words, commands), commands, (command, parsed) => {
      chosen = { command, parsed };
    });
    const parsed = (await parser.parseAsync()) as Parsed & { help?: boolean; version?: boolean };
    if (chosen !== undefined) return await chosen.command.run(await checkArguments(chosen.command, chosen.parsed, words), terminal);
    if (parsed.help === true || parsed.version === true) return ExitCode.ok;
    return noCommand(parsed, terminal, await parser.getHelp());
  } catch (error) {
    return report(error, words, terminal);
  }
}

function parserFor(words: readonly string[], commands: readonly Command[], choose: (command: Command, parsed: Parsed) => void): Argv {
  let parser = yargs([...words])
    .scriptName("makespan")
    .usage("Which scheduling policy finishes my work soonest, on my cluster, and why?\n\nUsage: $0 <command> [options]")
    // Values stay the texts that were typed: a seed 007 is no number, and --set a.b=c names a path of its own.
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
    })
    .detectLocale(false)
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new InputError([{ message }]);
    })
    .wrap(Math.min(MAX_COLUMNS, process.stdout.columns ?? MAX_COLUMNS))
    .help("help", COMMON_OPTIONS["help"]?.summary ?? "")
    .alias("help", "h")
    .version("version", COMMON_OPTIONS["version"]?.summary ?? "", packageVersion())
    .alias("version", "v")
    .epilogue(`makespan <command> --help tells more, with examples.\n\n${exitCodeTable()}`);
  for (const command of commands) {
    parser = parser.command(
      command.name,
      command.summary,
      (builder) => declare(builder, command),
      (parsed) => choose(command, parsed as unknown as Parsed),
    );
  }
  return parser;
}

function declare(parser: Argv, command: Command): Argv {
  const { argument, options, examples, notes } = command;
  let declared = parser.usage(
    `Usage: $0 ${[command.name, placeholder(argument), "[options]"].filter((part) => part !== "").join(" ")}\n\n${about(command)}`,
  );
  for (const [name, { summary, value, short, repeats, group }] of Object.entries(options)) {
    declared = declared.option(name, {
      describe: `${value === undefined || value === "VALUE" ? "" : `${value}: `}${summary}${repeats === true ? "; may be given several times" : ""}`,
      // An array would take the words after its value too; a text that comes twice is a list all the same.
      type: value === undefined ? "boolean" : "string",
      ...(short !== undefined && { alias: short }),
      ...(group !== undefined && { group }),
    });
  }
  for (const [line, meaning] of examples) declared = declared.example(`$0 ${line}`, meaning);
  return declared.epilogue([...(notes === undefined ? [] : [notes]), exitCodeTable()].join("\n\n"));
}

function about({ summary, argument }: Command): string {
  const sentence = `${summary[0]?.toUpperCase()}${summary.slice(1)}.`;
  return argument === undefined ? sentence : `${sentence}\n\n  <${argument.name}>  ${argument.summary}`;
}

function placeholder(argument: Argument | undefined): string {
  if (argument === undefined) return "";
  const name = argument.several === true ? `${argument.name}...` : argument.name;
  return argument.optional === true ? `[${name}]` : `<${name}>`;
}

/** No command was given, or none of that name. */
function noCommand(parsed: Parsed, terminal: Terminal, help: string): number {
  const [word] = parsed._;
  if (word === undefined) {
    const option = Object.keys(parsed).find((name) => name !== "_" && name !== "$0");
    if (option !== undefined) {
      const known = Object.keys(COMMON_OPTIONS).map((name) => `--${name}`);
      const hint = didYouMean(`--${option}`, known);
      if (hint !== "") refuse(`option --${option} is not known${hint}`);
      refuse(`--${option}: give a command first, as in makespan run <scenario> --${option}`);
    }
    terminal.error(`${help}\n`);
    return ExitCode.badInput;
  }
  requireCommand(String(word));
  return ExitCode.badInput;
}

function requireCommand(word: string): void {
  const names = COMMANDS.map(({ name }) => name);
  if (!names.includes(word)) refuse(`command "${word}" is not known${didYouMean(word, names) || `; known are ${names.join(", ")}`}`);
}

function report(error: unknown, words: readonly string[], terminal: Terminal): number {
  if (error instanceof MakespanError) {
    terminal.failure(error, words.includes("--json"));
    return error.exitCode;
  }
  const message = internalError(error);
  terminal.error(`${message}\n`);
  if (words.includes("--json")) terminal.resultOfFailure(ExitCode.internal, [{ message: message.split("\n", 1)[0] ?? "" }]);
  return ExitCode.internal;
}

function internalError(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const place = /\(?(?:file:\/\/)?[^\s()]*\/((?:dist|src|node_modules)\/[^\s()]+)\)?/.exec(stack.slice(message.length))?.[1];
  const lines = [
    `internal error: ${message}${place === undefined ? "" : ` (${place})`}`,
    "this is a bug of Makespan, not of your input; please report it with the command that shows it",
  ];
  if ((process.env["MAKESPAN_DEBUG"] ?? "") !== "") lines.push(stack);
  else lines.push("MAKESPAN_DEBUG=1 shows where it comes from");
  return lines.join("\n");
}
