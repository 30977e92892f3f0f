/** A funnel for each value of something: a row each, with a bar for every step, held against all others. */
import { html, nothing, type TemplateResult } from "lit";
import type { FunnelBreakdown } from "../generated/FunnelBreakdown";
import type { FunnelGroup } from "../generated/FunnelGroup";
import type { FunnelStep } from "../generated/FunnelStep";
import { drawRateDifference } from "./difference";
import { formatCount, formatInterval, formatP, formatShare } from "./format";

/** The table; `steps` are those of the whole funnel. */
export function drawBreakdown({ groups }: FunnelBreakdown, steps: readonly FunnelStep[]): TemplateResult {
  const later = steps.slice(1);
  return html`<section class="desire-part">
    <h3>By value</h3>
    <div class="desire-scroll" tabindex="0" role="region" aria-label="Funnel by value">
      <table class="desire-table desire-breakdown" data-testid="breakdown">
        <thead>
          <tr>
            <th scope="col">Value</th>
            <th scope="col" class="number">${steps[0]?.label ?? ""}</th>
            ${later.map(({ label }) => html`<th scope="col">${label}</th>`)}
            <th scope="col" class="number" title="share at the last step, minus that of everyone else; 95% interval">
              Against the others
            </th>
            <th scope="col" class="number" title="corrected for all that is tested here">p</th>
          </tr>
        </thead>
        <tbody>
          ${groups.map(drawGroup)}
        </tbody>
      </table>
    </div>
  </section>`;
}

function drawGroup(group: FunnelGroup): TemplateResult {
  const { report, against_rest } = group;
  const [first, ...later] = report.steps;
  const last = against_rest.at(-1)?.from_first;
  return html`<tr class=${group.kind} data-group=${nameOf(group)} data-n-units=${report.n_units}>
    <th scope="row">${nameOf(group)}</th>
    <td class="number">${formatCount(first?.n_units ?? 0)}</td>
    ${later.map(
      ({ n_units, conversion_from_first: rate, few_units }) => html`<td
        class="bar left ${few_units ? "few" : ""}"
        style=${`--share: ${rate.value ?? 0}`}
        title=${formatInterval(rate)}
      >
        ${formatShare(rate.value)} <small>${formatCount(n_units)}</small>
      </td>`,
    )}
    <td class="number">${last ? drawRateDifference(last) : nothing}</td>
    <td class="number">${last ? formatP(last.p_corrected) : ""}</td>
  </tr>`;
}

/** What a group is called. */
export function nameOf({ kind, value, n_values }: FunnelGroup): string {
  if (kind === "other") return `other (${formatCount(n_values ?? 0)} values)`;
  return kind === "none" ? "no value" : String(value);
}
