// How far running attempts are, as the scheduler believes: by how long they ran, at the declared speeds of their workers, since they
// began, or since their workers told last how much they had done.
import { withRoom } from "../model/columns.ts";
import { type Duration, type Time, workIn } from "../model/units.ts";

const STOPPED = -1;

export class Progress {
  /** When each attempt was started or continued; STOPPED while it does not run. */
  #since = new Float64Array(0);
  /** Work that the present attempt did before `#from`, µs at speed 1; what it did later follows from how long it has run since then. */
  #done = new Float64Array(0);
  #from = new Float64Array(0);
  /** When attempts ran that were suspended, as far as a worker may tell of then later; undefined where workers tell nothing. */
  readonly #stretches: Map<number, { from: Time; to: Time }[]> | undefined;

  /** `told`: workers tell how much has been done. */
  constructor(told: boolean) {
    this.#stretches = told ? new Map() : undefined;
  }

  /** Takes in the tasks up to `count`. */
  grow(count: number): void {
    const known = this.#since.length;
    if (count <= known) return;
    this.#since = withRoom(this.#since, count).fill(STOPPED, known);
    this.#done = withRoom(this.#done, count);
    this.#from = withRoom(this.#from, count);
  }

  /** An attempt begins or goes on. */
  runs(task: number, now: Time): void {
    this.#since[task] = now;
    this.#from[task] = now;
  }

  /** It is suspended. */
  pauses(task: number, now: Time, speed: number): void {
    this.#done[task] = this.done(task, now, speed);
    if (this.#stretches !== undefined) {
      const before = this.#stretches.get(task) ?? [];
      this.#stretches.set(task, [...before, { from: this.#from[task] as number, to: now }]);
    }
    this.#since[task] = STOPPED;
  }

  /** Its worker has told that so much work was done at a time: what it is believed to have run since then comes on top. */
  told(task: number, sent: Time, done: Duration, speed: number): void {
    const since = this.#since[task] as number;
    const later = (this.#stretches?.get(task) ?? []).filter(({ to }) => to > sent);
    this.#stretches?.set(task, later);
    this.#done[task] = later.reduce((sum, { from, to }) => sum + workIn(to - Math.max(from, sent), speed), done);
    if (since !== STOPPED) this.#from[task] = Math.max(since, sent);
  }

  /** An attempt that is about to run need not do that much again. */
  startsWith(task: number, done: Duration): void {
    this.#done[task] = done;
  }

  /** It has ended, whichever way. */
  ends(task: number): void {
    this.#since[task] = STOPPED;
    this.#done[task] = 0;
    this.#stretches?.delete(task);
  }

  /** Since when it runs, µs. */
  since(task: number): Time {
    return this.#since[task] as number;
  }

  /** Work done, µs at a speed of one. */
  done(task: number, now: Time, speed: number): Duration {
    const isRunning = this.#since[task] !== STOPPED;
    return (this.#done[task] as number) + (isRunning ? workIn(now - (this.#from[task] as number), speed) : 0);
  }
}
