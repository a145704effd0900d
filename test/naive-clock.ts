// What a worker's clock shows in the naive simulator: what it has run at each rate, added up exactly.

export function naiveClock() {
  // From each time on it runs so many millionths of a µs in each µs, and had shown so many millionths by then.
  const turns: { time: number; rate: number; shown: bigint }[] = [{ time: 0, rate: 1_000_000, shown: 0n }];

  let known = new Map<number, number>(); // what was looked for since the last turn: it is asked for again and again

  function shownAt(at: number): bigint {
    const { time, rate, shown } = turns.findLast((turn) => turn.time <= at) ?? turns[0];
    return shown + BigInt(at - time) * BigInt(rate);
  }

  const reading = (at: number): number => Number(shownAt(at) / 1_000_000n);

  return {
    reading,
    turn(time: number, rate: number): void {
      turns.push({ time, rate, shown: shownAt(time) });
      known = new Map();
    },
    /** When it first shows so much, if it goes on as it does: looked for between a time at which it does not and the end of all time. */
    when(wanted: number): number {
      if (turns.length === 1 || wanted === Infinity) return wanted;
      const found = known.get(wanted);
      if (found !== undefined) return found;
      let [before, by] = [-1, Number.MAX_SAFE_INTEGER];
      if (reading(by) < wanted) return Infinity;
      while (by - before > 1) {
        const middle = Math.floor((before + by) / 2);
        if (reading(middle) < wanted) before = middle;
        else by = middle;
      }
      known.set(wanted, by);
      return by;
    },
  };
}
