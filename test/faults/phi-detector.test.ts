// The φ accrual detector: how long a worker may be silent follows from how its heartbeats came.
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { scenarioFiles } from "../../src/files/write-scenario.ts";
import { defineScenario, type ScenarioInput, simulate } from "../../src/index.ts";
import { MessageFate, MessageKind } from "../../src/model/network.ts";
import { EntryKind, type Trace } from "../../src/model/trace.ts";
import { schedulerLog } from "../../src/report/scheduler-log.ts";

const BASE: ScenarioInput = {
  cluster: { workers: [{ id: "w", count: 2, cpu: 1 }] },
  scheduler: { heartbeat: { interval: "1s", detector: "phi", deviation: "100ms" }, lease: "1m" },
  tasks: [{ id: "a", duration: "30s" }],
};

function suspicions(more: Partial<ScenarioInput>): string[] {
  const { trace } = simulate(defineScenario({ ...BASE, ...more }), { storeTrace: true });
  return [...schedulerLog(trace)]
    .join("")
    .split("\n")
    .filter((line) => line.includes("suspected") || line.includes("heard again"));
}

describe("heartbeats that come at their interval", () => {
  // P(Z > 5.612001) = 10^−8 and P(Z > 3.090232) = 10^−3: the quantiles of tables.
  test.each<[object, string]>([
    [{}, "3.561201"], // the last heartbeat came at 2 s: 2 + 1 + 5.612001 × 0.1
    [{ threshold: 3 }, "3.309024"],
    [{ deviation: "500ms" }, "5.806001"],
  ])("silence is too long after the interval and so many least deviations: %j", (options, time) => {
    const heartbeat = { ...(BASE.scheduler?.heartbeat as object), ...options };
    const scheduler = { ...BASE.scheduler, heartbeat };
    expect(suspicions({ scheduler, faults: [{ kind: "crash", worker: "w-1", at: "2500ms", restart: "10s" }] })).toEqual([
      `[${time}] (scheduler) w-1 suspected, nothing heard of it`,
      "[12.500000] (scheduler) w-1 heard again",
    ]);
  });
});

test("a worker that has paused before is given longer, one whose gaps were forgotten with its crash is not", () => {
  // Of the heartbeats until 10 s one comes 400 ms late, for a pause from 4.9 s to 5.4 s: gaps of 1.4 s, 0.6 s and eight of 1 s until 10 s.
  const faults: ScenarioInput["faults"] = [
    { kind: "pause", worker: "w-1", at: "4900ms", for: "500ms" },
    { kind: "pause", worker: "w-1", at: "10100ms", for: "5s" },
  ];
  // Deviation: √((0.4² + 0.4²) ÷ 10) = 0.178885 s; 10 + 1 + 5.612001 × 0.178885.
  expect(suspicions({ faults })).toEqual([
    "[12.003906] (scheduler) w-1 suspected, nothing heard of it",
    "[15.100000] (scheduler) w-1 heard again",
  ]);
  const restarted: ScenarioInput["faults"] = [...faults, { kind: "crash", worker: "w-1", at: "6s", restart: "500ms" }];
  expect(suspicions({ faults: restarted })).toContain("[11.061201] (scheduler) w-1 suspected, nothing heard of it"); // beats at 9.5 s
});

/** The probability that a standard normal variable is above z > 0, by its continued fraction (Laplace). */
function tail(z: number): number {
  let fraction = z;
  for (let k = 200; k > 0; k--) fraction = z + k / fraction;
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI) / fraction;
}

