/** Dates and time zones as attributes and addresses say them. */
import type { Dates } from "../generated/Dates";
import type { Scope } from "../generated/Scope";

/** The zone of this browser, such as `Europe/Berlin`. */
export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Whether a text is a date of the calendar, such as `2026-02-28`. */
export function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

/** The date so many days after another one. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The range from the first day to the last, both in; `undefined` where neither is given. Throws in words. */
export function datesBetween(from: string, until: string, timeZone: string): Dates | undefined {
  for (const [name, text] of [
    ["from", from],
    ["until", until],
  ] as const) {
    if (text !== "" && !isDate(text)) throw new Error(`${name}="${text}" is not a date such as 2026-09-01`);
  }
  if (from === "" && until === "") return undefined;
  return {
    ...(from === "" ? {} : { from }),
    ...(until === "" ? {} : { to: addDays(until, 1) }),
    time_zone: timeZone || ownTimeZone(),
  };
}

/** A scope of nothing but dates; `undefined` for all of the data. */
export function scopeOfDates(from: string, until: string, timeZone: string): Scope | undefined {
  const dates = datesBetween(from, until, timeZone);
  return dates && { dates };
}
