/** What the forms of this page share. */
import { html, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";

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
