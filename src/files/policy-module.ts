// A user's module, TypeScript or JavaScript, evaluated afresh each time: nothing that one run leaves in it reaches another.
import { createRequire } from "node:module";
import { sep } from "node:path";
import type { Jiti } from "jiti";
import { formatSeconds, parseBytes, parseDuration, SECOND } from "../model/units.ts";
import { POLICIES, policyNamed } from "../policies/index.ts";
import { definePolicy } from "../policies/policy.ts";
import { loadGuarded, notePolicyFile, standGuard } from "./standing-guard.ts";

/** What `import … from "makespan"` gives in a policy's file, wherever it lies. */
const PACKAGE = { definePolicy, POLICIES, policyNamed, SECOND, parseDuration, parseBytes, formatSeconds };

type Exports = Record<string, unknown>;

/** What Node has loaded, by path; files that need no translation come here. */
const { cache } = createRequire(import.meta.url);

let loader: Promise<Jiti> | undefined;

/** The exports of a new instance of the module, and of all that it imports but packages. Rejects with what the code throws. */
export async function evaluateAfresh(path: string): Promise<Exports> {
  standGuard();
  loader ??= openLoader();
  const jiti = await loader;
  notePolicyFile(path);
  const before = new Set(Object.keys(cache));
  try {
    return await loadGuarded(() => evaluate(jiti, path));
  } finally {
    for (const loaded of Object.keys(cache)) {
      if (before.has(loaded) || loaded.includes(`${sep}node_modules${sep}`)) continue;
      notePolicyFile(loaded);
      delete cache[loaded];
    }
  }
}

async function evaluate(jiti: Jiti, path: string): Promise<Exports> {
  try {
    return jiti(path) as Exports;
  } catch (error) {
    // What waits at its top level can only be imported; as a module of Node's own, which is kept.
    if (error instanceof SyntaxError && /\bawait\b/.test(error.message)) return jiti.import<Exports>(path);
    throw error;
  }
}

/** Translates each text once. */
async function openLoader(): Promise<Jiti> {
  const { createJiti } = await import("jiti");
  const options = { fsCache: false, interopDefault: false };
  const translator = createJiti(import.meta.url, options);
  const translated = new Map<string, string>();
  return createJiti(import.meta.url, {
    ...options,
    moduleCache: false,
    virtualModules: { makespan: PACKAGE },
    transform: (asked) => {
      notePolicyFile(asked.filename ?? "");
      const key = JSON.stringify([asked.filename, asked.async, asked.source]);
      // Node's import gives CommonJS modules a default export by itself; require does not.
      const code = translated.get(key) ?? translator.transform({ ...asked, interopDefault: asked.async !== true });
      translated.set(key, code);
      return { code };
    },
  });
}
