/** The way from an adapter to the tracker: its calls, or the queue that the loader takes over when it comes. */

type Api = { q?: unknown[][] } & Record<string, unknown>;

/** Calls a method of `window.desirepath`, now or as soon as the loader is there. */
export const call = (method: string, ...parts: unknown[]): void => {
  const host = window as unknown as { desirepath?: Api };
  const api = (host.desirepath ||= {});
  const known = api[method];
  if (typeof known == "function") known(...parts);
  else (api.q ||= []).push([method, Date.now(), ...parts]);
};

/** An object of any shape, as a platform documents it; what is missing is undefined. */
export type Loose = Record<string, any>;

/** A product in GA4's fields. */
export type Item = Record<string, string | number>;

/** The entries of an object that have a value, so that what a platform left out stays out. */
export const present = (fields: Loose): Item => {
  const kept: Item = {};
  for (const key in fields) if (fields[key] != null && fields[key] !== "") kept[key] = fields[key];
  return kept;
};

/** Sum of price × quantity; undefined where a price is missing, because the sum would be wrong. */
export const sum = (items: Item[]): number | undefined => {
  let micros = 0;
  for (const { price, quantity = 1 } of items) {
    if (price == null) return undefined;
    micros += Math.round(+price * 1e6) * +quantity;
  }
  return items.length > 0 ? micros / 1e6 : undefined;
};

/** A path of categories in GA4's five fields. */
export const categories = (path: unknown): Loose => {
  const fields: Loose = {};
  if (typeof path != "string") return fields;
  path
    .split("/")
    .slice(0, 5)
    .forEach((name, index) => {
      fields[`item_category${index > 0 ? index + 1 : ""}`] = name.trim();
    });
  return fields;
};
