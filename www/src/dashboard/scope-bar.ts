/** Which part of the data all reports look at: days, time zone, people, events, and what it is set beside. */
import { html, nothing, type TemplateResult } from "lit";
import { addDays, ownTimeZone } from "../elements/scope";
import type { Summary } from "../generated/Summary";
import { type Change, chosen, eventOptions, option, select } from "./forms";
import { hasPeriodBefore, zoneOf } from "./requests";
import type { ViewState } from "./view-state";

/** Periods that end with the data's last day. */
const LAST_DAYS = [7, 28, 90] as const;

export function scopeBar(state: ViewState, summary: Summary, change: Change): TemplateResult {
  return html`<form class="scope fields" aria-label="What all reports look at" data-testid="scope"
    @submit=${(event: Event) => event.preventDefault()}>
    ${drawDates(state, summary, change)} ${drawPeople(state, summary, change)} ${drawEvents(state, summary, change)}
    ${drawComparison(state, summary, change)}
  </form>`;
}

function drawDates(state: ViewState, { first_ts, last_ts }: Summary, change: Change): TemplateResult {
  const { from, until } = state;
  const zone = zoneOf(state);
  const lastDay = last_ts === null ? "" : dayOf(last_ts, zone);
  const preset =
    from === "" && until === ""
      ? "all"
      : String(LAST_DAYS.find((days) => until === lastDay && from === addDays(lastDay, 1 - days)) ?? "chosen");
  const choose = (value: string) => {
    if (value === "all") return change({ from: "", until: "", compare: state.compare === "1" ? "" : state.compare });
    const days = Number(value);
    if (Number.isInteger(days) && lastDay) return change({ from: addDays(lastDay, 1 - days), until: lastDay });
    return change({ from: from || (first_ts === null ? "" : dayOf(first_ts, zone)), until: until || lastDay });
  };
  const periods = [
    { value: "all", label: "All days" },
    ...LAST_DAYS.map((days) => ({ value: String(days), label: `Last ${days} days` })),
    { value: "chosen", label: "From … until …" },
  ];
  const day = (key: "from" | "until", label: string) => html`<input type="date" data-testid=${`scope-${key}`}
    aria-label=${label} .value=${state[key]}
    @change=${(event: Event) => change({ [key]: chosen(event) })} />`;
  return html`<span class="group">
    ${select("scope-period", preset, periods, choose, "Period")}
    ${preset === "all" ? nothing : html`${day("from", "First day")}<span aria-hidden="true">–</span>${day("until", "Last day")}`}
    ${select("scope-zone", state.zone, zones(state.zone), (zone) => change({ zone }), "Time zone")}
  </span>`;
}

/** The date that an instant has in a zone. */
function dayOf(ts: number, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" });
  const part = (type: string) => parts.formatToParts(ts).find((part) => part.type === type)?.value ?? "";
  return `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}`;
}

/** The browser's own zone, UTC, and all that the browser knows. */
function zones(chosen: string) {
  const known = new Set(["UTC", ...(chosen ? [chosen] : []), ...Intl.supportedValuesOf("timeZone")]);
  return [{ value: "", label: `${ownTimeZone()} (here)` }, ...[...known].map((zone) => ({ value: zone, label: zone }))];
}

function drawPeople({ people }: ViewState, summary: Summary, change: Change): TemplateResult {
  const kind = people.slice(0, 3);
  const event = people.slice(4);
  const kinds = [
    { value: "", label: "everyone" },
    { value: "did", label: "people who did" },
    { value: "not", label: "people who did not do" },
  ];
  const choose = (kind: string) => change({ people: kind ? `${kind}:${event || (summary.names[0]?.name ?? "")}` : "" });
  return html`<span class="group">
    ${select("scope-people", kind, kinds, choose, "Which people")}
    ${
      kind
        ? html`<select data-testid="scope-people-event" aria-label="Event of these people"
            @change=${(event: Event) => change({ people: `${kind}:${chosen(event)}` })}>
            ${eventOptions(summary, event)}
          </select>`
        : nothing
    }
  </span>`;
}

