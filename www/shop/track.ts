/**
 * The shop's only words to the tracker: GA4 e-commerce events, by
 * `desirepath.track` or, in the `gtag` build, by a GA4 data layer. The shop
 * neither waits for the tracker nor needs it.
 */
import { type Line, subtotal } from "./cart.ts";
import { CURRENCY, categoryBySlug, type Product } from "./products.ts";
import type { Mode } from "./routes.ts";

type Params = Readonly<Record<string, unknown>>;

declare global {
  interface Window {
    desirepath?: {
      track(name: string, params?: Params): void;
      on(rule: Params, callback: (moment: { event: string }) => void): () => void;
    };
    dataLayer?: unknown[];
  }
}

/** Calls made before the tracker's script has run. They are few, and dropped if it never does. */
let early: (readonly [string, Params])[] = [];

/** Reports an event of this build of the shop. */
export function track(mode: Mode, name: string, params: Params): void {
  if (mode === "gtag") {
    gtag("event", name, params);
  } else if (window.desirepath) {
    window.desirepath.track(name, params);
  } else {
    early.push([name, params]);
  }
}

/** Hands over calls that were made before the tracker's script, which loads in its own time. */
export function handOverEarlyCalls(): void {
  whenLoaded(({ track }) => {
    for (const [name, params] of early) track(name, params);
    early = [];
  });
}

/** Calls back once the tracker's script has run, which may be never. */
export function whenLoaded(action: (tracker: NonNullable<Window["desirepath"]>) => void): void {
  const script = document.querySelector("script[data-endpoint]");
  if (window.desirepath) action(window.desirepath);
  else script?.addEventListener("load", () => window.desirepath && action(window.desirepath));
}

/** The `currency`, `value` and `items` of an event about these lines. */
export function cartParams(lines: readonly Line[]): Params {
  return {
    currency: CURRENCY,
    value: subtotal(lines) / 100,
    items: lines.map(({ product, variant, quantity }) => ({ ...item(product, variant), quantity })),
  };
}

/** The parameters of an event about a list of products, or about one chosen from it. */
export function listParams(id: string, name: string, products: readonly Product[], firstIndex = 0): Params {
  return {
    item_list_id: id,
    item_list_name: name,
    items: products.map((product, at) => ({ ...item(product, undefined), index: firstIndex + at })),
  };
}

/** The `currency`, `value` and `items` of an event about one product. */
export function productParams(product: Product, variant: string | undefined): Params {
  return { currency: CURRENCY, value: product.cents / 100, items: [{ ...item(product, variant), quantity: 1 }] };
}

function item(product: Product, variant: string | undefined): Params {
  return {
    item_id: product.id,
    item_name: product.name,
    item_brand: product.brand,
    item_category: categoryBySlug(product.category)?.name,
    ...(variant === undefined ? {} : { item_variant: variant }),
    price: product.cents / 100,
  };
}

/** Google's own snippet: the data layer tells its calls apart by the type of `arguments`. */
function gtag(..._call: unknown[]): void {
  window.dataLayer ??= [];
  // A GA4 data layer takes the arguments object itself, not an array.
  window.dataLayer.push(arguments);
}
