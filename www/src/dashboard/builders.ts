/** The forms by which a person says what to look at. They hold no state: they say what was changed. */
import { html, nothing, type TemplateResult } from "lit";
import { formatCount, parseDuration } from "../elements/format";
import type { FunnelOrder } from "../generated/FunnelOrder";
import type { Summary } from "../generated/Summary";
import type { Unit } from "../generated/Unit";
import { chosen } from "./forms";
import type { ViewState } from "./view-state";

type Change = (change: Partial<ViewState>) => void;
type Steps = readonly (readonly string[])[];

/** Most steps of a funnel. */
const MAX_STEPS = 32;

/** The steps, window, unit and order of the funnel. */
export function funnelBuilder(state: ViewState, steps: Steps, summary: Summary, change: Change): TemplateResult {
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
          ${names.map(
            (name, place) => html`${place > 0 ? html`<span class="or">or</span>` : nothing}
              ${nameSelect(summary, name, `Step ${index + 1}`, (name) => {
                const others = names.filter((_, other) => other !== place);
                replace(index, ...(name ? [names.with(place, name)] : others.length > 0 ? [others] : []));
              })}`,
          )}
          <span class="step-tools">
            <button type="button" title="Take another event as well" aria-label=${`Take another event as well in step ${index + 1}`}
              @click=${() => replace(index, [...names, summary.names[0]?.name ?? ""])}>or…</button>
            <button type="button" title="Earlier" aria-label=${`Move step ${index + 1} up`} ?disabled=${index === 0}
              @click=${() => swap(index - 1)}>↑</button>
            <button type="button" title="Later" aria-label=${`Move step ${index + 1} down`} ?disabled=${index + 1 === steps.length}
              @click=${() => swap(index)}>↓</button>
            <button type="button" title="Remove" aria-label=${`Remove step ${index + 1}`}
              @click=${() => replace(index)}>×</button>
          </span>
        </li>`,
      )}
    </ol>
    <div class="fields">
      ${
        steps.length < MAX_STEPS
          ? html`<button type="button" class="quiet" data-testid="add-step"
              @click=${() => change({ steps: [...steps, [nextName(steps, summary)]] })}>Add a step</button>`
          : nothing
      }
      <label>within ${windowInput(state, change)}</label>
      <label>of ${unitSelect(state.unit, (unit) => change({ unit }))}</label>
      <label>in ${orderSelect(state.order, (order) => change({ order }))}</label>
    </div>
  </form>`;
}

/** A name that the funnel does not have yet. */
function nextName(steps: Steps, { names }: Summary): string {
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
  return html`<form class="builder" @submit=${(event: Event) => event.preventDefault()}>
    <div class="fields">
      <label>Paths through
        <select data-testid="paths-node" .value=${state.node} @change=${(event: Event) => change({ node: chosen(event) })}>
          ${nodes.map(({ value, label }) => html`<option value=${value} ?selected=${value === state.node}>${label}</option>`)}
        </select>
      </label>
      <label>of ${unitSelect(state.pathUnit, (pathUnit) => change({ pathUnit }))}</label>
      <label>from
        <select data-testid="paths-start" @change=${(event: Event) => change({ start: chosen(event) })}>
          <option value="" ?selected=${state.start === ""}>their first event</option>
          ${summary.names.map(({ name }) => html`<option value=${name} ?selected=${name === state.start}>${name}</option>`)}
        </select>
      </label>
      <label>positions ${numberInput(state.positions, 2, 20, (positions) => change({ positions }))}</label>
      <label>nodes at each ${numberInput(state.top, 1, 100, (top) => change({ top }))}</label>
    </div>
  </form>`;
}

function nameSelect(summary: Summary, name: string, label: string, choose: (name: string) => void): TemplateResult {
  const known = summary.names.some((entry) => entry.name === name);
  return html`<select aria-label=${label} data-testid="step-name" @change=${(event: Event) => choose(chosen(event))}>
    ${known ? nothing : html`<option value=${name} selected>${name} (not in this data)</option>`}
    ${summary.names.map(
      (entry) => html`<option value=${entry.name} ?selected=${entry.name === name}>
        ${entry.name} (${formatCount(entry.n_events)})
      </option>`,
    )}
    <option value="">remove</option>
  </select>`;
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
    <option value="person" ?selected=${unit === "person"}>people</option>
    <option value="session" ?selected=${unit === "session"}>sessions</option>
  </select>`;
}

function orderSelect(order: FunnelOrder, choose: (order: FunnelOrder) => void): TemplateResult {
  return html`<select aria-label="Order" @change=${(event: Event) => choose(chosen(event) as FunnelOrder)}>
    <option value="sequential" ?selected=${order === "sequential"}>this order, anything between</option>
    <option value="strict" ?selected=${order === "strict"}>this order, nothing between</option>
    <option value="any" ?selected=${order === "any"}>any order</option>
  </select>`;
}

function numberInput(value: number, min: number, max: number, choose: (value: number) => void): TemplateResult {
  return html`<input type="number" class="short" min=${min} max=${max} .value=${String(value)}
    @change=${(event: Event) => {
      const input = event.target as HTMLInputElement;
      if (input.reportValidity() && input.value !== "") choose(input.valueAsNumber);
    }} />`;
}
