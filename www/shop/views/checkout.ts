/** The steps of the checkout: contact, shipping, payment, review. */
import { type Line, lines, subtotal } from "../cart.ts";
import { type Draft, draft, PAYMENTS, paymentOf, SHIPPING, shippingOf } from "../checkout.ts";
import { html, type Markup, raw } from "../html.ts";
import { money } from "../products.ts";
import { href, type Mode, STEPS, type Step } from "../routes.ts";
import { empty } from "./cart.ts";
import type { Page, Place } from "./page.ts";

const NAMES: Readonly<Record<Step, string>> = {
  contact: "Contact",
  shipping: "Shipping",
  payment: "Payment",
  review: "Review",
};

/** One step; a step whose forerunners are unfilled sends the visitor back to them. */
export function checkout({ mode }: Place, step: Step): Page {
  const held = lines();
  const filled = draft();
  const missing = firstUnfilled(filled, step);
  const main =
    held.length === 0
      ? empty(mode)
      : html`<h1>Checkout</h1>
        ${progress(mode, step)}
        <div class="columns">
          ${missing === undefined ? FORMS[step](mode, filled, held) : sendBack(mode, missing)}
          ${summary(held, filled)}
        </div>`;
  return { title: `Checkout: ${NAMES[step].toLowerCase()}`, main, personal: true };
}

function firstUnfilled(filled: Draft, step: Step): Step | undefined {
  const done: Readonly<Record<Step, boolean>> = {
    contact: Boolean(filled.email),
    shipping: shippingOf(filled) !== undefined,
    payment: paymentOf(filled) !== undefined,
    review: true,
  };
  return STEPS.slice(0, STEPS.indexOf(step)).find((earlier) => !done[earlier]);
}

function progress(mode: Mode, here: Step): Markup {
  const at = STEPS.indexOf(here);
  return html`<ol class="steps">
    ${STEPS.map((step, index) => {
      const name =
        index < at ? html`<a href="${href(mode, { page: "checkout", step })}">${NAMES[step]}</a>` : NAMES[step];
      return html`<li${index === at && raw(' aria-current="step"')}>${name}</li>`;
    })}
  </ol>`;
}

function sendBack(mode: Mode, step: Step): Markup {
  return html`<p class="panel">Something is still missing. <a href="${href(mode, { page: "checkout", step })}">Go to ${NAMES[step].toLowerCase()}</a></p>`;
}

const FORMS: Readonly<Record<Step, (mode: Mode, filled: Draft, held: readonly Line[]) => Markup>> = {
  contact: (_mode, { name, email }) => html`<form class="panel" data-form="contact">
    <h2>Who is it for?</h2>
    <label>Name <input name="name" autocomplete="name" required value="${name ?? ""}"></label>
    <label>E-mail <input name="email" type="email" autocomplete="email" required value="${email ?? ""}"></label>
    <p class="small">This is a demo: nothing you type here leaves your browser.</p>
    <button class="primary" data-testid="next">Continue to shipping</button>
  </form>`,

  shipping: (_mode, { shippingTier }) => html`<form class="panel" data-form="shipping">
    <h2>How shall it come?</h2>
    ${SHIPPING.map(({ tier, name, line, cents }) =>
      choice("shipping", tier, name, line, cents === 0 ? "Free" : money(cents), tier === (shippingTier ?? "standard")),
    )}
    <button class="primary" data-testid="next">Continue to payment</button>
  </form>`,

  payment: (_mode, { paymentType }) => html`<form class="panel" data-form="payment">
    <h2>How will you pay?</h2>
    ${PAYMENTS.map(({ type, name, line }) => choice("payment", type, name, line, "", type === (paymentType ?? "card")))}
    <div class="card-fields" data-card-fields>
      <label>Card number <input name="number" inputmode="numeric" autocomplete="off" placeholder="4242 4242 4242 4242"></label>
      <label>Valid until <input name="expiry" autocomplete="off" placeholder="04 / 29"></label>
      <label>Code <input name="code" inputmode="numeric" autocomplete="off" placeholder="123"></label>
      <p class="small">Any number will do. 4000 0000 0000 0002 is declined, 4000 0000 0000 0069 has expired.</p>
    </div>
    <p class="notice error" role="alert" data-notice data-testid="payment-error"></p>
    <button class="primary" data-testid="next">Continue to review</button>
  </form>`,

  review: (mode, filled, held) => html`<form class="panel" data-form="review">
    <h2>Is all of this right?</h2>
    <dl class="facts">
      <dt>For</dt><dd>${filled.name}, ${filled.email} ${edit(mode, "contact")}</dd>
      <dt>Shipping</dt><dd>${shippingOf(filled)?.name} ${edit(mode, "shipping")}</dd>
      <dt>Payment</dt><dd>${paymentOf(filled)?.name} ${edit(mode, "payment")}</dd>
    </dl>
    <button class="primary" data-testid="place-order">Place order for ${money(subtotal(held) + (shippingOf(filled)?.cents ?? 0))}</button>
  </form>`,
};

function edit(mode: Mode, step: Step): Markup {
  return html`<a class="small" href="${href(mode, { page: "checkout", step })}">Change</a>`;
}

function choice(group: string, value: string, name: string, line: string, price: string, checked: boolean): Markup {
  return html`<label class="choice">
    <input type="radio" name="${group}" value="${value}"${checked && raw(" checked")} data-testid="${group}-${value}">
    <span><strong>${name}</strong><span class="card-line">${line}</span></span>
    <span class="price">${price}</span>
  </label>`;
}

function summary(held: readonly Line[], filled: Draft): Markup {
  const shipping = shippingOf(filled);
  return html`<aside class="summary">
    <h2>Your order</h2>
    <ul>${held.map(({ product, variant, quantity }) => html`<li><span>${quantity} × ${product.name}${variant && `, ${variant}`}</span><span>${money(product.cents * quantity)}</span></li>`)}</ul>
    <dl>
      <dt>Subtotal</dt><dd>${money(subtotal(held))}</dd>
      <dt>Shipping</dt><dd>${shipping ? (shipping.cents === 0 ? "Free" : money(shipping.cents)) : "–"}</dd>
      <dt class="total">Total</dt><dd class="total">${money(subtotal(held) + (shipping?.cents ?? 0))}</dd>
    </dl>
  </aside>`;
}
