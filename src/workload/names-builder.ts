// Collects the ids of tasks, and finds them again. Ids that count up (t1, t2, …) are kept as a prefix and a number.
import { joinNames, listedNames, type Names, numberedNames } from "../model/columns.ts";

/** Ids in order of position; `find` gives the position of one. Built for millions: numbered ids cost no memory at all. */
export class NamesBuilder {
  count = 0;
  #prefix: string | undefined;
  #numbered = 0;
  readonly #list: string[] = [];
  #positions: Map<string, number> | undefined;

  push(id: string): void {
    if (this.count === 0 && id.endsWith("1")) this.#prefix = id.slice(0, -1);
    if (this.#numbered === this.count && this.#prefix !== undefined && id === this.#prefix + (this.count + 1)) {
      this.#numbered += 1;
    } else {
      const own = ownText(id);
      this.#list.push(own);
      this.#positions?.set(own, this.count);
    }
    this.count += 1;
  }

  /** Position of an id pushed so far, or −1; of an id pushed twice the last. */
  find(id: string): number {
    if (this.#prefix !== undefined) {
      const number = numberBehind(this.#prefix, id);
      if (number >= 1 && number <= this.#numbered) return number - 1;
    }
    if (this.#list.length === 0) return -1;
    if (this.#positions === undefined) {
      this.#positions = new Map();
      for (const [index, listed] of this.#list.entries()) this.#positions.set(listed, this.#numbered + index);
    }
    return this.#positions.get(id) ?? -1;
  }

  finish(): Names {
    const parts: Names[] = [];
    if (this.#numbered > 0) parts.push(numberedNames(this.#prefix as string, this.#numbered));
    if (this.#list.length > 0) parts.push(listedNames(this.#list));
    return joinNames(parts);
  }
}

/** The number that an id has behind a prefix, written without leading zeros; 0 where it has none. */
export function numberBehind(prefix: string, id: string): number {
  if (id.length === prefix.length || id.length > prefix.length + 9 || !id.startsWith(prefix)) return 0;
  let number = 0;
  for (let i = prefix.length; i < id.length; i++) {
    const digit = id.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9 || (digit === 0 && i === prefix.length)) return 0;
    number = number * 10 + digit;
  }
  return number;
}

/** A copy of its own: a part cut out of a long text would keep the whole of it in memory. */
export function ownText(text: string): string {
  return text.length < 13 ? text : ` ${text}`.slice(1);
}
