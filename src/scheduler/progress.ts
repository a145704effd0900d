// How far running attempts are, as the scheduler believes: by how long they ran, at the declared speeds of their workers.
import { withRoom } from "../model/columns.ts";
import { type Duration, type Time, workIn } from "../model/units.ts";

const STOPPED = -1;

export class Progress {
  /** When each attempt was started or continued; STOPPED while it does not run. */
  #since = new Float64Array(0);
  /** Work that the present attempt did before, µs at speed 1. */
  #done = new Float64Array(0);

  /** Takes in the tasks up to `count`. */
  grow(count: number): void {
    const known = this.#since.length;
    if (count <= known) return;
    this.#since = withRoom(this.#since, count).fill(STOPPED, known);
    this.#done = withRoom(this.#done, count);
  }

  /** An attempt begins or goes on. */
  runs(task: number, now: Time): void {
    this.#since[task] = now;
  }

  /** It is suspended. */
  pauses(task: number, now: Time, speed: number): void {
    this.#done[task] = this.done(task, now, speed);
    this.#since[task] = STOPPED;
  }

  /** It has ended, whichever way. */
  ends(task: number): void {
    this.#since[task] = STOPPED;
    this.#done[task] = 0;
  }

  /** Since when it runs, µs. */
  since(task: number): Time {
    return this.#since[task] as number;
  }

  /** Work done, µs at a speed of one. */
  done(task: number, now: Time, speed: number): Duration {
    const since = this.#since[task] as number;
    return (this.#done[task] as number) + (since === STOPPED ? 0 : workIn(now - since, speed));
  }
}
