// What a command of the command line is: its options and arguments as data, and what it does with them.
import type { Fault } from "../model/errors.ts";
import type { Terminal } from "./terminal.ts";

/** An option, without its dashes. */
export interface Option {
  summary: string;
  /** What its value is called in --help (VALUE: it needs no name there); a flag has none. */
  value?: string;
  /** Heading that it stands under in --help; default: Options. */
  group?: string;
  /** One letter. */
  short?: string;
  /** May be given several times. */
  repeats?: boolean;
  /** The values there are. Loaded only where they are needed: to complete one, or to refuse another. */
  choices?: () => Promise<readonly string[]>;
  /** Whether other values than the choices are right too, so that those only complete. */
  open?: boolean;
  /** Whether it completes each part of a list (`a,b,c`). */
  list?: boolean;
}

/** The argument of a command that stands without an option. */
export interface Argument {
  name: string;
  summary: string;
  /** Several are taken; else one. */
  several?: boolean;
  optional?: boolean;
  choices?: () => Promise<readonly string[]>;
  /** Whether other values than the choices are right too, so that those only complete. */
  open?: boolean;
}

/** What the user gave, checked against the declarations. */
export interface Arguments {
  /** Those without an option. */
  readonly given: readonly string[];
  /** Values by option. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** The command line as it was typed, without the program. */
  readonly typed: readonly string[];
  /** What is wrong with them: only a command that gathers faults is given any, and tells them with its own. */
  readonly faults: readonly Fault[];
}

export interface Command {
  name: string;
  summary: string;
  argument?: Argument;
  options: Readonly<Record<string, Option>>;
  examples: readonly (readonly [line: string, meaning: string])[];
  /** Further text of --help. */
  notes?: string;
  /** Options, and text of --help, that come from a registry; loaded only when this command is asked for. */
  more?(): Promise<Pick<Command, "options" | "notes">>;
  /** Whether it tells faults of its arguments together with those of their values and of files; others are not begun. */
  gathers?: true;
  /** Does it and gives the exit code. */
  run(args: Arguments, terminal: Terminal): Promise<number>;
}

/** The command with the options that it loads. */
export async function completed(command: Command): Promise<Command> {
  if (command.more === undefined) return command;
  const { options, notes } = await command.more();
  return {
    ...command,
    options: { ...command.options, ...options },
    notes: [notes, command.notes].filter((text) => text !== undefined).join("\n\n"),
  };
}

/** The value of an option that is given at most once. */
export function optionOf(args: Arguments, option: string): string | undefined {
  return args.values.get(option)?.[0];
}

/** Whether a flag is set. */
export function isSet(args: Arguments, flag: string): boolean {
  return args.values.has(flag);
}
