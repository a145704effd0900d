// `makespan validate`: checks scenarios, and says what is in them; nothing is run.
import { AllFaults } from "../all-faults.ts";
import type { Command } from "../command.ts";
import { InputError } from "../../model/errors.ts";
import { ExitCode } from "../exit-codes.ts";
import { heard } from "../interrupt.ts";
import { eachGiven, SCENARIO_OPTIONS, SCENARIOS } from "../scenario-options.ts";
import { hosting } from "../user-code.ts";

export const validateCommand: Command = {
  name: "validate",
  summary: "check scenarios and explain what is in them, without running anything",
  argument: SCENARIOS,
  options: SCENARIO_OPTIONS,
  examples: [
    ["validate pipeline.yaml", "every fault by file, line and column, or what the scenario consists of"],
    ["validate scenarios/*.yaml", "several at once"],
    ["validate log.swf.gz --workers '1 x 128cpu'", "what an import would take from a log, and what it would leave out"],
  ],
  gathers: true,
  async run(args, terminal) {
    const [{ describeScenario }, { resolvePolicy }, { unsuitable }, { seedsOf }] = await Promise.all([
      import("../scenario-description.ts"),
      import("../../files/load-policy.ts"),
      import("../../experiment/suitability.ts"),
      import("../../library/seeds.ts"),
    ]);
    const faults = new AllFaults(args.faults);
    const described: string[] = [];
    for await (const loaded of eachGiven(args, terminal, faults)) {
      await faults.of(async () => {
        const { scenario, directory } = loaded;
        const spec = scenario.scheduler.policy;
        const definition = await hosting(() => resolvePolicy(spec, directory));
        const wrong = await hosting(() => unsuitable(scenario, seedsOf({}, scenario).roots, [{ spec, definition }]));
        if (wrong.length > 0) throw new InputError(wrong);
        described.push(describeScenario(loaded.scenario, (style, text) => terminal.style(style, text)));
      });
    }
    await heard();
    if (args.faults.length === 0) terminal.result(described.join("\n"));
    faults.throwIfAny();
    return ExitCode.ok;
  },
};
