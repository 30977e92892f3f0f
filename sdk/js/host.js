/**
 * The page's own objects, touched without trust.
 *
 * A page may replace or shadow whatever it likes: a form with a field named `id` answers `form.id` with that field, a
 * property may be a getter that throws, and `fetch` may be anyone's. So every read and every call goes by name and
 * takes no type for granted, and nothing here throws: what can't be had is `undefined`.
 *
 * Part of the glue of the WebAssembly module, which decides what is read and what it means.
 */
// @ts-check

/** @template T @param {() => T} action */
export const quietly = (action) => {
  try {
    return action();
  } catch {}
};

/** A property, or an element of a list. @param {any} target @param {string | number} key @returns {any} */
export const get = (target, key) => quietly(() => target[key]);

/** Sets a property. @param {any} target @param {string} key @param {any} value */
export const set = (target, key, value) => quietly(() => (target[key] = value));

/**
 * Calls a method by its name, with one argument where there is no second: a list's `push` takes undefined ones too.
 *
 * @param {any} target @param {string} method @param {any} first @param {any} second
 */
export const call = (target, method, first, second) =>
  quietly(() => (second === undefined ? target[method](first) : target[method](first, second)));

/**
 * Calls a function of the page's, with `failed` for its answer should it throw.
 *
 * @param {any} action @param {any} argument @param {any} failed
 */
export const attempt = (action, argument, failed) => {
  try {
    return action(argument);
  } catch {
    return failed;
  }
};

/** Makes an observer, where there is such a class. @param {string} name @param {(entries: any) => void} heard @param {any} options */
export const observer = (name, heard, options) => quietly(() => new /** @type {any} */ (window)[name](heard, options));

/**
 * Hears every event of a kind until the page ends. In the capture phase and passive: the page can't stop the event
 * before it is seen, and never waits for it.
 *
 * @param {any} target @param {string} kind @param {(event: any) => void} heard
 */
export const listen = (target, kind, heard) =>
  quietly(() => target.addEventListener(kind, heard, { capture: true, passive: true }));

/**
 * What a path leads to, through several objects: `navigator.onLine`. A name with an `@` is that of an attribute.
 *
 * @param {any} target @param {string} path
 */
const follow = (target, path) => {
  for (const step of path.split(".")) target = step[0] == "@" ? target.getAttribute(step.slice(1)) : target[step];
  return target;
};

/** What a path leads to from the window. @param {string} path @returns {any} */
export const global = (path) => quietly(() => follow(window, path));

export const object = () => ({});

/** Neither null nor undefined. @param {any} value */
export const exists = (value) => value != null;

/** @param {any} value */
export const isObject = (value) => !!value && typeof value == "object";

/** A string, cut so that one over the limit is still seen to be over it. @param {any} value @param {number} limit */
export const text = (value, limit) => (typeof value == "string" ? value.slice(0, limit + 1) : undefined);

/**
 * A value as a field of text: a mark, and what is to be read. Strings and numbers, these to six digits, have the mark
 * `=`. Of anything else but null and undefined, which are empty, is only said whether it is true.
 *
 * @param {any} value @param {number} limit
 */
export const field = (value, limit) =>
  typeof value == "string"
    ? "=" + value.slice(0, limit + 1).replace(/\0/g, " ")
    : typeof value == "number"
      ? "=" + +value.toFixed(6)
      : value == null
        ? ""
        : value
          ? "?1"
          : "?";

/**
 * Many properties at once, as one text with a field each, between zeros. A path may lead through several objects, and
 * end at an attribute: `target.form.@name`.
 *
 * @param {any} target @param {string} paths @param {number} limit
 */
export const pick = (target, paths, limit) =>
  quietly(() => {
    let fields = "";
    for (const path of paths.split(" ")) {
      fields +=
        field(
          quietly(() => follow(target, path)),
          limit,
        ) + "\0";
    }
    return fields;
  }) || "";

/** 32 random bits: from the clock where the browser has no better source. */
export const random = () =>
  quietly(() => crypto.getRandomValues(new Uint32Array(1))[0]) ?? (Math.random() * 2 ** 32 + Date.now()) >>> 0;

/** Shows another address without a visit to it. @param {string} url */
export const readdress = (url) => quietly(() => history.replaceState(history.state, "", url));
