// The library's front door. Times given to it are seconds, or texts with a unit ("90s", "5m"); times it gives are seconds too,
// but for those of policies and traces, which are whole µs.

// Scenarios and policies.
export { defineScenario, type LoadOptions, loadPolicy, loadScenario, type PolicyChoice } from "./library/load.ts";
export type { ScenarioInput, TaskInput, WorkerInput } from "./model/scenario-schema.ts";
export type { Scenario } from "./model/scenario.ts";
export type { ParameterValue, Placement, PolicySpec } from "./model/settings.ts";
export { POLICIES, policyNamed } from "./policies/index.ts";
export {
  definePolicy,
  type Policy,
  type PolicyContext,
  type PolicyDefinition,
  type PolicyInput,
  type PolicyParameter,
  type Rank,
  type RankLine,
  type ReadyQueue,
  type SchedulingPass,
  type TaskField,
  type TaskView,
  type WorkerPool,
  type WorkerView,
} from "./policies/policy.ts";

// Runs.
export { compare, type CompareOptions, type ComparisonResult, type PolicyFields, type PolicyRanking } from "./library/compare.ts";
export type { AttemptFields, RunFields, SimulationResult, TaskFields, TracedResult } from "./library/result.ts";
export type { OnNotified, TaskNotification } from "./library/on-notified.ts";
export type { TimeInput } from "./library/seconds.ts";
export type { SeedInput, SeedOptions } from "./library/seeds.ts";
export { type RunChoices, simulate, type SimulateOptions } from "./library/simulate.ts";
export { Simulation, type TaskState, type TaskStatus } from "./library/step-wise.ts";

// Functions as tasks in virtual time.
export type { AttemptOutput, TaskContext, TextOutput } from "./functions/task-context.ts";
export { type TaskOptions, type TaskResult, TaskScheduler, type TaskSchedulerOptions } from "./task-scheduler.ts";

// Traces, and who judges them.
export { ENTRY_NAMES, EntryKind, Reason, REASON_NAMES, type Trace, type TraceEntry, type TraceSink } from "./model/trace.ts";
export { INVARIANTS, judge } from "./oracle/index.ts";
export type { Invariant, JudgeOptions, Verdict } from "./oracle/invariant.ts";

// Errors, units, and errors as text.
export { BudgetError, type Fault, InputError, MakespanError, NonDeterminismError, PolicyError, type Position } from "./model/errors.ts";
export { formatFaults } from "./files/fault-text.ts";
export { type Bytes, type Duration, formatSeconds, parseBytes, parseDuration, SECOND, type Time } from "./model/units.ts";
