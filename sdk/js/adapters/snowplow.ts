/**
 * Snowplow's calls, `snowplow("trackStructEvent", …)`, for the tracker: those of the
 * [JavaScript tracker](https://docs.snowplow.io/docs/sources/web-trackers/) and of its e-commerce plugin.
 *
 * It takes the place of `sp.js`: what Snowplow's snippet has queued is read, and the function answers from then on.
 */
import { call, categories, present, sum, type Item, type Loose } from "./tracker";

const item = (product: Loose): Item =>
  present({
    item_id: product["id"],
    item_name: product["name"],
    item_brand: product["brand"],
    item_variant: product["variant"],
    ...categories(product["category"]),
    price: product["price"],
    quantity: product["quantity"],
    index: product["position"],
  });

/** An event about products: their own currency where the event has none, and their sum for its value. */
const shop = (name: string, products: Loose[] = [], params: Loose = {}, total?: unknown) => {
  const items = products.map(item);
  const currency = params["currency"] ?? products[0]?.currency;
  const value = sum(items) ?? (currency && total);
  call("track", name, present({ ...params, currency, value, ...(items.length > 0 && { items }) }));
};

const promotion = (name: string, { id, name: title, slot, creative_id }: Loose) =>
  call(
    "track",
    name,
    present({ promotion_id: id, promotion_name: title, creative_slot: slot, creative_name: creative_id }),
  );

/** A step says which one it is by what it carries. Addresses are not taken. */
const step = ({ step, delivery_method, delivery_provider, payment_method, coupon_code: coupon }: Loose) => {
  if (payment_method) call("track", "add_payment_info", present({ payment_type: payment_method, coupon }));
  else if (delivery_method || delivery_provider)
    call("track", "add_shipping_info", present({ shipping_tier: delivery_method ?? delivery_provider, coupon }));
  else if (+step == 1) call("track", "begin_checkout", present({ coupon }));
  else call("track", "checkout_step", present({ step }));
};

const COMMANDS: Record<string, (first: any, ...rest: any[]) => void> = {
  trackStructEvent: (first, ...rest) => {
    // An object since version 3, before that one argument after the other.
    const { category, action, label, property, value } =
      typeof first == "object"
        ? first
        : { category: first, action: rest[0], label: rest[1], property: rest[2], value: rest[3] };
    call("track", action, present({ category, label, property, amount: value }));
  },
  trackSelfDescribingEvent: (first) => {
    const { schema, data } = first.event ?? first;
    // iglu:com.acme/button_press/jsonschema/1-0-0
    call("track", schema.split("/")[1], data);
  },
  trackProductView: (product) => shop("view_item", [product]),
  trackProductListView: ({ products, name }) => shop("view_item_list", products, { item_list_name: name }),
  trackProductListClick: ({ product, name }) => shop("select_item", [product], { item_list_name: name }),
  trackAddToCart: ({ products, currency, cart_id }) => shop("add_to_cart", products, { currency, cart_id }),
  trackRemoveFromCart: ({ products, currency, cart_id }) => shop("remove_from_cart", products, { currency, cart_id }),
  trackCheckoutStep: step,
  trackTransaction: ({ products, transaction_id, currency, tax, shipping, discount_code, revenue }) =>
    shop("purchase", products, { transaction_id, currency, tax, shipping, coupon: discount_code }, revenue),
  trackRefund: ({ products, transaction_id, currency, refund_amount, refund_reason }) =>
    call(
      "track",
      "refund",
      present({
        transaction_id,
        currency,
        refund_reason,
        value: refund_amount,
        ...(products?.length > 0 && { items: products.map(item) }),
      }),
    ),
  trackTransactionError: ({ error_code, error_type, resolution, transaction }) =>
    call(
      "track",
      "payment_error",
      present({ code: error_code, severity: error_type, resolution, payment_type: transaction?.payment_method }),
    ),
  trackPromotionView: (shown) => promotion("view_promotion", shown),
  trackPromotionClick: (clicked) => promotion("select_promotion", clicked),
  trackSiteSearch: ({ terms, totalResults }) =>
    call("track", "view_search_results", present({ search_term: terms?.join(" "), results: totalResults })),
  setUserId: (id) => id != null && call("identify", id),
  clearUserData: () => call("reset"),
};

const host = window as unknown as Record<string, any>;
// Snowplow's snippet lets the page choose the function's name.
const name = document.currentScript?.dataset["name"] ?? "snowplow";
const queued: ArrayLike<any>[] = host[name]?.q ?? [];
const snowplow = (command: unknown, ...parts: any[]) => {
  try {
    // "trackAddToCart:sp1" names the tracker; there is only one.
    if (typeof command == "string") COMMANDS[command.split(":")[0] as string]?.(...(parts as [any]));
  } catch {
    // Whatever a page passes, its call must not fail.
  }
};
host[name] = snowplow;
for (const parts of Array.from(queued)) snowplow(...(Array.from(parts) as [any]));
