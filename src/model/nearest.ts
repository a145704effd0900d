// "Did you mean": the nearest known name to one that is not known.

/** Enough names to find what was meant, without looking at millions. */
const MOST_NAMES = 10_000;

/**
 * The known name within `most` edits, or undefined; default: a third of the text's length (2 at least, 1 for a text below five
 * letters). Case is ignored, and a name with no letter in common is not near.
 */
export function nearest(text: string, known: Iterable<string>, most = mostEdits(text)): string | undefined {
  const wanted = text.toLowerCase();
  let best: string | undefined;
  let least = most + 1;
  let looked = 0;
  for (const name of known) {
    if (++looked > MOST_NAMES) break;
    const edits = distance(wanted, name.toLowerCase(), least);
    if (edits < least && edits < Math.max(text.length, name.length)) {
      least = edits;
      best = name;
    }
  }
  return best;
}

function mostEdits({ length }: string): number {
  return length < 5 ? 1 : Math.max(2, Math.floor(length / 3));
}

/** `; did you mean "x"?`, or nothing. */
export function didYouMean(text: string, known: Iterable<string>): string {
  const name = nearest(text, known);
  return name === undefined ? "" : `; did you mean "${name}"?`;
}

/** Most texts for which the nearest name is looked for: more faults are not printed. */
const MOST_HINTS = 20;

/** `didYouMean` for many texts and one set of names: each text is looked up once, and only the first few, for each costs a look at every name. */
export class Hints {
  readonly #known: () => Iterable<string>;
  readonly #hints = new Map<string, string>();

  constructor(known: () => Iterable<string>) {
    this.#known = known;
  }

  of(text: string): string {
    let hint = this.#hints.get(text);
    if (hint === undefined) {
      if (this.#hints.size >= MOST_HINTS) return "";
      hint = didYouMean(text, this.#known());
      this.#hints.set(text, hint);
    }
    return hint;
  }
}

/** Edits (insert, delete, replace, swap neighbours: Damerau's optimal string alignment) between two texts, given up at `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let fewest = i;
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let edits = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (beforeLast[j - 2] as number) + 1);
      }
      row.push(edits);
      if (edits < fewest) fewest = edits;
    }
    if (fewest >= limit) return limit; // no row below can have less: a swap takes from the row before, and adds one
    beforeLast = last;
    last = row;
  }
  return last[b.length] as number;
}
