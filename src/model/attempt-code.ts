// An attempt of the run as one number, for maps and sets that many go through.

/** Above every attempt's number: a task has a million at most. */
const ATTEMPTS = 2 ** 21;

export function attemptCode(task: number, attempt: number): number {
  return task * ATTEMPTS + attempt;
}
