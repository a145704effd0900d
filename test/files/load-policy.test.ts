import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { resolvePolicy } from "../../src/files/load-policy.ts";
import { scenarioFrom } from "../../src/files/load-scenario.ts";
import { InputError, PolicyError } from "../../src/model/errors.ts";
import { type PolicySpec, parsePolicySpec } from "../../src/model/settings.ts";
import { POLICIES } from "../../src/policies/index.ts";
import type { PolicyContext } from "../../src/policies/policy.ts";
import { drawWorld } from "../../src/workload/draw-world.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const folder = temporaryFolders();
const home = process.cwd();
afterEach(() => process.chdir(home));

const spec = (name: string, parameters: PolicySpec["parameters"] = {}): PolicySpec => ({ name, parameters });

async function refusal(text: string | PolicySpec, directory?: string): Promise<string> {
  try {
    await resolvePolicy(typeof text === "string" ? parsePolicySpec(text) : text, directory);
  } catch (error) {
    if (error instanceof InputError) return error.message;
    throw error;
  }
  return "none";
}

describe("a registered policy", () => {
  it("is found by its name", async () => {
    for (const policy of POLICIES) expect((await resolvePolicy(spec(policy.name))).create).toBe(policy.create);
  });

  it.each([
    ["critcal-path", 'policy "critcal-path" is not known; did you mean "critical-path"?'],
    ["zzzzzzzzzz", 'policy "zzzzzzzzzz" is not known; known are fcfs, '],
    ["sjf:blockng=true", 'unknown key "blockng"; did you mean "blocking"? (options of policy "sjf")'],
    ["dispatch-random:blocking=true", 'policy "dispatch-random" takes no option blocking'],
    ["dispatch-random:placement=best-fit", 'policy "dispatch-random" takes no option placement'],
    ["fixed-order:order=a b:file=x", "policy fixed-order takes order or file, not both"],
    ["fixed-order:file=nowhere.txt", "cannot read nowhere.txt: there is no such file"],
  ])("is refused: %s", async (text, message) => {
    expect(await refusal(text)).toContain(message);
  });

  it("takes each of its options, or refuses it as bad input, whatever the value is", async () => {
    for (const { name, parameters = {} } of POLICIES)
      for (const option of Object.keys(parameters))
        for (const value of ["10x", "", "-1", -3, 0.5, true, [], ["1s"], Number.NaN, "a b"])
          expect(await refusal(spec(name, { [option]: value })), `${name} ${option} ${JSON.stringify(value)}`).not.toBe("");
    expect(await refusal("time-slice:quantum=10x")).toBe(
      'policy "time-slice": quantum "10x" has no known unit; known are us, µs, ms, s, m, h, d',
    );
    expect(await refusal(spec("time-slice", { quantum: ["1s"] }))).toBe(
      'policy "time-slice": quantum is a list, not a duration, such as 1s',
    );
  });
});

describe("fixed-order", () => {
  it("reads its list from a file beside the scenario", async () => {
    const directory = folder({ "lists/order.txt": "# first to last\nb task\n\n a \r\n" });
    const policy = await resolvePolicy(spec("fixed-order", { file: "lists/order.txt" }), directory);
    const scenario = scenarioFrom({
      cluster: { workers: [{ id: "w" }] },
      functions: { default: 1 },
      tasks: [{ id: "a" }, { id: "b task" }, { id: "c" }],
    });
    const world = drawWorld(scenario, { workload: "1", faults: "1", policy: "1" });
    expect(policy.faults?.({}, world)).toEqual(['fixed-order: the list misses "c"']);
    const made = policy.create({ parameters: {}, positionOf: (id: string) => ["a", "b task"].indexOf(id) } as unknown as PolicyContext);
    expect([0, 1].map((position) => made.rank?.({ position } as never, 0))).toEqual([1, 0]);
  });
});

