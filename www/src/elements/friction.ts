/**
 * `<desire-friction>`: on which touchpoints things go wrong, and how those sessions fare.
 *
 * ```html
 * <desire-friction src="/v1/sites/demo/events" touchpoint="page" goal="purchase"></desire-friction>
 * ```
 */
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ReportOf } from "../client";
import type { FrictionConfig } from "../generated/FrictionConfig";
import type { SignalConversion } from "../generated/SignalConversion";
import type { SignalFriction } from "../generated/SignalFriction";
import type { Touchpoint } from "../generated/Touchpoint";
import type { TouchpointFriction } from "../generated/TouchpointFriction";
import { formatCount, formatInterval, formatShare } from "./format";
import { drawOdds } from "./odds";
import { type PlainRequest, ReportElement } from "./report-element";
import { splitAlternatives, stepFilter } from "./steps";
import { drawWarnings } from "./warnings";

type FrictionReportOfRequest = ReportOf<{ analysis: "friction" } & FrictionConfig>;

@customElement("desire-friction")
export class DesireFriction extends ReportElement<FrictionReportOfRequest> {
  /** What a touchpoint is. */
  @property() touchpoint: Touchpoint = "page";
  /** What a session is to reach; `a|b` is either. */
  @property() goal = "purchase";
  /** How many touchpoints to show. */
  @property({ type: Number }) top = 20;
  /** The whole configuration, for what attributes can't say; goes before them. */
  @property({ attribute: false }) config: FrictionConfig | undefined;

  protected override request(): PlainRequest {
    if (this.config) return { analysis: "friction", ...this.config };
    return {
      analysis: "friction",
      touchpoint: this.touchpoint,
      goal: stepFilter(splitAlternatives(this.goal)),
      n_top: this.top,
    };
  }

  protected override draw(report: FrictionReportOfRequest, before?: FrictionReportOfRequest): TemplateResult {
    const { n_visits, warnings } = report;
    const touchpoints = report.touchpoints.filter(({ n_visits_with_signal: n }) => n > 0);
    if (touchpoints.length === 0) {
      return html`<p class="desire-empty">
          No signals of friction in ${formatCount(n_visits)} visits: no rage clicks, failed payments or searches without
          a result.
        </p>
        ${drawWarnings(warnings)}`;
    }
    const earlier = new Map(before?.touchpoints.map((touchpoint) => [touchpoint.label, touchpoint]));
    return html`
      <div class="desire-scroll" tabindex="0" role="region" aria-label="Friction by touchpoint">
        <table class="desire-table" data-testid="friction">
          <thead>
            <tr>
              <th scope="col">Where</th>
              <th scope="col" class="number">Visits</th>
              <th scope="col" class="number" title="share of visits with a signal, and its 95% interval">With a signal</th>
              ${before ? html`<th scope="col" class="number">Before</th>` : nothing}
              <th scope="col" class="number" title="sessions with the signal that reached the goal">Goal, with</th>
              <th scope="col" class="number" title="sessions without it that reached the goal">Goal, without</th>
              <th scope="col" class="number" title="odds of the goal with the signal, by those without; 95% interval">Odds</th>
            </tr>
          </thead>
          ${touchpoints.map((touchpoint) => drawTouchpoint(touchpoint, before && earlier.get(touchpoint.label), !!before))}
        </table>
      </div>
      ${drawWarnings(warnings)}`;
  }
}

function drawTouchpoint(
  { label, n_visits, index, conversion, signals }: TouchpointFriction,
  before: TouchpointFriction | undefined,
  isCompared: boolean,
): TemplateResult {
  return html`<tbody>
    <tr data-touchpoint=${label} data-n-visits=${n_visits}>
      <th scope="row">${label}</th>
      <td class="number">${formatCount(n_visits)}</td>
      <td class="number bar warn" style=${`--share: ${index.value ?? 0}`} title=${formatInterval(index)}>
        ${formatShare(index.value)}
      </td>
      ${isCompared ? html`<td class="number">${formatShare(before?.index.value ?? null)}</td>` : nothing}
      ${drawConversion(conversion)}
    </tr>
    ${signals.map((signal) => drawSignal(signal, isCompared))}
  </tbody>`;
}

function drawSignal({ signal, n_visits, share, conversion }: SignalFriction, isCompared: boolean): TemplateResult {
  return html`<tr class="sub" data-signal=${signal} data-n-visits=${n_visits}>
    <th scope="row">${signal.replaceAll("_", " ")}</th>
    <td class="number">${formatCount(n_visits)}</td>
    <td class="number" title=${formatInterval(share)}>${formatShare(share.value)}</td>
    ${isCompared ? html`<td></td>` : nothing} ${drawConversion(conversion)}
  </tr>`;
}

function drawConversion(conversion: SignalConversion): TemplateResult {
  const { n_with, n_without, odds_ratio } = conversion;
  return html`<td class="number" title=${`of ${formatCount(n_with)} sessions; ${formatInterval(conversion.with)}`}>
      ${formatShare(conversion.with.value)}
    </td>
    <td class="number" title=${`of ${formatCount(n_without)} sessions; ${formatInterval(conversion.without)}`}>
      ${formatShare(conversion.without.value)}
    </td>
    <td class="number">${drawOdds(odds_ratio)}</td>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "desire-friction": DesireFriction;
  }
}
