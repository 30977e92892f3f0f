/**
 * Where the workers and the wasm modules are. Only the page knows: whatever bundled it may have renamed them, while a
 * worker's script is left as it is. So the page tells each worker, before anything else.
 */
export interface Files {
  readonly worker: string;
  readonly decoder: string;
  readonly engine: string;
  readonly parquet: string;
  readonly arrow: string;
}

let told: (files: Files) => void;

/** In a worker: what the page told. */
export const filesTold = new Promise<Files>((resolve) => (told = resolve));

/** In a worker: hears what the page tells. */
export function hearOf(files: Files): void {
  told(files);
}
