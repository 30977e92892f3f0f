/** How long it took from step to step: a small histogram for each. */
import { html, nothing, type TemplateResult } from "lit";
import type { FunnelReport } from "../generated/FunnelReport";
import type { FunnelStep } from "../generated/FunnelStep";
import { formatCount, formatDuration } from "./format";

export function drawTimes({ steps, histogram_bins_millis: bins }: FunnelReport): TemplateResult | typeof nothing {
  const timed = steps.filter(({ histogram_from_previous: histogram }) => histogram !== undefined);
  if (!bins || timed.length === 0) return nothing;
  // All steps have the same scale, so that their times can be compared.
  const used = Math.max(...timed.map(({ histogram_from_previous: histogram }) => histogram?.length ?? 0));
  return html`<details class="desire-details" data-testid="times">
    <summary>Times from step to step</summary>
    <div class="desire-times">${timed.map((step) => drawHistogram(step, bins.slice(0, used)))}</div>
  </details>`;
}

function drawHistogram({ label, histogram_from_previous, millis_from_previous: stats }: FunnelStep, bins: number[]) {
  const counts = histogram_from_previous ?? [];
  const most = Math.max(1, ...counts);
  const named = bins.map((low, bin) => {
    const high = bins[bin + 1];
    return high === undefined ? `from ${formatDuration(low)}` : `${formatDuration(low)} to ${formatDuration(high)}`;
  });
  const words = stats
    ? `median ${formatDuration(stats.median)}, 75% within ${formatDuration(stats.p75)}, 95% within ${formatDuration(stats.p95)}`
    : "";
  return html`<figure>
    <figcaption>to <b>${label}</b><span>${words}</span></figcaption>
    <ol aria-label=${`Times to ${label}`}>
      ${named.map((name, bin) => {
        const n = counts[bin] ?? 0;
        return html`<li title=${`${name}: ${formatCount(n)}`} style=${`--share: ${n / most}`}>
          <span class="desire-hidden">${name}: ${formatCount(n)}</span>
        </li>`;
      })}
    </ol>
    <p aria-hidden="true"><span>${formatDuration(bins[0] ?? 0)}</span><span>${formatDuration(bins.at(-1) ?? 0)}</span></p>
  </figure>`;
}
