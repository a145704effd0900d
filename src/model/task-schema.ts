// The schema of a task, and of what stands for many: a workload read from a file, a generated one with a task as template.
import { z } from "zod";
import { CHECKPOINT_STORAGES } from "./checkpoint.ts";
import { didYouMean } from "./nearest.ts";
import {
  above0,
  amountOf,
  atLeast,
  bytes,
  duration,
  isNot,
  labelValue,
  list,
  mapOf,
  name,
  number,
  open,
  seed,
  strict,
  stretchOf,
  text,
  units,
  wholeFrom,
  word,
  wordOr,
} from "./quantity-schema.ts";
import { MAX_RETRIES } from "./world.ts";

/** A fixed or drawn duration. */
export const amountOfTime = amountOf("drawnDuration", duration);
const amountOfBytes = amountOf("drawnSize", bytes);
const amountOfUnits = amountOf("drawnUnits", units);

/** A processing time: at speed 1, or per worker. */
export const processingTime = z
  .union(
    [
      amountOfTime,
      strict("{ on: … }", {
        on: mapOf(amountOfTime, "durations by worker or label").describe(
          'Processing time by worker id or "label=value", not divided by speed; an id goes before labels, labels in order; a worker not named cannot run the task.',
        ),
      }),
    ],
    { error: isNot("a duration, a distribution, or { on: … } by worker or label") },
  )
  .meta({ id: "processingTime" });

/** Amounts by resource. */
const held = {
  cpu: units.describe("Cores, fractions allowed.").optional(),
  memory: bytes.describe("Memory (bytes, or a unit).").optional(),
  disk: bytes.describe("Disk (bytes, or a unit).").optional(),
  slots: wholeFrom(0).describe("Slots.").optional(),
  resources: mapOf(units, "units by resource name").describe("Units of named resources, such as { gpu: 1 }.").optional(),
};

const partInside = { error: isNot("a part of the work above 0 and below 1, such as 0.5") };

/** What a task asks for while it runs. */
const ask = strict("{ after: 0.5, memory: 6GB }", {
  after: z
    .number(partInside)
    .gt(0, partInside)
    .lt(1, partInside)
    .describe("The part of its work that is done by then, above 0 and below 1."),
  ...held,
});

/** The most that a task will ever hold. */
const claim = strict("{ memory: 6GB }", held);
export type HeldInput = z.infer<typeof claim>;

const probability = { error: isNot("a probability from 0 to 1") };

const failing = z.number(probability).min(0, probability).max(1, probability);

const fails = z.union([z.literal("always"), list(wholeFrom(1), "executions (1, 2, …)"), failing], {
  error: ({ input }) => {
    const hint = typeof input === "string" ? didYouMean(input, ["always"]) : "";
    return `${isNot("always, a list of executions that fail, or a probability from 0 to 1")({ input })}${hint}`;
  },
});

const usage = strict("{ cpu: 0.7, memory: 300MiB }", {
  cpu: amountOfUnits
    .describe("Cores that it keeps busy while it runs, on average, of those that it requests, or may have; default: all of them.")
    .optional(),
  memory: amountOfBytes.describe("The most memory that it uses, of what it requests (bytes, or a unit); default: all of it.").optional(),
  read: amountOfBytes.describe("Bytes that it reads from disk (or a unit), in proportion to its work; default 0.").optional(),
  written: amountOfBytes.describe("Bytes that it writes to disk (or a unit), in proportion to its work; default 0.").optional(),
});

const interval = z.union([z.enum(["auto"]), duration], { error: isNot("a duration such as 10m, or auto") });

