// What holds for every property: on CI a counterexample is not shrunk, which may take an hour where runs are long. MAKESPAN_SHRINK=1
// with the seed and the path that the failure tells shrinks it anywhere.
import fc from "fast-check";

fc.configureGlobal({ endOnFailure: process.env["CI"] !== undefined && process.env["MAKESPAN_SHRINK"] === undefined });
