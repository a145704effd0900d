// Values as the library is given them, as a text would say them: undefined is absent, and what is no plain value is told.
import type { Path } from "./document.ts";

/** Levels of a scenario below which nothing of it stands. */
const DEPTH = 10;

/** What is neither a plain value, a list nor an object with keys, such as a Map, and where it stands. */
export interface Foreign {
  path: Path;
  what: string;
}

/** The value without keys that are undefined; the same object where there are none. Foreign values are added to those found. */
export function plainValue(value: unknown, foreign: Foreign[], path: Path = []): unknown {
  if (typeof value !== "object" || value === null || path.length > DEPTH) return value;
  if (Array.isArray(value)) {
    const items = Array.from(value, (item: unknown, i) => plainValue(item, foreign, [...path, i]));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag !== "Object") {
    foreign.push({ path, what: tag });
    return value;
  }
  let isSame = true;
  const entries = Object.entries(value).flatMap(([key, item]) => {
    const plain = plainValue(item, foreign, [...path, key]);
    isSame &&= plain === item && plain !== undefined;
    return plain === undefined ? [] : [[key, plain] as const];
  });
  return isSame ? value : Object.fromEntries(entries);
}
