// Scenarios that are right in form, and anything else that a file may hold in their place.
import fc from "fast-check";
import { DISTRIBUTION_NAMES } from "../../src/model/quantity-schema.ts";

/** Keys of a scenario, right and nearly right. */
export const KEYS = [
  "version",
  "name",
  "seed",
  "seeds",
  "cluster",
  "workers",
  "scheduler",
  "functions",
  "tasks",
  "workload",
  "generate",
  "expect",
  "measure",
  "id",
  "count",
  "cpu",
  "memory",
  "disk",
  "slots",
  "speed",
  "labels",
  "resources",
  "policy",
  "placement",
  "priorityOrder",
  "retries",
  "backoff",
  "elsewhere",
  "onDependencyFailure",
  "estimates",
  "noise",
  "pass",
  "ties",
  "notify",
  "every",
  "decisionTime",
  "perPass",
  "perTask",
  "rerank",
  "duration",
  "on",
  "distribution",
  "mean",
  "cv",
  "min",
  "max",
  "shape",
  "scale",
  "values",
  "weights",
  "probabilities",
  "means",
  "value",
  "release",
  "dependencies",
  "priority",
  "weight",
  "fails",
  "failsAfter",
  "estimate",
  "factor",
  "due",
  "timeout",
  "requires",
  "job",
  "format",
  "file",
  "limit",
  "kind",
  "from",
  "to",
  "faults",
  "trace",
  "blocking",
  "alpha",
  "order",
  "actions",
  "at",
  "cancel",
  "join",
  "leave",
  "limti",
  "widht",
];

const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    1,
    -1,
    2,
    0.5,
    1e300,
    2 ** 53,
    -0,
    null,
    true,
    false,
    "",
    "a",
    "1.5s",
    "2h",
    "-3s",
    "8GiB",
    "4 Gib",
    "500m",
    "always",
  ),
  fc.constantFrom(
    ...DISTRIBUTION_NAMES,
    "fcfs",
    "best-fit",
    "lower-first",
    "higher-first",
    "skip",
    "fail",
    "user",
    "exact",
    "none",
    "instant",
    "event",
  ),
  fc.constantFrom("x\ny", "1e3", "1e3s", " 5 s ", ".5s", "5.", "+1s", "µs", "3µs", "10%", "<= 10m"),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
);

export const { value: anything } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small", withCrossShrink: true }, scalar, fc.array(tie("value"), { maxLength: 3 }), tie("map")),
  map: fc.dictionary(fc.constantFrom(...KEYS), tie("value"), { maxKeys: 5 }),
}));

/** A scenario that is right in form, of which the test then breaks parts. */
export const RIGHT = {
  version: 1,
  name: "x",
  seed: "7",
  cluster: {
    workers: [{ id: "w", count: 2, cpu: 2, memory: "4GiB", slots: 2, speed: 1.5, labels: { zone: "a", ssd: true }, resources: { gpu: 1 } }],
  },
  scheduler: {
    policy: { name: "sjf", blocking: true },
    placement: "best-fit",
    retries: { max: 1, backoff: { initial: "1s", factor: 2, max: "1m", jitter: 0.2 }, elsewhere: "prefer" },
    estimates: { noise: 0.3 },
    pass: { every: "30s" },
    ties: "seeded",
    notify: true,
    cancel: "confirmed",
    decisionTime: { perPass: 0, perTask: "1ms" },
    rerank: 30,
  },
  functions: { default: "1s", f: { distribution: "pareto", shape: 2, min: 1 }, g: { on: { "w-1": 1 } } },
  tasks: [
    { id: 1, function: "f", dependencies: ["b"], fails: [1, 2], failsAfter: 0.5, cpu: { distribution: "integer", min: 1, max: 8 } },
    {
      id: "b",
      duration: { on: { "w-1": "14s", "zone=a": { distribution: "exponential", mean: 3 } } },
      fails: 0.25,
      requires: { zone: "a" },
      slots: 2,
    },
  ],
  workload: [{ format: "swf", file: "log.swf.gz", scale: 1.2, limit: 10 }],
  generate: {
    kind: "layered",
    count: 10,
    width: 3,
    duration: { distribution: "hyperexponential", probabilities: [0.5, 0.5], means: [1, "2s"] },
  },
  actions: [
    { at: "10s", cancel: "b", requeue: true },
    { at: 3, set: { task: 1, priority: 2 } },
    { at: "1m", join: { id: "n", count: 2, labels: { zone: "b" }, resources: { gpu: 2 } } },
    { at: "2m", leave: "n-1", limit: "30s" },
  ],
  expect: { makespan: "<= 10m", failed: 0 },
  measure: { from: "10%", to: 0.9 },
};

/** All places of a value that can be replaced. */
export function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, Array.isArray(value) ? Number(key) : key]))];
}

export function replaced(root: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const copy = (Array.isArray(root) ? [...(root as unknown[])] : { ...(root as object) }) as Record<string | number, unknown>;
  copy[key] = replaced(copy[key], rest, value);
  return copy;
}
