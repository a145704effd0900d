// Small scenarios and policies of the user's for the tests of the command line.

/** Two tasks one after the other: 30 s. */
export const CHAIN = `
version: 1
name: chain
cluster: { workers: [{ id: w }] }
tasks:
  - { id: a, duration: 10s, job: night }
  - { id: b, duration: 20s, dependencies: [a], job: night }
`;

/** Eight tasks of random length on two workers. */
export const RANDOM = `
version: 1
name: random
seed: 5
cluster: { workers: [{ id: w, count: 2 }] }
generate: { kind: bag, count: 8, duration: { distribution: exponential, mean: 10s }, fails: 0.3, retries: 1 }
`;

/** Policies of the user's, by the name of their files. */
export const POLICY_FILES: Readonly<Record<string, string>> = {
  "longest.ts": `
    import { definePolicy, type TaskView } from "makespan";
    enum Sign { down = -1 } // what only a compiler understands
    export default definePolicy({ name: "longest", parameters: { weight: { summary: "", default: 1 } }, rank: (task: TaskView) => Sign.down * task.estimate });
  `,
  "chance.js": `export default { name: "chance", rank: () => Math.random() };\n`,
  "nan.js": `export default { name: "nan", rank: () => Number.NaN };\n`,
  "idle.js": `export default { name: "idle", schedule() {} };\n`,
  "throwing.js": `export default { name: "throwing", rank: (task) => task.nothing.at(0) };\n`,
  "counter.js": `let calls = 0;\nexport default { name: "counter", rank: () => (calls++ * 7919) % 13 };\n`,
};
