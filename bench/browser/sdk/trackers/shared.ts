/** What every tracker's page does alike: the endpoint, and one call with one item. */

export const endpoint = (tracker: string) => `${location.origin}/collect/${tracker}`;

/** The mark by which the driver recognises the event in whatever reaches the endpoint. */
export const mark = (index: number) => `bench-item-${String(index).padStart(6, "0")}`;

export const item = (index: number) => ({
  item_id: mark(index),
  item_name: "Enamel kettle",
  item_brand: "Hearth",
  item_category: "Kitchen",
  price: 35.79,
  quantity: 2,
});

export const cart = (index: number) => ({ currency: "EUR", value: 71.58, items: [item(index)] });

/** Makes a tracker's call known to the page. */
export function measure(track: (index: number) => void): void {
  Object.assign(globalThis, { trackOne: track });
}
