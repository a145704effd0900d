// What the process ends with, for scripts: each code and when it is given.

export const ExitCode = {
  ok: 0,
  checkFailed: 1,
  badInput: 2,
  policyError: 3,
  nonDeterminism: 4,
  budget: 5,
  internal: 70,
  interrupted: 130,
} as const;

/** In the order of --help. */
export const EXIT_CODES: readonly (readonly [code: number, meaning: string])[] = [
  [ExitCode.ok, "all went well (tasks of a scenario may have failed: that is a result)"],
  [ExitCode.checkFailed, "a check failed: an expectation, or the search of answers"],
  [ExitCode.badInput, "bad input or usage"],
  [ExitCode.policyError, "a policy broke the rules"],
  [ExitCode.nonDeterminism, "two runs of the same scenario and seed differ"],
  [ExitCode.budget, "a budget ran out, or the run came to a standstill"],
  [ExitCode.internal, "a bug of Makespan itself"],
  [ExitCode.interrupted, "interrupted; what was finished is kept, and marked as partial"],
];

/** The table, indented, as the last part of --help. */
export function exitCodeTable(): string {
  return ["Exit codes:", ...EXIT_CODES.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`)].join("\n");
}
