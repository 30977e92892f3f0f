/** The forms by which a person says what to look at. They hold no state: they say what was changed. */
import { html, nothing, type TemplateResult } from "lit";
import { formatCount, parseDuration } from "../elements/format";
import type { FunnelOrder } from "../generated/FunnelOrder";
import type { Summary } from "../generated/Summary";
import type { Unit } from "../generated/Unit";
import { chosen, option } from "./forms";
import type { StepTexts } from "../elements/steps";
import type { ViewState } from "./view-state";

type Change = (change: Partial<ViewState>) => void;

/** Most steps of a funnel. */
const MAX_STEPS = 32;
/** Page templates offered in a list, the commonest first. */
const MAX_PAGES = 100;

/** The steps, window, unit and order of the funnel. */
export function funnelBuilder(state: ViewState, steps: StepTexts, summary: Summary, change: Change): TemplateResult {
  const replace = (index: number, ...names: readonly (readonly string[])[]) =>
    change({ steps: [...steps.slice(0, index), ...names, ...steps.slice(index + 1)] });
  const swap = (index: number) => {
    const [a, b] = [steps[index], steps[index + 1]];
    if (a && b) change({ steps: [...steps.slice(0, index), b, a, ...steps.slice(index + 2)] });
  };
  return html`<form class="builder" @submit=${(event: Event) => event.preventDefault()}>
    <ol class="step-list">
      ${steps.map(
        (names, index) => html`<li>
          <span class="step-tools">
            <button type="button" title="Take another event as well" aria-label=${`Take another event as well in step ${index + 1}`}
              @click=${() => replace(index, [...names, summary.names[0]?.name ?? ""])}>or…</button>
            <button type="button" title="Earlier" aria-label=${`Move step ${index + 1} earlier`} ?disabled=${index === 0}
              @click=${() => swap(index - 1)}>←</button>
            <button type="button" title="Later" aria-label=${`Move step ${index + 1} later`} ?disabled=${index + 1 === steps.length}
              @click=${() => swap(index)}>→</button>
            <button type="button" title="Remove" aria-label=${`Remove step ${index + 1}`}
              @click=${() => replace(index)}>×</button>
          </span>
          ${names.map(
            (name, place) => html`${place > 0 ? html`<span class="or">or</span>` : nothing}
              ${stepSelect(summary, name, `Step ${index + 1}`, (name) => {
                const others = names.filter((_, other) => other !== place);
                replace(index, ...(name ? [names.with(place, name)] : others.length > 0 ? [others] : []));
              })}`,
          )}
        </li>`,
      )}
      ${
        steps.length < MAX_STEPS
          ? html`<li class="add"><button type="button" data-testid="add-step"
              @click=${() => change({ steps: [...steps, [nextName(steps, summary)]] })}>+ Add a step</button></li>`
          : nothing
      }
    </ol>
    <div class="fields">
      <label>within ${windowInput(state, change)}</label>
      <label>of ${unitSelect(state.unit, (unit) => change({ unit }))}</label>
      <label>in ${orderSelect(state.order, (order) => change({ order }))}</label>
    </div>
  </form>`;
}

/** A name that the funnel does not have yet. */
function nextName(steps: StepTexts, { names }: Summary): string {
  const used = new Set(steps.flat());
  return names.find(({ name }) => !used.has(name))?.name ?? names[0]?.name ?? "";
}

