import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { scenarioJsonSchema } from "../../src/files/json-schema.ts";
import { DISTRIBUTION_NAMES } from "../../src/model/quantity-schema.ts";
import { scenarioSchema } from "../../src/model/scenario-schema.ts";
import { DISTRIBUTIONS } from "../../src/workload/distributions.ts";
import { anything, KEYS, places, RIGHT, replaced } from "../files/any-scenario.ts";

interface Part {
  description?: string;
  properties?: Record<string, Part>;
  [key: string]: unknown;
}

const exported = scenarioJsonSchema() as Part;
const validate = new Ajv({ strict: false, allErrors: true }).compile(exported);

function agree(document: unknown): boolean {
  const plain = JSON.parse(JSON.stringify(document)) as unknown;
  const byZod = scenarioSchema.safeParse(plain).success;
  expect({ plain, accepted: validate(plain) }).toEqual({ plain, accepted: byZod });
  return byZod;
}

describe("the exported JSON Schema", () => {
  it("accepts what the loader's check of the form accepts, and nothing else: parts replaced at random", () => {
    let accepted = 0;
    fc.assert(
      fc.property(fc.constantFrom(...places(RIGHT).slice(1)), anything, (path, value) => {
        if (agree(replaced(RIGHT, path, value))) accepted += 1;
      }),
      { seed: 11, numRuns: 1500 },
    );
    expect(accepted).toBeGreaterThan(150); // both verdicts are tried
    expect(accepted).toBeLessThan(1350);
  });

  it("agrees on keys added at random", () => {
    fc.assert(
      fc.property(fc.constantFrom(...places(RIGHT)), fc.constantFrom(...KEYS), anything, (path, key, value) => {
        const parent = path.reduce<unknown>((inner, segment) => (inner as Record<string | number, unknown>)[segment], RIGHT);
        if (typeof parent === "object" && parent !== null && !Array.isArray(parent)) agree(replaced(RIGHT, [...path, key], value));
      }),
      { seed: 12, numRuns: 1000 },
    );
  });

  it("agrees on documents made of nothing but known keys", () => {
    fc.assert(
      fc.property(anything, (document) => void agree(document)),
      { seed: 13, numRuns: 1000 },
    );
  });

  it("describes every key, with its unit or default, in one line", () => {
    const missing: string[] = [];
    const visit = (part: Part, path: string): void => {
      for (const [key, inner] of Object.entries(part)) {
        if (key === "properties") {
          for (const [name, property] of Object.entries(inner as Record<string, Part>)) {
            const described = property.description ?? "";
            if (name !== "distribution" && (described === "" || described.includes("\n"))) missing.push(`${path}.${name}`);
            visit(property, `${path}.${name}`);
          }
        } else if (typeof inner === "object" && inner !== null) {
          visit(inner as Part, path);
        }
      }
    };
    visit(exported, "");
    expect(missing).toEqual([]);
  });

  it("completes the names in the registries", () => {
    const text = JSON.stringify(exported);
    for (const name of ["critical-path", "layered", "wfformat", "utilisation"]) expect(text).toContain(`"${name}"`);
  });
});

describe("the schema", () => {
  it("knows the distributions that can be drawn", () => {
    expect([...DISTRIBUTION_NAMES].sort()).toEqual(Object.keys(DISTRIBUTIONS).sort());
    const listed = JSON.stringify(z.toJSONSchema(scenarioSchema, { target: "draft-7", io: "input" })).matchAll(/"const":"(\w+)"/g);
    expect(new Set([...listed].map(([, name]) => name).filter((name) => name !== "always"))).toEqual(new Set(DISTRIBUTION_NAMES));
  });
});
