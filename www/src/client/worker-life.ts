/** How workers begin, and how it shows that one is gone. */

import type { Files } from "./files";

/** What a worker is told before anything else. */
export interface Start {
  readonly files: Files;
}

/** Starts a worker, and tells it where the files are. */
export function startWorker(script: "worker" | "decoder", files: Files): Worker {
  const worker = workerOf(new URL(files[script]));
  worker.postMessage({ files } satisfies Start);
  return worker;
}

/** A worker, also where its script is of another origin, as in an embedded page: `Worker` alone does not allow that. */
function workerOf(url: URL): Worker {
  if (url.origin === location.origin) return new Worker(url, { type: "module" });
  const script = new Blob([`import ${JSON.stringify(url.href)};`], { type: "text/javascript" });
  const blobUrl = URL.createObjectURL(script);
  try {
    return new Worker(blobUrl, { type: "module" });
  } finally {
    // The worker fetches its script after this call has returned.
    setTimeout(() => URL.revokeObjectURL(blobUrl), 60_000);
  }
}

/** In a worker: takes a lock that only it has, and tells the lock's name. */
export function beWatched(say: (lock: string) => void): void {
  // Where a page is not secure, there are no locks.
  const lock = `desirepath-worker-${Math.random()}`;
  navigator.locks?.request(lock, () => {
    say(lock);
    return new Promise(() => undefined);
  });
}

/** Where a worker was started: calls `then` when it is gone. It says nothing when it ends, but loses its lock. */
export function watch(lock: string, then: () => void): void {
  navigator.locks.request(lock, then).catch(() => undefined);
}
