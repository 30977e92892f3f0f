/**
 * What the shop's calls say, taken down at once and told to the tracker a moment later.
 *
 * The page may change what it passed as soon as the call returns, so that is read here and now, into one text; to judge
 * it, and to write and keep the event, can wait until the page's own task has ended. Everything else that the tracker
 * hears waits for these notes first, so that what happened stays in its order, and none is lost when the page goes.
 */
// @ts-check
import { click } from "./elements.js";
import { isObject, quietly } from "./host.js";
import { exact, facts } from "./values.js";

/** So many notes wait; then the tracker hears them at once. */
const MAX_WAITING = 100;
/** @type {string[]} */
let waiting = [];
/** How many of them have been told. */
let told = 0;
/** @type {() => void} */
let wake;
/** The shop's own last look at every event. @type {((event: any) => unknown) | undefined} */
let hook;
/** Nothing that the hook calls is heard, or it could call itself without end. */
let isDeaf = false;
/** What the tracker failed with, if it did while nobody waited. @type {{ error: unknown } | undefined} */
let failure;

/** Says what to call when notes have waited. @param {() => void} whenWaited */
export const begin = (whenWaited) => {
  wake = () => {
    try {
      whenWaited();
    } catch (error) {
      failure = { error };
      // The loader hears of it at once.
      quietly(() => /** @type {any} */ (window).desirepath.flush());
    }
  };
};

/**
 * A note of the loader as text: its kind, its time, and what it says; undefined for one that has to be heard at once.
 *
 * @param {any} note @returns {string | undefined}
 */
export const read = (note) =>
  quietly(() => {
    const kind = note[0];
    const first = note[2];
    // The loader keeps the events of early clicks. Their elements are looked at a moment after the click, and what it did
    // was not seen.
    if (kind == "click") return click(first, note[1], false);
    /** @param {unknown} name @param {string} said */
    const text = (name, said) => `=${kind}\0=${Math.trunc(note[1])}\0${exact(name)}${said}`;
    if (kind == "track") return text(first, facts(note[3]));
    if (kind == "page") return text("", facts(first));
    // gtag pushes its arguments: "event", name, parameters. Other commands configure Google's own tags, or consent.
    if (kind == "data" && typeof first?.[0] != "string")
      return text(first?.event, facts(first) + facts(first?.ecommerce));
    if (kind == "data" && first[0] == "event") return text(first[1], facts(first[2]));
  });

/**
 * Takes a note down and has it told later; false for one that has to be heard at once.
 *
 * @param {any} note
 */
export const putOff = (note) => {
  if (isDeaf) return true;
  // The loader goes on without the tracker.
  if (failure) throw failure.error;
  const text = read(note);
  if (text != undefined) wait(text);
  return text != undefined;
};

/** Has a text told later. @param {string} text */
export const wait = (text) => {
  waiting[waiting.length] = text;
  if (waiting.length == MAX_WAITING) wake();
  // A page that is hidden may be ended without notice, and its timers wait.
  else if (waiting.length == 1 && !quietly(() => ((document.hidden ? queueMicrotask : setTimeout)(wake), true))) wake();
};

/** Whether a note waits. */
export const isWaiting = () => told < waiting.length;

/** The next note that waits. */
export const next = () => {
  if (isWaiting()) return waiting[told++];
  waiting = [];
  told = 0;
};

/** Takes the shop's hook; a later one takes the place of an earlier. False for what is no function. @param {any} given */
export const setHook = (given) => {
  const isFunction = typeof given == "function";
  if (isFunction) hook = given;
  return isFunction;
};

/**
 * Shows a copy of an event to the shop's hook, and reads what it gives back, or has changed. Begins with what came of it:
 * `threw`, `refused`, `promised`, or nothing and what the event is now.
 *
 * @param {string} line
 */
export const review = (line) => {
  isDeaf = true;
  try {
    const copy = JSON.parse(line);
    const answer = /** @type {(event: any) => unknown} */ (hook)(copy);
    // A function that only changes what it got gives nothing back.
    const changed = answer === undefined ? copy : answer;
    if (!isObject(changed)) return "=refused\0";
    if (typeof changed.then == "function") return "=promised\0";
    const { name, user, visitor, source, page, props, items, value, currency } = changed;
    let text = "\0" + exact(name) + exact(user) + exact(visitor != null) + exact(source != null);
    for (const key of ["url", "path", "title", "referrer"]) text += exact(page?.[key]);
    return text + facts(props) + facts({ items, value, currency });
  } catch {
    return "=threw\0";
  } finally {
    isDeaf = false;
  }
};
