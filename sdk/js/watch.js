/**
 * What the tracker listens to while the page lives.
 *
 * All of it is captured at the window and passive. Each listener reads a handful of facts and tells them as a note: a text
 * of fields, its kind and its time first. Whatever costs more, such as a look at the page's layout, waits for a timer.
 * What the facts mean, and whether anything comes of them, the tracker decides.
 */
// @ts-check
import { MAX_ADDRESS_UNITS, MIDDLE_BUTTON, SHOWN, click, declared, form, link, name, sight } from "./elements.js";
import { field, listen, observer, pick, quietly } from "./host.js";
import { isWaiting, wait } from "./notes.js";

/** Scrolling that pauses for about this time is measured. */
const SCROLL_MILLIS = 250;
/** A view's content is expected to be there after this time. */
const VIEW_MILLIS = 1000;
/** Longest message or address of an error, attribute, word of the browser's own that is read. */
const MAX_ERROR_UNITS = 1000;
const MAX_FIELD_UNITS = 256;
const MAX_WORD_UNITS = 16;
/** Longest text of storage that is read. */
const MAX_VALUE_UNITS = 1 << 20;
/**
 * What is an exposure when it comes into view; where it is the element of an event, the event says when.
 */
const EXPOSED = "[data-dp-experiment]:not([data-dp-event])";
/** Most elements of a page that are observed. */
const MAX_ELEMENTS = 1000;
/** So much of an element must be in view. */
const SHARE = 0.5;
const NOT_FOUND = "[data-dp-not-found],meta[name=desirepath][content=not_found]";
/** A flick upwards of so many CSS pixels between two scroll events is taken for the way to the address bar. */
const FLICK_PIXELS = 60;

/** @type {(note: string) => void} */
let hear;
/** The field that was changed last. @type {unknown} */
let touched;
/** Observes all elements while a click is watched, and whether one is. @type {MutationObserver | undefined} */
let changes;
let isWatching = false;
/** Observes products and promotions. @type {IntersectionObserver | undefined} */
let sights;
/** The timer of the look that is due. @type {unknown} */
let looks;
/** When the page was shown, in milliseconds since its beginning: later where it was prepared, or restored. */
let shownAt = 0;

/** Tells a note at once. @param {string} kind @param {string} [said] */
const tell = (kind, said = "") => quietly(() => hear(`=${kind}\0=${Date.now()}\0` + said));

/** The page did something that a click may have asked for. That click may not have been told yet. */
const reacted = () => {
  if (!isWatching) return;
  isWatching = false;
  quietly(() => changes?.disconnect());
  wait(`=reacted\0=${Date.now()}\0`);
};

/**
 * Whether a click changes anything: the observer of all elements lives only while a click is watched. It begins before the
 * tracker has heard of the click, and may not end before that.
 *
 * @param {boolean} isOn
 */
export const watch = (isOn) => {
  if (isOn == isWatching || (!isOn && isWaiting())) return;
  isWatching = isOn;
  if (!isOn) return quietly(() => changes?.disconnect());
  changes ||= observer("MutationObserver", reacted, undefined);
  quietly(() => changes?.observe(document, { subtree: true, childList: true, attributes: true, characterData: true }));
};

/** @param {any} event */
const clicked = (event) =>
  quietly(() => {
    const note = click(event, Date.now(), true);
    if (!note) return;
    // What the page does about it comes before the tracker hears of the click. Only a link may take the page away at once,
    // and the next page goes on from what this one has stored.
    watch(true);
    if (link(event)) hear(note);
    else wait(note);
    // What the click brings may hold products.
    lookSoon(VIEW_MILLIS);
  });

/** Whether the page is seen and has the focus. */
export const presence = () =>
  tell("presence", field(document.visibilityState == "visible", 0) + "\0" + field(document.hasFocus(), 0) + "\0");

const focusChanged = () => {
  reacted();
  presence();
};

/** What the performance timeline says of the document's own loading. @returns {any} */
const navigationEntry = () => quietly(() => performance.getEntriesByType("navigation")[0]);

/**
 * Looks at the page a moment later, when its layout has settled, unless a look is due already: a moment after a view what
 * it is about is read (search results, "not found"), after scrolling how far, and each time elements that came since are
 * found.
 *
 * @param {number} millis
 */
const lookSoon = (millis) => {
  looks ||= quietly(() => setTimeout(lookNow, millis));
};

/** A view has begun. */
export const viewed = () => lookSoon(VIEW_MILLIS);

/** Looks at once, if a look is due: the view is about to end. */
export const lookNow = () => {
  if (looks) quietly(look);
};

