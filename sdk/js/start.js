/**
 * How the WebAssembly module is fetched and started: the end of the glue, in the place of what wasm-bindgen writes
 * there. That takes a module in many forms, and compiles it as it comes where the server names its type right; this one
 * comes by its address, from servers of all kinds, and only if it is the one that was built with this file: INTEGRITY is
 * its hash.
 *
 * @param {{ module_or_path?: string | URL }} [options]
 */
export default async ({ module_or_path = new URL("desirepath-sdk.wasm", import.meta.url) } = {}) => {
  const response = await fetch(module_or_path, { integrity: INTEGRITY });
  if (!response.ok) throw new Error(`${response.status} ${response.url}`);
  const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), __wbg_get_imports());
  __wbg_finalize_init(instance);
};
