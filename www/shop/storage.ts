/**
 * What the shop remembers in the visitor's browser. Where storage is blocked it
 * remembers for the life of the page only, and the shop still works.
 */

const memory = new Map<string, string>();
const PREFIX = "fennel.";

/** Reads a value stored by {@link store}, or the fallback when there is none or it cannot be read. */
export function recall<T>(key: string, fallback: T): T {
  let text: string | null | undefined;
  try {
    text = localStorage.getItem(PREFIX + key);
  } catch {
    text = memory.get(key);
  }
  if (text === null || text === undefined) return fallback;
  try {
    return JSON.parse(text) as T;
  } catch {
    return fallback;
  }
}

/** Stores a plain value. */
export function store(key: string, value: unknown): void {
  const text = JSON.stringify(value);
  try {
    localStorage.setItem(PREFIX + key, text);
  } catch {
    memory.set(key, text);
  }
}
