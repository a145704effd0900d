// Answers the shell: what the word at the end of a command line may become.
import { COMMON_OPTIONS } from "./arguments.ts";
import { type Command, completed } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";

/** Candidates for the last of the words (which may be empty), in order; none where only a file's name will do. */
export async function complete(words: readonly string[]): Promise<string[]> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const command = COMMANDS.find(({ name }) => name === before[0]);
  const candidates = command === undefined ? commandNames(before) : await candidatesOf(await completed(command), before.slice(1), current);
  return candidates.filter((candidate) => candidate.startsWith(current));
}

function commandNames(before: readonly string[]): string[] {
  return before.length > 0 ? [] : [...COMMANDS.map(({ name }) => name), ...optionNames(COMMON_OPTIONS)];
}

async function candidatesOf(command: Command, before: readonly string[], current: string): Promise<string[]> {
  const last = before.at(-1) ?? "";
  const option = Object.entries(command.options).find(
    ([name, { short }]) => last === `--${name}` || (short !== undefined && last === `-${short}`),
  )?.[1];
  if (option?.value !== undefined) {
    const choices = (await option.choices?.()) ?? [];
    const listed = option.list === true ? current.slice(0, current.lastIndexOf(",") + 1) : "";
    return choices.map((choice) => listed + choice);
  }
  if (current.startsWith("-")) return optionNames({ ...command.options, ...COMMON_OPTIONS });
  return [...((await command.argument?.choices?.()) ?? [])];
}

function optionNames(options: Command["options"]): string[] {
  return Object.keys(options).map((name) => `--${name}`);
}
