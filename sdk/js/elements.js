/**
 * What elements of the page say, as text: what was clicked and where, what a form is called, what markup declares.
 *
 * Never what is in an input: the value of a control is not read at all, and only things that people press or follow have
 * a label. What the facts mean, the tracker decides.
 */
// @ts-check
import { pick, quietly } from "./host.js";
import { exact, item, pair } from "./values.js";

/** What a click on something inside is taken for. */
const PRESSABLE =
  "a,button,summary,label,input,select,textarea,[role=button],[role=link],[role=tab],[role=menuitem],[data-dp-event]";
/** Those of them whose text is a label. An element that declares an event may be a whole form, or hold one. */
const LABELLED = "a,button,summary,label,[role=button],[role=link],[role=tab],[role=menuitem]";
/** Nothing inside is noticed. */
const IGNORED = "[data-dp-ignore]";
/** What is pressed often in a row without any rage: steppers, carousels and their arrows, and what is typed into. */
const REPEATABLE =
  "input:not([type=button],[type=submit],[type=image]),textarea,select,[contenteditable],[role=spinbutton],[role=slider],[aria-roledescription=carousel],[class*=carousel],[class*=swiper],[class*=slick],[class*=slider],[class*=arrow],[class*=stepper],[class*=quantity],[class*=qty],[data-dp-repeat]";
/** What answers a click in ways of its own, that no element shows. */
const ANSWERING =
  "input:not([type=button],[type=submit],[type=image]),textarea,select,option,[contenteditable],audio,video";
/** Tags whose text is, or may become, what a person typed or chose. */
const CONTROL = /^(input|select|textarea|option)$/;
/** The number of the mouse's middle button, which opens links in tabs of their own. */
export const MIDDLE_BUTTON = 1;
/** Longest text, name, id, class list or role of an element that is read. */
const MAX_TEXT_UNITS = 200;
/** Longest address that is read; what the tracker cuts off may be long. */
export const MAX_ADDRESS_UNITS = 8192;
/** Longest name of a form or a field that is read. */
const MAX_NAME_UNITS = 64;
/** How many ancestors are looked at. */
const MAX_LINEAGE = 4;
/** Most attributes of an element that are looked at. */
const MAX_ATTRIBUTES = 200;
/** What is noticed when it comes into view. */
export const SHOWN = "[data-dp-item],[data-dp-promo]";

/** The selector of elements whose text is not read. */
let mask = "";

/** Says which elements' text is not read. @param {string} selector */
export const hide = (selector) => {
  mask = selector;
};

/** The element itself, or the nearest one around it, that is selected. @param {any} element @param {string} selector */
const around = (element, selector) => quietly(() => element.closest(selector));

/** The link that an event happened on. @param {any} event */
export const link = (event) => around(event.target, "a[href]");

/** Whether the text of an element is not to be read: where the selector is none, it may well be. @param {any} element */
const isMasked = (element) => {
  try {
    return element.closest(mask) || element.querySelector(mask);
  } catch {
    return true;
  }
};

/** An attribute of ours. @param {any} element @param {string} name @returns {string | null | undefined} */
const attribute = (element, name) => quietly(() => element.getAttribute("data-dp-" + name));

/** The attribute of the element, or of the nearest one around it that has it. @param {any} element @param {string} name */
const inherited = (element, name) => attribute(around(element, `[data-dp-${name}]`), name);

/** The element and its ancestors, innermost first, and nothing behind them. @param {any} element */
const lineage = (element) => {
  let text = "";
  for (let depth = 0; element && depth < MAX_LINEAGE; depth++) {
    text += pick(element, "localName @id @class", MAX_TEXT_UNITS);
    element = quietly(() => element.parentElement);
  }
  return text + "\0";
};

/**
 * A click as a note: on what, where, and what that may be.
 *
 * @param {any} event @param {number} at @param {boolean} isLive what the click does is seen
 */
