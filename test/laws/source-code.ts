// Reading sources for the architecture test: code without comments and texts, and what it imports.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Source {
  /** Below src, such as `model/graph.ts`. */
  path: string;
  text: string;
  /** The text with every comment and every literal text, pattern and template replaced by spaces, line for line. */
  code: string;
  imports: Import[];
}

export interface Import {
  /** As written. */
  from: string;
  /** Only types: nothing is left of it when the program runs. */
  isType: boolean;
}

/** All sources below a folder. */
export function sourcesBelow(folder: string): Source[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .sort()
    .map((path) => sourceOf(path.replaceAll("\\", "/"), readFileSync(join(folder, path), "utf8")));
}

export function sourceOf(path: string, text: string): Source {
  const { code, texts } = withoutTexts(text);
  return { path, text, code, imports: importsOf(code, texts) };
}

/** What a `/` after it divides, rather than begins a pattern: the end of a value. */
const ENDS_VALUE = /(?:[\w$)\]}"'`]|\+\+|--)$/;
const BEFORE_PATTERN = /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|new|yield|await)$/;

/** Scans a text once. Literal texts are listed by where they begin. */
function withoutTexts(text: string): { code: string; texts: Map<number, string> } {
  const texts = new Map<number, string>();
  const templates: number[] = []; // per open `${`, the braces open in it
  let code = "";
  let at = 0;
  const blank = (end: number) => {
    code += text.slice(at, end).replace(/[^\n]/g, " ");
    at = end;
  };
  const endOf = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    return match === null ? text.length : match.index + match[0].length;
  };
  const template = () => {
    const end = endOf(/(?:[^\\`$]|\\[^]|\$(?!\{))*(?:`|\$\{)/y);
    if (text[end - 1] === "{") templates.push(0);
    blank(end);
  };
  while (at < text.length) {
    const char = text[at] as string;
    const next = text[at + 1];
    if (char === "/" && next === "/") blank(endOf(/[^\n]*/y));
    else if (char === "/" && next === "*") blank(endOf(/\/\*[^]*?\*\//y));
    else if (char === '"' || char === "'") {
      const end = endOf(char === '"' ? /"(?:[^"\\\n]|\\[^])*"/y : /'(?:[^'\\\n]|\\[^])*'/y);
      texts.set(at, text.slice(at + 1, end - 1));
      blank(end);
    } else if (char === "`") {
      blank(at + 1);
      template();
    } else if (char === "/" && beginsPattern(code)) {
      blank(endOf(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y));
    } else if (char === "}" && templates.at(-1) === 0) {
      templates.pop();
      blank(at + 1);
      template();
    } else {
      if (templates.length > 0 && char === "{") templates[templates.length - 1] = (templates.at(-1) as number) + 1;
      if (templates.length > 0 && char === "}") templates[templates.length - 1] = (templates.at(-1) as number) - 1;
      code += char;
      at += 1;
    }
  }
  return { code, texts };
}

function beginsPattern(code: string): boolean {
  const before = code.trimEnd();
  return BEFORE_PATTERN.test(before) || !ENDS_VALUE.test(before);
}

function importsOf(code: string, texts: ReadonlyMap<number, string>): Import[] {
  const imports: Import[] = [];
  for (const [start, from] of texts) {
    const before = code.slice(0, start);
    const statement = /(?:^|[;}\n])\s*((?:import|export)\b[^;'"]*?\bfrom|import)\s*$/.exec(before);
    if (statement !== null) imports.push({ from, isType: isTypeOnly(statement[1] as string) });
    else if (/\bimport\s*\(\s*$/.test(before)) imports.push({ from, isType: false });
  }
  return imports;
}

/** `import type …`, or `import { type A, type B }`. */
function isTypeOnly(statement: string): boolean {
  if (/^(?:import|export)\s+type\b/.test(statement)) return true;
  const names = /^(?:import|export)\s*\{([^}]*)\}\s*from$/.exec(statement)?.[1]?.split(",") ?? ["all"];
  return names.every((name) => name.trim() === "" || /^type\s/.test(name.trim()));
}
