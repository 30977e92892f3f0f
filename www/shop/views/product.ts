/** The page of one product. */
import { html, type Markup, raw } from "../html.ts";
import { picture } from "../pictures.ts";
import { CURRENCY, categoryBySlug, money, PRODUCTS, type Product } from "../products.ts";
import { href, type Mode } from "../routes.ts";
import { productParams, track } from "../track.ts";
import type { Page, Place } from "./page.ts";

/** The page of one product; the chosen colour and quantity are read from its form when it is sent. */
export function product({ mode }: Place, shown: Product): Page {
  const shelf = categoryBySlug(shown.category);
  return {
    title: shown.name,
    main: html`
      <nav class="crumbs" aria-label="You are here">
        <a href="${href(mode, { page: "home" })}">Everything</a>
        ${shelf && html`<a href="${href(mode, { page: "category", slug: shelf.slug })}">${shelf.name}</a>`}
      </nav>
      <article class="product">
        <div class="stage" data-stage>${raw(picture(shown))}</div>
        <form data-form="add" data-product="${shown.id}">
          <p class="brand">${shown.brand}</p>
          <h1>${shown.name}</h1>
          <p class="price">${money(shown.cents)}</p>
          <p class="lead">${shown.text}</p>
          ${variants(shown)}
          <div class="buy">
            <label class="quantity">Quantity
              <select name="quantity">${[1, 2, 3, 4, 5, 6].map((n) => html`<option>${n}</option>`)}</select>
            </label>
            <button class="primary" data-testid="add-to-cart">Add to cart</button>
            <button
              type="button" class="quiet" aria-pressed="false" data-action="wish" data-testid="wish"
              data-dp-event="add_to_wishlist" data-dp-currency="${CURRENCY}" data-dp-value="${shown.cents / 100}"
              data-dp-item-id="${shown.id}" data-dp-item-name="${shown.name}" data-dp-price="${shown.cents / 100}"
            >Remember this</button>
          </div>
          <p class="notice" role="status" data-notice></p>
          <h2>Good to know</h2>
          <ul class="facts">${shown.facts.map((fact) => html`<li>${fact}</li>`)}</ul>
        </form>
      </article>
      ${related(mode, shown)}`,
    shown: () => track(mode, "view_item", productParams(shown, shown.variants?.[0])),
  };
}

/** Others of the same shelf. What is seen of them, and which is chosen, the tracker tells by the markup alone. */
function related(mode: Mode, shown: Product): Markup {
  const others = PRODUCTS.filter((other) => other.category === shown.category && other !== shown).slice(0, 3);
  return html`<section class="related">
    <h2>From the same shelf</h2>
    <ul
      class="grid" data-dp-item-list-id="related" data-dp-item-list-name="From the same shelf"
      data-dp-currency="${CURRENCY}"
    >
      ${others.map(
        (other, index) => html`<li
          data-dp-item="${other.id}" data-dp-item-name="${other.name}" data-dp-price="${other.cents / 100}"
          data-dp-index="${index}"
        >
          <a class="card" href="${href(mode, { page: "product", slug: other.slug })}" data-testid="related-${other.slug}">
            ${raw(picture(other))}
            <span class="card-name">${other.name}</span>
            <span class="price">${money(other.cents)}</span>
          </a>
        </li>`,
      )}
    </ul>
  </section>`;
}

function variants({ variants: colours }: Product) {
  if (!colours) return undefined;
  return html`<fieldset class="variants">
    <legend>Colour</legend>
    ${colours.map(
      (colour, at) =>
        html`<label><input type="radio" name="variant" value="${colour}"${at === 0 && raw(" checked")}><span class="swatch swatch-${colour.toLowerCase()}"></span>${colour}</label>`,
    )}
  </fieldset>`;
}
