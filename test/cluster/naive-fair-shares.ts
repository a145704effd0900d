// Bandwidth shared max-min, the slow and obvious way: all rates anew by progressive filling, all flows moved on at every step, in BigInt.

interface Flow {
  id: number;
  path: readonly number[];
  /** Millionths of a byte. */
  size: bigint;
  moved: bigint;
}

const MILLION = 1_000_000n;
const LAST = BigInt(Number.MAX_SAFE_INTEGER);

export class NaiveFairShares {
  now = 0n;
  flows: Flow[] = [];
  readonly capacities: number[];

  constructor(capacities: readonly number[]) {
    this.capacities = [...capacities];
  }

  begin(now: number, id: number, path: readonly number[], bytes: number): void {
    this.goTo(now);
    this.flows.push({ id, path, size: BigInt(bytes) * MILLION, moved: 0n });
  }

  stop(now: number, id: number): number {
    this.goTo(now);
    const { size, moved } = this.flows.find((flow) => flow.id === id) as Flow;
    this.flows = this.flows.filter((flow) => flow.id !== id);
    return moved >= size ? 0 : Number(quotientUp(size - moved, MILLION));
  }

  resize(now: number, link: number, capacity: number): void {
    this.goTo(now);
    this.capacities[link] = capacity;
  }

  rateOf(id: number): number {
    const rate = this.rates().get(id);
    return rate === undefined ? Infinity : Number(rate);
  }

  nextEnd(): number {
    const rates = this.rates();
    const ends = this.flows.flatMap(({ id, size, moved }) => {
      const rate = rates.get(id);
      if (rate === undefined || moved >= size) return [this.now];
      return rate === 0n ? [] : [this.now + quotientUp(size - moved, rate)].filter((end) => end <= LAST);
    });
    return ends.length === 0 ? Infinity : Number(ends.reduce((least, end) => (end < least ? end : least)));
  }

  ended(now: number): number[] {
    this.goTo(now);
    const rates = this.rates();
    const over = this.flows.filter(({ id, size, moved }) => moved >= size || !rates.has(id));
    this.flows = this.flows.filter((flow) => !over.includes(flow));
    return over.map(({ id }) => id).sort((a, b) => a - b);
  }

  goTo(now: number): void {
    const rates = this.rates();
    const elapsed = BigInt(now) - this.now;
    for (const flow of this.flows) flow.moved += (rates.get(flow.id) ?? 0n) * elapsed;
    this.now = BigInt(now);
  }

  /** Bytes per second by flow; none for those that nothing limits. */
  rates(): Map<number, bigint> {
    const rates = new Map<number, bigint>();
    const links = [...this.capacities.keys()].filter((link) => this.capacities[link] !== Infinity);
    for (;;) {
      let least: { share: bigint; unfixed: Flow[] } | undefined;
      for (const link of links) {
        const onIt = this.flows.filter(({ path }) => path.includes(link));
        const unfixed = onIt.filter(({ id }) => !rates.has(id));
        if (unfixed.length === 0) continue;
        const left = onIt.reduce((rest, { id }) => rest - (rates.get(id) ?? 0n), BigInt(this.capacities[link] as number));
        const share = left / BigInt(unfixed.length);
        if (least === undefined || share < least.share) least = { share, unfixed };
      }
      if (least === undefined) return rates;
      for (const { id } of least.unfixed) rates.set(id, least.share);
    }
  }
}

function quotientUp(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
