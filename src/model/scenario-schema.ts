// The schema of scenario files, version 1: the one source of their validation, the JSON Schema and the README's reference.
import { z } from "zod";
import {
  above0,
  atLeast,
  bytes,
  duration,
  flag,
  isNot,
  labelValue,
  list,
  mapOf,
  name,
  number,
  open,
  seed,
  strict,
  text,
  units,
  wholeFrom,
  word,
  wordOr,
} from "./quantity-schema.ts";
import { shown } from "./shown.ts";
import { LOST_OUTPUTS, OUTPUT_PLACES, SHARINGS } from "./data.ts";
import { DIRECTIONS, IN_FLIGHT, MESSAGE_NAMES } from "./network.ts";
import { MOST_BATCHED, MOST_CLIENTS, READS } from "./clients.ts";
import { DURABILITIES, MOST_REPLICAS } from "./replication.ts";
import { LOSSES } from "./scenario.ts";
import { DEADLOCKS, PLACEMENTS } from "./settings.ts";
import { amountOfTime, checkpoint, environment, generate, processingTime, straggle, task, workload } from "./task-schema.ts";
import { LIFETIMES, MAX_RETRIES } from "./world.ts";

/** What an instance type says of a worker. */
const typed = {
  cpu: units.describe("Cores, fractions allowed; default 1.").optional(),
  memory: bytes.describe("Memory (bytes, or a unit); default: unlimited.").optional(),
  disk: bytes.describe("Disk (bytes, or a unit); default: unlimited.").optional(),
  slots: wholeFrom(0).describe("Most attempts at a time, by the slots that they request; default: unlimited.").optional(),
  speed: atLeast(0.001).describe("Speed, to a thousandth: a task takes its processing time ÷ speed; default 1.").optional(),
  resources: mapOf(units, "units by resource name").describe("Units of named resources, such as { gpu: 2 }; default 0 of each.").optional(),
  price: atLeast(0, 1_000_000).describe("What it costs per hour, in any unit of money, to the millionth; default: nothing.").optional(),
  watts: strict("{ idle: 80, busy: 200 }", {
    idle: units.describe("What it burns with nothing to do, in watts."),
    busy: units.describe("What it burns with all its cores allocated."),
  })
    .describe("What it burns; in between, in proportion to its allocated cores. Default: nothing.")
    .optional(),
};

/** An instance type, as a catalogue has it. */
export const instanceTypeSchema = strict("an instance type, such as { cpu: 4, memory: 16GiB, price: 0.192 }", typed);

/** What workers and pools have in common. */
const machine = {
  type: text.describe("Instance type, such as m5.xlarge, from the catalogue: what it says of all that is not given here.").optional(),
  ...typed,
  cache: bytes
    .describe(
      "Room for the images of environments, apart from disk (bytes, or a unit): those used longest ago make room; default: unlimited.",
    )
    .optional(),
  fileCache: bytes
    .describe(
      "Room for files from elsewhere that nothing on the worker reads just then (bytes, or a unit): those read longest ago make room; default: unlimited.",
    )
    .optional(),
  labels: mapOf(labelValue, "labels")
    .describe("Labels, such as { zone: a }, for requires and per-worker durations; default: none.")
    .optional(),
};

const worker = strict("a worker, such as { id: w, count: 4, cpu: 8 }", {
  id: name.describe("Unique name of the worker; with count it is the prefix of several."),
  count: wholeFrom(1).describe("How many such workers: w-1, w-2, … ; default: one, named by its id alone.").optional(),
  ...machine,
}).meta({ id: "worker" });

const pool = strict("a pool, such as { id: spot, type: m5.xlarge, min: 0, max: 50, boot: 90s }", {
  id: name.describe("Unique name of the pool; its workers are called by it: spot-1, spot-2, …"),
  ...machine,
  min: wholeFrom(0).describe("How many instances it has at least, and at the beginning; default 0.").optional(),
  max: wholeFrom(1).describe("How many it has at most."),
  boot: duration.describe("How long an instance takes from its launch until it is up (seconds, or a unit); default 1m.").optional(),
  spot: strict("{ mtbf: 2h, notice: 2m }", {
    mtbf: duration.describe("Mean time from when an instance is up until it is said that it will be taken back; exponential."),
    notice: duration.describe("How long before it is taken that is said (seconds, or a unit); default 2m.").optional(),
  })
    .describe("That its instances may be taken back by who lends them; default: they are not.")
    .optional(),
}).meta({ id: "pool" });

