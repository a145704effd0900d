// Whether clients were told what can be so, as a person reads it: the verdict, and the calls that break it as a timeline.
import { nameOfClient, STATUS_CALL, type TaskState } from "../model/clients.ts";
import { nameAt } from "../model/columns.ts";
import { CommandKind } from "../model/command.ts";
import { formatSeconds } from "../model/units.ts";
import type { World } from "../model/world.ts";
import type { Linearizability } from "../oracle/index.ts";
import type { CallOperation } from "../oracle/task-history.ts";
import { counted } from "../workload/importers/importer.ts";
import { PLAIN, readable, type Styler, textTable } from "./text-table.ts";

/** Characters for the time from the first call to the last answer. */
const WIDTH = 40;

const ASKS: Readonly<Record<number, string>> = {
  [STATUS_CALL]: "status",
  [CommandKind.submit]: "submit",
  [CommandKind.cancel]: "cancel",
  [CommandKind.change]: "change",
};

const ANSWERS: Readonly<Record<TaskState, string>> = [
  "unsubmitted",
  "waiting",
  "running",
  "completed",
  "failed",
  "skipped",
  "cancelled",
  "noted",
];

/** Whole lines. */
export function linearizabilityText({ verdict, held, broken, undecided }: Linearizability, world: World, style: Styler = PLAIN): string {
  const nameOf = (task: number) => nameAt(world.tasks.names, task);
  const counts = [
    ...(held > 0 ? [`${readable(held)} held`] : []),
    ...(broken.length > 0 ? [`${readable(broken.length)} broken`] : []),
    ...(undecided.length > 0 ? [`${readable(undecided.length)} undecided`] : []),
  ];
  const told =
    counts.length === 0
      ? "no client has asked anything"
      : `of ${counted(held + broken.length + undecided.length, "task")} ${counts.join(", ")}`;
  const lines = [`${style("bold", `linearizability ${verdict}`)}: ${told}`];
  const [first] = broken;
  if (first !== undefined)
    lines.push("", `task ${nameOf(first.task)}: no order of these calls explains their answers`, "", ...timeline(first.calls, style));
  const [open] = undecided;
  if (open !== undefined)
    lines.push(`${verdict === "broken" ? "\n" : ""}the budget ran out for task ${nameOf(open)}: give --linearizability more`);
  return `${lines.join("\n")}\n`;
}

function timeline(calls: readonly CallOperation[], style: Styler): string[] {
  const from = Math.min(...calls.map(({ called }) => called.time));
  const to = Math.max(...calls.map(({ called, returned }) => (returned ?? called).time));
  const place = (time: number) => (to === from ? 0 : Math.floor(((time - from) * (WIDTH - 1)) / (to - from)));
  const bar = ({ called, returned }: CallOperation) => {
    const [start, end] = [place(called.time), place((returned ?? called).time)];
    return `${" ".repeat(start)}${"#".repeat(end - start + 1)}${" ".repeat(WIDTH - 1 - end)}`;
  };
  const column = (header: string, cell: (call: CallOperation) => string, align: "left" | "right" = "left") => ({
    header,
    align,
    cells: calls.map(cell),
  });
  return textTable(
    [
      column("called_s", ({ called }) => formatSeconds(called.time), "right"),
      column("answered_s", ({ returned }) => (returned === undefined ? "" : formatSeconds(returned.time)), "right"),
      column("", bar),
      column("client", ({ client }) => nameOfClient(client)),
      column("asks", ({ kind }) => ASKS[kind] as string),
      column(
        "answer",
        ({ state, kind, counts }) =>
          `${state === undefined ? "" : ANSWERS[state]}${kind === STATUS_CALL || counts ? "" : ", nothing done"}`,
      ),
    ],
    style,
  );
}

/** The same for programs. */
export function linearizabilityJson({ verdict, held, broken, undecided }: Linearizability, world: World): Record<string, unknown> {
  const nameOf = (task: number) => nameAt(world.tasks.names, task);
  return {
    verdict,
    held,
    broken: broken.map(({ task, calls }) => ({
      task: nameOf(task),
      calls: calls.map(({ client, number, kind, called, returned, state, counts }) => ({
        client: nameOfClient(client),
        call: number,
        asks: ASKS[kind],
        called_s: called.time / 1_000_000,
        answered_s: returned === undefined ? null : returned.time / 1_000_000,
        answer: state === undefined ? null : ANSWERS[state],
        ...(kind !== STATUS_CALL && returned !== undefined && { done: counts }),
      })),
    })),
    undecided: undecided.map(nameOf),
  };
}
