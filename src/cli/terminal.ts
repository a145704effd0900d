// The two streams of the process: results to stdout, all else to stderr; colours only where a person reads them.
import type { WriteStream } from "node:tty";
import { styleText } from "node:util";
import { formatFaults } from "../files/fault-text.ts";
import { type Fault, InputError, type MakespanError } from "../model/errors.ts";

export type Style = Parameters<typeof styleText>[0];

/** A stream, as far as it is used here. */
export type Output = Pick<WriteStream, "write"> & Partial<Pick<WriteStream, "isTTY" | "columns">>;

export class Terminal {
  readonly #stdout: Output;
  readonly #stderr: Output;
  readonly #colours: boolean;
  /** Whether stdout has a result already. */
  #answered = false;
  /** Takes away what progress shows, before anything else is written. */
  clearProgress: () => void = () => {};

  constructor(stdout: Output, stderr: Output, environment: Readonly<Record<string, string | undefined>>) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#colours = (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb";
  }

  /** The result: whole lines, or one JSON document. */
  result(text: string): void {
    this.clearProgress();
    this.#answered ||= text !== "";
    this.#stdout.write(text);
  }

  /** A remark that is no result, as a line of its own. */
  note(text: string): void {
    this.clearProgress();
    this.#stderr.write(`${text}\n`);
  }

  /** Something that the user should know of, though all goes on. */
  warn(text: string): void {
    this.note(`${this.styleError("yellow", "warning:")} ${text}`);
  }

  /** Text that is whole lines already. */
  error(text: string): void {
    this.clearProgress();
    this.#stderr.write(text);
  }

  /** Says what went wrong to the person; and to a program that still waits for its one document. */
  failure(error: MakespanError, json: boolean): void {
    const faults = error instanceof InputError ? error.faults : [{ message: error.message }];
    this.error(formatFaults(faults));
    if (json) this.resultOfFailure(error.exitCode, faults);
  }

  /** The one document of a program that waits for it, if it has none yet. */
  resultOfFailure(exitCode: number, faults: readonly Fault[]): void {
    if (this.#answered) return;
    const described = faults.map(({ message, position }) => ({
      message,
      ...(position && { file: position.file, line: position.line, column: position.column }),
    }));
    this.result(`${JSON.stringify({ error: { exit_code: exitCode, faults: described } }, undefined, 2)}\n`);
  }

  /** Styles text for stdout. */
  style(style: Style, text: string): string {
    return this.#styled(style, text, this.#stdout);
  }

  /** Styles text for stderr. */
  styleError(style: Style, text: string): string {
    return this.#styled(style, text, this.#stderr);
  }

  /** Where progress may be drawn, if a person watches. */
  get progressStream(): Output | undefined {
    return this.#stderr.isTTY === true ? this.#stderr : undefined;
  }

  #styled(style: Style, text: string, stream: Output): string {
    return this.#colours && stream.isTTY === true ? styleText(style, text, { validateStream: false }) : text;
  }
}