/** When workers are to be suspected, from the messages alone; for networks in which workers register once. */
function expectedSuspicions({ messages = [], world, settings, entries }: Trace): string[] {
  const { interval, phi } = settings.liveness?.heartbeat ?? {};
  if (interval === undefined || phi === undefined) throw new Error("no detector phi");
  const { threshold, window, deviation } = phi;
  const found: string[] = [];
  const end = [...entries].at(-1)?.time ?? 0;
  for (let worker = 0; worker < world.workers.count; worker++) {
    const gaps: number[] = [];
    let [last, newest, isSuspected, first] = [0, -1, false, true];
    const suspectUntil = (time: number) => {
      const mean = gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(1, gaps.length);
      const spread = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / Math.max(1, gaps.length));
      const phiAt = (silence: number) => {
        const z = (silence - Math.max(mean, interval)) / Math.max(spread, deviation);
        return z < 1 ? 0 : -Math.log10(tail(z));
      };
      let [below, above] = [interval, 1e9];
      while (above - below > 1) {
        const middle = Math.floor((below + above) / 2);
        if (phiAt(middle) >= threshold) above = middle;
        else below = middle;
      }
      if (isSuspected || last + above >= time) return;
      isSuspected = true;
      found.push(`${last + above} ${worker}`);
    };
    for (const { time, kind, fate, worker: of, number } of messages) {
      if (of !== worker || kind !== MessageKind.heartbeat || fate !== MessageFate.delivered || number <= newest) continue;
      newest = number;
      suspectUntil(time);
      if (!first && !isSuspected) gaps.push(time - last);
      if (gaps.length > window) gaps.shift();
      [last, isSuspected, first] = [time, false, false];
    }
    suspectUntil(end + 1);
  }
  return found.sort();
}

test.each([1, 2, 3, 4, 5, 6])("over networks that lose and delay, suspicions are those that φ of the heartbeats gives: seed %d", (seed) => {
  const scenario = defineScenario({
    ...BASE,
    seed,
    cluster: { workers: [{ id: "w", count: 4, cpu: 1 }] },
    scheduler: {
      heartbeat: { interval: "1s", detector: "phi", threshold: 1 + (seed % 3), window: 5 + seed, deviation: "50ms" },
      lease: "1m",
    },
    network: { latency: { distribution: "lognormal", mean: "150ms", cv: 2 }, loss: 0.2, reorder: seed % 2 === 0, detail: "messages" },
    tasks: [{ id: "a", duration: "10m" }],
  });
  const { trace } = simulate(scenario, { storeTrace: true });
  const suspected = [...trace.entries].filter(({ kind }) => kind === EntryKind.suspected);
  expect(suspected.length).toBeGreaterThan(5);
  expect(suspected.map(({ time, worker }) => `${time} ${worker}`).sort()).toEqual(expectedSuspicions(trace));
});

test("a scenario with it is written and read again", () => {
  const scenario = defineScenario({ ...BASE, scheduler: { heartbeat: { detector: "phi", threshold: 3, window: 7 } } });
  const text = [...(scenarioFiles("s.yaml", scenario)[0]?.parts ?? [])].join("");
  expect(text).toContain("detector: phi");
  const again = defineScenario(parse(text) as ScenarioInput);
  expect(again.scheduler.liveness?.heartbeat.phi).toEqual({ threshold: 3, window: 7, deviation: 100_000 });
  expect(again.scheduler).toEqual(scenario.scheduler);
});

test.each<[object, string]>([
  [{ detector: "phi", timeout: "3s" }, "detector phi takes no timeout"],
  [{ threshold: 3 }, "threshold is an option of detector: phi"],
  [{ detector: "timeout", deviation: "3s" }, "deviation is an option of detector: phi"],
  [{ detector: "phi", threshold: 0.5 }, "threshold must be from 1 to 300"],
  [{ detector: "phi", window: 2.5 }, "window must be a whole number from 1 to 10000"],
  [{ detector: "phi", deviation: 0 }, "deviation must be above 0"],
  [{ detector: "fi" }, '"fi"'],
])("refuses %j", (heartbeat, message) => {
  expect(() => defineScenario({ ...BASE, scheduler: { heartbeat: heartbeat as { window: number } } })).toThrow(message);
});