const look = () => {
  quietly(() => clearTimeout(/** @type {number} */ (looks)));
  looks = 0;
  if (document.readyState == "loading") return viewed();
  tell("looked", pick(window, "scrollY innerHeight document.documentElement.scrollHeight", 0));
};

/** Reads what a view is about. */
const find = () => {
  const results = quietly(() => document.querySelector("[data-dp-results]"));
  tell(
    "found",
    pick(window, "location.href", MAX_ADDRESS_UNITS) +
      pick(results, "@data-dp-results", MAX_WORD_UNITS) +
      field(quietly(() => document.querySelector(NOT_FOUND)) != null, 0) +
      "\0" +
      pick(navigationEntry(), "responseStatus", 0),
  );
};

/**
 * Observes the products and promotions that are there by now. A new view is read, and begins anew: what is still in view
 * is seen on it too.
 *
 * @param {boolean} isNewView
 */
export const survey = (isNewView) =>
  quietly(() => {
    if (isNewView) {
      find();
      sights?.disconnect();
    }
    const elements = document.querySelectorAll(SHOWN + "," + EXPOSED);
    for (let index = 0; index < elements.length && index < MAX_ELEMENTS; index++) {
      sights ||= observer("IntersectionObserver", crossed, { threshold: SHARE });
      // What is observed already stays so.
      sights?.observe(/** @type {Element} */ (elements[index]));
    }
  });

/** Elements came into view, or left it. @param {any} entries */
const crossed = (entries) => {
  for (let index = 0; index < entries.length && index < MAX_ELEMENTS; index++)
    quietly(() => {
      const { intersectionRatio, target } = entries[index];
      const isInView = intersectionRatio >= SHARE;
      // The tracker reports each variant once a session.
      if (isInView && target.hasAttribute("data-dp-experiment"))
        tell("exposed", pick(target, "@data-dp-experiment @data-dp-variant", MAX_FIELD_UNITS));
      if (target.matches(SHOWN)) tell("sighted", field(isInView, 0) + "\0" + sight(target));
    });
};

/**
 * A measurement: its place among the tracker's metrics, when it began, and how much it is.
 *
 * @param {number} metric @param {number} start @param {number} amount @param {number} [interaction]
 */
const timed = (metric, start, amount, interaction) => {
  const { timeOrigin, interactionCount } = /** @type {any} */ (performance);
  let text = "";
  const numbers = [metric, timeOrigin + start, amount, interaction, interactionCount];
  for (let index = 0; index < numbers.length; index++) text += field(numbers[index], 0) + "\0";
  tell("timed", text);
};

const LCP = 0;
const FCP = 1;
const TTFB = 2;
const SHIFT = 3;
const INTERACTION = 4;

/** An entry of the performance timeline. @param {any} entry */
const measured = (entry) => {
  const { entryType, startTime } = entry;
  // A page that was prepared before it was asked for has all the time since it was shown.
  if (entryType == "navigation") entry.responseStart > 0 && timed(TTFB, startTime, entry.responseStart - shownAt);
  else if (entryType == "paint") entry.name == "first-contentful-paint" && timed(FCP, startTime, startTime - shownAt);
  else if (entryType == "largest-contentful-paint") timed(LCP, startTime, startTime - shownAt);
  else if (entryType == "layout-shift") entry.hadRecentInput || timed(SHIFT, startTime, entry.value);
  else timed(INTERACTION, startTime, entry.duration, entry.interactionId);
};

/** @param {any} entries */
const measuredAll = (entries) => {
  for (let index = 0; index < entries.length && index < MAX_ELEMENTS; index++) quietly(() => measured(entries[index]));
};

/** @type {any} */
let timeline;

/** Tells what the timeline has kept back, and how many interactions there were: quick ones are on no timeline. */
const measureLast = () => {
  if (timeline)
    quietly(() => {
      measuredAll(timeline.takeRecords());
      timed(INTERACTION, performance.now(), 0);
    });
};

/** Observes the browser's performance timeline from the document's beginning on, what this browser has of it. */
const measure = () => {
  shownAt = navigationEntry()?.activationStart || 0;
  timeline = observer(
    "PerformanceObserver",
    /** @param {any} list */ (list) => measuredAll(list.getEntries()),
    undefined,
  );
  const kinds = ["navigation", "paint", "largest-contentful-paint", "layout-shift", "event", "first-input"];
  for (let index = 0; index < kinds.length; index++)
    quietly(() => {
      const type = kinds[index];
      // Some browsers write a warning when asked for what they do not know.
      if (!PerformanceObserver.supportedEntryTypes.includes(/** @type {string} */ (type))) return;
      // Quicker events are not reported.
      timeline.observe({ type, buffered: true, durationThreshold: 40 });
      // Where shifts are seen, a page without any has the score 0.
      if (type == "layout-shift") timed(SHIFT, 0, 0);
    });
};

