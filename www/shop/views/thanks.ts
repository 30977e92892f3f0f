/** The thank-you page, and the page for addresses that lead nowhere. */
import { subtotal } from "../cart.ts";
import { lastOrder, taxIn } from "../checkout.ts";
import { html } from "../html.ts";
import { money } from "../products.ts";
import { href } from "../routes.ts";
import { cartParams, track } from "../track.ts";
import type { Page, Place } from "./page.ts";

/**
 * The thank-you page. Like most shops' it reports the purchase whenever it is shown, reloads included; they
 * all carry the order's one `transaction_id`, by which the purchase is counted once.
 */
export function thanks({ mode }: Place): Page {
  const order = lastOrder();
  if (!order) return { ...missing({ mode }), personal: true };
  const shippingCents = order.shipping.cents;
  return {
    title: "Thank you",
    main: html`<section class="hero">
      <h1>Thank you</h1>
      <p>Your order <strong data-testid="order-id">${order.id}</strong> is being packed. A note goes to ${order.email}.</p>
      <ul class="receipt">
        ${order.lines.map(({ product, variant, quantity }) => html`<li><span>${quantity} × ${product.name}${variant && `, ${variant}`}</span><span>${money(product.cents * quantity)}</span></li>`)}
        <li><span>${order.shipping.name} shipping</span><span>${shippingCents === 0 ? "Free" : money(shippingCents)}</span></li>
        <li class="total"><span>Total</span><span>${money(subtotal(order.lines) + shippingCents)}</span></li>
      </ul>
      <p><a class="primary" href="${href(mode, { page: "home" })}">Back to the shop</a></p>
    </section>`,
    shown: () =>
      track(mode, "purchase", {
        transaction_id: order.id,
        ...cartParams(order.lines),
        shipping: shippingCents / 100,
        tax: taxIn(order.lines) / 100,
      }),
    personal: true,
  };
}

/** For an address that the shop does not have. */
export function missing({ mode }: Pick<Place, "mode">): Page {
  return {
    title: "Nothing here",
    main: html`<section class="hero">
      <h1>There is nothing here</h1>
      <p><a class="primary" href="${href(mode, { page: "home" })}">Back to the shop</a></p>
    </section>`,
    shown: () => track(mode, "not_found", {}),
  };
}