/** What the reports are set beside: the same of other days, or of other people. */
function drawComparison(state: ViewState, summary: Summary, change: Change): TemplateResult {
  const { compare } = state;
  const days = compare.split("..");
  const [from = "", until = ""] = days.length === 2 ? days : [];
  const hasBefore = hasPeriodBefore(state);
  const kind = days.length === 2 ? "days" : compare === "1" && !hasBefore ? "" : compare.slice(0, 3);
  const event = compare.slice(4);
  const kinds = [
    { value: "", label: "beside nothing" },
    ...(hasBefore ? [{ value: "1", label: "beside the period before" }] : []),
    { value: "days", label: "beside other days" },
    { value: "did", label: "beside people who did" },
    { value: "not", label: "beside people who did not do" },
  ];
  const choose = (kind: string) => {
    if (kind === "days") return change({ compare: otherDays(state, summary) });
    const named = kind === "did" || kind === "not";
    return change({ compare: named ? `${kind}:${event || (summary.names[0]?.name ?? "")}` : kind });
  };
  const day = (key: "from" | "until", label: string) => html`<input type="date" aria-label=${label} required
    data-testid=${`compare-${key}`} .value=${key === "from" ? from : until}
    @change=${(event: Event) => {
      const value = chosen(event);
      if (value) change({ compare: key === "from" ? `${value}..${until}` : `${from}..${value}` });
    }} />`;
  const isPeople = kind === "did" || kind === "not";
  return html`<span class="group">
    ${select("compare", kind, kinds, choose, "Beside what")}
    ${
      kind === "days"
        ? html`${day("from", "First of the other days")}<span aria-hidden="true">–</span>${day("until", "Last of the other days")}`
        : nothing
    }
    ${
      isPeople
        ? html`<select data-testid="compare-event" aria-label="Event of the other people"
            @change=${(event: Event) => change({ compare: `${kind}:${chosen(event)}` })}>
            ${eventOptions(summary, event)}
          </select>`
        : nothing
    }
  </span>`;
}

/** Days to begin with: as many before as are shown, or the first of the data. */
function otherDays(state: ViewState, { first_ts }: Summary): string {
  const { from, until } = state;
  if (from && until) {
    const length = Math.round((Date.parse(until) - Date.parse(from)) / 86_400_000) + 1;
    return `${addDays(from, -length)}..${addDays(from, -1)}`;
  }
  const first = dayOf(first_ts ?? 0, zoneOf(state));
  return `${first}..${first}`;
}

function drawEvents({ where }: ViewState, { props }: Summary, change: Change): TemplateResult | typeof nothing {
  if (props.length === 0 && where === "") return nothing;
  const at = where.indexOf("=");
  const [key, value] = where ? [where.slice(0, at), where.slice(at + 1)] : ["", ""];
  const keys = props.map((prop) => prop.key);
  if (key && !keys.includes(key)) keys.push(key);
  // A property without a value, `KEY=`, is half a choice: it is remembered, and chooses nothing yet.
  const read = (event: Event) => {
    const group = (event.target as HTMLElement).closest(".group");
    const key = group?.querySelector("select")?.value ?? "";
    change({ where: key ? `${key}=${group?.querySelector("input")?.value ?? ""}` : "" });
  };
  return html`<span class="group">
    <select data-testid="scope-where" aria-label="Which events" @change=${read}>
      ${option("", "all events", key === "")} ${keys.map((name) => option(name, `events whose ${name} is`, name === key))}
    </select>
    ${
      key
        ? html`<input data-testid="scope-where-value" aria-label="Value of the property" placeholder="value"
            .value=${value} @change=${read} />`
        : nothing
    }
  </span>`;
}
