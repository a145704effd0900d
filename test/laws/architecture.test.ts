// The architecture, kept by a test: imports go down, what is below the edges is pure, rooms and registries are in order.
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { AUTOSCALERS } from "../../src/autoscalers/index.ts";
import { ENVIRONMENTS } from "../../src/environments/index.ts";
import { INVARIANTS } from "../../src/oracle/index.ts";
import { POLICIES } from "../../src/policies/index.ts";
import { GENERATORS } from "../../src/workload/generators/index.ts";
import { IMPORTERS } from "../../src/workload/importers/index.ts";
import { type Source, sourceOf, sourcesBelow } from "./source-code.ts";

/** From low to high; rooms of one row know nothing of one another. */
const LAYERS = [
  ["model"],
  ["engine"],
  ["faults", "consensus"],
  ["workload", "policies", "autoscalers", "environments", "oracle", "metrics"],
  ["cluster"],
  ["scheduler"],
  ["replication"],
  ["run"],
  ["simulation.ts"],
  ["files"],
  ["experiment"],
  ["report"],
  ["library"],
  ["functions"],
  ["task-scheduler.ts"],
  ["index.ts"],
  ["cli"],
];

/** Rooms that may import less than what is below them. */
const ONLY: Record<string, string[]> = { oracle: ["model"], autoscalers: ["model"], environments: ["model"], metrics: ["model", "engine"] };

/** Where the world outside is met: files, the console, the wall clock, users' async functions, parallel runs. */
const EDGES = /^(?:cli|files|functions)\/|^task-scheduler\.ts$|^experiment\/pool/;

const SOURCES = sourcesBelow(fileURLToPath(new URL("../../src", import.meta.url)));
const paths = new Set(SOURCES.map(({ path }) => path));

const roomOf = (path: string) => path.split("/")[0] as string;
const layerOf = (path: string) => LAYERS.findIndex((rooms) => rooms.includes(roomOf(path)));
/** The source that a relative import means. */
const targetOf = ({ path }: Source, from: string) => posix.normalize(posix.join(posix.dirname(path), from));
const relative = (source: Source) => source.imports.filter(({ from }) => from.startsWith("."));

