/**
 * `<desire-carts>`: what becomes of carts, from the first product to the purchase, or not.
 *
 * ```html
 * <desire-carts src="/v1/sites/demo/events" delay="1h"></desire-carts>
 * ```
 */
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ReportOf } from "../client";
import type { CartsConfig } from "../generated/CartsConfig";
import type { CartsReport } from "../generated/CartsReport";
import type { Rate } from "../generated/Rate";
import { drawItems, drawLastEvents, drawReminders, drawSignals, drawValues } from "./carts-parts";
import { formatCount, formatDuration, formatInterval, formatShare, parseDuration } from "./format";
import { type PlainRequest, ReportElement } from "./report-element";
import { drawWarnings } from "./warnings";

type CartsReportOfRequest = ReportOf<{ analysis: "carts" } & CartsConfig>;

/** What becomes of carts, in the order in which it is drawn. */
const ENDS = [
  { key: "purchased", label: "Purchased" },
  { key: "open", label: "Still open" },
  { key: "emptied", label: "Emptied" },
  { key: "abandoned", label: "Abandoned" },
] as const;

@customElement("desire-carts")
export class DesireCarts extends ReportElement<CartsReportOfRequest> {
  /** After how long without anything done a cart is abandoned: `1h`, `1d`. */
  @property() delay = "1h";
  /** The whole configuration, for what attributes can't say; goes before them. */
  @property({ attribute: false }) config: CartsConfig | undefined;

  protected override request(): PlainRequest {
    if (this.config) return { analysis: "carts", ...this.config };
    const delay = parseDuration(this.delay);
    if (delay === undefined) throw new Error(`delay="${this.delay}" is not a time such as 30m, 1h or 1d`);
    return { analysis: "carts", delay_millis: delay };
  }

  protected override draw(report: CartsReportOfRequest, before?: CartsReportOfRequest): TemplateResult {
    const { n_carts, warnings } = report;
    if (n_carts === 0) {
      return html`<p class="desire-empty">No product was put into a cart here.</p>${drawWarnings(warnings)}`;
    }
    return html`
      <p class="desire-headline">
        <strong>${formatShare(report.purchase_rate.value)}</strong>
        <span>of ${formatCount(n_carts)} carts were purchased</span>
      </p>
      ${drawFlow(report)}
      <div class="desire-columns">
        ${drawRates(report, before)} ${drawAbandonedAt(report)} ${drawValues(report)} ${drawItems(report)}
        ${drawLastEvents(report)} ${drawSignals(report)}
      </div>
      ${drawReminders(report)} ${drawNotes(report)} ${drawWarnings(warnings)}`;
  }
}

/** All carts as one bar: what became of them adds up. */
function drawFlow(report: CartsReport): TemplateResult {
  const { n_carts, n_purchased, n_open, n_emptied, n_abandoned } = report;
  const counts = { purchased: n_purchased, open: n_open, emptied: n_emptied, abandoned: n_abandoned };
  const { n_ever_abandoned, n_recovered, n_recovered_purchased } = report;
  return html`<ul class="desire-flow" data-testid="carts-flow" data-n-carts=${n_carts} aria-label="What became of carts">
      ${ENDS.filter(({ key }) => counts[key] > 0).map(
        ({ key, label }) => html`<li class=${key} data-state=${key} data-n-carts=${counts[key]}
          style=${`--share: ${counts[key] / n_carts}`}>
          <span>${label}</span> <b>${formatCount(counts[key])}</b> <small>${formatShare(counts[key] / n_carts)}</small>
        </li>`,
      )}
    </ul>
    <p class="desire-note">
      ${
        n_ever_abandoned === 0
          ? "No cart was left for long."
          : html`Of <b>${formatCount(n_ever_abandoned)}</b> that were abandoned at some time,
              <b>${formatCount(n_recovered)}</b> were touched again, and <b>${formatCount(n_recovered_purchased)}</b> of
              these bought.`
      }
    </p>`;
}

function drawRates(report: CartsReport, before: CartsReport | undefined): TemplateResult {
  const rates: readonly [string, (report: CartsReport) => Rate][] = [
    ["Purchased", (of) => of.purchase_rate],
    ["Abandoned", (of) => of.abandonment_rate],
    ["Emptied", (of) => of.emptied_rate],
    ["Recovered, of abandoned", (of) => of.recovery_rate],
    ["Refunded, of purchased", (of) => of.refund_rate],
  ];
  return html`<section class="desire-part">
    <h3>Rates</h3>
    <table class="desire-table" data-testid="carts-rates">
      <thead>
        <tr>
          <th scope="col">Share</th>
          <th scope="col" class="number" title="with its 95% interval">${before ? "Now" : "Carts"}</th>
          ${before ? html`<th scope="col" class="number">Before</th>` : nothing}
        </tr>
      </thead>
      <tbody>
        ${rates.map(
          ([label, of]) => html`<tr>
            <th scope="row">${label}</th>
            ${drawRate(of(report))} ${before ? drawRate(of(before)) : nothing}
          </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function drawRate(rate: Rate): TemplateResult {
  const { value, low, high } = rate;
  return html`<td class="number" title=${formatInterval(rate)}>
    ${formatShare(value)}${
      low === null || high === null ? nothing : html`<small>${formatShare(low)} – ${formatShare(high)}</small>`
    }
  </td>`;
}

function drawAbandonedAt({ abandoned_at, n_abandoned, millis_to_abandonment: time }: CartsReport) {
  if (n_abandoned === 0) return nothing;
  return html`<section class="desire-part">
    <h3>How far abandoned carts got</h3>
    <table class="desire-table" data-testid="carts-abandoned-at">
      <tbody>
        ${abandoned_at.map(
          ({ step, n_carts, share }) => html`<tr data-step=${step} data-n-carts=${n_carts}>
            <th scope="row">${step}</th>
            <td class="number">${formatCount(n_carts)}</td>
            <td class="number bar warn" style=${`--share: ${share.value ?? 0}`} title=${formatInterval(share)}>
              ${formatShare(share.value)}
            </td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${
      time
        ? html`<p class="desire-note">
            Left after ${formatDuration(time.median)} (median); three quarters within ${formatDuration(time.p75)}.
          </p>`
        : nothing
    }
  </section>`;
}

/** What is not among the carts. */
function drawNotes(report: CartsReport): TemplateResult | typeof nothing {
  const notes = [
    [report.n_purchases_without_cart, "purchases by people without a cart"],
    [report.n_repeated_purchases, "purchases with a transaction_id that had been seen, passed over"],
    [report.n_without_transaction, "purchases without a transaction_id"],
    [report.n_refunds_unmatched, "refunds of purchases that are not here"],
  ] as const;
  const shown = notes.filter(([n]) => n > 0).map(([n, words]) => `${formatCount(n)} ${words}`);
  return shown.length > 0 ? html`<p class="desire-note">Also: ${shown.join("; ")}.</p>` : nothing;
}

declare global {
  interface HTMLElementTagNameMap {
    "desire-carts": DesireCarts;
  }
}
