// The columns of workers.csv: one of utilisation for each dimension of the scenario.
import type { WorkerRow } from "../metrics/worker-usage.ts";
import type { ReportColumn } from "./report-column.ts";

/** `dimensions` are the names of the world's. */
export function workerColumns(dimensions: readonly string[]): ReportColumn<WorkerRow>[] {
  return [
    { name: "worker", unit: "text", meaning: "id", value: (row) => row.worker },
    { name: "attempts", unit: "1", meaning: "attempts started on it", value: (row) => row.attempts },
    { name: "busy_s", unit: "s", meaning: "time with at least one attempt", value: (row) => row.busy },
    {
      name: "idle_s",
      unit: "s",
      meaning: "the rest of the time from the earliest release to the end of the last attempt, while it was there",
      value: (row) => row.idle,
    },
    ...dimensions.map(
      (name, dimension): ReportColumn<WorkerRow> => ({
        name: `${name}_utilization`,
        unit: "1",
        meaning: `${name} × time allocated ÷ ${name} × time present; empty if it has none or no limit`,
        value: (row) => row.utilization[dimension],
      }),
    ),
    {
      name: "paid_s",
      unit: "s",
      meaning: "for how long it is paid: seconds begun, the billing minimum at least each time; empty if it has no price",
      value: (row) => row.paid,
    },
    { name: "cost", unit: "1", meaning: "what that comes to, to the millionth; empty if it has no price", value: (row) => row.cost },
    { name: "energy_kwh", unit: "1", meaning: "what it burnt, to the millionth; empty if it has no watts", value: (row) => row.energy },
  ];
}
