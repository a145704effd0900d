// Progress on a terminal: a bar, the runs done of all, and the time left; one line that is drawn over and taken away at the end.
import type { Output, Terminal } from "./terminal.ts";

/** Least time between two drawings, ms. */
const PERIOD = 100;
const BAR_WIDTH = 24;
/** Of a terminal that does not know its width. */
const DEFAULT_COLUMNS = 80;

export class Progress {
  readonly #stream: Output | undefined;
  readonly #now: () => number;
  readonly #startedAt: number;
  #drawnAt: number;
  #width = 0;

  /** `now` gives milliseconds. Draws nothing for the first moments, or where nobody watches. */
  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#stream = terminal.progressStream;
    this.#now = now;
    this.#startedAt = now();
    this.#drawnAt = this.#startedAt;
    terminal.clearProgress = () => this.#clear();
  }

  update(done: number, total: number): void {
    const now = this.#now();
    if (this.#stream === undefined || now - this.#drawnAt < PERIOD) return;
    this.#drawnAt = now;
    const filled = Math.round((done / total) * BAR_WIDTH);
    const left = done === 0 ? "" : `, ${timeText(((now - this.#startedAt) / done) * (total - done))} left`;
    const line = `[${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}] ${done}/${total} runs${left}`.slice(
      0,
      (this.#stream.columns || DEFAULT_COLUMNS) - 1,
    );
    this.#stream.write(`\r${line.padEnd(this.#width)}`);
    this.#width = line.length;
  }

  #clear(): void {
    if (this.#width > 0) this.#stream?.write(`\r${" ".repeat(this.#width)}\r`);
    this.#width = 0;
  }
}

/** Milliseconds as a person says them: `12 s`, `3 min 05 s`, `2 h 10 min`. */
function timeText(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