const setting = z.union([z.string(), z.number()], { error: isNot("a number or text") });

const cluster = strict("a map with workers or pools", {
  workers: list(worker, "workers")
    .describe("The workers; ties between them go by their order. May be left out where pools are given.")
    .optional(),
  pools: list(pool, "pools")
    .describe("Workers that are launched and given back while the run goes on; they stand behind the others, in this order.")
    .optional(),
  catalogue: text
    .describe("Path of a YAML file of instance types by name, from the scenario's folder; default: the one that comes with Makespan.")
    .optional(),
  autoscaler: z
    .union(
      [
        text,
        open(
          "an autoscaler",
          {
            kind: text.describe("Name of the autoscaler; default queue-length.").optional(),
            interval: duration.describe("How often it is asked (seconds, or a unit), while anything happens; default 30s.").optional(),
            cooldown: duration
              .describe("How long it must want fewer instances before any is given back (seconds, or a unit); default 1m.")
              .optional(),
          },
          setting,
        ),
      ],
      { error: isNot("an autoscaler's name, or { kind: queue-length, tasksPerWorker: 4 }") },
    )
    .describe(
      'Who says how many instances each pool has: a name, text such as "queue-length:tasksPerWorker=2:interval=1m", or { kind, interval, cooldown, its options }; default queue-length.',
    )
    .optional(),
  billing: strict("{ minimum: 60s }", {
    minimum: duration
      .describe("So long is paid for at least, each time that a worker with a price is there (seconds, or a unit); default 1m.")
      .optional(),
  })
    .describe("How it is paid for workers with a price: by the second begun.")
    .optional(),
});

const item = z.union([z.string(), z.number()], { error: isNot("a number or text") });

const parameter = z.union([z.string(), z.number(), z.boolean(), z.array(item)], {
  error: isNot("a number, text, true, false or a list of numbers and texts"),
});

const placement = word(PLACEMENTS);

const policy = z.union(
  [
    text,
    open(
      "a policy",
      {
        name: text.describe("Name of the policy, or path of a policy file from the scenario's folder (./my-policy.ts)."),
        blocking: flag
          .describe("Whether a pass ends at the first task that fits nowhere; default: the policy's (true for fcfs, false for others).")
          .optional(),
        placement: placement.describe("Which worker a task goes to, for this policy; default: scheduler.placement.").optional(),
      },
      parameter,
    ),
  ],
  { error: isNot("a policy's name, or { name: …, blocking: … }") },
);

function fractionOf(what: string) {
  return z.union([z.number(), z.string()], { error: isNot(`a part of the ${what}`) });
}

/** How waits grow from failure to failure. */
const backoff = strict("{ initial: 1s, factor: 2, max: 1m, jitter: 0.2 }", {
  initial: duration.describe("Wait after the first failure (seconds, or a unit)."),
  factor: atLeast(1).describe("What each further failure multiplies it by; default 1.").optional(),
  max: duration.describe("Longest wait, before jitter (seconds, or a unit); default: no limit.").optional(),
  jitter: atLeast(0, 1).describe("Part by which a wait is drawn shorter or longer, evenly: 0.2 is ±20 %; default 0.").optional(),
});

