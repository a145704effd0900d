// Cuts CSV text into records and cells (RFC 4180: quoted cells may hold commas, doubled quotes and line ends), chunk by chunk.
import { LineSplitter } from "./line-splitter.ts";

/** One record. The object is used again for the next. */
export interface CsvRecord {
  cells: string[];
  /** The number of its first line, from 1. */
  line: number;
  /** Its first line. */
  text: string;
  /** The column, from 1, at which a cell begins; 1 for cells on later lines of the record. */
  columnOf(cell: number): number;
}

/** Most lines of one record: a quote that is never closed must not swallow the file. */
const MOST_LINES = 100;

type OnFault = (message: string, line: number, column: number, text: string) => void;

/** Calls back for each record that is not an empty line. */
export class CsvSplitter {
  readonly #onRecord: (record: CsvRecord) => void;
  readonly #onFault: OnFault;
  readonly #lines = new LineSplitter((line, number) => this.#line(line, number));
  #open: { text: string; line: number } | undefined;

  constructor(onRecord: (record: CsvRecord) => void, onFault: OnFault) {
    this.#onRecord = onRecord;
    this.#onFault = onFault;
  }

  write(chunk: string): void {
    this.#lines.write(chunk);
  }

  finish(): void {
    this.#lines.finish();
    if (this.#open !== undefined) this.#unclosed(this.#open.text, this.#open.line);
  }

  #unclosed(text: string, line: number): void {
    const firstLine = text.split("\n", 1)[0] as string;
    this.#onFault("a quoted cell does not end", line, firstLine.lastIndexOf('"') + 1, firstLine);
  }

  #line(line: string, number: number): void {
    if (this.#open === undefined && !line.includes('"')) {
      if (line !== "") this.#emit(line.split(","), number, line, undefined);
      return;
    }
    const text = this.#open === undefined ? line : `${this.#open.text}\n${line}`;
    const first = this.#open?.line ?? number;
    const parsed = quotedCells(text);
    if (parsed === undefined && number - first >= MOST_LINES) {
      this.#unclosed(text, first);
      this.#open = undefined;
      return;
    }
    this.#open = parsed === undefined ? { text, line: first } : undefined;
    if (parsed === undefined) return;
    const firstLine = text.split("\n", 1)[0] as string;
    for (const at of parsed.stray) this.#onFault("text follows the closing quote of a cell", first, at + 1, firstLine);
    this.#emit(parsed.cells, first, firstLine, parsed.starts);
  }

  #emit(cells: string[], line: number, text: string, starts: number[] | undefined): void {
    this.#onRecord({ cells, line, text, columnOf: (cell) => columnOf(cells, starts, text, cell) });
  }
}

const QUOTE = 34;

/** The cells of a record with quotes, where each begins, and where text follows a closing quote; undefined while a quote is open at its end. */
function quotedCells(text: string): { cells: string[]; starts: number[]; stray: number[] } | undefined {
  const cells: string[] = [];
  const starts: number[] = [];
  const stray: number[] = [];
  for (let at = 0; at <= text.length; at++) {
    starts.push(at);
    const quoted = text.charCodeAt(at) === QUOTE;
    const close = quoted ? closingQuote(text, at + 1) : at - 1;
    if (quoted && close < 0) return undefined;
    const comma = text.indexOf(",", close + 1);
    const end = comma < 0 ? text.length : comma;
    if (quoted && end > close + 1) stray.push(close + 1);
    cells.push(quoted ? text.slice(at + 1, close).replaceAll('""', '"') : text.slice(at, end));
    at = end;
  }
  return { cells, starts, stray };
}

/** The position of the quote that ends a cell, doubled ones passed over; −1 where there is none. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 2)) {
    if (text.charCodeAt(at + 1) !== QUOTE) return at;
  }
  return -1;
}

function columnOf(cells: readonly string[], starts: readonly number[] | undefined, text: string, cell: number): number {
  if (starts !== undefined) return (starts[cell] as number) <= text.length ? (starts[cell] as number) + 1 : 1;
  let column = 1;
  for (let i = 0; i < cell; i++) column += (cells[i] as string).length + 1;
  return column;
}
