/** The one interface of the shop's pages: what a page shows, and what it reports when it is shown. */
import type { Markup } from "../html.ts";
import type { Mode, Route } from "../routes.ts";

/** Where a page is shown. */
export interface Place {
  readonly mode: Mode;
  readonly route: Route;
  /** The address's query. */
  readonly query: URLSearchParams;
}

/** A page, ready to be shown. */
export interface Page {
  /** The document's title, without the shop's name. */
  readonly title: string;
  /** The content of the `main` element. */
  readonly main: Markup;
  /** Reports that the page is shown; absent where showing it means nothing to the shop. */
  readonly shown?: () => void;
  /** True when the page depends on what the visitor's browser remembers and so cannot be written by the build. */
  readonly personal?: boolean;
}
