/** The form by which a person says what funnel to look at. It holds no state: it says what was changed. */
import { html, nothing, type TemplateResult } from "lit";
import { PERIODS } from "../elements/funnel-options";
import { OPTIONAL, type StepTexts } from "../elements/steps";
import type { FunnelOrder } from "../generated/FunnelOrder";
import type { Period } from "../generated/Period";
import type { Summary } from "../generated/Summary";
import {
  type Change,
  checkbox,
  chosen,
  durationInput,
  type Entry,
  eventOptions,
  eventSelect,
  propEntries,
  select,
  unitSelect,
} from "./forms";
import type { ViewState } from "./view-state";

/** Most steps of a funnel. */
const MAX_STEPS = 32;

const WINDOWS = ["30m", "1h", "12h", "1d", "7d", "30d"];

const ORDERS: readonly Entry<FunnelOrder>[] = [
  { value: "sequential", label: "this order, anything between" },
  { value: "strict", label: "this order, nothing between" },
  { value: "any", label: "any order" },
];

const COUNTS = [
  { value: "units", label: "each once" },
  { value: "totals", label: "every attempt" },
  { value: "open", label: "each once, from any step" },
] as const;

/** An open funnel has no attempts to count. */
const COUNTED = {
  units: { count: "units", open: false },
  totals: { count: "totals", open: false },
  open: { count: "units", open: true },
} as const;

const TOUCHES = [
  { value: "first_touch", label: "the first value" },
  { value: "last_touch", label: "the last value" },
] as const;

const TRENDS: readonly Entry<Period | "">[] = [
  { value: "", label: "no" },
  ...PERIODS.map((by) => ({ value: by, label: `by ${by}` })),
];

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
            <button type="button" title="Take another event as well" aria-label=${`or… another event as step ${index + 1}`}
              @click=${() => replace(index, [...names, summary.names[0]?.name ?? ""])}>or…</button>
            ${
              index > 0 && index + 1 < steps.length && state.order === "sequential"
                ? html`<button type="button" title="People may go past this step" data-testid="optional-step"
                    aria-label=${`Step ${index + 1} is optional`} aria-pressed=${names.includes(OPTIONAL)}
                    @click=${() => replace(index, toggleOptional(names))}>?</button>`
                : nothing
            }
            <button type="button" title="Earlier" aria-label=${`Move step ${index + 1} earlier`} ?disabled=${index === 0}
              @click=${() => swap(index - 1)}>←</button>
            <button type="button" title="Later" aria-label=${`Move step ${index + 1} later`} ?disabled=${index + 1 === steps.length}
              @click=${() => swap(index)}>→</button>
            <button type="button" title="Remove" aria-label=${`Remove step ${index + 1}`}
              @click=${() => replace(index)}>×</button>
          </span>
          ${names.includes(OPTIONAL) ? html`<span class="or">optional</span>` : nothing}
          ${alternatives(names).map(
            (name, place) => html`${place > 0 ? html`<span class="or">or</span>` : nothing}
              ${stepSelect(summary, name, `Step ${index + 1}`, (name) => {
                const all = alternatives(names);
                const left = name ? all.with(place, name) : all.filter((_, other) => other !== place);
                const marks = names.filter((other) => other === OPTIONAL);
                replace(index, ...(left.length > 0 ? [[...left, ...marks]] : []));
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
      <label>within ${durationInput("funnel-window", state.window, "Conversion window", WINDOWS, (window) => change({ window }))}</label>
      <label>of ${unitSelect(state.unit, (unit) => change({ unit }))}</label>
      <label>in ${select("funnel-order", state.order, ORDERS, (order) => change({ order }), "Order")}</label>
      <label>counting ${select("funnel-count", countOf(state), COUNTS, (count) => change(COUNTED[count]), "What is counted")}</label>
    </div>
    <div class="fields">
      <label>by ${select("funnel-by", state.by, breakdowns(summary), (by) => change({ by }))}</label>
      ${state.by ? select("funnel-touch", state.touch, TOUCHES, (touch) => change({ touch }), "Which value") : nothing}
      <label>over time ${select("funnel-trend", state.trend, TRENDS, (trend) => change({ trend }))}</label>
      ${
        state.order === "sequential"
          ? html`<label>without those who did
              ${eventSelect("funnel-exclude", summary, state.exclude, "nothing", (exclude) => change({ exclude }))}
            </label>`
          : nothing
      }
      ${checkbox("funnel-correlation", "what goes with conversion", state.correlation, (correlation) => change({ correlation }))}
    </div>
  </form>`;
}

function countOf({ count, open }: ViewState): keyof typeof COUNTED {
  return open ? "open" : count;
}

function breakdowns(summary: Summary): Entry<string>[] {
  const items = summary.item_keys.map((key) => ({ value: key, label: key.replace("_", " ") }));
  return [
    { value: "", label: "nothing" },
    { value: "page", label: "page" },
    ...items.filter(({ value }) => /^item_(id|name|brand|category)$/.test(value)),
    ...propEntries(summary),
  ];
}

/** The events of a step, without the mark of an optional one. */
function alternatives(names: readonly string[]): readonly string[] {
  return names.filter((name) => name !== OPTIONAL);
}

function toggleOptional(names: readonly string[]): readonly string[] {
  return names.includes(OPTIONAL) ? alternatives(names) : [...names, OPTIONAL];
}

/** A name that the funnel does not have yet. */
function nextName(steps: StepTexts, { names }: Summary): string {
  const used = new Set(steps.flat());
  return names.find(({ name }) => !used.has(name))?.name ?? names[0]?.name ?? "";
}

function stepSelect(summary: Summary, step: string, label: string, choose: (step: string) => void): TemplateResult {
  return html`<select aria-label=${label} data-testid="step-name" @change=${(event: Event) => choose(chosen(event))}>
    ${eventOptions(summary, step)}
    <option value="">remove</option>
  </select>`;
}
