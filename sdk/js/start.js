/**
 * How the WebAssembly module is fetched and started: the end of the glue, in the place of what wasm-bindgen writes
 * there. That takes a module in many forms, and compiles it as it comes where the server names its type right; this one
 * comes by its address, from servers of all kinds, and only if it is the one that was built with this file: INTEGRITY is
 * its hash.
 *
 * Then the tracker is made ready with its options, and the page gets its turn before `start` is called.
 *
 * @param {object} options @param {string | URL} [url]
 */
export default async (options, url = new URL("desirepath-sdk.wasm", import.meta.url)) => {
  const response = await fetch(url, { integrity: INTEGRITY });
  if (!response.ok) throw new Error(`${response.status} ${response.url}`);
  const { instance } = await WebAssembly.instantiate(await response.arrayBuffer(), __wbg_get_imports());
  __wbg_finalize_init(instance);
  prepare(options);
  try {
    // No timer: Firefox puts those off until the page has loaded, and hidden pages' wait.
    await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(0);
    });
  } catch {}
};
