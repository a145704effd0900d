// The registry of commands, in the order of --help: a new one is a file and a line here.
import type { Command } from "../command.ts";
import { compareCommand } from "./compare.ts";
import { completionCommand } from "./completion.ts";
import { generateCommand } from "./generate.ts";
import { importCommand } from "./import.ts";
import { policiesCommand } from "./policies.ts";
import { runCommand } from "./run.ts";
import { schemaCommand } from "./schema.ts";
import { validateCommand } from "./validate.ts";

export const COMMANDS: readonly Command[] = [
  runCommand,
  compareCommand,
  validateCommand,
  importCommand,
  generateCommand,
  policiesCommand,
  schemaCommand,
  completionCommand,
];
