// Published instances of scheduling problems as tasks and one worker: PSPLIB's resource-constrained projects, job shops.
import type { TaskSketch, WorkerSketch } from "../run-world.ts";

export interface Instance {
  tasks: TaskSketch[];
  cluster: WorkerSketch[];
}

/** A PSPLIB file (.sm): four renewable resources, precedence, one mode. */
export function parseProject(text: string): Instance {
  const lines = text.split(/\r?\n/);
  const section = (title: string, skip: number, until: (line: string) => boolean) => {
    const start = lines.findIndex((line) => line.startsWith(title)) + skip;
    const rows: number[][] = [];
    for (let index = start; !until(lines[index] as string); index++) rows.push(numbersIn(lines[index] as string));
    return rows;
  };
  const ends = (line: string) => line.startsWith("*") || line.trim() === "";
  const precedence = section("PRECEDENCE RELATIONS", 2, ends); // job, modes, successors, …
  const requests = section("REQUESTS/DURATIONS", 3, ends); // job, mode, duration, requests, …
  const [capacities = []] = section("RESOURCEAVAILABILITIES", 2, ends);
  const units = (values: readonly number[]) => Object.fromEntries(values.map((value, index) => [`R${index + 1}`, value]));
  const tasks = requests.map(
    ([job, , duration, ...demand]): TaskSketch => ({
      id: `T${job}`,
      duration: duration as number,
      cpu: 0,
      resources: units(demand),
      after: precedence.filter(([, , , ...successors]) => successors.includes(job as number)).map(([before]) => `T${before}`),
    }),
  );
  return { tasks, cluster: [{ resources: units(capacities) }] };
}

/** A job-shop file: a line of (machine, time) pairs per job. Operations are listed job by job. */
export function parseJobShop(text: string): Instance {
  const rows = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map(numbersIn);
  const [[jobs, machines], ...lines] = rows as [[number, number], ...number[][]];
  const tasks = lines.slice(0, jobs).flatMap((line, job) =>
    Array.from(
      { length: machines },
      (_, step): TaskSketch => ({
        id: `J${job + 1}.${step + 1}`,
        duration: line[step * 2 + 1] as number,
        cpu: 0,
        resources: { [`M${line[step * 2]}`]: 1 },
        ...(step > 0 && { after: [`J${job + 1}.${step}`] }),
      }),
    ),
  );
  const units = Object.fromEntries(Array.from({ length: machines }, (_, machine) => [`M${machine}`, 1]));
  return { tasks, cluster: [{ resources: units }] };
}

function numbersIn(line: string): number[] {
  return line.trim().split(/\s+/).map(Number);
}
