// What a worker's clock shows in the naive simulator: all that it has run at each rate, added up anew each time.

export function naiveClock() {
  const turns: { time: number; rate: number }[] = []; // from then on it runs so many millionths of a µs in each µs

  function reading(at: number): number {
    let shown = 0n;
    let [since, rate] = [0, 1_000_000];
    for (const turn of [...turns.filter(({ time }) => time <= at), { time: at, rate: 0 }]) {
      shown += BigInt(turn.time - since) * BigInt(rate);
      ({ time: since, rate } = turn);
    }
    return Number(shown / 1_000_000n);
  }

  return {
    reading,
    turn: (time: number, rate: number) => turns.push({ time, rate }),
    /** When it first shows so much, if it goes on as it does: looked for between a time at which it does not and the end of all time. */
    when(wanted: number): number {
      if (turns.length === 0 || wanted === Infinity) return wanted;
      let [before, by] = [-1, Number.MAX_SAFE_INTEGER];
      if (reading(by) < wanted) return Infinity;
      while (by - before > 1) {
        const middle = Math.floor((before + by) / 2);
        if (reading(middle) < wanted) before = middle;
        else by = middle;
      }
      return by;
    },
  };
}