/** How the work of attempts is saved. */
export const checkpoint = strict("{ every: 10m, cost: 20s, restore: 30s }", {
  every: interval
    .describe(
      "How long an attempt works between two checkpoints (seconds, or a unit), or auto: as long as Daly's formula takes to be best for the cost and the failures of its worker; default: it writes one only when it makes room (mode checkpoint).",
    )
    .optional(),
  cost: duration.describe("How long writing one takes, while the work stands still (seconds, or a unit); default 0s.").optional(),
  restore: duration
    .describe("How long an attempt takes to read one before it works on from there (seconds, or a unit); default 0s.")
    .optional(),
  storage: word(CHECKPOINT_STORAGES)
    .describe(
      "Where it lies: shared, where every worker can read it, or local: on the disk of the worker that wrote it, which alone can go on from it, as long as the disk is not lost; default shared.",
    )
    .optional(),
  mtbf: duration
    .describe(
      "Of every: auto: mean time between failures of a worker that it reckons with (seconds, or a unit); default: as the faults declare, where they do, else as many as the scheduler has seen.",
    )
    .optional(),
});

/** What is to be done for an attempt before it works. */
export const environment = strict("{ kind: container, image: etl, pull: 40s, start: 2s }", {
  kind: text.describe("Kind of the environment: process, container, pod or function; each takes some of the other keys."),
  image: name.describe("What a worker pulls, or keeps an instance of warm, by name; default: the name of the task's function.").optional(),
  pull: duration
    .describe("How long a worker takes to pull the image, once as long as it stays in its cache (seconds, or a unit); default 0s.")
    .optional(),
  size: bytes.describe("What the image takes of the worker's cache (bytes, or a unit); default 0.").optional(),
  admission: duration.describe("How long it takes until the worker admits the attempt (seconds, or a unit); default 0s.").optional(),
  start: duration.describe("How long each start takes (seconds, or a unit); default 0s.").optional(),
  cold: duration.describe("How long a start takes where no instance is warm on the worker (seconds, or a unit); default 0s.").optional(),
  warm: duration.describe("How long one takes where an instance is warm (seconds, or a unit); default 0s.").optional(),
  keep: duration
    .describe("How long an instance stays warm on its worker after its attempt has ended by itself (seconds, or a unit); default 0s.")
    .optional(),
  fails: strict("{ pull: 0.01 }", {
    admission: failing.describe("Probability that the worker does not admit an execution of a task, which fails with that.").optional(),
    pull: failing.describe("Probability that the pull fails that an execution has its worker begin, and the execution with it.").optional(),
    start: failing.describe("Probability that the start of an execution fails.").optional(),
    cold: failing.describe("Probability that a cold start of an execution fails.").optional(),
  })
    .describe("How likely each stage is to fail when its time is over; default: none does.")
    .optional(),
});
export type EnvironmentInput = z.infer<typeof environment>;

/** How executions straggle. */
export const straggle = strict("{ p: 0.05, factor: 8 }", {
  p: failing.describe("Probability that an execution of a task straggles."),
  factor: z
    .number({ error: isNot("a factor above 1") })
    .gt(1, { error: isNot("a factor above 1") })
    .describe("How many times as long one takes that does: its worker is so much slower for it."),
});

const ofWork = { error: isNot("a part of the work from 0 to 1") };
const parallelPart = z.number(ofWork).min(0, ofWork).max(1, ofWork);

const table = mapOf(above0(), "speed-ups by amount").describe(
  "How many times as fast it is with so much as with some other amount: { 1: 1, 2: 1.9, 4: 3.4 }; between two in proportion, beyond the last as there.",
);

const ofDimension = wordOr(
  ["linear"],
  strict("{ amdahl: 0.95 }", {
    amdahl: parallelPart.describe("The part of the work, from 0 to 1, that can be done in parallel (Amdahl's law); cpu only.").optional(),
    table: table.optional(),
  }),
  "linear, { amdahl: 0.95 } or { table: { 1: 1, 2: 1.9 } }",
);

