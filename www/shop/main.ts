/**
 * The shop in the browser: shows the page of the current address, reports it,
 * and answers clicks and forms. In the single-page build, links within the shop
 * change the history instead of loading a document.
 */
import { type Actions, listen } from "./actions.ts";
import { pageOf, showCartCount, surround } from "./layout.ts";
import { remind } from "./reminder.ts";
import { href, parse, type Route } from "./routes.ts";
import { handOverEarlyCalls } from "./track.ts";
import type { Place } from "./views/page.ts";

function currentPlace(): Place {
  return { ...parse(location.pathname), query: new URLSearchParams(location.search) };
}

/** Shows the current address's page. What the build has already written into the document stays as it is. */
function show(written: boolean): void {
  const place = currentPlace();
  const page = pageOf(place);
  document.title = `${page.title} · Fennel & Oak`;
  const shop = document.querySelector("#shop");
  if (shop && !(written && shop.children.length > 0 && !page.personal)) {
    shop.innerHTML = surround(place, page.main).text;
  }
  showCartCount();
  page.shown?.();
}

/** Shows the changed content of the page that is shown already. Nothing is reported. */
function refresh(): void {
  const main = document.querySelector("#main");
  if (main) main.innerHTML = pageOf(currentPlace()).main.text;
  showCartCount();
}

/** Leads to another address of the shop, as this build does it. */
function lead(address: string): void {
  if (currentPlace().mode !== "app") {
    location.assign(address);
    return;
  }
  history.pushState(null, "", address);
  show(false);
  window.scrollTo(0, 0);
  document.querySelector<HTMLElement>("#main")?.focus({ preventScroll: true });
}

const actions: Actions = {
  mode: currentPlace().mode,
  lead,
  refresh,
  go: (route: Route, query = "") => lead(href(currentPlace().mode, route) + query),
};

handOverEarlyCalls();
show(true);
listen(actions);
remind(currentPlace);
window.addEventListener("popstate", () => show(false));
// A page that comes back from the back-forward cache shows the cart of before.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  if (pageOf(currentPlace()).personal) refresh();
  else showCartCount();
});