describe("a policy of the user's", () => {
  const FILES: Record<string, string> = {
    "typed.ts": `import { definePolicy, type TaskView } from "makespan";
enum Sign { Least = 1 }
export default definePolicy({ name: "typed", parameters: { alpha: { summary: "a factor", default: 2 } }, create: ({ parameters }) => ({ rank: (task: TaskView) => Sign.Least * task.cpu * (parameters["alpha"] as number) }) });
`,
    "named.mjs": `import { definePolicy } from "makespan";\nexport const policy = definePolicy({ name: "named", rank: (task) => task.cpu });\n`,
    "plain.js": `export default { name: "plain", rank: (task) => -task.cpu };\n`,
    "common.cjs.js": `module.exports = { name: "common", schedule: (pass) => pass.runList() };\n`,
    "defaults.mjs": `import path from "node:path";\nimport common from "./count.cjs";\nimport * as all from "./count.cjs";\nexport default { name: path.basename("/defaults"), rank: () => common.count() + all.count() };\n`,
    "neighbour.ts": `import { factor } from "./factor.ts";\nexport default { name: "neighbour", rank: () => factor };\n`,
    "factor.ts": "export const factor: number = 3;\n",
    "counter.ts": "let calls = 0;\nexport default { name: 'counter', rank: () => ++calls };\n",
    "counter.mjs": "let calls = 0;\nexport default { name: 'counter', rank: () => ++calls };\n",
    "counter.cjs": "let calls = 0;\nmodule.exports = { name: 'counter', rank: () => ++calls };\n",
    "imported.ts": "import { count } from './count.cjs';\nexport default { name: 'imported', rank: () => count() };\n",
    "count.cjs": "let calls = 0;\nexports.count = () => ++calls;\n",
    "waiting.ts": "let calls = await Promise.resolve(0);\nexport default { name: 'waiting', rank: () => ++calls };\n",
  };

  it.each(["typed.ts", "named.mjs", "plain.js", "common.cjs.js", "neighbour.ts", "defaults.mjs"])(
    "is loaded from %s, from wherever it lies",
    async (file) => {
      const directory = folder(FILES);
      const policy = await resolvePolicy(spec(`./${file}`), directory);
      expect(policy.name).toBe(file.split(".")[0]);
      expect(policy.takesPlacement).toBe(true);
      expect(typeof policy.create({ parameters: { alpha: 2 } } as unknown as PolicyContext)).toBe("object");
      process.chdir(directory);
      expect((await resolvePolicy(spec(`./${file}`))).name).toBe(policy.name);
      expect((await resolvePolicy(spec(join(directory, file)), "/")).name).toBe(policy.name);
    },
  );

  it("has the defaults of a list policy that overtakes", async () => {
    expect(await resolvePolicy(spec("./plain.js"), folder(FILES))).toMatchObject({
      order: "static",
      blocking: false,
      workConserving: true,
      needs: [],
    });
  });

  it("takes its own options, and no others", async () => {
    const directory = folder(FILES);
    expect(await refusal("./typed.ts:alpha=3:blocking=true", directory)).toBe("none");
    expect(await refusal("./typed.ts:alhpa=3", directory)).toBe('unknown key "alhpa"; did you mean "alpha"? (options of policy "typed")');
    expect(await refusal("./typed.ts:alpha=three", directory)).toBe('alpha of policy "typed" is a number, such as 2');
    expect(await refusal("./common.cjs.js:blocking=true", directory)).toBe('policy "common" takes no option blocking');
  });

  it.each(["counter.ts", "counter.mjs", "counter.cjs", "imported.ts", "waiting.ts"])(
    "begins anew each time, with what it holds at module level: %s",
    async (file) => {
      const directory = folder(FILES);
      const rank = async () => (await resolvePolicy(spec(`./${file}`), directory)).create({} as PolicyContext).rank?.({} as never, 0);
      expect([await rank(), await rank()]).toEqual([1, 1]);
    },
  );

  it("that ends the process while it is loaded breaks the rules", async () => {
    const ending = resolvePolicy(spec("./ending.ts"), folder({ "ending.ts": "\nprocess.exit(0);\n" }));
    await expect(ending).rejects.toThrow(/ending\.ts:2: process\.exit\(\) was called: a policy must not end the process/);
    await expect(ending).rejects.toBeInstanceOf(PolicyError);
  });

  it.each([
    ["none.ts", undefined, "cannot read ./none.ts: there is no such file"],
    ["syntax.ts", "export default {\n  name: 'x',\n  rank: (t) => t.x +* 3\n}\n", /syntax\.ts:3: Unexpected token$/],
    ["throws.ts", "const a: number = 1;\n\nthrow new Error('boom\\nsecond line');\n", /throws\.ts:3: boom$/],
    ["reference.ts", "\nexport default { name: 'x', rank: missing };\n", /reference\.ts:2: missing is not defined$/],
    [
      "imports.ts",
      "import x from './nowhere.ts';\nexport default x;\n",
      'policy ./imports.ts: it imports "./nowhere.ts", which is not there',
    ],
    [
      "package.ts",
      "import x from 'no-such-package-here';\nexport default x;\n",
      'policy ./package.ts: it imports "no-such-package-here", which is not there',
    ],
    ["empty.ts", "", "policy ./empty.ts: it exports no policy"],
    ["number.ts", "export default 3;\n", "policy ./number.ts: it exports no policy"],
    ["nameless.ts", "export default { rank: () => 1 };\n", "policy ./nameless.ts: its name must be a text"],
    ["ruleless.ts", "export default { name: 'x' };\n", "policy ./ruleless.ts: it needs one of rank, line, schedule, create"],
    ["typo.ts", "export default { name: 'x', rnk: () => 1 };\n", 'policy ./typo.ts: "rnk" is no part of a policy; did you mean "rank"?'],
    [
      "defined.ts",
      'import { definePolicy } from "makespan";\nexport default definePolicy({ name: "x", rank: () => 1, needs: ["estimat"] });\n',
      'policy x: needs: "estimat" is no field; did you mean "estimate"?',
    ],
    [
      "shapes.ts",
      "export default { name: 'x', rank: 3, order: 'best', parameters: [1] };\n",
      /its rank must be a function.*\n.*its order must be one of.*\n.*its parameters must be/,
    ],
  ])("is refused without a stack: %s", async (file, text, message) => {
    const found = await refusal(`./${file}`, folder(text === undefined ? {} : { [file]: text }));
    if (typeof message === "string") expect(found).toContain(message);
    else expect(found).toMatch(message);
    expect(found).not.toMatch(/\n\s+at |node_modules/);
  });
});

describe("a policy whose order hangs on its parameters", () => {
  it.each([
    ["estimate / weight - 0.1 * wait", "static", ["estimate", "weight"]],
    ["-wait / max(estimate, 1)", "line", ["estimate"]],
    ["max(wait, priority)", "dynamic", ["priority"]],
  ])("is specialised: %s", async (rank, order, needs) => {
    expect(await resolvePolicy(spec("expression", { rank }))).toMatchObject({ name: "expression", order, needs, formula: rank });
  });

  it("may be the user's", async () => {
    const directory = folder({
      "mine.js": `
        const policy = (order) => ({ name: "mine", order, needs: [], parameters: { form: { summary: "" } }, create: () => ({ rank: () => 0 }),
          specialise: ({ form }) => policy(form) });
        export default policy("static");`,
    });
    expect((await resolvePolicy(spec("./mine.js", { form: "dynamic" }), directory)).order).toBe("dynamic");
    const throwing = folder({ "mine.js": `export default { name: "mine", rank: () => 0, specialise() { throw new Error("no form"); } };` });
    expect(await refusal("./mine.js", throwing)).toMatch(/mine\.js:1: no form$/);
  });
});
