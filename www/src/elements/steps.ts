/**
 * Steps of a funnel as text, as attributes and addresses hold them: `view_item,add_to_cart|add_to_wishlist,purchase`.
 *
 * `,` separates steps and `|` alternatives within one; `\` before either of them, or before itself, makes it part of a
 * name. What begins with `page:` is a page template, such as `page:/p/:id`; a `?` alone says that the step may be left
 * out, as in `add_to_cart|?`; everything else is the name of an event.
 */
import type { Filter } from "../generated/Filter";
import type { Step } from "../generated/Step";

/** The alternative that makes a step optional. */
export const OPTIONAL = "?";

/** Each step is a list of alternatives. */
export type StepTexts = readonly (readonly string[])[];

/** Reads steps; empty ones are left out. */
export function splitSteps(text: string): string[][] {
  const steps: string[][] = [[""]];
  const append = (letter: string) => {
    const names = steps.at(-1) ?? [];
    names.push((names.pop() ?? "") + letter);
  };
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? "";
    if (letter === "\\" && at + 1 < text.length) {
      at += 1;
      append(text[at] ?? "");
    } else if (letter === ",") steps.push([""]);
    else if (letter === "|") steps.at(-1)?.push("");
    else append(letter);
  }
  return steps
    .map((names) => names.map((name) => name.trim()).filter((name) => name !== ""))
    .filter((names) => names.length > 0);
}

/** Writes steps so that {@link splitSteps} reads the same. */
export function joinSteps(steps: StepTexts): string {
  const escape = (name: string) => name.replaceAll(/[\\,|]/g, "\\$&");
  return steps.map((names) => names.map(escape).join("|")).join(",");
}

/** The condition that one alternative stands for. */
export function toFilter(text: string): Filter {
  return text.startsWith("page:") ? { page: text.slice("page:".length) } : { name: text };
}

/** The condition of a step: any of its alternatives. */
export function stepFilter(names: readonly string[]): Filter {
  const filters = names.filter((name) => name !== OPTIONAL).map(toFilter);
  const [only] = filters;
  return filters.length === 1 && only ? only : { any: filters };
}

/** A step of a funnel. */
export function toStep(names: readonly string[]): Step {
  return { filter: stepFilter(names), ...(names.includes(OPTIONAL) ? { optional: true } : {}) };
}

/** The alternatives of one condition, such as `add_to_cart|add_to_wishlist`. */
export function splitAlternatives(text: string): string[] {
  return splitSteps(text).flat();
}
