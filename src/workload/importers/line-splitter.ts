// Cuts chunks of text into lines, whatever the chunks' borders.

/** Calls back for each line, without its end (LF or CRLF), numbered from 1. Holds no more than one line. */
export class LineSplitter {
  readonly #each: (line: string, number: number) => void;
  #rest = "";
  #number = 0;

  constructor(each: (line: string, number: number) => void) {
    this.#each = each;
  }

  write(chunk: string): void {
    let start = 0;
    let end = chunk.indexOf("\n");
    if (end < 0) {
      this.#rest += chunk;
      return;
    }
    if (this.#rest !== "") {
      this.#emit(this.#rest + chunk.slice(0, end));
      this.#rest = "";
      start = end + 1;
      end = chunk.indexOf("\n", start);
    }
    for (; end >= 0; end = chunk.indexOf("\n", start)) {
      this.#emit(chunk.slice(start, end));
      start = end + 1;
    }
    this.#rest = chunk.slice(start);
  }

  /** The last line, where the text does not end with a line's end. */
  finish(): void {
    if (this.#rest !== "") this.#emit(this.#rest);
    this.#rest = "";
  }

  #emit(line: string): void {
    this.#number += 1;
    const bare = line.endsWith("\r") ? line.slice(0, -1) : line;
    this.#each(this.#number === 1 && bare.startsWith("\uFEFF") ? bare.slice(1) : bare, this.#number);
  }
}
