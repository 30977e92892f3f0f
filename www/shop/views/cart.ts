/** The cart's page. */
import { type Line, lineKey, lines, MAX_QUANTITY, subtotal } from "../cart.ts";
import { html, type Markup, raw } from "../html.ts";
import { picture } from "../pictures.ts";
import { money } from "../products.ts";
import { href, type Mode } from "../routes.ts";
import { cartParams, track } from "../track.ts";
import type { Page, Place } from "./page.ts";

/** The cart: change how many, take something out, go to the checkout. */
export function cart({ mode }: Place): Page {
  const held = lines();
  return {
    title: "Your cart",
    main: held.length === 0 ? empty(mode) : filled(mode, held),
    shown: () => track(mode, "view_cart", cartParams(held)),
    personal: true,
  };
}

/** What stands where a cart would be, when there is none. */
export function empty(mode: Mode): Markup {
  return html`<section class="hero">
    <h1>Your cart is empty</h1>
    <p data-testid="cart-empty"><a class="primary" href="${href(mode, { page: "home" })}">Look around</a></p>
  </section>`;
}

function filled(mode: Mode, held: readonly Line[]): Markup {
  return html`<h1>Your cart</h1>
    <div class="columns">
      <ul class="lines">${held.map((line) => row(mode, line))}</ul>
      <aside class="summary">
        <dl><dt>Subtotal</dt><dd data-testid="subtotal">${money(subtotal(held))}</dd></dl>
        <p class="small">Shipping is chosen in the next steps. Tax is included.</p>
        <a class="primary wide" href="${href(mode, { page: "checkout", step: "contact" })}" data-action="begin-checkout" data-testid="checkout">Go to checkout</a>
      </aside>
    </div>`;
}

function row(mode: Mode, line: Line): Markup {
  const { product, variant, quantity } = line;
  const name = variant === undefined ? product.name : `${product.name}, ${variant}`;
  return html`<li class="line" data-line="${lineKey(line)}">
    <a href="${href(mode, { page: "product", slug: product.slug })}" aria-label="${name}">${raw(picture(product, variant))}</a>
    <div>
      <a class="card-name" href="${href(mode, { page: "product", slug: product.slug })}">${name}</a>
      <span class="card-line">${money(product.cents)} each</span>
      <button class="link" data-action="remove" data-testid="remove">Remove</button>
    </div>
    <div class="stepper" role="group" aria-label="Quantity of ${name}">
      <button data-action="fewer" data-testid="fewer" aria-label="One fewer">−</button>
      <output data-testid="quantity">${quantity}</output>
      <button data-action="more" data-testid="more" aria-label="One more"${quantity >= MAX_QUANTITY && raw(" disabled")}>+</button>
    </div>
    <span class="price">${money(product.cents * quantity)}</span>
  </li>`;
}
