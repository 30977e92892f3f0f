/** The cart: lines of a product in a colour, kept across pages and visits. */
import { type Product, productById } from "./products.ts";
import { recall, store } from "./storage.ts";

/** One line of the cart. */
export interface Line {
  readonly product: Product;
  readonly variant: string | undefined;
  readonly quantity: number;
}

/** The most of one thing that a cart line takes. */
export const MAX_QUANTITY = 20;

interface StoredLine {
  id: string;
  variant?: string;
  quantity: number;
}

/** The cart's lines, oldest first; products that the shop no longer sells are left out. */
export function lines(): readonly Line[] {
  return recall<StoredLine[]>("cart", []).flatMap(({ id, variant, quantity }) => {
    const product = productById(id);
    return product ? [{ product, variant, quantity }] : [];
  });
}

/** Identifies a line in markup. */
export function lineKey(line: Pick<Line, "product" | "variant">): string {
  return line.variant === undefined ? line.product.id : `${line.product.id}/${line.variant}`;
}

/**
 * Changes how many of a product the cart holds and returns by how many it really changed: never
 * below none, never above {@link MAX_QUANTITY}.
 */
export function change(product: Product, variant: string | undefined, by: number): number {
  const before = [...lines()];
  const at = before.findIndex((line) => line.product === product && line.variant === variant);
  const held = before[at]?.quantity ?? 0;
  const quantity = Math.min(Math.max(held + by, 0), MAX_QUANTITY);
  const changed: Line = { product, variant, quantity };
  if (at < 0) before.push(changed);
  else before[at] = changed;
  save(before.filter((line) => line.quantity > 0));
  return quantity - held;
}

/** Empties the cart. */
export function clear(): void {
  save([]);
}

/** Price of the lines together, without shipping, in cents. */
export function subtotal(of: readonly Line[]): number {
  return of.reduce((sum, line) => sum + line.product.cents * line.quantity, 0);
}

/** How many things lie in the cart. */
export function count(of: readonly Line[]): number {
  return of.reduce((sum, line) => sum + line.quantity, 0);
}

function save(changed: readonly Line[]): void {
  store(
    "cart",
    changed.map(({ product, variant, quantity }) => ({ id: product.id, variant, quantity })),
  );
}
