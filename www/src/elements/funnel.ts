/**
 * `<desire-funnel>`: how many units take each step; by the values of something, over time, and what goes with it.
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
import type { FunnelCount } from "../generated/FunnelCount";
import type { FunnelOrder } from "../generated/FunnelOrder";
import type { FunnelTrend } from "../generated/FunnelTrend";
import type { Unit } from "../generated/Unit";
import { ChartController } from "./chart-controller";
import { drawRateDifference } from "./difference";
import { formatCount, formatShare, formatUnits, parseDuration } from "./format";
import { drawBreakdown } from "./funnel-breakdown";
import { drawCorrelation } from "./funnel-correlation";
import { parseBreakdown, parsePeriod } from "./funnel-options";
import { drawSteps } from "./funnel-steps";
import { drawTimes } from "./funnel-times";
import { drawTrend } from "./funnel-trend";
import { type PlainRequest, ReportElement } from "./report-element";
import { ownTimeZone } from "./scope";
import { splitAlternatives, splitSteps, stepFilter, toStep } from "./steps";
import { drawWarnings } from "./warnings";

type FunnelRequest = { analysis: "funnel" } & FunnelConfig;

@customElement("desire-funnel")
export class DesireFunnel extends ReportElement<ReportOf<FunnelRequest>> {
  /** Names of events, in order, separated by commas; `a|b` takes either, `page:/p/:id` a page, `a|?` is optional. */
  @property() steps = "";
  /** Longest time from the first step to the last: `30m`, `1d`. */
  @property() window = "1d";
  /** What is counted. */
  @property() unit: Unit = "person";
  /** How the steps must follow each other. */
  @property() order: FunnelOrder = "sequential";
  /** Whether units are counted, or their attempts. */
  @property() count: FunnelCount = "units";
  /** Units may enter at any step. */
  @property({ type: Boolean }) open = false;
  /** Events that must not come in between, `a|b`: units to which one does are left out. */
  @property() exclude = "";
  /** A funnel for each value of `name`, `page`, `item_id`, `item_name`, `item_brand`, `item_category` or `prop:KEY`. */
  @property() breakdown = "";
  /** The funnel by `hour`, `day`, `week` or `month`. */
  @property() trend = "";
  /** What goes with conversion. */
  @property({ type: Boolean }) correlation = false;
  /** The whole configuration, for what attributes can't say; goes before them. */
  @property({ attribute: false }) config: FunnelConfig | undefined;

  constructor() {
    super();
    new ChartController<FunnelTrend>(
      this,
      ".desire-trend",
      () => this.report?.trend,
      async () => (await import("./trend-chart")).TrendChart,
    );
  }

  protected override request(): PlainRequest | undefined {
    if (this.config) return this.config.steps.length > 0 ? { analysis: "funnel", ...this.config } : undefined;
    const steps = splitSteps(this.steps).map(toStep);
    if (steps.length === 0) return undefined;
    const window = parseDuration(this.window);
    if (window === undefined) throw new Error(`window="${this.window}" is not a time such as 30m, 12h or 1d`);
    const exclude = splitAlternatives(this.exclude);
    return {
      analysis: "funnel",
      steps,
      window_millis: window,
      unit: this.unit,
      order: this.order,
      count: this.count,
      open: this.open,
      ...(exclude.length > 0 ? { exclude: [{ filter: stepFilter(exclude), mode: "remove" as const }] } : {}),
      ...(this.breakdown ? { breakdown: { by: parseBreakdown(this.breakdown) } } : {}),
      ...(this.trend ? { trend: { by: parsePeriod(this.trend), time_zone: this.timeZone || ownTimeZone() } } : {}),
      ...(this.correlation ? { correlation: {} } : {}),
    };
  }

  protected override draw(report: ReportOf<FunnelRequest>): TemplateResult {
    const { n_units, n_removed, steps, breakdown, trend, correlation, warnings } = report;
    const isTotals = (this.config?.count ?? this.count) === "totals";
    const unit = this.config?.unit ?? this.unit;
    const nouns = isTotals ? "Attempts" : unit === "person" ? "People" : "Sessions";
    const counted = isTotals ? `${formatCount(n_units)} attempts` : formatUnits(n_units, unit);
    const first = steps[0];
    const last = steps.at(-1);
    const isOpen = this.config?.open ?? this.open;
    const headline = isOpen ? first?.open?.n_from_first : n_units;
    return html`
      ${
        first && last && n_units > 0
          ? html`<p class="desire-headline">
              <strong>${formatShare(last.conversion_from_first.value)}</strong>
              <span>
                of ${isOpen ? `those who took ${first.label}` : counted} went
                ${isOpen ? "on to" : `from ${first.label} to`} ${last.label}${
                  isOpen && headline !== undefined ? `; ${counted} entered at any step` : ""
                }${n_removed ? `; ${formatCount(n_removed)} were left out by an exclusion` : ""}
              </span>
              ${this.#drawChange()}
            </p>`
          : html`<p class="desire-empty">Nobody took the first step. Choose another one, or other data.</p>`
      }
      ${drawSteps(report, nouns)} ${drawTimes(report)} ${trend ? drawTrend(trend, steps) : nothing}
      ${breakdown ? drawBreakdown(breakdown, steps) : nothing} ${correlation ? drawCorrelation(correlation) : nothing}
      ${drawWarnings(warnings)}`;
  }

  /** How much the share at the last step differs from that of the other part. */
  #drawChange(): TemplateResult | typeof nothing {
    const difference = this.comparison?.difference;
    const last = difference?.analysis === "funnel" ? difference.steps.at(-1) : undefined;
    if (!last || last.from_first.difference === null) return nothing;
    return html`<span class="change" data-testid="change" data-difference=${last.from_first.difference}>
      ${drawRateDifference(last.from_first)} <span>against ${this.other}</span>
    </span>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "desire-funnel": DesireFunnel;
  }
}