export const click = (event, at, isLive) => {
  const { target } = event;
  const pressed = around(target, PRESSABLE);
  const labelled = around(target, LABELLED);
  const element = pressed || target;
  // Clicking a label clicks its control too, and that click follows.
  if (around(element, IGNORED) || quietly(() => element.control)) return;
  const isPressable = pressed || quietly(() => getComputedStyle(target).cursor) == "pointer";
  const mustReact = isLive && isPressable && !around(element, ANSWERING);
  const hasLabel =
    labelled &&
    labelled == pressed &&
    !element.isContentEditable &&
    !CONTROL.test(element.localName) &&
    !isMasked(element);
  const rectangle = quietly(() => element.getBoundingClientRect());
  const text =
    `=click\0=${Math.trunc(at)}\0` +
    (mustReact ? "?1\0" : "\0") +
    (around(element, REPEATABLE) ? "?1\0" : "\0") +
    pick(rectangle, "left top width height", 0) +
    pick(event, "clientX clientY pageX pageY button", 0) +
    pick(hasLabel && element, "textContent", MAX_TEXT_UNITS) +
    pick(element, "@role @type @download href", MAX_ADDRESS_UNITS) +
    pick(window, "location.href", MAX_ADDRESS_UNITS) +
    lineage(element);
  if (event.button == MIDDLE_BUTTON) return text;
  return text + (declared(element, "click") || (quietly(() => element.href) && chosen(element)) || "");
};

/**
 * The event that an element or something around it declares for `trigger`, `click` or `submit`:
 * `data-dp-event="add_to_cart"` with `data-dp-item-id="17"`. A form's event happens when it is submitted, any other
 * element's when it is clicked.
 *
 * @param {any} element @param {string} trigger
 */
export const declared = (element, trigger) => {
  const holder = around(element, "[data-dp-event]");
  if (!holder || (holder.localName == "form") != (trigger == "submit")) return;
  let text = exact(attribute(holder, "event"));
  const { attributes } = holder;
  for (let index = 0; index < attributes.length && index < MAX_ATTRIBUTES; index++) {
    const [, key] =
      /^data-dp-(?!event$|item-|price$|discount$|quantity$|index$)(.+)/.exec(attributes[index].name) || [];
    if (key) text += `=${key.replace(/-/g, "_")}\0` + exact(attributes[index].value);
  }
  return text + items((key) => attribute(holder, key));
};

/** One item, where there is anything of it. @param {(key: string) => unknown} read */
const items = (read) => {
  const text = item((key) => read(key.replace(/_/g, "-")));
  return /[^\0]/.test(text) ? "=items\0=1\0" + text : "";
};

/**
 * The product or the promotion that an element stands for: `?` or `?1` for a promotion, and what is said of it.
 *
 * @param {any} element
 */
export const sight = (element) => {
  const promotion = attribute(element, "promo");
  if (promotion)
    return (
      "?1\0" +
      pair("promotion_id", promotion) +
      pair("promotion_name", attribute(element, "promotion-name")) +
      pair("creative_name", attribute(element, "creative-name")) +
      pair("creative_slot", attribute(element, "creative-slot"))
    );
  // The list says once what holds for all that is in it.
  return (
    "?\0" +
    pair("item_list_id", inherited(element, "item-list-id")) +
    pair("item_list_name", inherited(element, "item-list-name")) +
    pair("currency", inherited(element, "currency")) +
    items((key) => attribute(element, key) ?? (key == "item-id" ? attribute(element, "item") : undefined))
  );
};

/** What is chosen by a link that belongs to a product or a promotion. @param {any} element */
const chosen = (element) => {
  const shown = around(element, SHOWN);
  return shown && "?\0" + sight(shown);
};

/**
 * A form by its name or id, and where it is; undefined where it is not to be noticed.
 *
 * @param {any} form
 */
export const form = (form) => (around(form, IGNORED) ? undefined : name(form) + lineage(form));

/** The name or id of an element. @param {any} element */
export const name = (element) => {
  const read = pick(element, "@name", MAX_NAME_UNITS);
  return read.length > 2 ? read : pick(element, "@id", MAX_NAME_UNITS);
};