describe("rooms", () => {
  test("every source stands in a room that is known", () => {
    expect(SOURCES.length).toBeGreaterThan(50);
    expect(SOURCES.filter(({ path }) => layerOf(path) < 0).map(({ path }) => path)).toEqual([]);
  });

  test("no room or file is a drawer for everything", () => {
    const drawers = /^(?:utils?|common|helpers?|core|types|misc|shared|lib)$/;
    expect([...paths].filter((path) => path.split("/").some((part) => drawers.test(part.replace(/\.ts$/, ""))))).toEqual([]);
  });

  test("every source says at its top what it is", () => {
    const opens = /^(?:#![^\n]*\n)?(?:\/\/ \S|\/\*\*)/;
    expect(SOURCES.filter(({ text }) => !opens.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe("imports", () => {
  test("name a source that is there, with its extension", () => {
    const lost = SOURCES.flatMap((source) => relative(source).map(({ from }) => [source.path, from, targetOf(source, from)] as const));
    expect(lost.filter(([, , target]) => !paths.has(target))).toEqual([]);
  });

  test("go down", () => {
    const up: string[] = [];
    for (const source of SOURCES) {
      for (const { from } of relative(source)) {
        const target = targetOf(source, from);
        if (roomOf(target) === roomOf(source.path)) continue;
        if (layerOf(target) >= layerOf(source.path)) up.push(`${source.path} imports ${target}, which is not below it`);
        const only = ONLY[roomOf(source.path)];
        if (only !== undefined && !only.includes(roomOf(target))) up.push(`${source.path} imports ${target}`);
      }
    }
    expect(up).toEqual([]);
  });

  test("make no ring", () => {
    const after = new Map(
      SOURCES.map((source) => [
        source.path,
        relative(source)
          .filter(({ isType }) => !isType)
          .map(({ from }) => targetOf(source, from)),
      ]),
    );
    const done = new Set<string>();
    const rings: string[] = [];
    const visit = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) rings.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
      if (done.has(path) || trail.includes(path)) return;
      for (const next of after.get(path) ?? []) visit(next, [...trail, path]);
      done.add(path);
    };
    for (const path of paths) visit(path, []);
    expect(rings).toEqual([]);
  });

  test("the pure part takes seedrandom and parsers from outside, and nothing of the machine", () => {
    const outside = SOURCES.filter(({ path }) => layerOf(path) <= layerOf("simulation.ts")).flatMap(({ path, imports }) =>
      imports.filter(({ from, isType }) => !from.startsWith(".") && !isType).map(({ from }) => `${path}: ${from}`),
    );
    const allowed =
      /^(?:engine\/random\.ts: seedrandom|model\/[a-z-]*schema\.ts: zod|policies\/rank-expression\.ts: jsep|workload\/(?:importers|generators)\/[a-z-]+\.ts: csv-parse)/;
    expect(outside.filter((line) => !allowed.test(line))).toEqual([]);
  });
});

/** What would make a run differ from machine to machine, or reach out of it. */
const BANNED: [what: string, pattern: RegExp, planted: string][] = [
  ["the wall clock", /\bDate\b|\bperformance\b|\bhrtime\b/, "new Date()"],
  ["the host's chance", /\bMath\s*\.\s*random\b|\bcrypto\b/, "Math.random()"],
  ["the host's timers", /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask|nextTick)\b/, "setTimeout(f, 1)"],
  ["asynchrony", /\basync\b|\bawait\b/, "async () => {}"],
  ["the console or the process", /\bconsole\b|\bprocess\b|\bglobalThis\b/, "process.env"],
  ["an order of the host's language", /\blocaleCompare\b|\bIntl\b|\btoLocale\w*/, "a.localeCompare(b)"],
  [
    "mathematics that differs in its last bits",
    /\bMath\s*\.\s*(?:pow|log|log2|log10|log1p|exp|expm1|cbrt|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|hypot)\b/,
    "Math.log2(x)",
  ],
  ["powers, but for exact ones: of two, and of big integers", /(?<!\b2 |\dn )\*\*|(?<!n )\*\*(?! \d)/, "x ** 2"],
  ["an order of keys", /\bfor\s*\(\s*(?:const|let|var)\s+\w+\s+in\b/, "for (const key in object) {}"],
];

describe("below the edges nothing reaches out of the run", () => {
  test.each(BANNED)("%s", (_, pattern, planted) => {
    expect(planted).toMatch(pattern);
    const found = SOURCES.filter(({ path }) => !EDGES.test(path)).flatMap(({ path, code }) =>
      code.split("\n").flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
    );
    expect(found).toEqual([]);
  });

  test("nothing in a run waits for a promise", () => {
    const pure = SOURCES.filter(({ path }) => layerOf(path) <= layerOf("simulation.ts"));
    expect(pure.filter(({ code }) => /\bPromise\b/.test(code)).map(({ path }) => path)).toEqual([]);
  });

  test("the scheduler and the policies cannot see the truth", () => {
    const truth = /\bTaskTable\b|\btimeTables?\b|\bfailsAfter\b|\.work\b|\.failures\b/;
    const seeing = SOURCES.filter(({ path }) => /^(?:scheduler|policies)\//.test(path)).filter(
      (source) => truth.test(source.code) || relative(source).some(({ from }) => roomOf(targetOf(source, from)) === "cluster"),
    );
    expect(seeing.map(({ path }) => path)).toEqual([]);
  });
});

describe("registries", () => {
  const inRoom = (room: string) => [...paths].filter((path) => posix.dirname(path) === room).map((path) => posix.basename(path, ".ts"));
  const linesOf = (room: string, pattern: RegExp) =>
    SOURCES.filter(({ path }) => posix.dirname(path) === room && posix.basename(path) !== "index.ts")
      .filter(({ code }) => pattern.test(code))
      .map(({ path }) => posix.basename(path, ".ts"));

  test("a policy is one file of its name", () => {
    expect(POLICIES.map(({ name }) => name).filter((name) => !inRoom("policies").includes(name))).toEqual([]);
    expect(linesOf("policies", /^export const \w+ = define\w+\(/m).sort()).toEqual(POLICIES.map(({ name }) => name).sort());
  });

  test("every invariant that is written is judged", () => {
    const written = SOURCES.filter(({ path }) => path.startsWith("oracle/")).flatMap(({ code }) => [
      ...code.matchAll(/^export const \w+: Invariant = /gm),
    ]);
    expect(INVARIANTS).toHaveLength(written.length);
  });

  test.each([
    ["policies", POLICIES],
    ["autoscalers", AUTOSCALERS],
    ["environments", ENVIRONMENTS],
    ["oracle", INVARIANTS.map(({ id }) => ({ name: id }))],
    ["workload/importers", IMPORTERS],
    ["workload/generators", GENERATORS],
  ])("%s: nothing lies beside the registry, no name stands in it twice", (room, entries) => {
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path) || posix.dirname(path) !== room) return;
      reached.add(path);
      const source = SOURCES.find((each) => each.path === path) as Source;
      for (const { from } of relative(source)) visit(targetOf(source, from));
    };
    visit(`${room}/index.ts`);
    expect([...paths].filter((path) => posix.dirname(path) === room && !reached.has(path))).toEqual([]);
    expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
  });
});

describe("the scanner behind this test", () => {
  const codeOf = (text: string) => sourceOf("x.ts", text).code.replace(/\s+/g, " ").trim();
  test.each([
    ["a; // Date", "a;"],
    ["a; /* Date\n Date */ b;", "a; b;"],
    ['f(\'Date\', "Da\\"te");', "f( , );"],
    ["f(`Date ${x + `Date ${y}`} Date`, z);", "f( x + y , z);"],
    ["f(`a ${ { b: { c: 1 } }.b } Date`);", "f( { b: { c: 1 } }.b );"],
    ["const p = /Date\\/[/]Date/g; q / Date / r;", "const p = ; q / Date / r;"],
    ["return /Date/.test(x) ? a / b : c;", "return .test(x) ? a / b : c;"],
    ["`\\`Date`; Date", "; Date"],
  ])("%j", (text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  test("imports", () => {
    const text = `import a from "./a.ts";\nimport type { B } from './b.ts';\nimport { type C, type D } from "./c.ts";\nimport { type E, f } from "./e.ts";\nexport * from "./g.ts";\nexport { h } from "./h.ts";\nimport "./i.ts";\nconst j = () => import("./j.ts");\n// import "./no.ts";\nconst k = "from './no.ts'";\n`;
    expect(sourceOf("x.ts", text).imports).toEqual([
      { from: "./a.ts", isType: false },
      { from: "./b.ts", isType: true },
      { from: "./c.ts", isType: true },
      { from: "./e.ts", isType: false },
      { from: "./g.ts", isType: false },
      { from: "./h.ts", isType: false },
      { from: "./i.ts", isType: false },
      { from: "./j.ts", isType: false },
    ]);
  });
});
