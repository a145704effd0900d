// `makespan schema`: the JSON Schema of scenario files, for editors and other tools.
import type { Command } from "../command.ts";
import { ExitCode } from "../exit-codes.ts";

export const schemaCommand: Command = {
  name: "schema",
  summary: "print the JSON Schema of scenario files",
  options: {},
  examples: [["schema > makespan.schema.json", "then, as first line of a scenario: # yaml-language-server: $schema=makespan.schema.json"]],
  async run(_args, terminal) {
    const { scenarioJsonSchema } = await import("../../files/json-schema.ts");
    terminal.result(`${JSON.stringify(scenarioJsonSchema(), undefined, 2)}\n`);
    return ExitCode.ok;
  },
};
