/**
 * Segment's calls, `analytics.track("Product Added", …)`, for the tracker: events of its
 * [ecommerce specification](https://segment.com/docs/connections/spec/ecommerce/v2/) under GA4's names, all others
 * under their own.
 *
 * It takes the place of Segment's library: what its snippet has queued is read, and the methods answer from then on.
 */
import { call, categories, present, sum, type Item, type Loose } from "./tracker";

/** Segment's names and GA4's. */
const NAMES: Record<string, string> = {
  "products searched": "search",
  "product list viewed": "view_item_list",
  "product list filtered": "view_item_list",
  "promotion viewed": "view_promotion",
  "promotion clicked": "select_promotion",
  "product clicked": "select_item",
  "product viewed": "view_item",
  "product added": "add_to_cart",
  "product removed": "remove_from_cart",
  "cart viewed": "view_cart",
  "checkout started": "begin_checkout",
  "payment info entered": "add_payment_info",
  "order completed": "purchase",
  "order refunded": "refund",
  "product added to wishlist": "add_to_wishlist",
  "product shared": "share",
  "signed up": "sign_up",
  "signed in": "login",
};
/** Segment's properties and GA4's parameters. */
const PARAMETERS: Record<string, string> = {
  order_id: "transaction_id",
  query: "search_term",
  list_id: "item_list_id",
  payment_method: "payment_type",
  shipping_method: "shipping_tier",
  promotion_id: "promotion_id",
  creative: "creative_name",
};
/** Properties that describe the one product of an event, or that became something else. */
const TAKEN =
  /^(products?|product_id|sku|name|brand|category|variant|price|quantity|position|url|image_url|revenue|subtotal|total|value)$/;
/** What the methods of Segment's library are called; those that say nothing about the visitor do nothing. */
const METHODS =
  "track page identify group reset alias ready on once off trackLink trackForm trackClick trackSubmit debug setAnonymousId addSourceMiddleware addDestinationMiddleware load";

const item = (product: Loose): Item =>
  present({
    item_id: product["product_id"] ?? product["sku"],
    item_name: product["name"],
    item_brand: product["brand"],
    item_variant: product["variant"],
    ...categories(product["category"]),
    price: product["price"],
    quantity: product["quantity"],
    coupon: product["coupon"],
    index: product["position"],
  });

const track = (name: string, properties: Loose = {}) => {
  let known = NAMES[name.toLowerCase()];
  // A step of the checkout says which one it is by what it carries.
  if (/^checkout step completed$/i.test(name))
    known = properties["payment_method"] ? "add_payment_info" : properties["shipping_method"] && "add_shipping_info";
  if (!known) return call("track", name, properties);
  const about = /promotion/.test(known);
  const params: Loose = {};
  const isProduct = !properties["products"] && !about && known != "search";
  for (const key in properties)
    if (!TAKEN.test(key) ? key != "coupon" || !isProduct : key == "url" && about)
      params[PARAMETERS[key] ?? key] = properties[key];
  const products: Loose[] = properties["products"] ?? (isProduct ? [properties] : []);
  const items = products.map(item).filter((made) => made["item_id"] != null || made["item_name"] != null);
  if (items.length > 0) params["items"] = items;
  if (known == "view_item_list") params["item_list_name"] = properties["category"];
  if (about) {
    params["promotion_name"] = properties["name"];
    params["creative_slot"] = properties["position"];
  }
  // Revenue is without shipping and tax; the total is with both.
  params["value"] = properties["value"] ?? properties["revenue"] ?? properties["subtotal"] ?? sum(items);
  call("track", known, present(params));
};

const answer = (method: string, parts: any[]) => {
  // Segment's snippet adds the page's address and title to what it queues.
  if (parts.at(-1)?.__t == "bpc") parts.pop();
  const [first, second] = parts;
  // A callback may stand in place of the properties.
  if (method == "track" && typeof first == "string") track(first, (typeof second == "object" && second) || {});
  // A call with traits alone names nobody, and traits are not taken.
  else if (method == "identify" && /^(string|number)$/.test(typeof first)) call("identify", first);
  else if (method == "group" && typeof first == "string") call("account", first);
  else if (method == "reset") call("reset");
  // Pages are seen by the tracker itself.
  const callback = parts.at(-1);
  if (typeof callback == "function" && /^(track|page|identify|group|ready)$/.test(method)) setTimeout(callback);
};

const host = window as unknown as { analytics?: Loose };
const before = host.analytics;
const analytics: Loose = { initialized: true };
for (const method of METHODS.split(" "))
  analytics[method] = (...parts: unknown[]) => {
    try {
      answer(method, parts);
    } catch {
      // Whatever a page passes, its call must not fail.
    }
    return analytics;
  };
host.analytics = analytics;
if (Array.isArray(before)) for (const [method, ...parts] of before) if (analytics[method]) analytics[method](...parts);
