/**
 * `<desire-transitions>`: how often each node follows each, as a graph and as a table.
 *
 * ```html
 * <desire-transitions src="/v1/sites/demo/events" node="page" top="10"></desire-transitions>
 * ```
 */
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ReportOf } from "../client";
import type { TransitionEdge } from "../generated/TransitionEdge";
import type { TransitionsConfig } from "../generated/TransitionsConfig";
import { ChartController } from "./chart-controller";
import { formatCount, formatDuration, formatShare } from "./format";
import { PathElement } from "./path-element";
import type { PlainRequest } from "./report-element";
import { drawWarnings } from "./warnings";

export type TransitionsReportOfRequest = ReportOf<{ analysis: "transitions" } & TransitionsConfig>;

/** Rows that the table shows before all are asked for. */
const FIRST_ROWS = 15;

@customElement("desire-transitions")
export class DesireTransitions extends PathElement<TransitionsReportOfRequest> {
  /** How many of the most visited nodes to show. */
  @property({ type: Number }) top = 12;
  /** The whole configuration, for what attributes can't say; goes before them. */
  @property({ attribute: false }) config: TransitionsConfig | undefined;

  constructor() {
    super();
    new ChartController(
      this,
      ".desire-graph",
      () => this.report,
      async () => (await import("./transition-graph")).TransitionGraph,
    );
  }

  protected override request(): PlainRequest {
    if (this.config) return { analysis: "transitions", ...this.config };
    return { analysis: "transitions", ...this.path(), n_top: this.top };
  }

  protected override draw(report: TransitionsReportOfRequest): TemplateResult {
    const { n_units, edges, warnings } = report;
    if (n_units === 0) {
      return html`<p class="desire-empty">No path is like this. Choose another start, end or node.</p>`;
    }
    const label = `Transitions of ${this.units(n_units, this.config)}; the table below has the same numbers`;
    return html`
      <div class="desire-scroll">
        <div class="desire-graph" data-testid="transitions-graph" role="img" aria-label=${label} style="--columns: 4"></div>
      </div>
      <div class="desire-scroll" tabindex="0" role="region" aria-label="Transitions">
        ${drawTable(report, edges.slice(0, FIRST_ROWS))}
      </div>
      ${
        edges.length > FIRST_ROWS
          ? html`<details class="desire-details">
              <summary>${formatCount(edges.length - FIRST_ROWS)} more</summary>
              ${drawTable(report, edges.slice(FIRST_ROWS))}
            </details>`
          : nothing
      }
      ${drawWarnings(warnings)}`;
  }
}

function drawTable({ nodes }: TransitionsReportOfRequest, edges: readonly TransitionEdge[]): TemplateResult {
  return html`<table class="desire-table" data-testid="transitions-table">
    <thead>
      <tr>
        <th scope="col">From</th>
        <th scope="col">To</th>
        <th scope="col" class="number">Transitions</th>
        <th scope="col" class="number" title="that go so at least once">Units</th>
        <th scope="col" class="number" title="of all that leave the first">Of exits</th>
        <th scope="col" class="number" title="of all that enter the second">Of entries</th>
        <th scope="col" class="number" title="from arriving at the one to arriving at the other">Median time</th>
      </tr>
    </thead>
    <tbody>
      ${edges.map((edge) => {
        const [from, to] = [nodes[edge.from]?.label, nodes[edge.to]?.label];
        const { median_millis: median, p95_millis: p95 } = edge;
        return html`<tr title=${edge.pattern} data-from=${from} data-to=${to} data-n=${edge.n_transitions}>
          <td>${from}</td>
          <td>${to}</td>
          <td class="number">${formatCount(edge.n_transitions)}</td>
          <td class="number">${edge.n_units === null ? "–" : formatCount(edge.n_units)}</td>
          <td class="number bar" style=${`--share: ${edge.share_of_exits}`}>${formatShare(edge.share_of_exits)}</td>
          <td class="number bar" style=${`--share: ${edge.share_of_entries}`}>${formatShare(edge.share_of_entries)}</td>
          <td class="number" title=${p95 === null ? "" : `95% within ${formatDuration(p95)}`}>
            ${median === null ? "" : formatDuration(median)}
          </td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "desire-transitions": DesireTransitions;
  }
}
