/** What a node of a path is, as attributes and addresses say it. */
import type { NodeKind } from "../generated/NodeKind";

/** Reads `name`, `page`, `item_category`, `stage` (the five usual ones) or `prop:KEY`. */
export function parseNode(text: string): NodeKind {
  if (text === "name" || text === "page" || text === "item_category") return text;
  if (text === "stage") return { stage: [] };
  if (text.startsWith("prop:") && text.length > 5) return { prop: text.slice(5) };
  throw new Error(`node="${text}" is none of name, page, item_category, stage, prop:KEY`);
}
