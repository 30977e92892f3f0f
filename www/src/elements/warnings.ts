/** What to know before trusting a report. */
import { html, nothing, type TemplateResult } from "lit";
import type { Warning } from "../generated/Warning";

/** A list of warnings, in words; nothing where there are none. */
export function drawWarnings(warnings: readonly Warning[]): TemplateResult | typeof nothing {
  if (warnings.length === 0) return nothing;
  return html`<ul class="desire-warnings" data-testid="warnings">
    ${warnings.map(({ kind, message }) => html`<li data-kind=${kind}>${message}</li>`)}
  </ul>`;
}
