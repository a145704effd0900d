// The worlds of the benchmarks: a million tasks on a thousand workers of 32 cores and 64 GiB.

const MIX = { cpu: { distribution: "integer", min: 1, max: 8 }, memory: { distribution: "uniform", min: "128MiB", max: "8GiB" } };
const CPU_HEAVY = { cpu: { distribution: "integer", min: 4, max: 16 }, memory: { distribution: "uniform", min: "128MiB", max: "1GiB" } };
const MEMORY_HEAVY = { cpu: 1, memory: { distribution: "uniform", min: "8GiB", max: "32GiB" } };
const DURATION = { distribution: "exponential", mean: "100s" };

/** What each task reads and writes, of what workers keep. */
const FILES = { inputs: ["reference"], outputSize: { distribution: "uniform", min: "1MB", max: "500MB" } };
const REFERENCE = [{ id: "reference", size: "4GB" }];
const OF_FILES = { count: 500, fileCache: "100GB" };

/** The scenario of a kind with that many tasks, as a file would say it. */
export function scenarioOf(kind, count) {
  const generate = {
    bag: [{ kind: "bag", count, duration: DURATION, ...MIX }],
    failing: [{ kind: "bag", count, duration: DURATION, ...MIX, fails: 0.01, retries: 3 }],
    layered: [{ kind: "layered", count, width: Math.max(10, count / 100), degree: 3, duration: DURATION, ...MIX }],
    files: [{ kind: "layered", count, width: Math.max(10, count / 100), degree: 2, duration: DURATION, ...MIX, ...FILES }],
    replicas: [{ kind: "bag", count, duration: { distribution: "exponential", mean: "5s" }, ...MIX }],
    opposed: [CPU_HEAVY, MEMORY_HEAVY].map((demands) => ({ kind: "bag", count: count / 2, duration: DURATION, ...demands })),
  }[kind.split("-")[0]];
  return {
    version: 1,
    name: `bench-${kind}`,
    seed: 1,
    cluster: {
      workers: [
        { id: "w", ...(kind.startsWith("files") ? OF_FILES : { count: kind === "replicas" ? 200 : 1000 }), cpu: 32, memory: "64GiB" },
      ],
    },
    generate,
    // 200 crashes in the time that a million tasks take.
    ...(kind.startsWith("failing") && { faults: [{ kind: "crash", mtbf: "20h", mttr: "60s" }] }),
    ...(kind === "replicas" && {
      scheduler: { replicas: 5 },
      faults: [{ kind: "crash", replica: "leader", mtbf: "60s", mttr: "10s", distribution: "constant" }],
    }),
    ...(kind.startsWith("files") && {
      files: REFERENCE,
      network: { bandwidth: "1250MB", ...(kind === "files-fair" && { sharing: "fair" }) },
    }),
    ...(kind === "failing-messages" && { network: { detail: "messages" } }),
    ...(kind === "failing-network" && { network: { latency: "1ms" } }),
  };
}

/** Gives the tasks priorities from 0 to 99, and, where the demands are opposed, sets both kinds in turn. */
export function shuffleIn(world, kind) {
  const { tasks } = world;
  const priority = Float64Array.from({ length: tasks.count }, (_, task) => (Math.imul(task, 2654435761) >>> 8) % 100);
  const request = kind === "opposed" ? tasks.request.map((column) => alternating(column, tasks.count)) : tasks.request;
  return { ...world, tasks: { ...tasks, request, priority: { data: priority, mask: -1 } } };
}

/** The first half of a column and its second half, in turn. */
function alternating(column, count) {
  if (column.mask === 0) return column;
  const half = count / 2;
  return { data: Float64Array.from({ length: count }, (_, task) => column.data[(task >> 1) + (task & 1) * half]), mask: -1 };
}