/** Node, unit, positions and start of the paths. */
export function pathsBuilder(state: ViewState, summary: Summary, change: Change): TemplateResult {
  const props = summary.props.slice(0, 50).map(({ key }) => ({ value: `prop:${key}`, label: `property ${key}` }));
  const nodes = [
    { value: "name", label: "events" },
    { value: "page", label: "pages" },
    { value: "item_category", label: "item categories" },
    ...props,
  ];
  // A link may ask for a property that these events do not have.
  if (!nodes.some(({ value }) => value === state.node)) {
    nodes.push({ value: state.node, label: `${state.node} (not in this data)` });
  }
  return html`<form class="builder" @submit=${(event: Event) => event.preventDefault()}>
    <div class="fields">
      <label>Paths through
        <select data-testid="paths-node" @change=${(event: Event) => change({ node: chosen(event) })}>
          ${nodes.map(({ value, label }) => option(value, label, value === state.node))}
        </select>
      </label>
      <label>of ${unitSelect(state.pathUnit, (pathUnit) => change({ pathUnit }))}</label>
      <label>from
        <select data-testid="paths-start" @change=${(event: Event) => change({ start: chosen(event) })}>
          ${option("", "their first event", state.start === "")}
          ${stepOptions(summary, state.start)}
        </select>
      </label>
      <label>positions ${numberInput(state.positions, 2, 20, (positions) => change({ positions }))}</label>
      <label>nodes at each ${numberInput(state.top, 1, 100, (top) => change({ top }))}</label>
    </div>
  </form>`;
}

function stepSelect(summary: Summary, step: string, label: string, choose: (step: string) => void): TemplateResult {
  return html`<select aria-label=${label} data-testid="step-name" @change=${(event: Event) => choose(chosen(event))}>
    ${stepOptions(summary, step)}
    <option value="">remove</option>
  </select>`;
}

/** What a step can be: the events and the pages of the data, and what was chosen though it is not in them. */
function stepOptions({ names, page_templates }: Summary, step: string): TemplateResult {
  const events = names.map(({ name, n_events }) => ({ value: name, text: name, n_events }));
  const pages = page_templates.map(({ template, n_events }) => ({
    value: `page:${template}`,
    text: template,
    n_events,
  }));
  const isKnown = step === "" || [...events, ...pages].some(({ value }) => value === step);
  const counted = ({ value, text, n_events }: (typeof events)[number]) =>
    option(value, `${text} (${formatCount(n_events)})`, value === step);
  return html`
    ${isKnown ? nothing : option(step, `${step} (not in this data)`, true)}
    <optgroup label="Events">${events.map(counted)}</optgroup>
    ${pages.length > 0 ? html`<optgroup label="Pages">${pages.slice(0, MAX_PAGES).map(counted)}</optgroup>` : nothing}`;
}

function windowInput(state: ViewState, change: Change): TemplateResult {
  const check = (event: Event) => {
    const input = event.target as HTMLInputElement;
    const fits = parseDuration(input.value) !== undefined;
    input.setCustomValidity(fits ? "" : "Write a time such as 30m, 12h or 7d.");
    input.reportValidity();
    if (fits) change({ window: input.value.trim() });
  };
  return html`<input class="short" data-testid="funnel-window" aria-label="Conversion window" list="windows"
      .value=${state.window} @change=${check} />
    <datalist id="windows">
      ${["30m", "1h", "12h", "1d", "7d", "30d"].map((window) => html`<option value=${window}></option>`)}
    </datalist>`;
}

function unitSelect(unit: Unit, choose: (unit: Unit) => void): TemplateResult {
  return html`<select aria-label="Unit" @change=${(event: Event) => choose(chosen(event) as Unit)}>
    ${option("person", "people", unit === "person")} ${option("session", "sessions", unit === "session")}
  </select>`;
}

function orderSelect(order: FunnelOrder, choose: (order: FunnelOrder) => void): TemplateResult {
  return html`<select aria-label="Order" @change=${(event: Event) => choose(chosen(event) as FunnelOrder)}>
    ${option("sequential", "this order, anything between", order === "sequential")}
    ${option("strict", "this order, nothing between", order === "strict")}
    ${option("any", "any order", order === "any")}
  </select>`;
}

function numberInput(value: number, min: number, max: number, choose: (value: number) => void): TemplateResult {
  return html`<input type="number" class="short" min=${min} max=${max} .value=${String(value)}
    @change=${(event: Event) => {
      const input = event.target as HTMLInputElement;
      if (input.reportValidity() && input.value !== "") choose(input.valueAsNumber);
    }} />`;
}
