/**
 * `<desire-paths>`: where units go from position to position, as a Sankey diagram and as a table.
 *
 * ```html
 * <desire-paths src="/v1/sites/demo/events" positions="5" top="8"></desire-paths>
 * ```
 */
import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ReportOf } from "../client";
import type { PathsConfig } from "../generated/PathsConfig";
import { ChartController } from "./chart-controller";
import { formatCount, formatShare } from "./format";
import { PathElement } from "./path-element";
import type { PlainRequest } from "./report-element";
import { drawWarnings } from "./warnings";

export type PathsReportOfRequest = ReportOf<{ analysis: "paths" } & PathsConfig>;

@customElement("desire-paths")
export class DesirePaths extends PathElement<PathsReportOfRequest> {
  /** How many positions to show, 2 to 20. */
  @property({ type: Number }) positions = 5;
  /** How many of the commonest nodes to show at each position. */
  @property({ type: Number }) top = 8;
  /** Position 1 is the last node: the way back from where paths end. */
  @property({ type: Boolean }) backward = false;
  /** The whole configuration, for what attributes can't say; goes before them. */
  @property({ attribute: false }) config: PathsConfig | undefined;

  constructor() {
    super();
    new ChartController(
      this,
      ".desire-graph",
      () => this.report,
      async () => (await import("./sankey")).Sankey,
    );
  }

  protected override request(): PlainRequest {
    if (this.config) return { analysis: "paths", ...this.config };
    return {
      analysis: "paths",
      ...this.path(),
      n_positions: this.positions,
      n_top: this.top,
      backward: this.backward,
    };
  }

  protected override draw(report: PathsReportOfRequest): TemplateResult {
    const { n_units, warnings } = report;
    if (n_units === 0) {
      return html`<p class="desire-empty">No path is like this. Choose another start, end or node.</p>`;
    }
    const units = this.units(n_units, this.config);
    const label = `Paths of ${units}; the table below has the same numbers`;
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
        <summary>${units}, as a table</summary>
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
