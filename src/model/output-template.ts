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

/** Reads `done {task}`; `{{` and `}}` stand for braces. Throws a UnitError that names what is no field. */
export function parseOutputTemplate(text: string): OutputTemplate {
  const texts = [""];
  const fields: OutputField[] = [];
  const put = (part: string) => texts.push(`${texts.pop() ?? ""}${part}`);
  for (const [part, field] of text.matchAll(/\{\{|\}\}|\{([^{}]*)\}?|[^{}]+|\}/g)) {
    if (part === "{{" || part === "}}") put(part.charAt(0));
    else if (field === undefined) put(part);
    else if (!part.endsWith("}")) throw new UnitError(`"${shortened(part)}" has no closing brace; {{ stands for a brace`);
    else {
      texts.push("");
      fields.push(fieldNamed(field));
    }
  }
  return { texts, fields };
}

function fieldNamed(name: string): OutputField {
  const field = OUTPUT_FIELDS.find((each) => each === name);
  if (field !== undefined) return field;
  const hint = didYouMean(name, OUTPUT_FIELDS) || `; known are ${OUTPUT_FIELDS.join(", ")}, and {{ stands for a brace`;
  throw new UnitError(`{${shortened(name)}} is not a field of an attempt${hint}`);
}

function shortened(text: string): string {
  return text.length > 30 ? `${text.slice(0, 29)}…` : text;
}

/** The template with its fields filled in. */
export function fillIn({ texts, fields }: OutputTemplate, inPlaceOf: (field: OutputField) => string): string {
  return texts.map((text, i) => `${i === 0 ? "" : inPlaceOf(fields[i - 1] as OutputField)}${text}`).join("");
}
