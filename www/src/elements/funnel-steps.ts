/** The steps of a funnel as a table whose rows are bars, with what became of those who went no further. */
import { html, nothing, type TemplateResult } from "lit";
import type { FunnelReport } from "../generated/FunnelReport";
import type { FunnelStep } from "../generated/FunnelStep";
import type { Rate } from "../generated/Rate";
import { formatCount, formatDuration, formatInterval, formatMoney, formatShare } from "./format";

/** The table; `units` names what is counted, as a heading. */
export function drawSteps({ steps }: FunnelReport, units: string): TemplateResult {
  return html`<table class="desire-funnel">
    <thead>
      <tr>
        <th scope="col">Step</th>
        <th scope="col" class="number">${units}</th>
        <th scope="col" class="number" title="with its 95% interval">Of step 1</th>
        <th scope="col" class="number" title="with its 95% interval">Of step before</th>
        <th scope="col" class="number" title="from the step before">Median time</th>
      </tr>
    </thead>
    ${steps.map((step, index) => drawStep(step, index, steps[index + 1]))}
  </table>`;
}

function drawStep(step: FunnelStep, index: number, next: FunnelStep | undefined): TemplateResult {
  const { conversion_from_first: fromFirst, conversion_from_previous: fromPrevious } = step;
  return html`<tbody>
    <tr
      data-testid="funnel-step"
      data-label=${step.label}
      data-n-units=${step.n_units}
      class=${step.few_units ? "few" : ""}
      style=${`--share: ${toPercent(step)}`}
    >
      <th scope="row"><span class="position">${index + 1}</span><span class="label">${step.label}</span>${drawSplit(step)}</th>
      <td class="number units">${formatCount(step.n_units)}</td>
      <td class="number" title=${formatInterval(fromFirst)}>${drawRate(fromFirst, index > 0)}</td>
      <td class="number" title=${index === 0 ? "" : formatInterval(fromPrevious)}>
        ${index === 0 ? "" : drawRate(fromPrevious, true)}
      </td>
      <td class="number" title=${timeTitle(step)}>
        ${step.millis_from_previous ? formatDuration(step.millis_from_previous.median) : ""}
      </td>
    </tr>
    ${
      next
        ? html`<tr class="loss" style=${`--share: ${toPercent(step)}; --next: ${toPercent(next)}`}>
            <td colspan="5">${drawLoss(step)}</td>
          </tr>`
        : nothing
    }
  </tbody>`;
}

/** Who took an optional step, and who entered an open funnel here. */
function drawSplit({ optional, open }: FunnelStep): TemplateResult | typeof nothing {
  if (optional) {
    return html`<small data-testid="optional" data-n-took=${optional.n_took}>
      optional: ${formatCount(optional.n_took)} took it, ${formatCount(optional.n_skipped)} went past
    </small>`;
  }
  if (!open) return nothing;
  return html`<small data-testid="open" data-n-entered=${open.n_entered}>
    ${formatCount(open.n_entered)} entered here, ${formatCount(open.n_arrived)} came from before
  </small>`;
}

/** How wide a step's bar is. */
function toPercent({ conversion_from_first: { value } }: FunnelStep): string {
  return `${((value ?? 0) * 100).toFixed(2)}%`;
}

/** A share, and below it the interval in which it lies. */
function drawRate(rate: Rate, isEstimate: boolean): TemplateResult {
  const { value, low, high } = rate;
  return html`${formatShare(value)}${
    isEstimate && low !== null && high !== null
      ? html`<small>${formatShare(low)} – ${formatShare(high)}</small>`
      : nothing
  }`;
}

/** What became of those who did not take the next step. */
function drawLoss(step: FunnelStep): TemplateResult {
  const { n_dropped, n_pending, next_events_of_dropped: next } = step;
  const lost = (step.value ?? []).filter(({ minor_dropped }) => minor_dropped > 0);
  const share = step.n_units > 0 ? n_dropped / step.n_units : null;
  return html`<span class="dropped" data-n-dropped=${n_dropped}>
      ${n_dropped === 0 ? "None dropped" : html`<b>${formatCount(n_dropped)}</b> dropped (${formatShare(share)})`}
    </span>
    ${
      n_pending > 0
        ? html`<span class="pending" data-n-pending=${n_pending}>
            <b>${formatCount(n_pending)}</b> may still go on
          </span>`
        : nothing
    }
    ${
      lost.length > 0
        ? html`<span class="lost">
            ${lost.map(({ currency, minor_dropped }) => formatMoney(minor_dropped, currency)).join(", ")} lost
          </span>`
        : nothing
    }
    ${
      next.length > 0
        ? html`<span class="next" data-testid="next-events">
            Instead: ${next.map(({ name, n_units }) => html`<span class="what">${name} ${formatCount(n_units)}</span>`)}
          </span>`
        : nothing
    }`;
}

function timeTitle({ millis_from_previous: previous, millis_from_first: first }: FunnelStep): string {
  if (!previous || !first) return "";
  const spread = `mean ${formatDuration(previous.mean)}, 75% within ${formatDuration(previous.p75)}, 95% within ${formatDuration(previous.p95)}`;
  return `From the step before: ${spread}. From the first step: median ${formatDuration(first.median)}.`;
}
