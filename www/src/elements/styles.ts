/** The elements' style sheet, adopted once by every document or shadow root in which an element stands. */
import css from "./elements.css?inline";

let sheet: CSSStyleSheet | undefined;

/** Gives `root` the style sheet, unless it has it. */
export function adoptStyles(root: Node): void {
  if (!(root instanceof Document || root instanceof ShadowRoot)) return;
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
}
