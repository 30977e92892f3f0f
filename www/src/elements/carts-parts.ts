/** What carts were worth, what is left in them, what happened before, and who could be reminded. */
import { html, nothing, type TemplateResult } from "lit";
import type { CartsReport } from "../generated/CartsReport";
import { formatCount, formatMoney, formatShare } from "./format";
import { drawOdds } from "./odds";

type Drawn = TemplateResult | typeof nothing;

export function drawValues({ values }: CartsReport): Drawn {
  if (values.length === 0) return nothing;
  return html`<section class="desire-part">
    <h3>Worth</h3>
    ${values.map(
      (value) => html`<table class="desire-table" data-testid="carts-values" data-currency=${value.currency}>
        <tbody>
          ${(
            [
              ["Paid", value.purchased_minor],
              ["of it after coming back", value.recovered_minor],
              ["Refunded", value.refunded_minor],
              ["Abandoned", value.abandoned_minor],
              ["Still open", value.open_minor],
              ["Taken out", value.emptied_minor],
            ] as const
          )
            .filter(([, minor]) => minor !== 0)
            .map(
              ([label, minor]) => html`<tr>
                <th scope="row">${label}</th>
                <td class="number">${formatMoney(minor, value.currency)}</td>
              </tr>`,
            )}
        </tbody>
      </table>`,
    )}
  </section>`;
}

export function drawItems({ items_left, n_abandoned }: CartsReport): Drawn {
  if (items_left.length === 0) return nothing;
  return html`<section class="desire-part">
    <h3>Left behind</h3>
    <table class="desire-table" data-testid="carts-items">
      <thead>
        <tr>
          <th scope="col">Product</th>
          <th scope="col" class="number">Abandoned carts</th>
          <th scope="col" class="number">Pieces</th>
        </tr>
      </thead>
      <tbody>
        ${items_left.map(
          ({ item_id, item_name, n_carts, n_items }) => html`<tr data-item=${item_id}>
            <th scope="row">${item_name ?? item_id}${item_name ? html` <small>${item_id}</small>` : nothing}</th>
            <td class="number bar warn" style=${`--share: ${n_abandoned > 0 ? n_carts / n_abandoned : 0}`}>
              ${formatCount(n_carts)}
            </td>
            <td class="number">${formatCount(n_items)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

export function drawLastEvents({ last_events, n_abandoned }: CartsReport): Drawn {
  if (last_events.length === 0) return nothing;
  return html`<section class="desire-part">
    <h3>Last done before leaving</h3>
    <table class="desire-table" data-testid="carts-last-events">
      <tbody>
        ${last_events.map(
          ({ name, n_carts }) => html`<tr>
            <th scope="row">${name}</th>
            <td class="number">${formatCount(n_carts)}</td>
            <td class="number bar warn" style=${`--share: ${n_abandoned > 0 ? n_carts / n_abandoned : 0}`}>
              ${formatShare(n_abandoned > 0 ? n_carts / n_abandoned : null)}
            </td>
          </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

export function drawSignals({ signals }: CartsReport): Drawn {
  if (signals.length === 0) return nothing;
  return html`<section class="desire-part">
    <h3>Friction just before</h3>
    <table class="desire-table" data-testid="carts-signals">
      <thead>
        <tr>
          <th scope="col">Signal</th>
          <th scope="col" class="number">Abandoned</th>
          <th scope="col" class="number">Purchased</th>
          <th scope="col" class="number" title="odds before an abandonment by those before a purchase; 95% interval">
            Odds
          </th>
        </tr>
      </thead>
      <tbody>
        ${signals.map(
          ({ signal, n_abandoned, n_purchased, odds_ratio }) => html`<tr data-signal=${signal}>
            <th scope="row">${signal.replaceAll("_", " ")}</th>
            <td class="number">${formatCount(n_abandoned)}</td>
            <td class="number">${formatCount(n_purchased)}</td>
            <td class="number">${drawOdds(odds_ratio)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

export function drawReminders({ reminders }: CartsReport): Drawn {
  if (reminders.length === 0) return nothing;
  return html`<details class="desire-details">
    <summary>${formatCount(reminders.length)} most valuable abandoned carts that could be reminded</summary>
    <table class="desire-table" data-testid="carts-reminders">
      <thead>
        <tr>
          <th scope="col">User or cart</th>
          <th scope="col" class="number">Worth</th>
          <th scope="col" class="number">Products</th>
          <th scope="col">Got to</th>
          <th scope="col">Last seen</th>
        </tr>
      </thead>
      <tbody>
        ${reminders.map(
          ({ user, cart_id, minor, currency, n_items, step, last_ts }) => html`<tr>
            <th scope="row">${user ?? cart_id}</th>
            <td class="number">${formatMoney(minor, currency)}</td>
            <td class="number">${formatCount(n_items)}</td>
            <td>${step}</td>
            <td>${new Date(last_ts).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" })}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </details>`;
}
