/** The form by which a person says which paths to look at, and how. It holds no state: it says what was changed. */
import { html, nothing, type TemplateResult } from "lit";
import type { Summary } from "../generated/Summary";
import { type Change, checkbox, type Entry, eventSelect, numberInput, propEntries, select, unitSelect } from "./forms";
import { PATH_VIEWS, type PathView, type ViewState } from "./view-state";

const VIEWS: Readonly<Record<PathView, string>> = {
  positions: "Step by step",
  transitions: "Who follows whom",
  matrix: "Matrix",
  exact: "Exact paths",
};

const LENGTHS: readonly Entry<string>[] = [
  { value: "0", label: "whole paths" },
  ...[2, 3, 4, 5, 6, 8, 10].map((length) => ({ value: String(length), label: `runs of ${length}` })),
];

export function pathsBuilder(state: ViewState, summary: Summary, change: Change): TemplateResult {
  const nodes = [
    { value: "name", label: "events" },
    { value: "page", label: "pages" },
    { value: "item_category", label: "item categories" },
    { value: "stage", label: "stages" },
    ...propEntries(summary),
  ];
  const { paths } = state;
  return html`<form class="builder" @submit=${(event: Event) => event.preventDefault()}>
    ${drawViews(paths, change)}
    <div class="fields">
      <label>Paths through ${select("paths-node", state.node, nodes, (node) => change({ node }))}</label>
      <label>of ${unitSelect(state.pathUnit, (pathUnit) => change({ pathUnit }))}</label>
      <label>from
        ${eventSelect("paths-start", summary, state.start, "their first event", (start) => change({ start }))}
      </label>
      <label>to ${eventSelect("paths-end", summary, state.end, "their last event", (end) => change({ end }))}</label>
      ${
        paths === "matrix"
          ? html`<label>around
              ${eventSelect("paths-center", summary, state.center, "nothing", (center) => change({ center }))}
            </label>`
          : nothing
      }
      ${
        paths === "exact"
          ? select("paths-length", String(state.length), LENGTHS, (text) => change({ length: Number(text) }), "Length")
          : nothing
      }
      ${
        paths === "positions" || paths === "matrix"
          ? html`<label>positions ${numberInput(state.positions, 2, 20, (positions) => change({ positions }))}</label>`
          : nothing
      }
      <label>
        ${paths === "exact" ? "paths" : paths === "positions" ? "nodes at each" : "nodes"}
        ${numberInput(state.top, 1, 100, (top) => change({ top }))}
      </label>
      ${
        paths === "positions"
          ? checkbox("paths-backward", "from the end", state.backward, (backward) => change({ backward }))
          : nothing
      }
    </div>
  </form>`;
}

/** Radio buttons that look like one bar: the arrow keys move along it. */
function drawViews(shown: PathView, change: Change): TemplateResult {
  return html`<fieldset class="segmented">
    <legend class="desire-hidden">How to look at paths</legend>
    ${PATH_VIEWS.map(
      (view) => html`<label>
        <input type="radio" name="paths-view" data-testid=${`paths-view-${view}`} .checked=${view === shown}
          @change=${() => change({ paths: view })} /><span>${VIEWS[view]}</span>
      </label>`,
    )}
  </fieldset>`;
}
