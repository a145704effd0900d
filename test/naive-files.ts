// Files in the naive simulator: what each worker has, what is on its way, and what the scheduler was told of that, in plain lists.
import { filesOf, rateBetween, STORE } from "../src/model/data.ts";
import { EntryKind, Reason } from "../src/model/trace.ts";
import type { World } from "../src/model/world.ts";
import { NaiveFairShares } from "./cluster/naive-fair-shares.ts";
import type { Attempt } from "./naive-workers.ts";
import type { Task } from "./naive-world.ts";

interface Copy {
  file: number;
  worker: number;
  isHere: boolean;
  isKept: boolean; // it never makes room
  transfer: { number: number; from: number } | undefined;
  isWanted: boolean; // nobody is there that has it
}

interface Host {
  world: World;
  now: () => number;
  enter: (kind: EntryKind, task: Task | undefined, worker: number, number: number, reason?: Reason) => void;
  attemptsOn: (worker: number) => Attempt[];
  /** All is there that an attempt has waited for. */
  gathered: (attempt: Attempt) => void;
  isPresent: (worker: number) => boolean;
}

/** Transfers that do not hinder each other: what is left of each as of `since`, µs. */
class NaiveLines {
  flows: { id: number; from: number; to: number; left: number; since: number }[] = [];
  readonly halted = new Set<number>();
  readonly isHalted = ({ from, to }: { from: number; to: number }) => this.halted.has(from) || this.halted.has(to);

  begin(now: number, id: number, from: number, to: number, left: number): void {
    this.flows.push({ id, from, to, left, since: now });
  }

  stop(_now: number, id: number): void {
    this.flows = this.flows.filter((flow) => flow.id !== id);
  }

  settle(now: number): void {
    for (const flow of this.flows) [flow.left, flow.since] = [this.isHalted(flow) ? flow.left : flow.left - (now - flow.since), now];
  }

  nextEnd(): number {
    return Math.min(Infinity, ...this.flows.filter((flow) => !this.isHalted(flow)).map(({ since, left }) => since + left));
  }

  ended(now: number): number[] {
    const over = this.flows.filter((flow) => !this.isHalted(flow) && flow.since + flow.left === now).map(({ id }) => id);
    this.flows = this.flows.filter(({ id }) => !over.includes(id));
    return over;
  }
}

export type NaiveFiles = ReturnType<typeof naiveFiles>;

