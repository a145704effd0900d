// What a user's function is given: virtual time, chance and the results that it builds on. And the attempt behind it.
import { draw, hashTextInto, type StreamKey } from "../engine/random.ts";
import type { GuardedContext } from "../files/async-guard.ts";
import { durationOf, secondsOf, type TimeInput } from "../library/seconds.ts";
import type { PolicyError } from "../model/errors.ts";
import type { Duration, Time } from "../model/units.ts";

/** The world as one attempt of a task sees it. Once the attempt has ended, all of it but the names throws. */
export interface TaskContext {
  /** The task's id. */
  readonly id: string;
  /** From 1 on. */
  readonly attempt: number;
  /** The worker that it runs on: w-1, w-2, … */
  readonly worker: string;
  /** Virtual time, seconds. */
  readonly now: number;
  /** What the tasks that this one depends on returned, by their ids. */
  readonly results: ReadonlyMap<string, unknown>;
  /** Waits for so much virtual time: seconds, or a text such as "90s", "200ms" or "2h". Takes no time on the wall. */
  sleep(duration: TimeInput): Promise<void>;
  /** Takes text that is kept with the attempt: as it is, without a line break of its own. */
  readonly stdout: TextOutput;
  /** The same beside it. */
  readonly stderr: TextOutput;
  /** The next uniform number in [0, 1) of this attempt: the same in every run with the same seed, whatever else runs. */
  random(): number;
}

/** Where a function writes text to. */
export interface TextOutput {
  write(text: string): void;
}

/** What an attempt wrote. */
export interface AttemptOutput {
  /** From 1 on. */
  readonly attempt: number;
  readonly worker: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** What an attempt needs of the run. */
export interface AttemptHost {
  readonly now: Time;
  /** What the functions' random numbers are drawn with. */
  readonly key: StreamKey;
  /** Resolves the wait when so much virtual time has passed. */
  sleep(attempt: Attempt, duration: Duration): Promise<void>;
  /** A function asked for the host's chance, clock or timers. */
  refused(error: PolicyError): void;
}

const hash = new Int32Array(2);

/** One attempt of a function. */
export class Attempt implements GuardedContext {
  /** Waits on the context that have not been resolved. */
  waits = 0;
  /** The function has returned or thrown, or its time limit has ended the attempt. */
  over = false;
  /** It ends no earlier than that, µs; Infinity: its time limit comes first. */
  holdUntil: Time = 0;
  readonly context: TaskContext;
  readonly output: { -readonly [Key in keyof AttemptOutput]: AttemptOutput[Key] };
  readonly #host: AttemptHost;
  #drawn = 0;

  constructor(
    host: AttemptHost,
    readonly task: number,
    readonly number: number,
    names: Pick<TaskContext, "id" | "worker" | "results">,
  ) {
    this.#host = host;
    const open = <Value>(value: () => Value): Value => {
      this.#requireOpen();
      return value();
    };
    this.output = { attempt: number, worker: names.worker, stdout: "", stderr: "" };
    const writer = (stream: "stdout" | "stderr"): TextOutput =>
      Object.freeze({
        write: (text: string) => {
          if (typeof text !== "string") throw new TypeError(`ctx.${stream}.write takes text, not ${typeof text}`);
          open(() => (this.output[stream] += text));
        },
      });
    this.context = Object.freeze({
      id: names.id,
      attempt: number,
      worker: names.worker,
      get now() {
        return open(() => secondsOf(host.now));
      },
      get results() {
        return open(() => names.results);
      },
      stdout: writer("stdout"),
      stderr: writer("stderr"),
      sleep: (duration: TimeInput) => open(() => host.sleep(this, durationOf(duration, "ctx.sleep:"))),
      random: () => open(() => this.#random(names.id)),
    });
  }

  refused(error: PolicyError): void {
    this.#host.refused(error);
  }

  #random(id: string): number {
    hashTextInto(id, hash, 0);
    return draw(this.#host.key, hash[0] as number, hash[1] as number, this.number, this.#drawn++);
  }

  #requireOpen(): void {
    if (this.over) throw new Error(`attempt ${this.number} of task "${this.context.id}" has ended: its ctx is no longer of use`);
  }
}
