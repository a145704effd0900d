// How many cases a property suite tries: MAKESPAN_FUZZ_RUNS multiplies them all, MAKESPAN_FUZZ_SEED draws other ones.

const TIMES = process.env["MAKESPAN_FUZZ_RUNS"];

/** The number of runs, times what the environment asks for. */
export function runs(usual: number): number {
  return Math.ceil(usual * Number(TIMES ?? 1));
}

/** The same for what is tried under each policy, and so takes longest: only a part of them where the environment asks for nothing. */
export function runsOfEach(usual: number, part = 1 / 3): number {
  return TIMES === undefined ? Math.ceil(usual * part) : runs(usual);
}

/** The seed of a suite: the same every time, unless the environment sets another. For each name, other cases. */
export function seed(usual: number, name = ""): number {
  const others = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 0);
  return usual + 1000 * others + Number(process.env["MAKESPAN_FUZZ_SEED"] ?? 0);
}
