/**
 * The files of the npm package, beside this one. Bundlers that follow `new URL` emit them as they are, under names of
 * their own.
 */
import type { Files } from "../src/client/files";

export const files: Files = {
  worker: new URL("./worker.js", import.meta.url).href,
  decoder: new URL("./decoder.js", import.meta.url).href,
  engine: new URL("./engine_bg.wasm", import.meta.url).href,
  parquet: new URL("./parquet_bg.wasm", import.meta.url).href,
  arrow: new URL("./arrow_bg.wasm", import.meta.url).href,
};
