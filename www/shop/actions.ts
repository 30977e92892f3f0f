/** What clicks and forms do: change the cart, walk through the checkout, and say so to the tracker. */
import { change, type Line, lineKey, lines } from "./cart.ts";
import { authorise, fill, lastOrder, paymentOf, placeOrder, shippingOf } from "./checkout.ts";
import { showCartCount } from "./layout.ts";
import { picture } from "./pictures.ts";
import { productById } from "./products.ts";
import { type Mode, parse, type Route } from "./routes.ts";
import { cartParams, listParams, track } from "./track.ts";

/** What the shop gives its handlers to work with. */
export interface Actions {
  readonly mode: Mode;
  /** Leads to an address within the shop. */
  lead(address: string): void;
  /** Leads to a page of this build; the query begins with `?`. */
  go(route: Route, query?: string): void;
  /** Shows the current page's changed content. */
  refresh(): void;
}

/** How long the pretended bank takes to answer, in milliseconds. */
const BANK_MILLIS = 250;

/** Starts listening. One listener a kind, on the document, so that content may be replaced freely. */
export function listen(actions: Actions): void {
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : undefined;
    const chosen = target?.closest<HTMLElement>("[data-select]");
    if (chosen) select(actions, chosen);
    const button = target?.closest<HTMLElement>("[data-action]");
    if (button) CLICKS[button.dataset.action ?? ""]?.(actions, button);
    const link = target?.closest<HTMLAnchorElement>("a[href]");
    if (link) followInApp(actions, link, event);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target instanceof HTMLFormElement ? event.target : undefined;
    const submit = SUBMITS[form?.dataset.form ?? ""];
    if (!form || !submit) return;
    event.preventDefault();
    submit(actions, form, new FormData(form));
  });
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement)) return;
    if (input.name === "variant") showVariant(input);
    if (input.name === "payment")
      document.querySelector("[data-card-fields]")?.toggleAttribute("hidden", input.value !== "card");
  });
}

/** The single-page build takes plain clicks on its own links; everything else stays the browser's. */
function followInApp({ mode, lead }: Actions, link: HTMLAnchorElement, event: MouseEvent): void {
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (mode !== "app" || !plain || "reload" in link.dataset || link.origin !== location.origin) return;
  const { mode: target, route } = parse(link.pathname);
  if (target !== "app" || route.page === "missing") return;
  event.preventDefault();
  lead(link.pathname + link.search);
}

function select({ mode }: Actions, card: HTMLElement): void {
  const product = productById(card.dataset.select ?? "");
  const list = card.closest<HTMLElement>("[data-list-id]")?.dataset;
  if (!product || !list) return;
  const { listId = "", listName = "" } = list;
  track(mode, "select_item", listParams(listId, listName, [product], Number(card.dataset.index)));
}

const CLICKS: Readonly<Record<string, (actions: Actions, button: HTMLElement) => void>> = {
  more: (actions, button) => step(actions, lineOf(button), 1),
  fewer: (actions, button) => step(actions, lineOf(button), -1),
  remove: (actions, button) => {
    const line = lineOf(button);
    step(actions, line, -(line?.quantity ?? 0));
  },
  "begin-checkout": ({ mode }) => track(mode, "begin_checkout", cartParams(lines())),
  "close-reminder": (_actions, button) => button.closest("[data-reminder]")?.remove(),
  wish: (_actions, button) => {
    // The event is declared in the markup; a second press only shows that it is remembered already.
    button.setAttribute("aria-pressed", "true");
    button.textContent = "Remembered";
    button.removeAttribute("data-dp-event");
  },
};

function step(actions: Actions, line: Line | undefined, by: number): void {
  if (!line) return;
  addOrRemove(actions.mode, line, by);
  actions.refresh();
}

/** Changes the cart and reports what really changed. */
function addOrRemove(mode: Mode, { product, variant }: Pick<Line, "product" | "variant">, by: number): void {
  const changed = change(product, variant, by);
  if (changed === 0) return;
  const name = changed > 0 ? "add_to_cart" : "remove_from_cart";
  track(mode, name, cartParams([{ product, variant, quantity: Math.abs(changed) }]));
}

function lineOf(inside: HTMLElement): Line | undefined {
  const key = inside.closest<HTMLElement>("[data-line]")?.dataset.line;
  return lines().find((line) => lineKey(line) === key);
}

const SUBMITS: Readonly<Record<string, (actions: Actions, form: HTMLFormElement, data: FormData) => void>> = {
  search: ({ go }, _form, data) => {
    const term = text(data, "q");
    if (term !== "") go({ page: "search" }, `?q=${encodeURIComponent(term)}`);
  },
  add: (actions, form, data) => {
    const product = productById(form.dataset.product ?? "");
    if (!product) return;
    const variant = data.get("variant")?.toString();
    addOrRemove(actions.mode, { product, variant }, Number(data.get("quantity")));
    notice(form, "In your cart.");
    showCartCount();
  },
  contact: ({ go }, _form, data) => {
    fill({ name: text(data, "name"), email: text(data, "email") });
    go({ page: "checkout", step: "shipping" });
  },
  shipping: ({ mode, go }, _form, data) => {
    const chosen = { shippingTier: text(data, "shipping") };
    fill(chosen);
    track(mode, "add_shipping_info", { ...cartParams(lines()), shipping_tier: shippingOf(chosen)?.tier });
    go({ page: "checkout", step: "payment" });
  },
  payment: (actions, form, data) => {
    const button = form.querySelector<HTMLButtonElement>("button.primary");
    if (button) button.disabled = true;
    notice(form, "");
    setTimeout(() => {
      if (button) button.disabled = false;
      pay(actions, form, data);
    }, BANK_MILLIS);
  },
  review: ({ go }) => {
    if (placeOrder() !== undefined && lastOrder()) go({ page: "thanks" });
  },
};

function pay({ mode, go }: Actions, form: HTMLFormElement, data: FormData): void {
  const type = text(data, "payment");
  const refusal = type === "card" ? authorise(text(data, "number")) : undefined;
  if (refusal) {
    const { code, severity, message } = refusal;
    track(mode, "payment_error", { code, severity, resolution: "retry", payment_type: type });
    notice(form, message);
    return;
  }
  fill({ paymentType: type });
  track(mode, "add_payment_info", { ...cartParams(lines()), payment_type: paymentOf({ paymentType: type })?.type });
  go({ page: "checkout", step: "review" });
}

function text(data: FormData, name: string): string {
  return (data.get(name)?.toString() ?? "").trim();
}

function notice(form: HTMLFormElement, message: string): void {
  const place = form.querySelector("[data-notice]");
  if (place) place.textContent = message;
}

function showVariant(input: HTMLInputElement): void {
  const product = productById(input.form?.dataset.product ?? "");
  const stage = document.querySelector("[data-stage]");
  if (product && stage) stage.innerHTML = picture(product, input.value);
}
