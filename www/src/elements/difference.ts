/** A comparison with another part of the data, as a table: both shares, their difference, and how sure it is. */
import { html, nothing, type TemplateResult } from "lit";
import type { CompareReport } from "../generated/CompareReport";
import type { Difference } from "../generated/Difference";
import type { RateDifference } from "../generated/RateDifference";
import { formatP, formatPoints, formatShare } from "./format";
import { drawWarnings } from "./warnings";

interface Row {
  readonly label: string;
  readonly rate: RateDifference;
}

/** Rows that are shown at once: the first of their report. */
const MAX_ROWS = 50;

/** What differs between the two parts; `other` names the second one. */
export function drawDifference({ difference, warnings }: CompareReport, other: string): TemplateResult {
  const rows = difference ? rowsOf(difference).filter(({ rate }) => rate.difference !== null) : [];
  return html`${rows.length > 0 ? drawTable(difference?.analysis ?? "", rows, other) : nothing} ${drawWarnings(warnings)}`;
}

function drawTable(analysis: string, rows: readonly Row[], other: string): TemplateResult {
  return html`<details class="desire-details" ?open=${analysis === "funnel"}>
    <summary>Compared with ${other}</summary>
    <table class="desire-table" data-testid="difference">
      <thead>
        <tr>
          <th scope="col">${WHAT[analysis] ?? ""}</th>
          <th scope="col" class="number">Here</th>
          <th scope="col" class="number">There</th>
          <th scope="col" class="number" title="with its 95% interval">Difference</th>
          <th scope="col" class="number" title="corrected for all that is tested here">p</th>
        </tr>
      </thead>
      <tbody>
        ${rows.slice(0, MAX_ROWS).map(
          ({ label, rate }) => html`<tr data-label=${label} data-difference=${rate.difference}>
            <th scope="row">${label}</th>
            <td class="number">${formatShare(rate.a.value)}</td>
            <td class="number">${formatShare(rate.b.value)}</td>
            <td class="number">${drawRateDifference(rate)}</td>
            <td class="number">${formatP(rate.p_corrected)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
    ${rows.length > MAX_ROWS ? html`<p class="desire-empty">and ${rows.length - MAX_ROWS} more</p>` : nothing}
  </details>`;
}

/** Points of percentage, their interval below; plain where chance explains it, strong where it hardly does. */
export function drawRateDifference({ difference, low, high, p_corrected }: RateDifference): TemplateResult {
  const isClear = p_corrected !== null && p_corrected < 0.05;
  const direction = !isClear || difference === null ? "" : difference > 0 ? "up" : "down";
  return html`<span class=${direction}>${formatPoints(difference)}</span>${
    low === null || high === null ? nothing : html`<small>${formatPoints(low)} to ${formatPoints(high)}</small>`
  }`;
}

/** What the first column holds. */
const WHAT: Readonly<Record<string, string>> = {
  funnel: "Share of step 1",
  paths: "At position",
  transitions: "Units that go",
  step_matrix: "At position",
  exact_paths: "Share with path",
  carts: "Share of carts",
  friction: "Visits with a signal",
};

function rowsOf(difference: Difference): Row[] {
  switch (difference.analysis) {
    case "funnel":
      return difference.steps.slice(1).map(({ label, from_first }) => ({ label, rate: from_first }));
    case "paths":
      return difference.positions.flatMap((nodes, position) =>
        nodes.map(({ label, share }) => ({ label: `${position + 1}: ${label}`, rate: share })),
      );
    case "transitions":
      return difference.edges.flatMap(({ from, to, units }) => {
        const [a, b] = [difference.nodes[from], difference.nodes[to]];
        return a && b && units ? [{ label: `${a.label} → ${b.label}`, rate: units }] : [];
      });
    case "step_matrix":
      return difference.positions.flatMap((position, column) =>
        difference.rows.flatMap(({ label, cells }) => {
          const rate = cells[column];
          return rate ? [{ label: `${position}: ${label}`, rate }] : [];
        }),
      );
    case "exact_paths":
      return difference.paths.map(({ nodes, share }) => ({ label: nodes.join(" → "), rate: share }));
    case "carts":
      return [
        { label: "purchased", rate: difference.purchase },
        { label: "abandoned", rate: difference.abandonment },
        { label: "emptied", rate: difference.emptied },
        { label: "recovered, of abandoned", rate: difference.recovery },
        { label: "refunded, of purchased", rate: difference.refund },
      ];
    case "friction":
      return difference.touchpoints.map(({ label, index }) => ({ label, rate: index }));
  }
}
