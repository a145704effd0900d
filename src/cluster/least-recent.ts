// What may be dropped, in the order in which it came to that: a list from which anything can be taken out.

/** Its neighbours in the list; it is in none where `isListed` is false. */
export interface Listed<T> {
  isListed: boolean;
  before: T | undefined;
  after: T | undefined;
}

export class LeastRecent<T extends Listed<T>> {
  first: T | undefined;
  #last: T | undefined;

  /** Appends it, unless it is in already. */
  add(item: T): void {
    if (item.isListed) return;
    item.isListed = true;
    item.before = this.#last;
    if (this.#last === undefined) this.first = item;
    else this.#last.after = item;
    this.#last = item;
  }

  /** Takes it out, if it is in. */
  remove(item: T): void {
    if (!item.isListed) return;
    const { before, after } = item;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    item.isListed = false;
    item.before = undefined;
    item.after = undefined;
  }
}
