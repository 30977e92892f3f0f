/**
 * What is passed to the tracker, or declared in markup, as text: parameters, items, single values.
 *
 * A text is a list of fields, each with its mark and a zero behind it, as `pick` gives them. No more is copied than an
 * event may hold and one more, so that what is too long or too many is still seen to be. The limits are those of
 * `event/src/limits.rs`.
 */
// @ts-check
import { field, isObject, quietly } from "./host.js";

/** Most properties that are looked at: four times as many as an event may have. */
const MAX_KEYS = 256;
const MAX_PROP_KEY_BYTES = 64;
const MAX_PROP_STRING_BYTES = 2048;
const MAX_FIELD_BYTES = 256;
const MAX_ITEMS = 200;
/** The fields of an item, in the order in which they are told. */
const ITEM =
  "item_id item_name item_brand item_category item_category2 item_category3 item_category4 item_category5 item_variant item_list_id item_list_name price discount quantity index coupon".split(
    " ",
  );

/** As JavaScript prints it, which spares the module a float printer. @param {number} number */
export const print = (number) => `${number}`;

/** The other way round. @param {string} text */
export const parse = (text) => +text;

/**
 * A value as it was passed: a text, a number to all its digits (mark `#`), or whether it is true; nothing for what can't
 * be collected.
 *
 * @param {unknown} value
 */
export const exact = (value) =>
  (typeof value == "number"
    ? "#" + value
    : typeof value == "boolean" || typeof value == "string"
      ? field(value, MAX_PROP_STRING_BYTES)
      : "") + "\0";

/**
 * An item's fields, each as `read` finds it.
 *
 * @param {(key: string) => unknown} read
 */
export const item = (read) => {
  let text = "";
  for (const key of ITEM)
    text +=
      field(
        quietly(() => read(key)),
        MAX_FIELD_BYTES,
      ) + "\0";
  return text;
};

/** How many items a list has, and the items. @param {any} list */
const items = (list) => {
  let text = "";
  let n_items = 0;
  const length = isObject(list) && list.length;
  for (; n_items < length && n_items <= MAX_ITEMS; n_items++) {
    const each = list[n_items];
    text += item((key) => each[key]);
  }
  return `=${n_items}\0${text}`;
};

/**
 * Parameters as keys and values in turn; a mark alone, `?`, where they are no object, or one can't be read.
 *
 * @param {any} params @returns {string}
 */
export const facts = (params) =>
  quietly(() => {
    if (params == null) return "";
    if (!isObject(params)) return;
    let text = "";
    let n_keys = 0;
    for (const key of Object.keys(params)) {
      if (n_keys++ == MAX_KEYS) break;
      const value = params[key];
      text += field(key, MAX_PROP_KEY_BYTES) + "\0";
      // A sum of money has six digits at most.
      text += key == "items" ? items(value) : key == "value" ? field(value, MAX_FIELD_BYTES) + "\0" : exact(value);
    }
    return text;
  }) ?? "?\0";

/** A property as key and value; nothing where there is none. @param {string} key @param {unknown} value */
export const pair = (key, value) => (value ? `=${key}\0` + field(value, MAX_FIELD_BYTES) + "\0" : "");
