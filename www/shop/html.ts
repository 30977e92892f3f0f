/**
 * A tagged template that escapes what is put into it, so that a search term or
 * a name typed by a visitor cannot become markup. Pages are strings, which lets
 * the build write the same pages that the browser renders.
 */

/** Markup that is already safe to insert. */
export class Markup {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
}

type Value = Markup | string | number | false | null | undefined | readonly Value[];

/** Marks a string of the shop's own as safe markup. */
export function raw(text: string): Markup {
  return new Markup(text);
}

/** Builds markup; strings are escaped, lists are joined, `false` and absent values vanish. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  let text = parts[0] ?? "";
  values.forEach((value, index) => {
    text += print(value) + (parts[index + 1] ?? "");
  });
  return new Markup(text);
}

/** Escapes text for use between tags and inside quoted attributes. */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function print(value: Value): string {
  if (value === false || value === null || value === undefined) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "string") return escapeText(value);
  if (typeof value === "number") return String(value);
  return value.map(print).join("");
}