export function naiveFiles({ world, now, enter, attemptsOn, gathered, isPresent }: Host) {
  const data = world.data!;
  const everyWorker = [...world.workers.names.keys()];
  const up = new Set(everyWorker.filter(isPresent));
  const frozen = new Set<number>();
  const inStore = new Set([...data.files.producer.keys()].filter((file) => data.files.producer[file] < 0));
  const isLocal = data.outputPlace === "local";
  const sizeOf = (file: number) => data.files.size[file];
  const links = [...everyWorker.flatMap((worker) => [data.bandwidth[worker], data.bandwidth[worker]]), data.store];
  const fair = new NaiveFairShares(links);
  const alone = new NaiveLines();
  let copies: Copy[] = []; // in the order in which they were expected
  let idle: Copy[] = []; // in the order in which they may make room
  let holders: Copy[] = []; // in the order in which they came
  const numbers: number[] = []; // of transfers that are over, to be used again, the last first
  let next = 0;
  let wanted: Copy[] = []; // in the order in which that came about

  const inputs = (task: Task) => [...filesOf(data.inputs, task.position)];
  const find = (file: number, worker: number) => copies.find((copy) => copy.file === file && copy.worker === worker);
  const readersOf = ({ file, worker }: Copy) =>
    attemptsOn(worker).filter((attempt) => attempt.isReading && inputs(attempt.task).includes(file));
  const sendsOf = (worker: number, file?: number) =>
    copies.filter(({ transfer, file: other }) => transfer?.from === worker && (file === undefined || file === other)).length;
  const isBusy = (copy: Copy) => readersOf(copy).length > 0 || sendsOf(copy.worker, copy.file) > 0;
  const cached = (worker: number) =>
    copies.filter((copy) => copy.worker === worker && copy.isHere && !copy.isKept).reduce((sum, { file }) => sum + sizeOf(file), 0);
  const isAwake = (worker: number) => up.has(worker) && !frozen.has(worker);

  function rests(copy: Copy): void {
    if (copy.isHere && !copy.isKept && !isBusy(copy) && !idle.includes(copy)) idle.push(copy);
    if (up.has(copy.worker)) makeRoom(copy.worker);
  }

  function makeRoom(worker: number): void {
    while (cached(worker) > data.kept[worker]) {
      const first = idle.find((copy) => copy.worker === worker);
      if (first === undefined) return;
      drop(first);
      enter(EntryKind.evicted, undefined, worker, first.file);
    }
  }

  function drop(copy: Copy): void {
    const others = (list: Copy[]) => list.filter((other) => other !== copy);
    [copies, idle, holders] = [others(copies), others(idle), others(holders)];
  }

  function expect(file: number, worker: number): Copy {
    const copy: Copy = { file, worker, isHere: false, isKept: false, transfer: undefined, isWanted: false };
    copies.push(copy);
    return copy;
  }

  function fetch(copy: Copy, reason: Reason = Reason.none): void {
    const { file, worker } = copy;
    const awake = holders.filter((each) => each.file === file && isAwake(each.worker)).map((each) => each.worker);
    const [best] = awake.sort((a, b) => sendsOf(a) - sendsOf(b) || a - b);
    const from = best ?? (inStore.has(file) ? STORE : undefined);
    copy.isWanted = from === undefined;
    if (from === undefined) {
      if (!wanted.includes(copy)) wanted.push(copy);
      return;
    }
    wanted = wanted.filter((other) => other !== copy);
    if (from !== STORE) enter(EntryKind.sending, undefined, from, file);
    enter(EntryKind.fetching, undefined, worker, file, reason);
    const rate = rateBetween(data, from, worker);
    if (sizeOf(file) === 0 || rate === Infinity) return fetched(copy);
    const number = numbers.pop() ?? next++;
    copy.transfer = { number, from };
    idle = idle.filter((each) => each.file !== file || each.worker !== from);
    if (data.sharing === "fair") fair.begin(now(), number, [from === STORE ? links.length - 1 : 2 * from, 2 * worker + 1], sizeOf(file));
    else alone.begin(now(), number, from, worker, Number((BigInt(sizeOf(file)) * 1_000_000n + BigInt(rate) - 1n) / BigInt(rate)));
  }

  /** Its transfer is no more. */
  function over(copy: Copy): void {
    const { number, from } = copy.transfer!;
    copy.transfer = undefined;
    numbers.push(number);
    const source = find(copy.file, from);
    if (source !== undefined) rests(source);
  }

  function halt(copy: Copy): void {
    if (data.sharing === "fair") fair.stop(now(), copy.transfer!.number);
    else alone.stop(now(), copy.transfer!.number);
    over(copy);
    if (up.has(copy.worker)) enter(EntryKind.fetchStopped, undefined, copy.worker, copy.file);
  }

  function fetched(copy: Copy): void {
    enter(EntryKind.fetched, undefined, copy.worker, copy.file);
    arrives(copy);
    isThere(copy.file);
  }

  function arrives(copy: Copy): void {
    copy.isHere = true;
    holders.push(copy);
    rests(copy);
    for (const attempt of readersOf(copy).sort((a, b) => a.askedAt - b.askedAt)) if (missing(attempt).length === 0) gathered(attempt);
  }

  function isThere(file: number): void {
    for (const copy of copies.filter((each) => each.file === file && each.isWanted).sort((a, b) => wanted.indexOf(a) - wanted.indexOf(b)))
      if (copy.isWanted && !copy.isHere) fetch(copy);
  }

  function giveUp(copy: Copy): void {
    if (copy.transfer !== undefined) halt(copy);
    drop(copy);
  }

  const missing = ({ task, worker }: Attempt) => inputs(task).filter((file) => find(file, worker)?.isHere !== true);
  let asked = 0;
  const pushed = new Set<Copy>();

  function put(file: number, worker: number, isKept: boolean): void {
    const copy = expect(file, worker);
    [copy.isKept, copy.isHere] = [isKept, true];
    holders.push(copy);
    rests(copy);
  }

  function down(worker: number): void {
    for (const copy of copies.filter((each) => each.worker === worker && !each.isHere)) giveUp(copy);
    const cut = copies.filter(({ transfer }) => transfer?.from === worker).sort((a, b) => a.transfer!.number - b.transfer!.number);
    for (const copy of cut) halt(copy);
    for (const copy of cut) {
      if (readersOf(copy).length === 0) giveUp(copy);
      else fetch(copy);
    }
  }

  function loseDisk(worker: number): void {
    for (const copy of copies.filter((each) => each.worker === worker)) drop(copy);
  }

  function offers(worker: number): void {
    if (!isAwake(worker)) return;
    for (const { file } of copies.filter((each) => each.worker === worker && each.isHere)) isThere(file);
  }

  function thawed(worker: number): void {
    if (!frozen.delete(worker)) return;
    alone.settle(now());
    alone.halted.delete(worker);
    for (const link of [2 * worker, 2 * worker + 1]) fair.resize(now(), link, links[link]);
    offers(worker);
  }

  for (const [file, workers] of data.files.copies) for (const worker of workers) if (up.has(worker)) put(file, worker, true);

  return {
    hasInputs: (task: Task) => inputs(task).length > 0,
    /** Says whether it has to wait. */
    reads(attempt: Attempt): boolean {
      attempt.isReading = true;
      attempt.askedAt = asked++;
      for (const file of inputs(attempt.task)) {
        const copy = find(file, attempt.worker) ?? expect(file, attempt.worker);
        idle = idle.filter((other) => other !== copy);
        if (!copy.isHere && copy.transfer === undefined && !copy.isWanted) fetch(copy);
      }
      return missing(attempt).length > 0;
    },
    isMissing: (attempt: Attempt) => missing(attempt).length > 0,
    /** It is on its worker no more. */
    left(attempt: Attempt): void {
      if (!attempt.isReading) return;
      attempt.isReading = false;
      for (const file of inputs(attempt.task)) {
        const copy = find(file, attempt.worker);
        if (copy === undefined) continue;
        if (copy.isHere) rests(copy);
        else if (readersOf(copy).length === 0 && !pushed.has(copy)) giveUp(copy);
      }
    },
    wrote({ task, worker }: Attempt): void {
      for (const file of filesOf(data.outputs, task.position)) {
        if (!isLocal) inStore.add(file);
        if (!up.has(worker)) {
          isThere(file);
          continue;
        }
        const copy = find(file, worker);
        if (copy === undefined) put(file, worker, isLocal);
        else if (copy.isHere) {
          copy.isKept ||= isLocal;
          if (copy.isKept) idle = idle.filter((other) => other !== copy);
        } else {
          copy.isKept = isLocal;
          if (copy.transfer !== undefined) halt(copy);
          copy.isWanted = false;
          arrives(copy);
        }
        isThere(file);
      }
    },
    push(file: number, worker: number): void {
      if (!isAwake(worker) || find(file, worker) !== undefined) return;
      const copy = expect(file, worker);
      pushed.add(copy);
      fetch(copy, Reason.push);
      if (copy.isWanted) giveUp(copy);
    },
    nextEnd: () => (data.sharing === "fair" ? fair.nextEnd() : alone.nextEnd()),
    transfersEnd(): void {
      const ended = data.sharing === "fair" ? fair.ended(now()) : alone.ended(now()).sort((a, b) => a - b);
      for (const number of ended) {
        const copy = copies.find(({ transfer }) => transfer?.number === number)!;
        over(copy);
        fetched(copy);
      }
    },
    froze(worker: number): void {
      if (frozen.has(worker)) return;
      alone.settle(now());
      frozen.add(worker);
      alone.halted.add(worker);
      for (const link of [2 * worker, 2 * worker + 1]) fair.resize(now(), link, 0);
    },
    thawed,
    up(worker: number): void {
      up.add(worker);
      makeRoom(worker);
      offers(worker);
    },
    falls: (worker: number) => up.delete(worker),
    down,
    loseDisk,
    joins(worker: number): void {
      loseDisk(worker);
      for (const [file, workers] of data.files.copies) if (workers.includes(worker)) put(file, worker, true);
      up.add(worker);
      makeRoom(worker);
      offers(worker);
    },
    goes(worker: number): void {
      up.delete(worker);
      down(worker);
      thawed(worker);
      loseDisk(worker);
    },
  };
}
