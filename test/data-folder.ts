// Where the real workloads and published numbers lie that the project does not ship.
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the shared data: MAKESPAN_DATA, from the project's root. */
export const DATA_FOLDER: string = resolve(fileURLToPath(new URL("..", import.meta.url)), process.env.MAKESPAN_DATA ?? "../shared/data");

/** Ends the titles of suites that need it: how the reporter knows what was skipped for the lack of it. */
export const DATA_MARK = "[shared data]";
