/**
 * `<desire-step-matrix>`: the share of units on each node at each position, as a table of shades.
 *
 * ```html
 * <desire-step-matrix src="/v1/sites/demo/events" center="add_to_cart"></desire-step-matrix>
 * ```
 */
import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ReportOf } from "../client";
import type { StepCell } from "../generated/StepCell";
import type { StepMatrixConfig } from "../generated/StepMatrixConfig";
import { formatCount, formatShare } from "./format";
import { PathElement } from "./path-element";
import type { PlainRequest } from "./report-element";
import { splitAlternatives, stepFilter } from "./steps";
import { drawWarnings } from "./warnings";

type StepMatrixReportOfRequest = ReportOf<{ analysis: "step_matrix" } & StepMatrixConfig>;

@customElement("desire-step-matrix")
export class DesireStepMatrix extends PathElement<StepMatrixReportOfRequest> {
  /** How many positions to show; around a centre, how many before it and how many after it. */
  @property({ type: Number }) positions = 8;
  /** How many of the commonest nodes have a row. */
  @property({ type: Number }) top = 12;
  /** Event, or `page:` and a template, that is position 0; `a|b` is either. */
  @property() center = "";
  /** The whole configuration, for what attributes can't say; goes before them. */
  @property({ attribute: false }) config: StepMatrixConfig | undefined;

  protected override request(): PlainRequest {
    if (this.config) return { analysis: "step_matrix", ...this.config };
    return {
      analysis: "step_matrix",
      ...this.path(),
      n_top: this.top,
      ...(this.center
        ? { center: stepFilter(splitAlternatives(this.center)), n_before: this.positions, n_after: this.positions }
        : { n_positions: this.positions }),
    };
  }

  protected override draw({ n_units, positions, rows, warnings }: StepMatrixReportOfRequest): TemplateResult {
    if (n_units === 0) {
      return html`<p class="desire-empty">No path is like this. Choose another start, end, centre or node.</p>`;
    }
    const caption = `Share of ${this.units(n_units, this.config)} on each node at each position`;
    return html`
      <div class="desire-scroll" tabindex="0" role="region" aria-label=${caption}>
        <table class="desire-matrix" data-testid="step-matrix">
          <caption>${caption}</caption>
          <thead>
            <tr>
              <td></td>
              ${positions.map((position) => html`<th scope="col">${signed(position, positions)}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              ({ label, kind, cells }) => html`<tr class=${kind} data-label=${label}>
                <th scope="row">${label}</th>
                ${cells.map(drawCell)}
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${drawWarnings(warnings)}`;
  }
}

/** Around a centre, positions have a sign. */
function signed(position: number, positions: readonly number[]): string {
  const isCentred = positions.includes(0);
  if (!isCentred) return String(position);
  return position > 0 ? `+${position}` : String(position).replace("-", "−");
}

function drawCell({ share, n_units, pattern }: StepCell): TemplateResult {
  const text = n_units === 0 ? "" : share < 0.01 ? "< 1" : (share * 100).toFixed(0);
  const title = n_units === 0 ? "" : `${formatCount(n_units)} (${formatShare(share)})\n${pattern}`;
  return html`<td
    class=${share > 0.7 ? "full" : ""}
    style=${`--share: ${share.toFixed(4)}`}
    data-n-units=${n_units}
    title=${title}
  >
    ${text}
  </td>`;
}

declare global {
  interface HTMLElementTagNameMap {
    "desire-step-matrix": DesireStepMatrix;
  }
}
