/**
 * The shop's addresses. Every page of the shop exists three times, under three
 * bases, and each address is a real file after the build, so that any static
 * server can serve a reload anywhere.
 */
import { CATEGORIES, PRODUCTS } from "./products.ts";

/**
 * How the shop is built: `pages` loads a document for every page, `app` is a
 * single-page app with history routing, `gtag` has separate pages that talk to
 * a GA4 data layer instead of calling the tracker.
 */
export type Mode = "pages" | "app" | "gtag";

export type Route =
  | { readonly page: "home" | "search" | "cart" | "thanks" | "missing" }
  | { readonly page: "category" | "product"; readonly slug: string }
  | { readonly page: "checkout"; readonly step: Step };

/** The steps of the checkout, in order. */
export const STEPS = ["contact", "shipping", "payment", "review"] as const;
export type Step = (typeof STEPS)[number];

export const MODES: readonly Mode[] = ["pages", "app", "gtag"];

const BASES: Readonly<Record<Mode, string>> = { pages: "/shop/", app: "/shop/app/", gtag: "/shop/gtag/" };

/** The address of a page, with a trailing slash. */
export function href(mode: Mode, route: Route): string {
  return BASES[mode] + relativePath(route);
}

/** Which page of which build an address means. */
export function parse(pathname: string): { mode: Mode; route: Route } {
  const mode = MODES.find((candidate) => candidate !== "pages" && pathname.startsWith(BASES[candidate])) ?? "pages";
  const rest = pathname.slice(BASES[mode].length).replace(/(^|\/)index\.html$/, "$1");
  const wanted = rest === "" || rest.endsWith("/") ? rest : `${rest}/`;
  const route = allRoutes().find((candidate) => relativePath(candidate) === wanted);
  return { mode, route: route ?? { page: "missing" } };
}

/** Every page that the build writes, for one mode. */
export function allRoutes(): readonly Route[] {
  return [
    { page: "home" },
    { page: "search" },
    { page: "cart" },
    { page: "thanks" },
    ...CATEGORIES.map(({ slug }): Route => ({ page: "category", slug })),
    ...PRODUCTS.map(({ slug }): Route => ({ page: "product", slug })),
    ...STEPS.map((step): Route => ({ page: "checkout", step })),
  ];
}

function relativePath(route: Route): string {
  switch (route.page) {
    case "home":
      return "";
    case "category":
    case "product":
      return `${route.page}/${route.slug}/`;
    case "checkout":
      return route.step === "contact" ? "checkout/" : `checkout/${route.step}/`;
    case "missing":
      return "missing/";
    default:
      return `${route.page}/`;
  }
}
