/**
 * The tracker inside Shopify's custom pixel, where there is no page: events come from `analytics.subscribe`, storage
 * is the shop's through `browser`, and consent is Shopify's `customerPrivacy`.
 *
 * A custom pixel runs in a sandboxed frame without an origin. What the tracker reads of a page is put there for it:
 * title and referrer from the event, and storage that is read before it starts and written through afterwards, under
 * the same keys as on the theme's pages, so that a visitor is one person on both.
 */
import { present, sum, type Item, type Loose } from "./tracker";

/** What a custom pixel has, and the tracker's options. */
type Pixel = {
  analytics: { subscribe(name: string, heard: (event: Loose) => void): unknown };
  browser: Loose;
  init: Loose;
  customerPrivacy?: { subscribe(name: string, heard: (event: Loose) => void): unknown };
  site: string;
  endpoint: string;
  /** Only from the checkout on, for shops whose theme has the tracker's tag. */
  only?: "checkout";
} & Loose;

const product = (variant: Loose = {}, quantity?: number, price: Loose = variant["price"] ?? {}): Item =>
  present({
    item_id: variant["product"]?.id ?? variant["id"],
    item_name: variant["product"]?.title ?? variant["title"],
    item_brand: variant["product"]?.vendor,
    item_category: variant["product"]?.type,
    item_variant: variant["title"],
    price: price["amount"],
    quantity,
  });

const products = (variants: Loose[] = []) => ({
  currency: variants[0]?.price?.currencyCode,
  items: variants.map((variant, index) => ({ ...product(variant), index })),
});

const lines = (lines: Loose[] = []) => {
  const items = lines.map((line) => product(line["merchandise"], line["quantity"]));
  return { currency: lines[0]?.cost?.totalAmount?.currencyCode, value: sum(items), items };
};

const checkout = ({ checkout = {} }: Loose) => {
  const items = (checkout["lineItems"] ?? []).map((line: Loose) => product(line["variant"], line["quantity"]));
  const coupon = (checkout["discountApplications"] ?? []).find((found: Loose) => found["type"] == "DISCOUNT_CODE");
  return {
    currency: checkout["currencyCode"],
    value: checkout["subtotalPrice"]?.amount ?? sum(items),
    coupon: coupon?.title,
    items,
  };
};

const order = ({ checkout: placed = {} }: Loose) => ({
  transaction_id: placed["order"]?.id ?? placed["token"],
  shipping: placed["shippingLine"]?.price?.amount,
  tax: placed["totalTax"]?.amount,
});

/** Shopify's [standard events](https://shopify.dev/docs/api/web-pixels-api/standard-events) and what becomes of them. */
const EVENTS: Record<string, [name: string, params: (data: Loose) => Loose]> = {
  product_viewed: ["view_item", ({ productVariant }) => products([productVariant])],
  collection_viewed: [
    "view_item_list",
    ({ collection }) => ({
      item_list_id: collection.id,
      item_list_name: collection.title,
      ...products(collection.productVariants),
    }),
  ],
  search_submitted: [
    "view_search_results",
    ({ searchResult }) => ({ search_term: searchResult.query, results: searchResult.productVariants?.length }),
  ],
  product_added_to_cart: ["add_to_cart", ({ cartLine }) => lines([cartLine])],
  product_removed_from_cart: ["remove_from_cart", ({ cartLine }) => lines([cartLine])],
  cart_viewed: ["view_cart", ({ cart }) => lines(cart?.lines)],
  checkout_started: ["begin_checkout", checkout],
  checkout_contact_info_submitted: ["checkout_contact_info", checkout],
  checkout_address_info_submitted: ["checkout_address_info", checkout],
  checkout_shipping_info_submitted: [
    "add_shipping_info",
    (data) => ({
      ...checkout(data),
      shipping_tier: data["checkout"]?.delivery?.selectedDeliveryOptions?.[0]?.title,
    }),
  ],
  payment_info_submitted: [
    "add_payment_info",
    (data) => ({ ...checkout(data), payment_type: data["checkout"]?.transactions?.[0]?.paymentMethod?.type }),
  ],
  checkout_completed: ["purchase", (data) => ({ ...checkout(data), ...order(data) })],
};

/** Storage of the page around the frame, read once and written through. */
const storage = async (source: Loose, keys: string[]) => {
  const kept: Record<string, string> = {};
  for (const key of keys) {
    const value = await source["getItem"](key).catch(() => null);
    if (typeof value == "string") kept[key] = value;
  }
  const methods = {
    getItem: (key: string) => kept[key] ?? null,
    setItem(key: string, value: string) {
      kept[key] = value;
      source["setItem"](key, value).catch(() => {});
    },
    removeItem(key: string) {
      delete kept[key];
      source["removeItem"](key).catch(() => {});
    },
  };
  // Keys are what is looked through for queues.
  for (const name in methods) Object.defineProperty(kept, name, { value: methods[name as keyof typeof methods] });
  return kept;
};

const show = (object: object, key: string, value: unknown) =>
  Object.defineProperty(object, key, { configurable: true, value });

/** Connects a custom pixel with the tracker. */
export const connect = async ({ analytics, browser, init, customerPrivacy, only, ...options }: Pixel) => {
  const isAllowed = (privacy?: Loose) => (privacy?.analyticsProcessingAllowed === false ? "denied" : "granted");
  let notes: unknown[][] | undefined = [];
  let tracker: Loose | undefined;
  const note = (...entry: unknown[]) => {
    if (tracker) tracker["note"](entry);
    else notes?.push(entry);
  };
  const url = (event: Loose) => event["context"]?.document?.location?.href;
  const view = (event: Loose) => {
    const { title, referrer } = event["context"]?.document ?? {};
    show(document, "title", title ?? "");
    show(document, "referrer", referrer ?? "");
    note("view", Date.parse(event["timestamp"]) || Date.now(), "load", url(event));
  };
  // The page in which the frame is, for events that come before a view.
  let seen = "";
  const arrive = (event: Loose) => {
    if (url(event) == seen) return;
    seen = url(event);
    view(event);
  };
  analytics.subscribe("page_viewed", (event) => {
    if (only != "checkout" || /\/checkouts?\//.test(url(event) ?? "")) arrive(event);
  });
  for (const name in EVENTS) {
    const [known, params] = EVENTS[name] as (typeof EVENTS)[string];
    if (only == "checkout" && !/^(checkout|payment)/.test(name)) continue;
    analytics.subscribe(name, (event) => {
      arrive(event);
      note("track", Date.parse(event["timestamp"]) || Date.now(), known, present(params(event["data"] ?? {})));
    });
  }
  customerPrivacy?.subscribe("visitorConsentCollected", (event) =>
    note("consent", Date.now(), isAllowed(event["customerPrivacy"])),
  );

  const key = (name: string) => `desirepath:${options.site}:${name}`;
  const durable = ["visitor", "session", "consent", "optout", "source", "orders"].map(key);
  show(window, "localStorage", await storage(browser["localStorage"], durable));
  show(window, "sessionStorage", await storage(browser["sessionStorage"], ["tab"].map(key)));
  const module = await import(new URL("../desirepath-sdk.js", import.meta.url).href);
  await module.default();
  module.start({ consent: isAllowed(init["customerPrivacy"]), ...options }, notes);
  notes = undefined;
  tracker = module;
};
