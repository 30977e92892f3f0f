/**
 * The part of the Vite build that writes the shop's pages. `index.html` is the
 * one template; every address of every build of the shop becomes a file, with
 * its content already in it where that does not depend on the visitor.
 */
import type { Plugin } from "vite";
import { escapeText } from "./html.ts";
import { pageOf, surround } from "./layout.ts";
import { allRoutes, href, MODES, type Mode, parse, type Route } from "./routes.ts";

const TEMPLATE = "shop/index.html";

/** Google's snippet, and the attribute by which the tracker listens to the data layer. */
const GTAG_HEAD = `<script>window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments); } gtag("js", new Date()); gtag("config", "G-DEMO");</script>`;

/** Writes a page for every address of the shop, and serves them in development. */
export function shopPlugin(): Plugin {
  return {
    name: "shop-pages",
    enforce: "post",
    generateBundle(_options, bundle) {
      const template = bundle[TEMPLATE];
      if (template?.type !== "asset") this.error(`${TEMPLATE} is not among the entries of the build`);
      const source = template.source.toString();
      for (const mode of MODES) {
        for (const route of allRoutes()) {
          const fileName = `${href(mode, route).slice(1)}index.html`;
          const written = write(rebase(source, fileName), mode, route);
          if (fileName === TEMPLATE) template.source = written;
          else this.emitFile({ type: "asset", fileName, source: written });
        }
      }
    },
    configureServer(server) {
      server.middlewares.use((request, _response, next) => {
        const [path = ""] = (request.url ?? "").split("?");
        if (path.startsWith("/shop/") && path.endsWith("/")) request.url = `/${TEMPLATE}`;
        next();
      });
    },
    transformIndexHtml(source, { path, originalUrl, server }) {
      if (!server || !path.startsWith("/shop/")) return source;
      const { mode, route } = parse((originalUrl ?? path).split("?")[0] ?? path);
      return write(source.replaceAll('"./', '"/shop/'), mode, route);
    },
  };
}

/** Fills the template in for one address. */
function write(source: string, mode: Mode, route: Route): string {
  const place = { mode, route, query: new URLSearchParams() };
  const page = pageOf(place);
  const filled = source
    .replace(/<title>.*?<\/title>/, () => `<title>${escapeText(`${page.title} · Fennel & Oak`)}</title>`)
    .replace("<!--shop-->", () => (page.personal ? "" : surround(place, page.main).text));
  if (mode !== "gtag") return filled.replace("<!--head-->", "");
  return filled.replace("<!--head-->", () => GTAG_HEAD).replace('data-site="demo"', 'data-site="demo" data-datalayer');
}

/** Addresses in the template are relative to shop/; deeper pages reach up further. */
function rebase(source: string, fileName: string): string {
  const up = "../".repeat(fileName.split("/").length - 1);
  return source.replaceAll('="../', `="${up}`);
}
