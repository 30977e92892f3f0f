// One build, three kinds of entries: the dashboard (index.html), the demo shop (every HTML page under shop/), and
// elements.js, which other pages embed and which therefore keeps a stable name.
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { shopPlugin } from "./shop/plugin.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Every HTML page under shop/, keyed by its path without the ending, so that shop/cart.html stays at /shop/cart.html. */
function shopPages(): Record<string, string> {
  if (!existsSync(here("shop"))) return {};
  const pages = readdirSync(here("shop"), { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".html"),
  );
  return Object.fromEntries(pages.map((path) => [`shop/${path.slice(0, -".html".length)}`, here(`shop/${path}`)]));
}

export default defineConfig({
  // Relative addresses: elements.js finds its worker and wasm beside itself, wherever a page serves it from.
  base: "./",
  plugins: [shopPlugin()],
  resolve: { alias: { "@analyzer": here("../dist/analyzer"), "@files": here("src/client/files-of-vite.ts") } },
  worker: { format: "es" },
  build: {
    outDir: here("../dist/www"),
    emptyOutDir: true,
    target: "es2022",
    // These know light-dark(). Rewritten for older ones, it would follow only a color-scheme of the same style sheet,
    // not that of the page in which an element stands.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    // The wasm and the marks stay files of their own: cached, compressed beforehand, and never in a data URL.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      input: { dashboard: here("index.html"), elements: here("src/elements/index.ts"), ...shopPages() },
      preserveEntrySignatures: "exports-only",
      output: {
        entryFileNames: (chunk) => (chunk.name === "elements" ? "elements.js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
