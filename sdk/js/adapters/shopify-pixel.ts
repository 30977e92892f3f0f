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

/** What the tracker keeps, by the last part of its key: for all pages of the shop, and for the tab. */
const DURABLE = ["visitor", "session", "memory", "consent", "pause"];
const OF_TAB = ["tab", "trail"];

/** The address of the page on which an event happened. Who knows a checkout's token can open it: it is cut out. */
const addressOf = (event: Loose): string | undefined =>
  event["context"]?.document?.location?.href?.replace(/\/checkouts\/(c[no]?\/)?[^/?#]+/, "/checkouts/-");

/** Connects a custom pixel with the tracker. */
export const connect = async ({ analytics, browser, init, customerPrivacy, only, ...options }: Pixel) => {
  const isRefused = (privacy?: Loose) => privacy?.analyticsProcessingAllowed === false;
  const notes: unknown[][] = [];
  let tracker: Loose | undefined;
  let isStarting = false;
  const note = (...entry: unknown[]) => {
    if (tracker) tracker["note"](entry);
    else notes.push(entry);
  };

  const start = async () => {
    if (isStarting) return;
    isStarting = true;
    const keys = (names: string[]) => names.map((name) => `desirepath:${options.site}:${name}`);
    show(window, "localStorage", await storage(browser["localStorage"], keys(DURABLE)));
    show(window, "sessionStorage", await storage(browser["sessionStorage"], keys(OF_TAB)));
    const module = await import(new URL("../desirepath-sdk.js", import.meta.url).href);
    // Shopify does not say whether the visitor has refused or has not been asked yet: what happens meanwhile waits.
    await module.default({ consent: isRefused(init["customerPrivacy"]) ? "pending" : "granted", ...options });
    module.start(notes);
    tracker = module;
  };

  // The page in which the frame is, for events that come before a view.
  let seen: string | undefined = "";
  const arrive = (event: Loose) => {
    const url = addressOf(event);
    if (url != seen) {
      const { title, referrer } = event["context"]?.document ?? {};
      seen = url;
      show(document, "title", title ?? "");
      show(document, "referrer", referrer ?? "");
      note("view", Date.parse(event["timestamp"]) || Date.now(), "load", url);
    }
    return start();
  };
  analytics.subscribe("page_viewed", (event) => {
    if (only != "checkout" || addressOf(event)?.includes("/checkouts/")) return arrive(event);
  });
  for (const name in EVENTS) {
    const [known, params] = EVENTS[name] as (typeof EVENTS)[string];
    if (only == "checkout" && !/^(checkout|payment)/.test(name)) continue;
    analytics.subscribe(name, (event) => {
      const started = arrive(event);
      note("track", Date.parse(event["timestamp"]) || Date.now(), known, present(params(event["data"] ?? {})));
      return started;
    });
  }
  customerPrivacy?.subscribe("visitorConsentCollected", (event) =>
    note("consent", Date.now(), isRefused(event["customerPrivacy"]) ? "denied" : "granted"),
  );
  // Beside the theme's tag nothing is loaded before the checkout: two trackers on one page would be two visitors.
  if (only != "checkout") await start();
};
