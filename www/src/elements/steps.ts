/**
 * Steps of a funnel as text, as attributes and addresses hold them: `view_item,add_to_cart|add_to_wishlist,purchase`.
 *
 * `,` separates steps and `|` alternatives within one; `\` before either of them, or before itself, makes it part of a
 * name. What begins with `page:` is a page template, such as `page:/p/:id`; everything else is the name of an event.
 */
import type { Filter } from "../generated/Filter";

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
  const [only] = names;
  return names.length === 1 && only !== undefined ? toFilter(only) : { any: names.map(toFilter) };
}