const scheduler = strict("a map of settings", {
  policy: policy
    .describe('Policy: a name, text such as "sjf:blocking=true", or { name, blocking, placement, its options }; default fcfs.')
    .optional(),
  placement: placement.describe("Which worker a task goes to, of those with room; default first-fit.").optional(),
  localityDelay: duration
    .describe(
      "Of placement locality: how long a task, once it is ready, waits for room on the workers that have most of its files before it goes anywhere else (seconds, or a unit; delay scheduling); policies that preempt do not wait; default 0s.",
    )
    .optional(),
  priorityOrder: word(["lower-first", "higher-first"]).describe("Which priority goes first; default lower-first.").optional(),
  retries: z
    .union(
      [
        wholeFrom(0, MAX_RETRIES),
        strict("{ max: 3, countLost: …, backoff: …, elsewhere: … }", {
          max: wholeFrom(0, MAX_RETRIES)
            .describe("Further attempts after a failure, unless the task says otherwise; default 0.")
            .optional(),
          backoff: backoff.describe("How long a failed task waits before it may run again; default: not at all.").optional(),
          countLost: flag
            .describe("Whether attempts that were lost (given up, not failed) use the attempts up too; default false.")
            .optional(),
          elsewhere: word(["require", "prefer"])
            .describe(
              "Not on the worker of the last attempt, where that failed, or was given up as its worker was not heard of or restarted: require, if another could hold the task when empty; prefer, if another has room now; default require.",
            )
            .optional(),
        }),
      ],
      { error: isNot(`a whole number of at most ${MAX_RETRIES}, or { max: 3, backoff: { initial: 1s } }`) },
    )
    .describe(
      "Further attempts after a failure, unless the task says otherwise: a number, or { max, countLost, backoff, elsewhere }; default 0.",
    )
    .optional(),
  onDependencyFailure: word(["skip", "fail"])
    .describe("What dependents of a failed task become, transitively: skipped or failed; default skip.")
    .optional(),
  estimates: wordOr(
    ["user", "exact", "none"],
    strict("{ noise: … }", { noise: atLeast(0).describe("Coefficient of variation of estimate ÷ truth.") }),
    "user, exact, none or { noise: 0.3 }",
  )
    .describe(
      "What the scheduler is told of processing times: user (the task's estimate, else exact), exact, none, or { noise: cv } (exact × lognormal of mean 1); default user.",
    )
    .optional(),
  pass: wordOr(
    ["instant", "event"],
    strict("{ every: … }", { every: duration.describe("Period of the cycles (seconds, or a unit).") }),
    "instant, event or { every: 30s }",
  )
    .describe("When the scheduler looks at its queue: once per instant, after each event, or in cycles { every: 30s }; default instant.")
    .optional(),
  ties: word(["position", "seeded"])
    .describe(
      "Which of several events of one kind at one instant comes first: position (of their tasks or workers), or seeded (drawn, so that other seeds show what hangs on it); default position.",
    )
    .optional(),
  decisionTime: strict("{ perPass: …, perTask: … }", {
    perPass: duration.describe("Virtual time of each pass (seconds, or a unit); default 0s.").optional(),
    perTask: duration.describe("Virtual time of each pass per ready task (seconds, or a unit); default 0s.").optional(),
  })
    .describe("Virtual time that a pass takes before its starts take effect; default none.")
    .optional(),
  heartbeat: strict("{ interval: 1s, timeout: 5s }", {
    interval: duration.describe("Time between a worker's heartbeats (seconds, or a unit); default 1s.").optional(),
    timeout: duration
      .describe("Of detector timeout: a worker is suspected when nothing was heard of it for so long; default 5s.")
      .optional(),
    detector: word(["timeout", "phi"])
      .describe(
        "When silence is too long: after a fixed time, or phi (the φ accrual detector), after one that its last heartbeats make unlikely; default timeout.",
      )
      .optional(),
    threshold: number
      .describe("Of phi: a worker is suspected when silence as long as this has the probability 10^−threshold; from 1 to 300, default 8.")
      .optional(),
    window: number
      .describe("Of phi: how many gaps between heartbeats count, the last ones; a whole number from 1 to 10000, default 100.")
      .optional(),
    deviation: duration
      .describe("Of phi: the standard deviation of gaps is taken to be so long at least (seconds, or a unit), above 0; default 100ms.")
      .optional(),
  })
    .describe("How the scheduler finds out that a worker has failed. Given, or where workers have faults, join or leave, workers can fail.")
    .optional(),
  lease: duration
    .describe("How long a worker may go on with an attempt after its start or the last heartbeat that was answered; default 10s.")
    .optional(),
  drift: atLeast(0, 0.9)
    .describe(
      "How slow the scheduler takes workers' clocks to be at most: it gives an attempt up for its lease only when that is over on a clock that runs slow by this part of the true time; to the millionth, default 0.",
    )
    .optional(),
  progress: fractionOf("work, such as 25% or 0.25")
    .describe(
      "Workers tell each time that an attempt has done another such part of its work, percent or a fraction, to the thousandth, from 0.1% to below 100%: what is left of its estimate is corrected by it; default: never.",
    )
    .optional(),
  replicas: z
    .union(
      [
        wholeFrom(1, MOST_REPLICAS),
        strict("{ count: 3, electionTimeout: … }", {
          count: wholeFrom(1, MOST_REPLICAS).describe(
            "How many replicas the scheduler has, called r-1, r-2 and so on; 1: it is one process.",
          ),
          electionTimeout: strict("{ from: 1s, to: 2s }", {
            from: duration.describe("Shortest (seconds, or a unit); default 1s."),
            to: duration.describe("Longest; default: twice the shortest.").optional(),
          })
            .describe(
              "How long a replica waits for a leader before it stands for election: drawn anew each time, evenly, from one to the other.",
            )
            .optional(),
          heartbeat: duration
            .describe("How often a leader tells the others that it leads; default: a tenth of the shortest election timeout.")
            .optional(),
          sync: duration.describe("How long a replica's disk takes to have what waits on it (seconds, or a unit); default 5ms.").optional(),
          latency: amountOfTime
            .describe(
              "How long a message takes between replicas (seconds, or a unit), or a distribution from which each draws; default 500us.",
            )
            .optional(),
          loss: atLeast(0, 1).describe("Probability that such a message is lost; default 0.").optional(),
          duplicate: atLeast(0, 1).describe("Probability that it arrives twice; default 0.").optional(),
          reorder: flag.describe("Whether such messages may overtake one another; default false.").optional(),
          preVote: flag
            .describe("Whether a replica asks first whether it would be elected, and disturbs nobody if not; default true.")
            .optional(),
          checkQuorum: flag
            .describe("Whether a leader that no majority answers steps down, and those who hear a leader elect no other; default true.")
            .optional(),
          batch: wholeFrom(1).describe("Most entries of the log in one message; default 256.").optional(),
          pipeline: wholeFrom(1).describe("Most messages with entries to one replica ahead of their answers; default 16.").optional(),
          snapshotEvery: wholeFrom(1).describe("So many applied entries of the log are replaced by a snapshot; default 10000.").optional(),
          drift: atLeast(0, 0.9)
            .describe(
              "By which part of the true time replicas' clocks may run fast or slow, as far as leaders' leases allow for it; default 0.",
            )
            .optional(),
          durability: word(DURABILITIES)
            .describe(
              "When clients and workers are told that what they say is noted: quorum, when a majority of replicas has it on disk and it is applied, or leader, when the leader has: sooner, but what the others have not got is lost with it; default quorum.",
            )
            .optional(),
        }),
      ],
      { error: isNot(`a whole number from 1 to ${MOST_REPLICAS}, or { count: 3, electionTimeout: { from: 1s } }`) },
    )
    .describe(
      "How many replicas the scheduler has, which agree by Raft on who leads and on what was decided: a number, or { count, electionTimeout, heartbeat, sync, … }; default 1.",
    )
    .optional(),
  requeue: word(["lease-end", "suspicion"])
    .describe(
      "When attempts on a worker that is not heard of are given up: when their leases are over, or when it is suspected; default lease-end.",
    )
    .optional(),
  preemption: strict("{ mode: suspend, grace: 5s, minRun: 30s, max: 3 }", {
    mode: word(["off", "kill", "suspend", "checkpoint"]).describe(
      "What becomes of an attempt that makes room: kill (it is lost, and the task begins anew, or from its last checkpoint), suspend (it keeps memory and disk, and goes on there later), checkpoint (it writes one first, and the task goes on from there; what has no `checkpoint` is killed), or off: nothing is preempted.",
    ),
    grace: duration.describe("How long it goes on after it was chosen (seconds, or a unit); default 0s.").optional(),
    minRun: duration
      .describe("How long an attempt runs at least before it is chosen, since it was started or continued; default 0s.")
      .optional(),
    max: wholeFrom(0, MAX_RETRIES).describe("How often a task is chosen at most; default: no limit.").optional(),
  })
    .describe(
      "How running attempts make room under policies that preempt (preemptive-priority, srpt, preemptive-sjf, time-slice); default off.",
    )
    .optional(),
  deadlock: word(DEADLOCKS)
    .describe(
      "About running tasks that wait for what others hold which wait likewise: detect (one of them runs again), prevent (only what leaves a way for all to get what they claim is granted; every task that asks must claim), or none; default detect.",
    )
    .optional(),
  speculation: wordOr(
    ["none"],
    strict("{ factor: 1.5, min: 5 }", {
      factor: atLeast(1).describe(
        "How many times the median of the tasks of its function that have completed an attempt may take before it gets a copy.",
      ),
      min: wholeFrom(1).describe("How many of them there must be; default 5.").optional(),
    }),
    "{ factor: 1.5, min: 5 }, or none",
  )
    .describe(
      "An attempt that takes too long gets a copy on another worker, when no ready task takes the room; the first of the two that completes completes the task, and the other is stopped; default: none does.",
    )
    .optional(),
  cancel: word(["immediate", "confirmed"])
    .describe(
      "When a cancellation is acknowledged: immediate, or confirmed: when the worker of the running attempt has answered, or its lease is over; default immediate.",
    )
    .optional(),
  notify: flag
    .describe("Whether clients are told when their tasks have ended: an entry `notified` in the trace for each task; default false.")
    .optional(),
  rerank: duration
    .describe("How stale the order of a dynamic policy may be above 10,000 queued tasks (seconds, or a unit); default: such a run ends.")
    .optional(),
});