/** What more than its request is good for. */
export const speedup = wordOr(
  ["linear"],
  strict("{ amdahl: 0.95 }", {
    amdahl: parallelPart.describe("The part of the work, from 0 to 1, that can be done in parallel (Amdahl's law), of cpu.").optional(),
    table: table
      .describe("How many times as fast it is with so many cores as with some other number: { 1: 1, 2: 1.9, 4: 3.4 }.")
      .optional(),
    cpu: ofDimension.describe("The same, where memory has a speed-up of its own.").optional(),
    memory: ofDimension.describe("What more memory is good for: linear, or a table by sizes.").optional(),
  }),
  "linear, { amdahl: 0.95 }, { table: { 1: 1, 2: 1.9 } }, or { cpu: …, memory: … }",
);
export type SpeedupInput = z.infer<typeof ofDimension>;

/** What a task and the template of generated tasks have in common. */
const fields = {
  function: name.describe("Name of a function, whose processing time stands in functions; nothing is executed.").optional(),
  command: text.describe("What the task would execute; a label, nothing is executed.").optional(),
  stdout: text
    .describe(
      'What each attempt prints, as attempts.csv shows it: a text, with fields in braces such as "{task} on {worker}\\n" (task, job, attempt, worker, started, finished, run, outcome, reason); {{ stands for a brace; default: nothing.',
    )
    .optional(),
  stderr: text.describe("The same beside it.").optional(),
  duration: processingTime
    .describe("Processing time at speed 1 (seconds, or a unit), drawn, or per worker; default: the function's.")
    .optional(),
  release: amountOfTime.describe("Release date: time at which the task is submitted (seconds, or a unit); default 0s.").optional(),
  cpu: stretchOf("stretchedUnits", units)
    .describe("Requested cores, fractions allowed, or the least and the most that it may have; default 1.")
    .optional(),
  memory: stretchOf("stretchedSize", bytes)
    .describe("Requested memory (bytes, or a unit), or the least and the most that it may have; default 0.")
    .optional(),
  disk: amountOfBytes.describe("Requested disk (bytes, or a unit); default 0.").optional(),
  slots: amountOf("drawnCount", wholeFrom(0)).describe("Requested slots; default 1.").optional(),
  resources: mapOf(amountOfUnits, "units by resource name")
    .describe("Requested units of named resources, such as { gpu: 1 }; default 0 of each.")
    .optional(),
  speedup: speedup
    .describe(
      "How much faster more than the least makes it, of cpu and memory that have a least and a most; its duration is the one with the least; default: cpu linear.",
    )
    .optional(),
  asks: list(ask, "what it asks for, such as { after: 0.5, memory: 6GB }")
    .describe(
      "What its attempts are to hold from a part of their work on, instead of what they held before: of less they give back the rest, for more they ask, and wait with all that they hold until they may have it; default: they hold their request.",
    )
    .optional(),
  claim: claim
    .describe(
      "The most that it will ever hold, with all that it asks for while it runs: it runs only on workers that have so much, and deadlock: prevent reckons with it; of what it does not name, its request; default: no claim.",
    )
    .optional(),
  usage: usage
    .describe("What it uses, which attempts.csv tells of each attempt; a drawn amount above the request counts as the request.")
    .optional(),
  priority: number.describe("Priority, lower or higher first by scheduler.priorityOrder; default 0.").optional(),
  weight: atLeast(0).describe("Weight in weighted metrics and policies; default 1.").optional(),
  retries: wholeFrom(0, MAX_RETRIES).describe("Further attempts after a failure; default: scheduler.retries.").optional(),
  fails: fails
    .describe("Which executions fail: always, a list of their numbers from 1, or a probability per execution; default: none.")
    .optional(),
  failsAfter: above0(1).describe("The part of its time that a failing execution runs, above 0 and at most 1; default 1.").optional(),
  estimate: z
    .union([amountOfTime, strict("{ factor: 1.2 }", { factor: atLeast(0).describe("What the true times are multiplied by.") })], {
      error: isNot("a duration, a distribution, or { factor: 1.2 }"),
    })
    .describe(
      "Processing time at speed 1 that the scheduler is told (seconds, or a unit), or { factor: 1.2 } for a multiple of the true one, per worker too; default: the true one.",
    )
    .optional(),
  due: amountOfTime
    .describe("Due date, counted from release (seconds, or a unit); soft, for metrics and policies; default: none.")
    .optional(),
  timeout: amountOfTime.describe("Limit of one attempt on its worker (seconds, or a unit), which then fails; default: none.").optional(),
  checkpoint: wordOr(["none"], checkpoint, "{ every: 10m, cost: 20s, restore: 30s }, or none")
    .describe(
      "How its attempts save their work, so that one that is lost is not all for nothing; or none; default: as the scenario's checkpoint says.",
    )
    .optional(),
  environment: wordOr(["none"], environment, "{ kind: container, pull: 40s }, or none")
    .describe("What is to be done for each attempt before it works; or none; default: as the scenario's environment says.")
    .optional(),
  straggle: wordOr(["none"], straggle, "{ p: 0.05, factor: 8 }, or none")
    .describe("How its executions straggle, which no estimate knows; or none; default: as the scenario's straggle says.")
    .optional(),
  inputs: list(name, "ids of files")
    .describe("Ids of files that it reads, which must be on its worker before it works; it waits for the tasks that write them.")
    .optional(),
  outputSize: amountOfBytes
    .describe("Bytes that it writes and that every task reads that depends on it (or a unit), drawn or not; default 0.")
    .optional(),
  requires: mapOf(labelValue, "labels").describe("Labels that the worker must have, such as { zone: a }; default: none.").optional(),
  job: name.describe("Name of the job (workflow, array) that the task belongs to; default: none.").optional(),
  user: name.describe("Name of the user who submits it; default: none.").optional(),
  group: name.describe("Name of the group of its user; default: none.").optional(),
  queue: name.describe("Name of the queue that it is submitted to; default: none.").optional(),
  status: name.describe("How a log says that it ended, which does not decide how it ends here; default: none.").optional(),
};

