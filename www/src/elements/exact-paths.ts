/**
 * `<desire-exact-paths>`: the commonest paths, node by node, and who converts on them.
 *
 * ```html
 * <desire-exact-paths src="/v1/sites/demo/events" length="3" goal="purchase"></desire-exact-paths>
 * ```
 */
import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ReportOf } from "../client";
import type { ExactPath } from "../generated/ExactPath";
import type { ExactPathsConfig } from "../generated/ExactPathsConfig";
import { formatCount, formatDuration, formatInterval, formatMoney, formatShare } from "./format";
import { PathElement } from "./path-element";
import type { PlainRequest } from "./report-element";
import { splitAlternatives, stepFilter } from "./steps";
import { drawWarnings } from "./warnings";

type ExactPathsReportOfRequest = ReportOf<{ analysis: "exact_paths" } & ExactPathsConfig>;

@customElement("desire-exact-paths")
export class DesireExactPaths extends PathElement<ExactPathsReportOfRequest> {
  /** How many nodes a path has, 2 to 20: all runs of so many. Whole paths unless given. */
  @property({ type: Number }) length: number | undefined;
  /** How many of the commonest to show. */
  @property({ type: Number }) top = 20;
  /** Event that counts as conversion, wherever in the unit it is; `a|b` is either. */
  @property() goal = "";
  /** The whole configuration, for what attributes can't say; goes before them. */
  @property({ attribute: false }) config: ExactPathsConfig | undefined;

  protected override request(): PlainRequest {
    if (this.config) return { analysis: "exact_paths", ...this.config };
    return {
      analysis: "exact_paths",
      ...this.path(),
      length: this.length ?? null,
      n_top: this.top,
      goal: this.goal ? stepFilter(splitAlternatives(this.goal)) : null,
    };
  }

  protected override draw(report: ExactPathsReportOfRequest): TemplateResult {
    const { n_units, n_paths, n_longer, paths, warnings } = report;
    if (n_units === 0 || paths.length === 0) {
      return html`<p class="desire-empty">No path is like this. Choose another start, end, length or node.</p>`;
    }
    const hasGoal = paths.some(({ conversion }) => conversion !== null);
    const hasValue = paths.some(({ value }) => value.length > 0);
    const shown = `${formatCount(paths.length)} commonest of ${formatCount(n_paths)} paths of ${this.units(n_units, this.config)}`;
    return html`
      <div class="desire-scroll" tabindex="0" role="region" aria-label=${shown}>
        <table class="desire-table" data-testid="exact-paths">
          <caption>The ${shown}${n_longer > 0 ? `; ${formatCount(n_longer)} have longer ones` : ""}</caption>
          <thead>
            <tr>
              <th scope="col">Path</th>
              <th scope="col" class="number">Units</th>
              <th scope="col" class="number">Of all</th>
              ${hasGoal ? html`<th scope="col" class="number">Converted</th>` : nothing}
              ${hasValue ? html`<th scope="col" class="number">Value</th>` : nothing}
              <th scope="col" class="number" title="from the first node to the last">Median time</th>
            </tr>
          </thead>
          <tbody>
            ${paths.map((path) => drawPath(path, hasGoal, hasValue))}
          </tbody>
        </table>
      </div>
      ${drawWarnings(warnings)}`;
  }
}

function drawPath(path: ExactPath, hasGoal: boolean, hasValue: boolean): TemplateResult {
  const { nodes, n_units, share, conversion, median_millis: median, value, pattern } = path;
  return html`<tr title=${pattern} data-path=${nodes.join(" ")} data-n-units=${n_units}>
    <th scope="row" class="trail">${nodes.map((node, at) => html`${at > 0 ? html`<i aria-hidden="true">→</i> ` : nothing}<span>${node}</span> `)}</th>
    <td class="number">${formatCount(n_units)}</td>
    <td class="number bar" style=${`--share: ${share.value ?? 0}`} title=${formatInterval(share)}>
      ${formatShare(share.value)}
    </td>
    ${
      hasGoal
        ? html`<td class="number" title=${conversion ? formatInterval(conversion) : ""}>
            ${formatShare(conversion?.value ?? null)}
          </td>`
        : nothing
    }
    ${
      hasValue
        ? html`<td class="number">
            ${value.map(({ currency, minor }) => html`<div>${formatMoney(minor, currency)}</div>`)}
          </td>`
        : nothing
    }
    <td class="number">${median === null ? "" : formatDuration(median)}</td>
  </tr>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "desire-exact-paths": DesireExactPaths;
  }
}