const fraction = fractionOf("tasks, such as 10% or 0.1");

const measure = strict("{ from: 10%, to: 90% }", {
  from: fraction.describe("Where the window begins: percent, or a fraction from 0 to 1; default 0%.").optional(),
  to: fraction.describe("Where it ends; default 100%.").optional(),
});

/** What is said of a link. */
const link = {
  latency: amountOfTime
    .describe("How long a message takes, each way (seconds, or a unit), or a distribution from which each draws; default 0s.")
    .optional(),
  loss: atLeast(0, 1).describe("Probability that a message is lost; default 0.").optional(),
  duplicate: atLeast(0, 1).describe("Probability that a message arrives twice; default 0.").optional(),
  reorder: flag.describe("Whether messages on a link may overtake one another; default false.").optional(),
};

/** One, or a list of several. */
function oneOrMore<Item extends z.ZodType>(item: Item, what: string) {
  return z.union([item, z.array(item)], { error: isNot(`${what}, or a list of several`) });
}

/** A scenario file, version 1. Only its form; what its parts mean together is judged when it is loaded. */
export const scenarioSchema = strict("a scenario: a map with cluster and tasks", {
  $schema: z.string().describe("Where editors find the JSON Schema (makespan schema prints it); not used otherwise.").optional(),
  version: z
    .literal(1, {
      error: ({ input }) =>
        input === "1"
          ? `${shown(input)} is text; write version: 1, without quotes`
          : `${shown(input)} is not known; this Makespan reads version 1`,
    })
    .describe("Version of the format: 1.")
    .optional(),
  name: name.describe("Name of the scenario in reports; default: the file's name.").optional(),
  seed: seed.describe("Seed of all that is drawn, text or a whole number below 2^53; default 1.").optional(),
  seeds: strict("{ workload: …, faults: …, network: …, policy: … }", {
    workload: seed.describe("Another seed for what is drawn of the workload, as --seed-workload.").optional(),
    faults: seed.describe("Another seed for what fails, as --seed-faults.").optional(),
    network: seed.describe("Another seed for what messages draw, as --seed-network.").optional(),
    policy: seed.describe("Another seed for what the policy draws, as --seed-policy.").optional(),
  })
    .describe("Seeds of single sources of chance, where no other seed is given on the command line; default: seed.")
    .optional(),
  cluster: cluster.describe("The workers, and pools of more of them; may be left out where a workload's file brings its own.").optional(),
  scheduler: scheduler.describe("The policy and how the scheduler works.").optional(),
  functions: mapOf(processingTime, "processing times by function name")
    .describe("Processing time by function name; default holds for tasks whose function is not named here, and for those without one.")
    .optional(),
  checkpoint: checkpoint
    .describe("How attempts of all tasks save their work that do not say otherwise, those of workload files too; default: not at all.")
    .optional(),
  environment: environment
    .describe("What is to be done for each attempt before it works, of all tasks that do not say otherwise; default: nothing.")
    .optional(),
  straggle: straggle
    .describe("How executions straggle, which no estimate knows, of all tasks that do not say otherwise; default: none does.")
    .optional(),
  files: list(
    strict("a file, such as { id: genome, size: 3GB }", {
      id: name.describe("Unique name of the file."),
      size: bytes.describe("How large it is (bytes, or a unit)."),
      at: oneOrMore(name, "a worker's id")
        .describe("Ids of workers that have it from the beginning, one or a list; default: only the store has it, which has every file.")
        .optional(),
    }),
    "files",
  )
    .describe("Files that are there from the beginning, for the inputs of tasks.")
    .optional(),
  data: strict("{ outputs: local, lost: recompute }", {
    outputs: word(OUTPUT_PLACES)
      .describe(
        "Where what tasks write is safe: durable: in the store, as soon as it is written; local: nowhere but on the worker that wrote it, as long as that and its disk are there; default durable.",
      )
      .optional(),
    lost: word(LOST_OUTPUTS)
      .describe(
        "What becomes of tasks that read a lost file: recompute: the task that wrote it runs again, and before it those whose own files are lost that it reads; fail: they fail; default recompute.",
      )
      .optional(),
  })
    .describe("What becomes of the files that tasks write; default: they are durable.")
    .optional(),
  tasks: list(task, "tasks").describe("Tasks, in order; ties between tasks go by it.").optional(),
  workload: oneOrMore(workload, "a workload").describe("Tasks read from a file: one, or a list of several.").optional(),
  generate: oneOrMore(generate, "a generated workload")
    .describe("Synthetic tasks: a generator's options and a task's fields as the template; one, or a list of several.")
    .optional(),
  actions: list(
    strict("an action, such as { at: 10s, cancel: task3 }", {
      at: duration.describe("When, on the virtual clock (seconds, or a unit)."),
      cancel: name.describe("Id of the task that its client withdraws; one that has ended by then stays what it is.").optional(),
      requeue: flag
        .describe("With cancel: only its running attempt is given up, and the task goes back to the queue; default false.")
        .optional(),
      status: name.describe("Id of the task of which its client asks where it stands: the trace has what it is told.").optional(),
      set: strict("{ task: task3, priority: 1 }", {
        task: name.describe("Id of the task to change."),
        priority: number.describe("Its priority from then on.").optional(),
        weight: atLeast(0).describe("Its weight from then on.").optional(),
      })
        .describe("Changes a task that has not ended: what it is ranked by from then on.")
        .optional(),
      join: worker.describe("A worker that is there from then on, with the keys of one of cluster.workers; with count several.").optional(),
      leave: name
        .describe("Id of the worker that leaves for good: it takes nothing more, and is gone when nothing runs there any more.")
        .optional(),
      limit: duration
        .describe("With leave: how long what runs there may go on before it is handed back (seconds, or a unit); default: no limit.")
        .optional(),
      shrink: name
        .describe(
          "Id of a worker that has less from then on, until the next such action: what no longer fits is given up, as for the fault of that name.",
        )
        .optional(),
      grow: name.describe("Id of a worker that has more from then on, likewise.").optional(),
      cpu: units.describe("With shrink or grow: how many cores it has then; default: as many as before.").optional(),
      memory: bytes.describe("The same for memory (bytes, or a unit).").optional(),
      disk: bytes.describe("The same for disk (bytes, or a unit).").optional(),
      slots: wholeFrom(0).describe("The same for slots.").optional(),
      resources: mapOf(units, "units by resource name").describe("The same for named resources, such as { gpu: 1 }.").optional(),
      transfer: name
        .describe(
          "The replica of the scheduler, such as r-2, to which the one that leads hands over; nothing comes of it where none leads.",
        )
        .optional(),
    }),
    "actions",
  )
    .describe("What clients and operators ask for while the run goes on.")
    .optional(),
  faults: list(
    strict("a fault, such as { kind: crash, worker: w-1, at: 10s, for: 30s }", {
      kind: name.describe("Kind of the fault (see the list of faults); left out only beside trace.").optional(),
      trace: text
        .describe(
          "Instead of all other keys: path of a CSV file of outages, from the scenario's folder; columns node, down_s and up_s (empty: never back). A gzipped one is unpacked.",
        )
        .optional(),
      task: name.describe("Of faults of tasks: id of the task that it strikes; default: all, or each with its `probability`.").optional(),
      probability: atLeast(0, 1).describe("How probably it strikes a task, or a message, each by itself; default 1.").optional(),
      direction: word(DIRECTIONS)
        .describe("Of faults of links: which messages, those from-worker, those to-worker, or both; default both.")
        .optional(),
      messages: list(word(MESSAGE_NAMES), "kinds of messages")
        .describe("Of faults of links: the kinds of messages that it strikes, such as [ended, heartbeat]; default: all.")
        .optional(),
      by: duration.describe("Of message-delay: how much longer messages take (seconds, or a unit).").optional(),
      factor: atLeast(0, 1_000_000).describe("Of wrong-estimates: what the estimate is multiplied by; default 1.").optional(),
      noise: atLeast(0, 100)
        .describe("Of wrong-estimates: coefficient of variation of a drawn factor, lognormal of mean 1; default 0.")
        .optional(),
      after: above0(1)
        .describe("Of a killer-task: the part of its work after which it takes its worker down, above 0 and at most 1; default 1.")
        .optional(),
      requeue: flag.describe("Of a cancel-storm: tasks that run go back to the queue, and no other is touched; default false.").optional(),
      worker: name
        .describe(
          "Id of the worker that it strikes, or with `when`: its, the worker where the task runs; default: all, or those of `where`.",
        )
        .optional(),
      where: mapOf(labelValue, "labels").describe("Labels of the workers that it strikes, such as { zone: a }; default: all.").optional(),
      replica: name
        .describe(
          "Instead of a worker: the replica of the scheduler that it strikes, such as r-1, or leader, the one that leads when it begins; faults of links then strike those to the other replicas, and from-worker are messages of this one.",
        )
        .optional(),
      peers: oneOrMore(name, "a replica's name, such as r-2")
        .describe(
          "With `replica`, of faults of links: the replicas to which the links are that it strikes, one or a list, such as [r-2, r-3]; default: all others.",
        )
        .optional(),
      clients: flag
        .describe(
          "Of faults of links: whether it strikes the link of the clients, and none of the workers'; from-worker are then messages of clients. Default false.",
        )
        .optional(),
      at: duration
        .describe("When it strikes, once (seconds, or a unit); of a burst, when all arrive, of a cancel-storm, when all are cancelled.")
        .optional(),
      for: duration
        .describe(
          "How long it lasts then; default: to the end of the run. Of a burst: how long after `at` tasks would arrive that it moves.",
        )
        .optional(),
      restart: duration
        .describe("Of a crash, the same as `for`: how long the worker stays down; so of a killer-task, for good by default.")
        .optional(),
      when: strict("{ task: t17, attempt: 1, progress: 0.5 }", {
        task: name.describe("Id of the task."),
        attempt: wholeFrom(1, MAX_RETRIES).describe("Which of its attempts, counted from 1, given up or not; default 1.").optional(),
        progress: atLeast(0, 0.999999)
          .describe("The part of its work that it has done then, from 0 (its start) to below 1; default 0.")
          .optional(),
      })
        .describe("Instead of `at`: strikes when an attempt of a task has come so far; `worker: its` is the worker where that runs.")
        .optional(),
      mtbf: duration.describe("Instead of `at`: mean time from the end of one such fault to the beginning of the next.").optional(),
      mttr: duration.describe("With `mtbf`: mean time that it lasts.").optional(),
      permanent: flag
        .describe("Whether it lasts to the end of the run, as with `at` and no `for`; with `mtbf` in the place of `mttr`. Default false.")
        .optional(),
      distribution: word(LIFETIMES).describe("With `mtbf`: how both times are distributed; default exponential.").optional(),
      shape: atLeast(0.05, 1000).describe("Shape of weibull and gamma.").optional(),
      cv: atLeast(0, 100).describe("Coefficient of variation of lognormal.").optional(),
      per: name
        .describe("With `mtbf`: a label, such as rack; workers with the same value of it fail together; default: each by itself.")
        .optional(),
      down: duration.describe("Of a flapping worker: how long it is down each time (seconds, or a unit).").optional(),
      up: duration.describe("Of a flapping worker: how long it is up in between.").optional(),
      loses: word(LOSSES)
        .describe(
          "Of a crash: disk, if what is on the worker's disk is lost with it; default: it is there again when the worker is. Of a replica's also tail: of what its disk was just syncing only the beginning is there; or entry: one of its log that was on disk cannot be read.",
        )
        .optional(),
      speed: atLeast(0, 1)
        .describe("Of a slow worker: the part of its speed that it keeps, 0.001 at least; of a replica's disk also 0: it finishes nothing.")
        .optional(),
      drift: atLeast(-0.9, 0.9)
        .describe("Of a clock: by which part of the true time it runs fast, or, below 0, slow; to the millionth, from -0.9 to 0.9.")
        .optional(),
      cpu: units
        .describe("Of one that shrinks or grows: how many cores it has then, at most or at least; default: as many as before.")
        .optional(),
      memory: bytes.describe("The same for memory (bytes, or a unit).").optional(),
      disk: bytes.describe("The same for disk (bytes, or a unit).").optional(),
      slots: wholeFrom(0).describe("The same for slots.").optional(),
      resources: mapOf(units, "units by resource name").describe("The same for named resources, such as { gpu: 1 }.").optional(),
    }),
    "faults",
  )
    .describe("What goes wrong with workers and tasks, by schedule or by chance.")
    .optional(),
  network: strict("{ latency: 5ms, loss: 0.01 }", {
    ...link,
    bandwidth: bytes
      .describe(
        "Bytes of files per second that go to each worker, and as many from it, such as 125MB; default: files take no time to go anywhere.",
      )
      .optional(),
    store: bytes.describe("Bytes of files per second that come from the store (or a unit); default: unlimited.").optional(),
    sharing: word(SHARINGS)
      .describe(
        "How transfers of files get along: none: each has the whole bandwidth; fair: those that cross a worker's link, or the store's, share it, max-min fairly; default none.",
      )
      .optional(),
    links: list(
      strict("a link, such as { worker: w-1, latency: 20ms }", {
        worker: name.describe("Id of the worker whose link it is; default: all, or those of `where`.").optional(),
        where: mapOf(labelValue, "labels")
          .describe("Labels of the workers whose links they are, such as { zone: b }; default: all.")
          .optional(),
        ...link,
        bandwidth: bytes.describe("Bytes of files per second that go to the worker, and as many from it (or a unit).").optional(),
      }),
      "links",
    )
      .describe("Links that are otherwise; what they do not say is as above. Of several that concern a worker the last counts.")
      .optional(),
    clients: strict("the link of the clients, such as { latency: 50ms }", {
      ...link,
      repeat: duration
        .describe(
          "How long who asks for something, or tells of it, waits for the answer before that is sent again (seconds, or a unit); default 1s.",
        )
        .optional(),
    })
      .describe(
        "The link between the scheduler and its clients, who submit, cancel, change and ask over it, and are told over it how tasks ended; default: they are where the scheduler is.",
      )
      .optional(),
    inFlight: word(IN_FLIGHT)
      .describe(
        "What becomes of messages under way when their link is cut: drop: what would arrive during the cut is dropped; deliver: it arrives, and what is sent during the cut is dropped; default drop.",
      )
      .optional(),
    detail: word(["folded", "messages"])
      .describe(
        "messages: each message is simulated and recorded by itself; folded: heartbeats that tell nothing new are not; default folded.",
      )
      .optional(),
  })
    .describe("The network between the scheduler, its workers and its clients; default: messages arrive at once, and none is lost.")
    .optional(),
  clients: strict("what clients are like, such as { count: 3, reads: stale }", {
    count: wholeFrom(1, MOST_CLIENTS)
      .describe("How many there are, called c-1, c-2 and so on; tasks are theirs in turn, in their order; default 1.")
      .optional(),
    batch: wholeFrom(1, MOST_BATCHED)
      .describe("Most tasks that a client submits, cancels or changes in one request; default 1.")
      .optional(),
    interval: duration.describe("Least time from one request of a client to its next (seconds, or a unit); default 0s.").optional(),
    status: duration
      .describe(
        "So often each client asks where one of its tasks stands, in turn, until it knows how they have ended (seconds, or a unit); default: never.",
      )
      .optional(),
    reads: word(READS)
      .describe(
        "Who answers where a task stands: linearizable: the leader, when it knows that it still leads; stale: any replica, by what it has applied; default linearizable.",
      )
      .optional(),
    session: duration
      .describe("How long replicas remember what a client's requests came to of which they hear nothing (seconds, or a unit); default 60s.")
      .optional(),
    backoff: backoff
      .describe(
        "How long a client waits that was not answered (network.clients.repeat), or told that nobody leads, before it asks another replica; default { initial: 100ms, factor: 2, max: 5s, jitter: 0.5 }.",
      )
      .optional(),
  })
    .describe(
      "Clients of a scheduler with replicas as processes, which submit, cancel, change and ask by requests to one replica or another; default: they are where the leader is, or at the other end of network.clients.",
    )
    .optional(),
  expect: mapOf(z.union([z.string(), z.number()], { error: isNot('an expectation, such as "<= 10m"') }), "expectations")
    .describe(
      'Checks on columns of runs.csv (the unit may be left out), such as { makespan: "<= 10m", failed: "== 0" }; one that fails: exit 1.',
    )
    .optional(),
  measure: measure
    .describe("Window of tasks, by order of submission, that metrics count; the others run but are not counted; default: all.")
    .optional(),
});

/** What a scenario file may hold, as a type. */
export type ScenarioInput = z.input<typeof scenarioSchema>;

/** A task as a scenario file writes it. */
export type TaskInput = z.input<typeof task>;

/** A worker as a scenario file writes it. */
export type WorkerInput = z.input<typeof worker>;
