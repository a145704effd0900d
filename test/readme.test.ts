// README.md says what is: its output is what the commands print, its examples compile and run, and what it names is there.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMMON_OPTIONS } from "../src/cli/arguments.ts";
import { completed } from "../src/cli/command.ts";
import { COMMANDS } from "../src/cli/commands/index.ts";
import { scenarioJsonSchema } from "../src/files/json-schema.ts";
import { GENERATORS } from "../src/workload/generators/index.ts";
import { describeWithData } from "./data.ts";
import { type Block, blocksOf, dataOf, filesOf, looseFences, uses, withBodies } from "./readme/document.ts";
import { ExampleFolder, type Outcome, outcomesOf, README, ROOT } from "./readme/run.ts";

const readme = readFileSync(README, "utf8");
const blocks = blocksOf(readme);
const data = dataOf(readme).map(({ name }) => name);
const titled = (chosen: readonly Block[]) => chosen.map((block) => [block.what, block] as const);
/** What is written by hand, without its examples. */
const prose = withBodies(readme, () => "")
  .replaceAll(/^(`{3,})\w*\n[^]*?\n\1$/gm, "")
  .replace(/<!-- benchmark -->[^]*<!-- end of benchmark -->/, "");

let folder: ExampleFolder;
let outcomes: readonly (Outcome | undefined)[];

beforeAll(() => {
  folder = new ExampleFolder(readme);
  outcomes = [...outcomesOf(readme, folder).values()];
}, 600_000);
afterAll(() => folder?.remove());

/** A key of a JSON Schema's map, as far as the reference tells of it. */
interface Key {
  description?: string;
  const?: unknown;
}

/** The keys of all maps in a part of a JSON Schema, however deep. */
function keysIn(part: unknown): [key: string, about: Key][] {
  if (typeof part !== "object" || part === null) return [];
  const { properties = {} } = part as { properties?: Record<string, Key> };
  return [...Object.entries(properties), ...Object.values(part).flatMap(keysIn)];
}

/** What the reference says of a key, `key: meaning`; an option of several generators has a meaning for each, and its default elsewhere. */
function statements(key: string, { description, const: value }: Key): string[] {
  if (description === undefined) return [`| \`${String(value)}\` |`];
  const kinds = ["all", ...GENERATORS.map(({ name }) => name)];
  const isOption = kinds.some((kind) => description.startsWith(`${kind}: `));
  const meanings = isOption
    ? description.split(" | ").map((text) => text.replace(/^\S+: /, "").replace(/; default [^;]*$/, ""))
    : [description];
  return meanings.map((meaning) => `\`${key}\`: ${meaning.replace(/\.$/, "")}`.toLowerCase());
}

function expectFresh(block: Block): void {
  const outcome = outcomes[blocks.indexOf(block)];
  expect(outcome?.exit, outcome?.body).toBe(block.exit);
  expect(outcome?.body, "npm run readme makes it anew").toBe(block.body);
}

describe("README.md", () => {
  test.each(titled(blocks.filter((block) => !uses(block, data))))("%s", (_, block) => expectFresh(block));

  test("the examples compile", () => {
    expect(folder.typeErrors()).toBe("");
  }, 120_000);

  test("every example is a file that a command uses", () => {
    const commands = blocks.map(({ what }) => what).join("\n");
    for (const { name } of filesOf(readme)) expect(commands, name).toContain(name);
    expect(looseFences(readme).filter(({ language }) => language !== "sh")).toEqual([]);
  });

  test("its reference of scenario files has every key of the schema, however deep, with its meaning", () => {
    const tables = blocks.filter(({ what }) => ["scenario keys", "distributions", "generators"].includes(what));
    const reference = tables
      .map(({ body }) => body.toLowerCase())
      .join("\n")
      .replaceAll(/ \((?:required|optional)\)/g, "")
      .replaceAll(/^(\| `[^`]+`) \| .*? \| /gm, "$1: ")
      .replaceAll("\\|", "|");
    const keys = keysIn(scenarioJsonSchema());
    expect(keys.length).toBeGreaterThan(100);
    const missing = keys.flatMap(([key, about]) => statements(key, about)).filter((statement) => !reference.includes(statement));
    expect([...new Set(missing)]).toEqual([]);
  });

  test("its links lead somewhere", () => {
    const anchors = Array.from(
      readme.matchAll(/^#+ (.+)$/gm),
      ([, heading = ""]) =>
        `#${heading
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N} -]/gu, "")
          .replaceAll(" ", "-")}`,
    );
    const links = Array.from(readme.matchAll(/\]\(([^)]+)\)/g), ([, link = ""]) => link).filter((link) => !link.startsWith("https://"));
    expect(links.length).toBeGreaterThan(20);
    for (const link of links) {
      if (link.startsWith("#")) expect(anchors).toContain(link);
      else expect(existsSync(join(ROOT, link)), link).toBe(true);
    }
  });

  test("every command and option that it names exists", async () => {
    const commands = await Promise.all(COMMANDS.map(completed));
    const options = new Set([...Object.keys(COMMON_OPTIONS), ...commands.flatMap((command) => Object.keys(command.options))]);
    const named = Array.from(readme.matchAll(/(?<![\w-])--([a-z][a-z-]+)/g), ([, option = ""]) => option);
    expect(new Set(named.filter((option) => !options.has(option)))).toEqual(new Set());
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: Record<string, string> };
    for (const [, script = ""] of readme.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(scripts)).toContain(script);
    for (const [, command = ""] of prose.matchAll(/`makespan ([a-z]+)/g)) expect(commands.map(({ name }) => name)).toContain(command);
  });

  test("numbers that its text quotes stand in the output", () => {
    const output = blocks.map(({ body }) => body).join("\n");
    const text = prose.replaceAll(/`[^`×]*`/g, "").replaceAll(/\]\([^)]*\)/g, "]");
    const quoted = Array.from(text.matchAll(/(?<![\w.])\d+(?:[.,]\d+)+(?![\w])|\d{3,}(?= s\b)/g), ([number]) => number);
    expect(quoted.length).toBeGreaterThan(5);
    for (const number of new Set(quoted)) if (number !== "20.19") expect(output, number).toContain(number);
  });

  test("is measured: the numbers of npm run bench are filled in", () => {
    expect(/<!-- benchmark -->\n([^]*?)<!-- end of benchmark -->/.exec(readme)?.[1]).toMatch(/\| bag \| fcfs \|/);
  });
});

describeWithData("README.md, real logs and workflows", () => {
  test.each(titled(blocks.filter((block) => uses(block, data))))("%s", (_, block) => expectFresh(block));
});