/** The page returned from the back-forward cache: it has been painted when two frames have gone by. @param {any} event */
const restored = (event) => {
  measureLast();
  tell("restored");
  presence();
  shownAt = event.timeStamp;
  timed(TTFB, shownAt, 0);
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      const passed = performance.now() - shownAt;
      timed(FCP, shownAt, passed);
      timed(LCP, shownAt, passed);
    }),
  );
};

/** Listens until the page ends. @param {any} target @param {string} kind @param {(event: any) => void} heard */
const on = (target, kind, heard) => listen(target, kind, (event) => quietly(() => heard(event)));

/** Says who hears notes. @param {(note: string) => void} listener */
export const attach = (listener) => {
  hear = listener;
};

/** Listens for the rest of the page's life. @param {boolean} hasVitals */
export const start = (hasVitals) => {
  on(window, "click", clicked);
  // The other buttons open menus.
  on(window, "auxclick", (event) => event.button == MIDDLE_BUTTON && clicked(event));
  on(window, "input", (event) => {
    reacted();
    // Every key that is typed comes here; only the first in a row on one field goes on. Scripts fill in fields too, and
    // say so with events of their own.
    const { target, isTrusted } = event;
    if (touched == target) return;
    touched = target;
    const within = target.form && isTrusted && form(target.form);
    if (within) tell("touched", name(target) + within);
  });
  on(window, "submit", ({ target }) => {
    reacted();
    // The next change of a field opens the form again.
    touched = undefined;
    const within = form(target);
    if (within) tell("submitted", within);
    const event = declared(target, "submit");
    if (event) tell("declared", event);
  });
  on(window, "scroll", () => {
    reacted();
    lookSoon(SCROLL_MILLIS);
  });
  on(window, "focus", focusChanged);
  on(window, "blur", focusChanged);
  // Whoever closes the tab with a mouse takes it out of the page first. Nothing but a number says that it is at the top.
  on(
    window.document,
    "mouseout",
    ({ clientY, relatedTarget }) => relatedTarget || tell(clientY > 0 ? "flush" : "exit"),
  );
  // A popover or a dialog opens without any change of the elements.
  on(window, "toggle", reacted);
  // Every click moves the caret, which shows nowhere.
  on(window, "selectionchange", () => getSelection()?.type == "Range" && reacted());
  // A script error, a rejection that nobody handled, or a resource that did not load: line, element, then where its words
  // may be, and then where an address.
  /** @param {any} event */
  const failed = (event) =>
    tell(
      "failed",
      pick(
        event,
        "lineno target.localName message reason.message reason filename target.src target.href",
        MAX_ERROR_UNITS,
      ),
    );
  on(window, "error", failed);
  on(window, "unhandledrejection", failed);
  on(window, "online", () => tell("online"));
  on(window, "pagehide", () => {
    lookNow();
    tell("leaving");
  });
  on(window, "pageshow", (event) => event.persisted && restored(event));
  // Only other tabs' writes are told.
  on(
    window,
    "storage",
    (event) => /^desirepath:/.test(event.key) && tell("stored", pick(event, "key newValue", MAX_VALUE_UNITS)),
  );
  on(window.document, "visibilitychange", () => {
    if (document.visibilityState == "hidden") {
      measureLast();
      tell("hidden");
    } else tell("shown");
  });
  // Navigations that go past `history`, or that a router has taken over before any other event tells of them.
  on(/** @type {any} */ (window).navigation, "currententrychange", (event) =>
    tell(
      "moved",
      pick(event, "navigationType from.url", MAX_ADDRESS_UNITS) + pick(window, "location.href", MAX_ADDRESS_UNITS),
    ),
  );
  quietly(presence);
  if (hasVitals) quietly(measure);
};

/** Hears clicks on links, and on nothing else: whatever is heard makes the notes that wait be told. @param {(event: any) => void} heard */
export const onLink = (heard) => {
  on(window.document, "click", (event) => link(event) && heard(event));
  on(window.document, "auxclick", (event) => link(event) && heard(event));
};

/** A finger flicks the page down to reach the address bar. */
export const watchFlicks = () => {
  let scrolled = 0;
  on(window.document, "scroll", () => {
    const up = scrolled - scrollY;
    scrolled = scrollY;
    if (navigator.maxTouchPoints > 0 && up > FLICK_PIXELS) tell("exit");
  });
};
