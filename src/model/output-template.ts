// What attempts print: a text with fields in braces, which are filled in for each attempt.
import { didYouMean } from "./nearest.ts";
import { UnitError } from "./units.ts";

export const OUTPUT_FIELDS = ["task", "job", "attempt", "worker", "started", "finished", "run", "outcome", "reason"] as const;
export type OutputField = (typeof OUTPUT_FIELDS)[number];

/** Texts and fields in turn; a text first and last. */
export interface OutputTemplate {
  texts: readonly string[];
  fields: readonly OutputField[];
}

/** Reads `done {task}`; `{{` and `}}` stand for braces. Throws a UnitError that names all that is no field. */
export function parseOutputTemplate(text: string): OutputTemplate {
  const { faults, ...template } = readOutputTemplate(text);
  if (faults.length > 0) throw new UnitError(faults.join("; "));
  return template;
}

/** The same, with what is wrong beside what could be read. */
export function readOutputTemplate(text: string): OutputTemplate & { faults: string[] } {
  const texts = [""];
  const fields: OutputField[] = [];
  const faults: string[] = [];
  const put = (part: string) => texts.push(`${texts.pop() ?? ""}${part}`);
  for (const [part, field] of text.matchAll(/\{\{|\}\}|\{([^{}]*)\}?|[^{}]+|\}/g)) {
    if (part === "{{" || part === "}}") put(part.charAt(0));
    else if (field === undefined) put(part);
    else if (!part.endsWith("}")) faults.push(`"${shortened(part)}" has no closing brace; {{ stands for a brace`);
    else if (!isField(field)) faults.push(noField(field));
    else {
      texts.push("");
      fields.push(field);
    }
  }
  return { texts, fields, faults };
}

function isField(name: string): name is OutputField {
  return OUTPUT_FIELDS.some((each) => each === name);
}

function noField(name: string): string {
  const hint = didYouMean(name, OUTPUT_FIELDS) || `; known are ${OUTPUT_FIELDS.join(", ")}, and {{ stands for a brace`;
  return `{${shortened(name)}} is not a field of an attempt${hint}`;
}

function shortened(text: string): string {
  return text.length > 30 ? `${text.slice(0, 29)}…` : text;
}

/** The template with its fields filled in. */
export function fillIn({ texts, fields }: OutputTemplate, inPlaceOf: (field: OutputField) => string): string {
  return texts.map((text, i) => `${i === 0 ? "" : inPlaceOf(fields[i - 1] as OutputField)}${text}`).join("");
}
