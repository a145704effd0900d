// Faults as text for a person: where, what, the line of the source and a caret. No colour, no control characters.
import { type Fault, moreFaults, type Position, printedFaults } from "../model/errors.ts";

/** Most characters of a source line that are shown around the caret. */
const WINDOW = 120;

/**
 * The faults as they are printed, in their order, each ending in a newline:
 * ```
 * bad.yaml:6:11: error: policy "critcal-path" is not known; did you mean "critical-path"?
 *   6 |   policy: critcal-path
 *     |           ^
 * ```
 * A fault that stands nowhere in a file is one line, `error: …`. At most 20 are printed, the certain ones first of all; how many more there
 * are comes last.
 */
export function formatFaults(faults: readonly Fault[]): string {
  const { printed, more } = printedFaults(faults);
  return [...printed.map(formatFault), ...(more > 0 ? [`${moreFaults(more)}\n`] : [])].join("");
}

function formatFault({ message, position }: Fault): string {
  if (position === undefined) return `error: ${printable(message)}\n`;
  const { file, line, column } = position;
  return `${printable(file)}:${line}:${column}: error: ${printable(message)}\n${excerpt(position)}`;
}

function excerpt({ line, column, text }: Position): string {
  if (text === undefined || text.trim() === "") return "";
  const from = Math.max(0, Math.min(column - 1 - WINDOW / 2, text.length - WINDOW));
  const shown = text.slice(from, from + WINDOW);
  const before = from > 0 ? "…" : "";
  const after = from + WINDOW < text.length ? "…" : "";
  const lead = before + printable(shown.slice(0, column - 1 - from));
  const gutter = " ".repeat(String(line).length);
  const source = lead + printable(shown.slice(column - 1 - from)) + after;
  return `  ${line} | ${source}\n  ${gutter} | ${lead.replace(/[^\t]/gu, " ")}^\n`;
}

/** The text without what would move or colour a terminal; tabs stay. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}
