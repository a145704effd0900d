// The content of a scenario file as text: YAML, or JSON by the file's name; each worker, task and so on in one line.
import { extname } from "node:path";
import { Document, isMap, isSeq, type Node } from "yaml";

/** Names of files that scenarios are written to. */
export function isScenarioFile(name: string): boolean {
  return /^\.(?:ya?ml|json)$/i.test(extname(name));
}

/** The text of a file of that name; JSON has no comments. */
export function scenarioText(name: string, content: Readonly<Record<string, unknown>>, comments: readonly string[]): string {
  return /\.json$/i.test(name) ? `${jsonOf(content)}\n` : yamlOf(content, comments);
}

function yamlOf(content: Readonly<Record<string, unknown>>, comments: readonly string[]): string {
  const document = new Document(content);
  for (const path of [["cluster", "workers"], ["tasks"], ["actions"], ["faults"], ["workload"], ["generate"]])
    flowItems(document.getIn(path) as Node | undefined);
  const head = comments.map((line) => `# ${line.replace(/[\r\n]+/g, " ")}\n`).join("");
  return head + document.toString({ lineWidth: 0 });
}

function flowItems(node: Node | undefined): void {
  if (isSeq(node)) for (const item of node.items) if (isMap(item)) item.flow = true;
}

/** A key a line on the first two levels, and an item of a list of maps a line. */
function jsonOf(value: unknown, depth = 0): string {
  const indent = "  ".repeat(depth + 1);
  const block = (open: string, lines: readonly string[], close: string) =>
    `${open}\n${lines.map((line) => indent + line).join(",\n")}\n${"  ".repeat(depth)}${close}`;
  if (Array.isArray(value) && value.length > 0 && typeof value[0] === "object")
    return block(
      "[",
      value.map((item) => JSON.stringify(item)),
      "]",
    );
  if (depth > 1 || typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return block(
    "{",
    entries.map(([key, inner]) => `${JSON.stringify(key)}: ${jsonOf(inner, depth + 1)}`),
    "}",
  );
}
