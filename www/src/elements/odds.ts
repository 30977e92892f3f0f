/** Odds ratios with their intervals. */
import { html, type TemplateResult } from "lit";
import type { OddsRatio } from "../generated/OddsRatio";
import { formatTimes } from "./format";

/** How many times the odds are; plain where chance explains it. `p` is the ratio's own unless corrected. */
export function drawOdds(odds: OddsRatio | null, p: number | undefined = odds?.p): TemplateResult {
  if (!odds) return html`–`;
  const isClear = p !== undefined && p < 0.05;
  return html`<span class=${isClear ? (odds.value > 1 ? "up" : "down") : ""}>${formatTimes(odds.value)}</span
    ><small>${formatTimes(odds.low)} to ${formatTimes(odds.high)}</small>`;
}
