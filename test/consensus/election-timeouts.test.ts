// When followers lose patience: the least of n − 1 uniform times, as published for election timeouts of 150 to 300 ms.
import { expect, test } from "vitest";
import { seed } from "../fuzz-runs.ts";
import { Replicas } from "./replicas.ts";

test.each([
  [3, 200, 0.1289],
  [5, 180, 0.2412],
  [7, 171.43, 0.339],
])(
  "%d replicas: after a leader's last heartbeat the first stands after %f ms in the mean, a second within 10 ms of it as often as order statistics say",
  (count, mean, second) => {
    const replicas = new Replicas(count, seed(1));
    replicas.weather = { latency: { least: 0, most: 0 }, disk: { least: 0, most: 0 }, loss: 0, twice: 0, late: 0 };
    replicas.runUntil(() => replicas.leader !== undefined);
    const { leader } = replicas;
    let [sum, close, samples] = [0, 0, 0];
    for (; samples < 6000; samples++) {
      replicas.runFor(50_000); // each heartbeat has all followers draw anew
      const times = replicas.nodes.filter(({ id }) => id !== leader).map(({ timers }) => timers.get("election")! - replicas.now);
      const [first, next] = times.sort((a, b) => a - b) as [number, number];
      sum += first;
      if (next - first <= 10_000) close += 1;
    }
    expect(replicas.leader).toBe(leader);
    // A heartbeat comes between 0 and 50 ms before it is looked at, always as long before.
    const patience = sum / samples / 1000;
    expect(Math.abs(patience - mean + sinceHeartbeat(replicas))).toBeLessThan(0.02 * mean);
    expect(Math.abs(close / samples - second)).toBeLessThan(4 * Math.sqrt((second * (1 - second)) / samples));
  },
);

/** How long ago the leader's last heartbeat came, ms. */
function sinceHeartbeat(replicas: Replicas): number {
  const next = replicas.nodes[replicas.leader!]!.timers.get("heartbeat")!;
  return 50 - (next - replicas.now) / 1000;
}
