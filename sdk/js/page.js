/**
 * What the tracker needs of the browser and is asynchronous: IndexedDB, Web Locks, requests, compression.
 *
 * Part of the glue of the WebAssembly module, which calls these functions and hears their ends. In JavaScript because
 * each of these is a chain of promises, for which the module would need a closure a link. Nothing here throws, whatever
 * the page has done to the objects used; where something can't be had, what stands in for it is said at the function.
 */
// @ts-check

/** Bodies from this length on are worth compressing. */
const GZIP_UNITS = 2048;
/** Most records that are read at once. */
const MAX_RECORDS = 1000;
/** Name of one site's object store of events that wait for the collector, and of the one of events that never leave. */
const STORES = ["queue", "local"];

/** @type {Promise<IDBDatabase> | undefined} */
let database;
/** @type {Promise<unknown> | undefined} */
let cleared;
/** @type {string} */
let store;
/** @type {() => void} */
let lost;
/** Gives the lock back. */
let release = () => {};
/** What is kept while storage is read for a turn, and is not among what is read. @type {string | undefined} */
let fresh;

/** @template T @param {() => T} action */
const quietly = (action) => {
  try {
    return action();
  } catch {}
};

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const finished = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = reject;
  });

/**
 * Says which database and object store to use. `whenLost` hears that what was to be kept is not: storage is blocked,
 * full or wiped.
 *
 * @param {string} name @param {boolean} isLocal @param {() => void} whenLost
 */
export const setup = (name, isLocal, whenLost) => {
  store = /** @type {string} */ (STORES[+isLocal]);
  lost = whenLost;
  if (database) return;
  quietly(() => {
    const opening = open(name);
    opening.catch(() => {
      // Who asks from now on need not wait to hear it.
      if (database == opening) database = undefined;
      lost();
    });
    database = opening;
  });
  // Told when `setup` is over, like all that fails later.
  if (!database) quietly(() => queueMicrotask(lost));
};

/**
 * Opens the database when what is to be deleted is gone, and in a task of its own: the browser takes its time to begin.
 *
 * @param {string} name
 */
const open = async (name) => {
  await cleared;
  try {
    await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(0);
    });
  } catch {}
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    // No method of lists, which may be the page's own: nobody would catch what it throws here.
    for (const each of STORES) request.result.createObjectStore(each);
  };
  const opened = await finished(request);
  opened.onclose = lost;
  // Somebody deletes the database: the tracker's own events must not hold that up.
  opened.onversionchange = () => opened.close();
  return opened;
};

/**
 * Does something to the store in one transaction. `commit` is called at once, so that a page that goes away need not
 * live until the browser would do it by itself.
 *
 * @template T @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => T} action
 */
const within = async (mode, action) => {
  const transaction = (await /** @type {Promise<IDBDatabase>} */ (database)).transaction(store, mode);
  transaction.onabort = lost;
  const result = action(transaction.objectStore(store));
  transaction.commit?.();
  return result;
};

/** Deletes the database, which may be about to be opened. @param {string} name */
export const clear = (name) => {
  const opening = database;
  database = undefined;
  const work = async () => {
    try {
      await opening;
    } catch {}
    await finished(indexedDB.deleteDatabase(name));
  };
  cleared = quietly(() => work().catch(() => {}));
};

/** Waits until what was to be deleted is gone. */
export const whenCleared = async () => cleared;

/** Adds all records that are kept to `all`, by object store, and gives it back. @param {any} all */
export const gather = async (all) => {
  all.indexedDB = {};
  try {
    const opened = await /** @type {Promise<IDBDatabase>} */ (database);
    for (const each of STORES)
      all.indexedDB[each] = await finished(opened.transaction(each).objectStore(each).getAll());
  } catch {}
  return all;
};

/** The id with which a record begins. @param {string} record */
const key = (record) => record.slice(7, 43);

/** Keeps records, one a line. @param {string} records */
export const keep = (records) => {
  if (fresh != null) fresh += "\n" + records;
  if (database)
    within("readwrite", (events) => records.split("\n").map((each) => events.put(each, key(each)))).catch(lost);
};

/** Forgets the records with these ids, one a line. @param {string} ids */
export const forget = (ids) => {
  if (database) within("readwrite", (events) => ids.split("\n").map((each) => events.delete(each))).catch(lost);
};

/**
 * Waits until no other page of the site delivers, then calls `heard` with the records kept, oldest first, one a line, or
 * with nothing where none can be kept. The turn lasts until `yieldTurn`, or until the page is gone. Without Web Locks
 * every page takes its turn at once; then events may go out twice.
 *
 * @param {string} name @param {(records?: string) => void} heard
 */
export const takeTurn = (name, heard) => {
  const work = async () => {
    const done = new Promise((resolve) => (release = /** @type {() => void} */ (resolve)));
    let records;
    fresh = "";
    try {
      records = (await finished(await within("readonly", (events) => events.getAll(null, MAX_RECORDS)))).join("\n");
      records += fresh;
    } catch {}
    fresh = undefined;
    heard(records);
    return done;
  };
  if (!database) return heard();
  (quietly(() => navigator.locks.request(name, work)) || work()).catch(() => {});
};

/** Ends the turn. */
export const yieldTurn = () => release();

/**
 * Deletes records whose ids are before `oldest`, and the oldest of more than `most`.
 *
 * @param {string} oldest @param {number} most
 */
export const prune = async (oldest, most) => {
  try {
    const excess = (await finished(await within("readonly", (events) => events.count()))) - most;
    const keys =
      excess > 0 ? await finished(await within("readonly", (events) => events.getAllKeys(null, excess))) : [];
    const last = /** @type {string} */ (keys.pop() || "");
    await within("readwrite", (events) => events.delete(IDBKeyRange.upperBound(last > oldest ? last : oldest)));
  } catch {}
};

/**
 * Posts `body`; `heard` gets the batch again, with the response or anything else where there is none.
 *
 * `way` 0 ends with the page; 1 outlives it; 2 is for a page that goes away now, which can't wait for compression, and
 * takes a beacon where `keepalive` is missing (Firefox before 133); 3 is for what exceeds the bytes that may outlive a
 * page, and goes by `fetchLater`, whose answer nobody gets. A beacon reports nothing and is believed.
 *
 * The body is text or, compressed, of no type at all: neither needs a CORS preflight, which would not be made any more
 * when the page goes away.
 *
 * @param {string} url @param {string} body @param {number} way @param {string} batch @param {(end: object) => void} heard
 */
export const post = (url, body, way, batch, heard) => {
  /** @param {unknown} [answer] */
  const ended = (answer) => heard({ batch, answer });
  /** @param {BodyInit} body @returns {RequestInit} */
  const init = (body) => ({
    method: "POST",
    body,
    credentials: "omit",
    keepalive: way > 0,
  });
  /** @param {BodyInit} body */
  const send = (body) => fetch(url, init(body)).then(ended, () => ended());
  try {
    if (way > 2) /** @type {any} */ (window).fetchLater(url, init(body));
    else if (way > 1 && !("keepalive" in Request.prototype))
      ended({ status: navigator.sendBeacon(url, body) ? 204 : 0 });
    else if (way < 2 && body.length > GZIP_UNITS && window.CompressionStream) {
      const packed = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
      new Response(packed)
        .arrayBuffer()
        .then(send)
        .catch(() => ended());
    } else send(body);
  } catch {
    ended();
  }
};

/** Calls `action` when the page has nothing better to do, but within a second. @param {() => void} action */
export const whenIdle = (action) =>
  quietly(() => (window.requestIdleCallback || setTimeout)(action, { timeout: 1000 }));
