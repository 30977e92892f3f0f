/** The funnel over time: a place for the line, and the same numbers as a table. */
import { html, type TemplateResult } from "lit";
import type { FunnelStep } from "../generated/FunnelStep";
import type { FunnelTrend } from "../generated/FunnelTrend";
import { formatCount, formatInterval, formatShare } from "./format";

export function drawTrend({ by, time_zone, periods }: FunnelTrend, steps: readonly FunnelStep[]): TemplateResult {
  const title = `Conversion by ${by}, ${time_zone}`;
  return html`<section class="desire-part">
    <h3>Over time</h3>
    <p class="desire-note">
      Share of those who entered in each ${by} that took the last step, with its 95% interval; ${time_zone} time. Dashed:
      the numbers may still grow.
    </p>
    <div class="desire-trend" data-testid="trend" role="img" aria-label=${`${title}; the table below has the same numbers`}></div>
    <details class="desire-details">
      <summary>${title}, as a table</summary>
      <table class="desire-table" data-testid="trend-table">
        <thead>
          <tr>
            <th scope="col">${by}</th>
            ${steps.map(({ label }) => html`<th scope="col" class="number">${label}</th>`)}
            <th scope="col" class="number">Conversion</th>
            <th scope="col"></th>
          </tr>
        </thead>
        <tbody>
          ${periods.map(
            ({
              label,
              n_units,
              conversion,
              is_incomplete,
            }) => html`<tr data-period=${label} data-n-units=${n_units.join(" ")}>
              <th scope="row">${label.replace("T", " ")}</th>
              ${n_units.map((n) => html`<td class="number">${formatCount(n)}</td>`)}
              <td class="number" title=${formatInterval(conversion)}>${formatShare(conversion.value)}</td>
              <td>${is_incomplete ? "may still grow" : ""}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </details>
  </section>`;
}
