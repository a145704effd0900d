// Values that options and arguments complete from, and are checked against; loaded only when asked for.

export async function policyNames(): Promise<readonly string[]> {
  const { POLICIES } = await import("../policies/index.ts");
  return POLICIES.map(({ name }) => name);
}

export async function bundledNames(): Promise<readonly string[]> {
  const { bundledScenarios } = await import("../files/bundled-scenarios.ts");
  return bundledScenarios();
}

export async function generatorNames(): Promise<readonly string[]> {
  const { GENERATORS } = await import("../workload/generators/index.ts");
  return GENERATORS.map(({ name }) => name);
}

export async function formatNames(): Promise<readonly string[]> {
  const { IMPORTERS } = await import("../workload/importers/index.ts");
  return IMPORTERS.map(({ name }) => name);
}

export async function rankColumns(): Promise<readonly string[]> {
  const { RUN_COLUMNS } = await import("../metrics/run-summary.ts");
  return RUN_COLUMNS.filter(({ better }) => better !== undefined).map(({ name }) => name);
}
