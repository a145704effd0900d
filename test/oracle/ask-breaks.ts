// A run in which attempts ask and wait for one another, and ways to break what holds of that.
import { defineScenario, simulate } from "../../src/index.ts";
import { EntryKind, Reason, type Trace } from "../../src/model/trace.ts";
import { withEntries } from "./known-traces.ts";
import { nth, other } from "./share-breaks.ts";

/** Two of which each holds half and asks for more, so that one runs again; and one that gives back a part. */
export function askingTrace(deadlock: "detect" | "prevent" = "detect"): Trace {
  const ask = { claim: { memory: "6GB" }, asks: [{ after: 0.5, memory: "6GB" }] };
  const scenario = defineScenario({
    name: "asking",
    cluster: { workers: [{ id: "w", cpu: 8, memory: "9GB" }] },
    scheduler: { policy: "first-fit", deadlock },
    tasks: [
      { id: "a", duration: "10s", cpu: 2, memory: "4GB", ...ask },
      { id: "b", duration: "10s", cpu: 1, memory: "4GB", release: "1s", ...ask },
      { id: "c", duration: "4s", cpu: 1, memory: "1GB", asks: [{ after: 0.25, memory: 0 }], claim: {} },
    ],
  });
  return simulate(scenario, { storeTrace: true }).trace;
}

const { asking, granted, asked, allowed, deadlocked, requeued } = EntryKind;
const later = (kind: EntryKind, place: number) => nth(kind, place, (one) => [{ ...one, time: one.time + 1 }]);
const none = () => [];

/** The ring, and what comes of it, told the other way round. */
function turned(trace: Trace): Trace {
  const entries = [...trace.entries];
  return withEntries(
    trace,
    entries.map((entry) => (entry.kind === requeued ? { ...entry, task: 0 } : entry)),
  );
}

export const ASK_BREAKS: readonly (readonly [id: string, what: string, change: (trace: Trace) => Trace])[] = [
  ["T23", "one does not ask that is to", nth(asking, 1, none)],
  ["T23", "one asks too late", later(asking, 0)],
  ["T23", "for what it is not to ask", nth(asking, 1, other({ amount: 2 }))],
  ["T23", "what it has is not told", nth(granted, 0, none)],
  ["T23", "nobody lets it have that", nth(allowed, 0, none)],
  ["T23", "another may have what it asked for", nth(allowed, 0, other({ task: 1 }))],
  ["T23", "the scheduler does not know", nth(asked, 0, none)],
  ["T23", "the scheduler knows of what is not asked", nth(asked, 1, other({ amount: 2 }))],
  ["T23", "it asks for a reason", nth(asking, 0, other({ reason: Reason.push }))],
  ["T24", "of a ring one is not told", nth(deadlocked, 0, none)],
  ["T24", "one is told that waits for nobody", nth(deadlocked, 0, other({ task: 2 }))],
  ["T24", "one runs again that has cost more", turned],
  ["T24", "a ring is left", (trace) => withEntries(trace, [...trace.entries].slice(0, firstOf(deadlocked, trace)))],
  ["T24", "a state is not safe, where it is to be", (trace) => ({ ...trace, settings: { ...trace.settings, deadlock: "prevent" } })],
  ["T24", "a ring is told where nobody looks for any", (trace) => ({ ...trace, settings: { ...trace.settings, deadlock: "none" } })],
];

function firstOf(kind: EntryKind, { entries }: Trace): number {
  return [...entries].findIndex((entry) => entry.kind === kind);
}
