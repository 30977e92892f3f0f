/**
 * `<desire-funnel>`: how many units take each step, as a table whose rows are bars.
 *
 * ```html
 * <desire-funnel src="/v1/sites/demo/events" window="1d"
 *                steps="view_item, add_to_cart, begin_checkout, purchase"></desire-funnel>
 * ```
 */
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ReportOf } from "../client";
import type { FunnelConfig } from "../generated/FunnelConfig";
import type { FunnelOrder } from "../generated/FunnelOrder";
import type { FunnelStep } from "../generated/FunnelStep";
import type { Rate } from "../generated/Rate";
import type { Request } from "../generated/Request";
import type { Unit } from "../generated/Unit";
import { formatCount, formatDuration, formatInterval, formatShare, formatUnits, parseDuration } from "./format";
import { drawWarnings, ReportElement } from "./report-element";
import { splitSteps, stepFilter } from "./steps";

type FunnelRequest = { analysis: "funnel" } & FunnelConfig;

@customElement("desire-funnel")
export class DesireFunnel extends ReportElement<ReportOf<FunnelRequest>> {
  /** Names of events, in order, separated by commas; `a|b` takes either, `page:/p/:id` a page. */
  @property() steps = "";
  /** Longest time from the first step to the last: `30m`, `1d`. */
  @property() window = "1d";
  /** What is counted. */
  @property() unit: Unit = "person";
  /** How the steps must follow each other. */
  @property() order: FunnelOrder = "sequential";
  /** The whole configuration, for what attributes can't say; goes before them. */
  @property({ attribute: false }) config: FunnelConfig | undefined;

  protected override request(): Request | undefined {
    if (this.config) return this.config.steps.length > 0 ? { analysis: "funnel", ...this.config } : undefined;
    const steps = splitSteps(this.steps).map((names) => ({ filter: stepFilter(names) }));
    if (steps.length === 0) return undefined;
    const window = parseDuration(this.window);
    if (window === undefined) throw new Error(`window="${this.window}" is not a time such as 30m, 12h or 1d`);
    return { analysis: "funnel", steps, window_millis: window, unit: this.unit, order: this.order };
  }

  protected override draw({ n_units, steps, warnings }: ReportOf<FunnelRequest>): TemplateResult {
    const unit = this.config?.unit ?? this.unit;
    const first = steps[0];
    const last = steps.at(-1);
    return html`
      ${
        first && last && n_units > 0
          ? html`<p class="desire-headline">
              <strong>${formatShare(last.conversion_from_first.value)}</strong>
              <span>of ${formatUnits(n_units, unit)} went from ${first.label} to ${last.label}</span>
            </p>`
          : html`<p class="desire-empty">Nobody took the first step. Choose another one, or other data.</p>`
      }
      <table class="desire-funnel">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col" class="number">${unit === "person" ? "People" : "Sessions"}</th>
            <th scope="col" class="number" title="with its 95% interval">Of step 1</th>
            <th scope="col" class="number" title="with its 95% interval">Of step before</th>
            <th scope="col" class="number" title="from the step before">Median time</th>
          </tr>
        </thead>
        ${steps.map((step, index) => this.#drawStep(step, index, steps[index + 1]))}
      </table>
      ${drawWarnings(warnings)}`;
  }

  #drawStep(step: FunnelStep, index: number, next: FunnelStep | undefined): TemplateResult {
    const { conversion_from_first: fromFirst, conversion_from_previous: fromPrevious } = step;
    return html`<tbody>
      <tr
        data-testid="funnel-step"
        data-label=${step.label}
        data-n-units=${step.n_units}
        class=${step.few_units ? "few" : ""}
        style=${`--share: ${toPercent(step)}`}
      >
        <th scope="row"><span class="position">${index + 1}</span><span class="label">${step.label}</span></th>
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
      next.length > 0
        ? html`<span class="next">
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

declare global {
  interface HTMLElementTagNameMap {
    "desire-funnel": DesireFunnel;
  }
}
