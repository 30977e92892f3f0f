/** What went wrong, in words. */

/** Whether the wasm has given up, which it does where the memory of the tab ends. */
export function isTrap(problem: unknown): problem is WebAssembly.RuntimeError {
  return problem instanceof WebAssembly.RuntimeError;
}

export function words(problem: unknown): string {
  if (isTrap(problem)) {
    return `the engine gave up (${problem.message}), most likely because the data does not fit into the memory of this tab; open a part of it, or use the command line`;
  }
  return problem instanceof Error ? problem.message : String(problem);
}