/** The keys of a task that a template has too. */
export const TEMPLATE_KEYS: readonly string[] = Object.keys(fields);

export const task = strict("a task, such as { id: a, duration: 10s }", {
  id: name.describe("Unique name of the task."),
  dependencies: list(name, "task ids").describe("Ids of tasks that must complete before this one starts; default: none.").optional(),
  outputs: mapOf(bytes, "sizes by file id")
    .describe("Files that it writes, with their sizes (bytes, or a unit), such as { part1: 20MB }; default: none.")
    .optional(),
  ...fields,
}).meta({ id: "task" });

export const workload = strict("a workload, such as { format: swf, file: log.swf.gz }", {
  format: text.describe("Format of the file: swf, wfformat, csv or jsonl; default: by the file's name and beginning.").optional(),
  file: text.describe("Path of the file, from the scenario's folder; a gzipped one is unpacked."),
  scale: above0().describe("Factor on the load: the times between submissions are divided by it; default 1.").optional(),
  limit: wholeFrom(1).describe("Most tasks that are read, from the first on; default: all.").optional(),
}).meta({ id: "workload" });

/** Keys of a generated workload that are neither a generator's options nor fields of its tasks. */
export const GENERATE_KEYS: readonly string[] = ["kind", "seed"];

/** As a type it is unknown: the keys above have types of their own, which need not be among these. */
const generatorOption: z.ZodType = z.union([z.number(), z.string(), z.boolean()], { error: isNot("a number, text, true or false") });

export const generate = open(
  "a generated workload, such as { kind: bag, count: 100, duration: 10s }",
  {
    kind: text.describe("Name of the generator; its own options stand beside it."),
    seed: seed.describe("Pins what is drawn for this workload against the run's seed; default: the run's.").optional(),
    ...fields,
  },
  generatorOption,
).meta({ id: "generate" });
