/**
 * `<desire-paths>`: where units go from position to position, as a Sankey diagram and as a table.
 *
 * ```html
 * <desire-paths src="/v1/sites/demo/events" positions="5" top="8"></desire-paths>
 * ```
 */
import { html, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ReportOf } from "../client";
import type { NodeKind } from "../generated/NodeKind";
import type { PathsConfig } from "../generated/PathsConfig";
import type { Request } from "../generated/Request";
import type { Unit } from "../generated/Unit";
import { formatCount, formatShare } from "./format";
import { drawWarnings, ReportElement } from "./report-element";
import type { Sankey } from "./sankey";
import { toFilter } from "./steps";

export type PathsReportOfRequest = ReportOf<{ analysis: "paths" } & PathsConfig>;

/** Reads `name`, `page`, `item_category` or `prop:KEY`. */
export function parseNode(text: string): NodeKind {
  if (text === "name" || text === "page" || text === "item_category") return text;
  if (text.startsWith("prop:") && text.length > 5) return { prop: text.slice(5) };
  throw new Error(`node="${text}" is none of name, page, item_category, prop:KEY`);
}

@customElement("desire-paths")
export class DesirePaths extends ReportElement<PathsReportOfRequest> {
  /** What a node is: `name`, `page`, `item_category` or `prop:KEY`. */
  @property() node = "name";
  /** What has a path. */
  @property() unit: Unit = "session";
  /** How many positions to show, 2 to 20. */
  @property({ type: Number }) positions = 5;
  /** How many of the commonest nodes to show at each position. */
  @property({ type: Number }) top = 8;
  /** Name of the event, or `page:` and a template, at which paths begin; each unit's first event unless given. */
  @property() start = "";
  /** The whole configuration, for what attributes can't say; goes before them. */
  @property({ attribute: false }) config: PathsConfig | undefined;

  #sankey: Sankey | undefined;
  #drawn: PathsReportOfRequest | undefined;

  protected override request(): Request {
    if (this.config) return { analysis: "paths", ...this.config };
    return {
      analysis: "paths",
      node: parseNode(this.node),
      unit: this.unit,
      n_positions: this.positions,
      n_top: this.top,
      start: this.start ? toFilter(this.start) : null,
    };
  }

  protected override updated(changed: PropertyValues): void {
    super.updated(changed);
    void this.#drawGraph();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sankey?.dispose();
    this.#sankey = undefined;
    this.#drawn = undefined;
  }

  /** Draws the diagram; its library is loaded when the first one is needed. */
  async #drawGraph(): Promise<void> {
    const report = this.report;
    if (report === this.#drawn || !report) return;
    this.#drawn = report;
    const { Sankey } = await import("./sankey");
    const place = this.querySelector<HTMLElement>(".desire-graph");
    if (this.report !== report || !this.isConnected) return;
    if (!place) {
      this.#sankey?.dispose();
      this.#sankey = undefined;
      return;
    }
    if (this.#sankey?.place !== place) {
      this.#sankey?.dispose();
      this.#sankey = new Sankey(place);
    }
    this.#sankey.draw(report);
  }

  protected override draw(report: PathsReportOfRequest): TemplateResult {
    const { n_units, warnings } = report;
    const noun = (this.config?.unit ?? this.unit) === "person" ? "people" : "sessions";
    if (n_units === 0) {
      return html`<p class="desire-empty">No path begins this way. Choose another start or another node.</p>`;
    }
    const label = `Paths of ${formatCount(n_units)} ${noun}; the table below has the same numbers`;
    return html`
      <div class="desire-scroll">
        <div
          class="desire-graph"
          data-testid="paths-graph"
          role="img"
          aria-label=${label}
          style=${`--columns: ${report.positions.length}`}
        ></div>
      </div>
      <details class="desire-details">
        <summary>${formatCount(n_units)} ${noun}, as a table</summary>
        ${drawTable(report)}
      </details>
      ${drawWarnings(warnings)}`;
  }
}

function drawTable({ n_units, positions, edges }: PathsReportOfRequest): TemplateResult {
  return html`<table class="desire-table" data-testid="paths-table">
    <thead>
      <tr>
        <th scope="col">Position</th>
        <th scope="col">From</th>
        <th scope="col">To</th>
        <th scope="col" class="number">Units</th>
        <th scope="col" class="number">Share of all</th>
        <th scope="col">Pattern</th>
      </tr>
    </thead>
    <tbody>
      ${edges.map((edge) => {
        const from = positions[edge.position]?.[edge.from]?.label;
        const to = positions[edge.position + 1]?.[edge.to]?.label;
        return html`<tr data-position=${edge.position + 1} data-from=${from} data-to=${to} data-n-units=${edge.n_units}>
          <td>${edge.position + 1}</td>
          <td>${from}</td>
          <td>${to}</td>
          <td class="number">${formatCount(edge.n_units)}</td>
          <td class="number">${formatShare(edge.n_units / n_units)}</td>
          <td><code>${edge.pattern}</code></td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "desire-paths": DesirePaths;
  }
}
