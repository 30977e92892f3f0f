/** Options of a funnel as attributes and addresses say them. */
import type { BreakdownBy } from "../generated/BreakdownBy";
import type { ItemKey } from "../generated/ItemKey";
import type { Period } from "../generated/Period";

const ITEM_KEYS: readonly ItemKey[] = ["item_id", "item_name", "item_brand", "item_category"];

/** The spans of time of a trend, short ones first. */
export const PERIODS: readonly Period[] = ["hour", "day", "week", "month"];

/** Reads what a breakdown is by. Throws in words. */
export function parseBreakdown(text: string): BreakdownBy {
  if (text === "name" || text === "page") return text;
  const item = ITEM_KEYS.find((key) => key === text);
  if (item) return { item };
  if (text.startsWith("prop:") && text.length > 5) return { prop: text.slice(5) };
  throw new Error(`breakdown="${text}" is none of name, page, ${ITEM_KEYS.join(", ")}, prop:KEY`);
}

/** Reads the span of a trend. Throws in words. */
export function parsePeriod(text: string): Period {
  const period = PERIODS.find((known) => known === text);
  if (!period) throw new Error(`trend="${text}" is none of ${PERIODS.join(", ")}`);
  return period;
}
