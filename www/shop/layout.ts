/** What surrounds every page: the strip that says this is a demo and switches builds, the header, the footer. */
import { count, lines } from "./cart.ts";
import { html, type Markup, raw } from "./html.ts";
import { categoryBySlug, productBySlug } from "./products.ts";
import { href, MODES, type Mode } from "./routes.ts";
import { cart } from "./views/cart.ts";
import { checkout } from "./views/checkout.ts";
import { category, home, search } from "./views/list.ts";
import type { Page, Place } from "./views/page.ts";
import { product } from "./views/product.ts";
import { missing, thanks } from "./views/thanks.ts";

const MODE_NAMES: Readonly<Record<Mode, string>> = {
  pages: "Separate pages",
  app: "Single-page app",
  gtag: "GA4 data layer",
};

/** The page of a place. */
export function pageOf(place: Place): Page {
  const { route } = place;
  switch (route.page) {
    case "home":
      return home(place);
    case "search":
      return search(place);
    case "cart":
      return cart(place);
    case "thanks":
      return thanks(place);
    case "checkout":
      return checkout(place, route.step);
    case "category": {
      const shelf = categoryBySlug(route.slug);
      return shelf ? category(place, shelf) : missing(place);
    }
    case "product": {
      const shown = productBySlug(route.slug);
      return shown ? product(place, shown) : missing(place);
    }
    case "missing":
      return missing(place);
  }
}

/** Everything inside the document's body. */
export function surround(place: Place, main: Markup): Markup {
  const { mode, query } = place;
  return html`
    <aside class="strip" aria-label="About this demo">
      <span>A demo shop: nothing is sold here.</span>
      <nav aria-label="How this shop is built">
        ${MODES.map((other) => html`<a href="${switchTo(place, other)}" data-reload${other === mode && raw(' aria-current="true"')}>${MODE_NAMES[other]}</a>`)}
      </nav>
      <a href="/?site=demo" data-reload>Dashboard</a>
    </aside>
    <header>
      <a class="brand-mark" href="${href(mode, { page: "home" })}">Fennel <em>&amp;</em> Oak</a>
      <form class="search" role="search" data-form="search" action="${href(mode, { page: "search" })}">
        <input name="q" type="search" placeholder="Search" aria-label="Search" value="${query.get("q") ?? ""}">
      </form>
      <a class="cart-link" href="${href(mode, { page: "cart" })}" data-testid="cart-link">Cart <span class="badge" data-badge>0</span></a>
    </header>
    <main id="main" tabindex="-1">${main}</main>
    <footer><p>Fennel &amp; Oak, things for a slow kitchen. Made up for Desirepath; every picture is drawn in SVG.</p></footer>`;
}

/** Brings the number beside "Cart" up to date. */
export function showCartCount(): void {
  const badge = document.querySelector("[data-badge]");
  if (badge) badge.textContent = String(count(lines()));
}

function switchTo({ route, query }: Place, mode: Mode): string {
  const address = href(mode, route.page === "missing" ? { page: "home" } : route);
  return query.size > 0 ? `${address}?${query}` : address;
}
