/** Lists of products: the front page, a category, the results of a search. */
import { html, type Markup, raw } from "../html.ts";
import { picture } from "../pictures.ts";
import { CATEGORIES, type Category, money, PRODUCTS, type Product, searchProducts } from "../products.ts";
import { href, type Mode } from "../routes.ts";
import { listParams, track } from "../track.ts";
import type { Page, Place } from "./page.ts";

/** The front page: everything the shop sells. */
export function home({ mode }: Place): Page {
  return {
    title: "Things for a slow kitchen",
    main: html`
      <section class="hero">
        <h1>Things for a slow kitchen</h1>
        <p>Fifteen of them, made by people we know, mended for as long as you keep them.</p>
        <p class="promo" data-dp-promo="mended" data-dp-promotion-name="Mended for life" data-dp-creative-slot="front page">
          Bring it back chipped, take it home whole. <a href="${href(mode, { page: "category", slug: "table" })}">The table shelf</a>
        </p>
      </section>
      ${shelves(mode, undefined)} ${grid(mode, "all", "Everything", PRODUCTS)}`,
    shown: () => track(mode, "view_item_list", listParams("all", "Everything", PRODUCTS)),
  };
}

/** One shelf. */
export function category({ mode }: Place, shelf: Category): Page {
  const products = PRODUCTS.filter((product) => product.category === shelf.slug);
  return {
    title: shelf.name,
    main: html`
      <section class="hero"><h1>${shelf.name}</h1><p>${shelf.line}</p></section>
      ${shelves(mode, shelf)} ${grid(mode, shelf.slug, shelf.name, products)}`,
    shown: () => track(mode, "view_item_list", listParams(shelf.slug, shelf.name, products)),
  };
}

/** The results of a search, which may be none. */
export function search({ mode, query }: Place): Page {
  const term = (query.get("q") ?? "").trim();
  const found = searchProducts(term);
  const several = found.length === 1 ? "1 thing" : `${found.length} things`;
  const results =
    found.length > 0
      ? html`<section class="hero"><h1>${several} for “${term}”</h1></section>${grid(mode, "search", "Search results", found)}`
      : html`
        <section class="hero">
          <h1>${term === "" ? "Search" : html`Nothing for “${term}”`}</h1>
          <p data-testid="no-results">We sell fifteen things. Perhaps one of the shelves has what you need:</p>
        </section>${shelves(mode, undefined)}`;
  return {
    title: term === "" ? "Search" : `Search: ${term}`,
    main: results,
    shown: () => {
      if (term === "") return;
      track(mode, "search", { search_term: term, results: found.length });
      if (found.length > 0) track(mode, "view_item_list", listParams("search", "Search results", found));
    },
    personal: true,
  };
}

function shelves(mode: Mode, here: Category | undefined): Markup {
  return html`<nav class="shelves" aria-label="Categories">
    <a href="${href(mode, { page: "home" })}"${here ? "" : raw(' aria-current="page"')}>Everything</a>
    ${CATEGORIES.map(
      ({ slug, name }) =>
        html`<a href="${href(mode, { page: "category", slug })}"${here?.slug === slug && raw(' aria-current="page"')}>${name}</a>`,
    )}
  </nav>`;
}

function grid(mode: Mode, listId: string, listName: string, products: readonly Product[]): Markup {
  return html`<ul class="grid" data-list-id="${listId}" data-list-name="${listName}">
    ${products.map((product, index) => card(mode, product, index))}
  </ul>`;
}

function card(mode: Mode, product: Product, index: number): Markup {
  return html`<li>
    <a class="card" href="${href(mode, { page: "product", slug: product.slug })}" data-select="${product.id}" data-index="${index}" data-testid="product-${product.slug}">
      ${raw(picture(product))}
      <span class="card-name">${product.name}</span>
      <span class="card-line">${product.line}</span>
      <span class="price">${money(product.cents)}</span>
    </a>
  </li>`;
}
