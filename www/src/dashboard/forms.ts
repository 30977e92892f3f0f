/** What the forms of this page share. */
import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { formatCount, parseDuration } from "../elements/format";
import type { Summary } from "../generated/Summary";
import type { Unit } from "../generated/Unit";
import type { ViewState } from "./view-state";

/** Takes over a choice. */
export type Change = (change: Partial<ViewState>) => void;

/** Page templates offered in a list, the commonest first. */
const MAX_PAGES = 100;
/** Properties offered in a list, the commonest first. */
const MAX_PROPS = 50;

/**
 * An entry of a list. Once a person has chosen an entry, a browser no longer heeds its attribute `selected`; so the
 * property is set, and held against what the list shows now rather than against what was drawn last.
 */
export function option(value: string, label: string, isChosen: boolean): TemplateResult {
  return html`<option value=${value} .selected=${live(isChosen)}>${label}</option>`;
}

/** The value of the control on which an event happened. */
export function chosen(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement).value;
}

export interface Entry<T extends string> {
  readonly value: T;
  readonly label: string;
}

/** A list with a name for tests and, where no label is around it, for screen readers. */
export function select<T extends string>(
  id: string,
  value: T,
  entries: readonly Entry<T>[],
  choose: (value: T) => void,
  label?: string,
): TemplateResult {
  // A link may ask for what these events do not have.
  const isKnown = entries.some((entry) => entry.value === value);
  return html`<select data-testid=${id} aria-label=${label ?? nothing}
    @change=${(event: Event) => choose(chosen(event) as T)}>
    ${isKnown ? nothing : option(value, `${value} (not in this data)`, true)}
    ${entries.map((entry) => option(entry.value, entry.label, entry.value === value))}
  </select>`;
}

/** What an event can be: the events and the pages of the data, and what was chosen though it is not in them. */
export function eventOptions({ names, page_templates }: Summary, value: string): TemplateResult {
  const events = names.map(({ name, n_events }) => ({ value: name, text: name, n_events }));
  const pages = page_templates.map(({ template, n_events }) => ({
    value: `page:${template}`,
    text: template,
    n_events,
  }));
  const isKnown = value === "" || [...events, ...pages].some((entry) => entry.value === value);
  const counted = (entry: (typeof events)[number]) =>
    option(entry.value, `${entry.text} (${formatCount(entry.n_events)})`, entry.value === value);
  return html`
    ${isKnown ? nothing : option(value, `${value} (not in this data)`, true)}
    <optgroup label="Events">${events.map(counted)}</optgroup>
    ${pages.length > 0 ? html`<optgroup label="Pages">${pages.slice(0, MAX_PAGES).map(counted)}</optgroup>` : nothing}`;
}

/** A list of events and pages, with a word for none of them. */
export function eventSelect(
  id: string,
  summary: Summary,
  value: string,
  none: string,
  choose: (value: string) => void,
): TemplateResult {
  return html`<select data-testid=${id} @change=${(event: Event) => choose(chosen(event))}>
    ${option("", none, value === "")} ${eventOptions(summary, value)}
  </select>`;
}

/** The properties of the data, as entries. */
export function propEntries({ props }: Summary): Entry<string>[] {
  return props.slice(0, MAX_PROPS).map(({ key }) => ({ value: `prop:${key}`, label: `property ${key}` }));
}

export function unitSelect(unit: Unit, choose: (unit: Unit) => void): TemplateResult {
  const units = [
    { value: "person", label: "people" },
    { value: "session", label: "sessions" },
  ] as const;
  return select<Unit>("unit", unit, units, choose, "Unit");
}

export function numberInput(value: number, min: number, max: number, choose: (value: number) => void): TemplateResult {
  return html`<input type="number" class="short" min=${min} max=${max} .value=${String(value)}
    @change=${(event: Event) => {
      const input = event.target as HTMLInputElement;
      if (input.reportValidity() && input.value !== "") choose(input.valueAsNumber);
    }} />`;
}

export function durationInput(
  id: string,
  value: string,
  label: string,
  offered: readonly string[],
  choose: (value: string) => void,
): TemplateResult {
  const check = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const fits = parseDuration(input.value) !== undefined;
    input.setCustomValidity(fits ? "" : "Write a time such as 30m, 12h or 7d.");
    input.reportValidity();
    if (fits) choose(input.value.trim());
  };
  return html`<input class="short" data-testid=${id} aria-label=${label} list=${`${id}-offered`}
      .value=${value} @change=${check} />
    <datalist id=${`${id}-offered`}>${offered.map((time) => html`<option value=${time}></option>`)}</datalist>`;
}

export function checkbox(id: string, label: string, value: boolean, choose: (value: boolean) => void): TemplateResult {
  return html`<label><input type="checkbox" data-testid=${id} .checked=${live(value)}
    @change=${(event: Event) => choose((event.target as HTMLInputElement).checked)} /> ${label}</label>`;
}
