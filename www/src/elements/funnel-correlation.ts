/** What goes with conversion: events and values that those who converted had more or less often. */
import { html, type TemplateResult } from "lit";
import type { CorrelationReport } from "../generated/CorrelationReport";
import type { Trait } from "../generated/Trait";
import { drawOdds } from "./odds";
import { formatCount, formatP, formatShare } from "./format";

export function drawCorrelation(report: CorrelationReport): TemplateResult {
  const { n_converted, n_dropped, n_tested, correlates } = report;
  return html`<section class="desire-part">
    <h3>What goes with conversion</h3>
    <p class="desire-note">
      The ${formatCount(correlates.length)} clearest of ${formatCount(n_tested)} events and values tested, between
      ${formatCount(n_converted)} who converted and ${formatCount(n_dropped)} who dropped. An association is not a cause.
    </p>
    <div class="desire-scroll" tabindex="0" role="region" aria-label="What goes with conversion">
      <table class="desire-table" data-testid="correlation">
        <thead>
          <tr>
            <th scope="col">Event or value</th>
            <th scope="col" class="number">Of converted</th>
            <th scope="col" class="number">Of dropped</th>
            <th scope="col" class="number" title="odds of converting with it, by those without it; 95% interval">Odds</th>
            <th scope="col" class="number" title="corrected for all that was tested">p</th>
          </tr>
        </thead>
        <tbody>
          ${correlates.map(
            (correlate) => html`<tr data-of=${nameOf(correlate.of)}>
              <th scope="row">${nameOf(correlate.of)}</th>
              <td class="number">${formatShare(n_converted ? correlate.n_converted / n_converted : null)}</td>
              <td class="number">${formatShare(n_dropped ? correlate.n_dropped / n_dropped : null)}</td>
              <td class="number">${drawOdds(correlate.odds_ratio, correlate.p_corrected)}</td>
              <td class="number">${formatP(correlate.p_corrected)}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}

function nameOf(of: Trait): string {
  return "event" in of ? of.event : `${of.prop.key} = ${of.prop.value}`;
}
