/** Events that the tracker kept in this browser, on this origin: what `data-mode="local"` has instead of a collector. */

/** Where the tracker keeps them: `sdk/js/page.js` has the same names. */
const STORE = "local";

/**
 * The events of a site's local mode as NDJSON, oldest first, ready for `openDataset`. Without any it is empty.
 *
 * @throws where the browser's storage can't be read; the message says what to do.
 */
export async function localEvents(site: string): Promise<Blob> {
  let database: IDBDatabase | undefined;
  try {
    database = await open(`desirepath:${site}`);
    if (!database) return new Blob([]);
    const lines = await finished(database.transaction(STORE).objectStore(STORE).getAll());
    return new Blob(lines.map((line) => `${line}\n`));
  } catch (problem) {
    const reason = problem instanceof Error ? problem.message : String(problem);
    throw new Error(
      `the local events of ${site} could not be read (${reason}); open this page on the shop's own origin, in a window whose storage is not blocked`,
    );
  } finally {
    database?.close();
  }
}

/** Opens the database; `undefined` where there is none, which must not be made by looking. */
async function open(name: string): Promise<IDBDatabase | undefined> {
  const request = indexedDB.open(name);
  let isNew = false;
  request.onupgradeneeded = () => {
    isNew = true;
    request.transaction?.abort();
  };
  return finished(request).catch((problem: unknown) => {
    if (isNew) return undefined;
    throw problem;
  });
}

function finished<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("it failed"));
  });
}
