/**
 * Shops that templates render, WooCommerce's and Shopify's themes: events that the server wrote into the page, and
 * the platform's own signals of what happens in it.
 *
 * - `<script type="application/json" data-dp-events>[{"name": "view_item", "params": {…}}]</script>`: each is an event.
 * - A form that puts the product of the page's `view_item` into the cart.
 * - WooCommerce's `added_to_cart` and `removed_from_cart`, which it triggers through jQuery, for the button's product.
 */
import { call, present, sum, type Item, type Loose } from "./tracker";

/** Forms of WooCommerce and of Shopify's themes. */
const CART_FORMS = 'form.cart, form[action*="/cart/add"]';

let shown: Loose | undefined;

const read = (text: string | null | undefined): any => {
  try {
    return JSON.parse(text || "null");
  } catch {
    return null;
  }
};

const begin = () => {
  for (const block of document.querySelectorAll("script[data-dp-events]")) {
    for (const { name, params } of read(block.textContent) ?? []) {
      if (name == "view_item") shown = params;
      call("track", name, params);
    }
  }
};

const cart = (name: string, items: Item[], currency: unknown) =>
  call("track", name, present({ currency, value: currency ? sum(items) : undefined, items }));

const submitted = (event: Event) => {
  const form = (event.target as Element).closest(CART_FORMS) as HTMLFormElement | null;
  const item = shown?.items?.[0];
  if (!form || !item) return;
  const quantity = +(new FormData(form).get("quantity") ?? 1) || 1;
  cart("add_to_cart", [{ ...item, quantity }], shown?.currency);
};

/** A button of a list of products. Beside the product's id, the plugin has put the whole item on it. */
const pressed = (name: string, button: HTMLElement | undefined) => {
  const { product_id, product_sku, quantity, dpProduct } = button?.dataset ?? {};
  const { currency, ...item } = read(dpProduct) ?? { item_id: product_sku || product_id };
  if (item.item_id) cart(name, [{ ...item, quantity: +(quantity ?? 1) }], currency);
};

const start = () => {
  begin();
  document.addEventListener("submit", submitted);
  const { jQuery } = window as unknown as { jQuery?: any };
  const listen = (name: string, kind: string) =>
    jQuery?.(document.body).on(kind, (_: unknown, _fragments: unknown, _hash: unknown, button: any) =>
      pressed(name, button?.[0]),
    );
  listen("add_to_cart", "added_to_cart");
  listen("remove_from_cart", "removed_from_cart");
};

if (document.readyState == "loading") document.addEventListener("DOMContentLoaded", start);
else start();
