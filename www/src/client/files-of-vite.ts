/** The files of a build by Vite, which gives them names with hashes. The npm package has others: `www/npm/files.ts`. */
import arrow from "@analyzer/arrow_bg.wasm?url";
import engine from "@analyzer/engine_bg.wasm?url";
import parquet from "@analyzer/parquet_bg.wasm?url";
import decoder from "./decoder?worker&url";
import type { Files } from "./files";
import worker from "./worker?worker&url";

const at = (path: string) => new URL(path, import.meta.url).href;

export const files: Files = {
  worker: at(worker),
  decoder: at(decoder),
  engine: at(engine),
  parquet: at(parquet),
  arrow: at(arrow),
};
