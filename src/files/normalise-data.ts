// Files of a scenario that are there from the beginning, and what becomes of those that tasks write.
import type { FileSpec, Scenario } from "../model/scenario.ts";
import type { ScenarioInput } from "../model/scenario-schema.ts";
import { parseBytes } from "../model/units.ts";
import type { Document } from "./document.ts";
import type { FaultList } from "./fault-list.ts";

export function dataOf(
  { files, data }: Pick<ScenarioInput, "files" | "data">,
  document: Document,
  faults: FaultList,
): Pick<Scenario, "files" | "data"> {
  const specs = files?.flatMap((file, index): FileSpec[] => {
    if ((file as unknown) === undefined || file.id === undefined || file.size === undefined) return []; // taken out for its faults
    const { id, size, at = [] } = file;
    const path = ["files", index];
    const position = document.position(path);
    const bytes = faults.attempt([...path, "size"], () => parseBytes(size)) ?? 0;
    return [{ id: String(id), size: bytes, at: [at].flat().map(String), ...(position && { position }) }];
  });
  if (data?.lost !== undefined && data.outputs !== "local")
    faults.add(["data", "lost"], "lost says what becomes of local files, and outputs are durable; give data.outputs: local", "key");
  return {
    ...(specs !== undefined && { files: specs }),
    ...(data !== undefined && { data: { outputs: data.outputs ?? "durable", lost: data.lost ?? "recompute" } }),
  };
}
