// README.md as data: the blocks in it that are made by commands or from the registries, and the files that its examples consist of.

/** What stands between a marker and `<!-- end -->`. */
export interface Block {
  kind: "output" | "table";
  /** The shell command, or the name of the table. */
  what: string;
  /** Exit code that the command ends with. */
  exit: number;
  body: string;
}

/** A fenced example that the commands find as a file. */
export interface ExampleFile {
  name: string;
  text: string;
}

const BLOCK = /(<!-- (output|table) of: (.*?)(?: \(exit (\d+)\))? -->\n)([^]*?)(<!-- end -->)/g;
const FILE = /<!-- file: (\S+) -->\n\n?(`{3,})\w+\n([^]*?)\n\2\n/g;
/** `<!-- data: NAME from PATH -->`: a file of the shared data that commands use. */
const DATA = /<!-- data: (\S+) from (\S+) -->/g;

export function blocksOf(readme: string): Block[] {
  return Array.from(readme.matchAll(BLOCK), ([, , kind, what = "", exit, body = ""]) => ({
    kind: kind as Block["kind"],
    what,
    exit: Number(exit ?? 0),
    body,
  }));
}

/** The same text with other bodies; those that are undefined stay as they are. */
export function withBodies(readme: string, bodyOf: (block: Block) => string | undefined): string {
  const blocks = blocksOf(readme);
  let index = 0;
  return readme.replaceAll(BLOCK, (whole, head: string, _kind, _what, _exit, _body, end: string) => {
    const body = bodyOf(blocks[index++] as Block);
    return body === undefined ? whole : `${head}${body}${end}`;
  });
}

export function filesOf(readme: string): ExampleFile[] {
  return Array.from(readme.matchAll(FILE), ([, name = "", , text = ""]) => ({ name, text: `${text}\n` }));
}

/** Names in the examples, by their paths in the shared data. */
export function dataOf(readme: string): { name: string; path: string }[] {
  return Array.from(readme.matchAll(DATA), ([, name = "", path = ""]) => ({ name, path }));
}

/** Whether a command works on one of these files. */
export function uses(block: Block, names: readonly string[]): boolean {
  return block.kind === "output" && names.some((name) => block.what.includes(name));
}

/** Fences that are neither in a block nor a file: info string and text. */
export function looseFences(readme: string): { language: string; text: string }[] {
  const rest = readme.replaceAll(BLOCK, "").replaceAll(FILE, "");
  return Array.from(rest.matchAll(/^(`{3,})(\w*)\n([^]*?)\n\1$/gm), ([, , language = "", text = ""]) => ({ language, text }));
}
