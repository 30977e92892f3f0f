/** What a visitor has filled in on the way through the checkout, and the order that comes out of it. */
import { clear, type Line, lines, subtotal } from "./cart.ts";
import { type Product, productById } from "./products.ts";
import { recall, store } from "./storage.ts";

/** A way of shipping. */
export interface Shipping {
  /** The `shipping_tier` of events. */
  readonly tier: string;
  readonly name: string;
  readonly line: string;
  readonly cents: number;
}

export const SHIPPING: readonly Shipping[] = [
  { tier: "standard", name: "Standard", line: "Three to five working days", cents: 490 },
  { tier: "express", name: "Express", line: "Tomorrow, if you order before two", cents: 990 },
  { tier: "pickup", name: "Pick up", line: "At the workshop, from Thursday", cents: 0 },
];

/** A way of paying. */
export interface Payment {
  /** The `payment_type` of events. */
  readonly type: string;
  readonly name: string;
  readonly line: string;
}

export const PAYMENTS: readonly Payment[] = [
  { type: "card", name: "Card", line: "Charged when the parcel leaves" },
  { type: "invoice", name: "Invoice", line: "Pay within fourteen days" },
];

/** What has been filled in so far. A card's number is checked and forgotten, never kept. */
export interface Draft {
  readonly name?: string;
  readonly email?: string;
  readonly shippingTier?: string;
  readonly paymentType?: string;
}

export function draft(): Draft {
  return recall<Draft>("draft", {});
}

export function fill(more: Draft): void {
  store("draft", { ...draft(), ...more });
}

export function shippingOf({ shippingTier }: Draft): Shipping | undefined {
  return SHIPPING.find((shipping) => shipping.tier === shippingTier);
}

export function paymentOf({ paymentType }: Draft): Payment | undefined {
  return PAYMENTS.find((payment) => payment.type === paymentType);
}

/** Why a payment failed. */
export interface Refusal {
  readonly code: string;
  /** Whether the same card may work later (`soft`) or never will (`hard`). */
  readonly severity: "soft" | "hard";
  readonly message: string;
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  "4000000000000002": {
    code: "card_declined",
    severity: "soft",
    message: "The bank declined this card. Nothing was charged. Try again, use another card, or choose invoice.",
  },
  "4000000000000069": {
    code: "expired_card",
    severity: "hard",
    message: "This card has expired. Use another card, or choose invoice.",
  },
};

/** Asks the pretended bank about a card; it accepts every number except two. */
export function authorise(cardNumber: string): Refusal | undefined {
  return REFUSALS[cardNumber.replace(/\D/g, "")];
}

/** An order that was placed. */
export interface Order {
  /** Also the `transaction_id` of the purchase event, however often the thank-you page is loaded. */
  readonly id: string;
  readonly email: string;
  readonly shipping: Shipping;
  readonly paymentType: string;
  readonly lines: readonly Line[];
}

interface StoredOrder extends Omit<Order, "lines"> {
  lines: { product: Product["id"]; variant?: string; quantity: number }[];
}

/** Places the order for what the cart holds and empties the cart; nothing when something is still missing. */
export function placeOrder(): string | undefined {
  const filled = draft();
  const shipping = shippingOf(filled);
  const payment = paymentOf(filled);
  const ordered = lines();
  if (!shipping || !payment || ordered.length === 0) return undefined;
  const id = `FO-${Date.now().toString(36)}${Math.floor(Math.random() * 1296)
    .toString(36)
    .padStart(2, "0")}`.toUpperCase();
  store("order", {
    id,
    email: filled.email ?? "",
    shipping,
    paymentType: payment.type,
    lines: ordered.map(({ product, variant, quantity }) => ({ product: product.id, variant, quantity })),
  });
  store("draft", { name: filled.name, email: filled.email });
  clear();
  return id;
}

/** The last order of this visitor. */
export function lastOrder(): Order | undefined {
  const stored = recall<StoredOrder | undefined>("order", undefined);
  if (!stored) return undefined;
  const ordered = stored.lines.flatMap(({ product: id, variant, quantity }): Line[] => {
    const product = productById(id);
    return product ? [{ product, variant, quantity }] : [];
  });
  return { ...stored, lines: ordered };
}

/** Value-added tax of 20 %, contained in the prices, in cents. */
export function taxIn(ordered: readonly Line[]): number {
  return Math.round(subtotal(ordered) / 6);
}
