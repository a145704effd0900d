// The network of a scenario file: its links in base units.
import type { ClientLinkSpec, LinkSpec, NetworkSpec } from "../model/scenario.ts";
import type { LivenessSettings } from "../model/settings.ts";
import { type Duration, formatSeconds, parseBytes, parseDuration } from "../model/units.ts";
import type { Document, Path } from "./document.ts";
import type { FaultList } from "./fault-list.ts";
import { amountOf, leastOfAmount, TIME } from "./normalise-amounts.ts";
import { labelsOf } from "./normalise-cluster.ts";
import type { Checked, CheckedNetwork } from "./schema-faults.ts";

const QUALITIES = ["latency", "loss", "duplicate", "reorder", "bandwidth"] as const;

type LinkInput = Pick<CheckedNetwork, (typeof QUALITIES)[number]>;

/** The network; `liveness` is what it must let the scheduler keep to. */
export function normaliseNetwork(
  input: CheckedNetwork,
  liveness: LivenessSettings | undefined,
  document: Document,
  faults: FaultList,
  faulty: Checked["faulty"],
): NetworkSpec {
  const linkOf = (link: LinkInput, path: Path): LinkSpec => {
    const spec = qualityOf(link, path, faults);
    if (spec.latency !== undefined && liveness !== undefined)
      checkDelay(leastOfAmount(spec.latency), liveness, [...path, "latency"], faults);
    return spec;
  };
  return {
    ...linkOf(input, ["network"]),
    links: (input.links ?? []).flatMap((link, index): NetworkSpec["links"][number][] => {
      if (link === undefined) return [];
      const path = ["network", "links", index];
      if (!QUALITIES.some((key) => link[key] !== undefined || faulty([...path, key])))
        faults.add(path, "the link says nothing: give latency, loss, duplicate, reorder or bandwidth");
      const { worker, where } = link;
      const position = document.position(worker === undefined ? path : [...path, "worker"]);
      const whose = { ...(worker !== undefined && { worker: String(worker) }), ...(where !== undefined && { where: labelsOf(where) }) };
      return [{ ...linkOf(link, path), ...whose, ...(position && { position }) }];
    }),
    ...(input.clients !== undefined && { clients: clientLinkOf(input.clients, faults) }),
    ...(input.sharing !== undefined && { sharing: input.sharing }),
    ...(input.store !== undefined && { store: bandwidthOf(input.store, ["network", "store"], faults) }),
    detail: input.detail ?? "folded",
    inFlight: input.inFlight ?? "drop",
  };
}

function clientLinkOf(input: NonNullable<CheckedNetwork["clients"]>, faults: FaultList): ClientLinkSpec {
  const path = ["network", "clients"];
  const { repeat, loss } = input;
  const time = repeat === undefined ? undefined : faults.attempt([...path, "repeat"], () => parseDuration(repeat));
  if (time === 0) faults.add([...path, "repeat"], "repeat must be above 0");
  if (loss === 1) faults.add([...path, "loss"], "loss must be below 1: else nothing that clients ask for ever arrives");
  return { ...qualityOf(input, path, faults), ...(time !== undefined && { repeat: time }) };
}

/** Leases are renewed by answers to heartbeats, and suspicions end by heartbeats: both must be able to arrive in time. */
function checkDelay(least: Duration, { heartbeat, lease }: LivenessSettings, path: Path, faults: FaultList): void {
  const needed = heartbeat.interval + 2 * least;
  if (lease <= needed)
    faults.add(
      path,
      `leases end before an answer can renew them: scheduler.lease must be above ${formatSeconds(needed)} s, an interval and both ways`,
    );
  if (heartbeat.phi === undefined && heartbeat.timeout <= least)
    faults.add(
      path,
      `every worker is suspected before a heartbeat can arrive: scheduler.heartbeat.timeout must be above ${formatSeconds(least)} s`,
    );
}

function qualityOf({ latency, loss, duplicate, reorder, bandwidth }: LinkInput, path: Path, faults: FaultList): LinkSpec {
  const time = latency === undefined ? undefined : amountOf(latency, TIME, [...path, "latency"], faults);
  return {
    ...(time !== undefined && { latency: time }),
    ...(loss !== undefined && { loss }),
    ...(duplicate !== undefined && { duplicate }),
    ...(reorder !== undefined && { reorder }),
    ...(bandwidth !== undefined && { bandwidth: bandwidthOf(bandwidth, [...path, "bandwidth"], faults) }),
  };
}

/** Bytes per second. */
function bandwidthOf(given: number | string, path: Path, faults: FaultList): number {
  const rate = faults.attempt(path, () => parseBytes(given)) ?? 1;
  if (rate === 0) faults.add(path, "a bandwidth must be above 0");
  return Math.max(1, rate);
}
