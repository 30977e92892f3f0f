/** The parts of the page that only show something. */
import { html, nothing, type TemplateResult } from "lit";
import type { Progress } from "../client";
import { formatCount, formatDate, formatDuration } from "../elements/format";
import type { Rejections } from "../generated/Rejections";
import type { Summary } from "../generated/Summary";

/** What is open, in numbers. */
export function summaryStrip(summary: Summary): TemplateResult {
  const { n_events, n_people, n_sessions, first_ts, last_ts } = summary;
  const { n_duplicates, n_repeated_purchases, n_identities_merged } = summary;
  const period =
    first_ts === null || last_ts === null
      ? "–"
      : formatDate(first_ts) === formatDate(last_ts)
        ? formatDate(first_ts)
        : `${formatDate(first_ts)} – ${formatDate(last_ts)}`;
  const notes = [
    n_duplicates > 0 ? `${formatCount(n_duplicates)} duplicates dropped` : "",
    n_repeated_purchases > 0 ? `${formatCount(n_repeated_purchases)} repeated purchases dropped` : "",
    n_identities_merged > 0 ? `${formatCount(n_identities_merged)} visitors joined to users` : "",
    `a pause of ${formatDuration(summary.session_gap_millis)} ends a session`,
  ].filter((note) => note !== "");
  return html`<section class="summary" aria-label="What is open">
    <dl>
      <div><dt>Events</dt><dd data-testid="summary-events" data-n=${n_events}>${formatCount(n_events)}</dd></div>
      <div><dt>People</dt><dd data-testid="summary-people" data-n=${n_people}>${formatCount(n_people)}</dd></div>
      <div><dt>Sessions</dt><dd data-testid="summary-sessions" data-n=${n_sessions}>${formatCount(n_sessions)}</dd></div>
      <div><dt>Period</dt><dd>${period}</dd></div>
    </dl>
    <p class="note">${notes.join(" · ")}</p>
  </section>`;
}

/** The rows that could not be used. */
export function rejectionsPanel({ n_rejected, rejected }: Rejections): TemplateResult | typeof nothing {
  if (n_rejected === 0) return nothing;
  const more = n_rejected - rejected.length;
  return html`<details class="panel rejections" data-testid="rejections" data-n=${n_rejected}>
    <summary>${formatCount(n_rejected)} ${n_rejected === 1 ? "row was" : "rows were"} left out</summary>
    <div class="scroll">
      <table>
        <thead><tr><th scope="col">Line</th><th scope="col">Why</th><th scope="col">Row</th></tr></thead>
        <tbody>
          ${rejected.map(
            ({ file, line, reason, excerpt }) => html`<tr>
              <td class="number">${file ? `${file}:` : ""}${line}</td><td>${reason}</td><td><code>${excerpt}</code></td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>
    ${more > 0 ? html`<p class="note">and ${formatCount(more)} more</p>` : nothing}
  </details>`;
}

/** How far an import has come. */
export function progressPanel(
  title: string,
  { fraction, rows, rejected }: Progress,
  cancel: () => void,
): TemplateResult {
  const counted = [
    rows === undefined ? "" : `${formatCount(rows)} rows`,
    rejected ? `${formatCount(rejected)} left out` : "",
  ].filter((part) => part !== "");
  // Only the name is announced: counts change too often to be read out. Without a value the bar says "at work".
  return html`<section class="panel opening" data-testid="progress">
    <p><span role="status">Opening ${title}</span>${counted.length > 0 ? html` <span class="note">${counted.join(", ")}</span>` : nothing}</p>
    <progress max="1" value=${fraction ?? nothing} aria-label="Opening"></progress>
    <button class="quiet" @click=${cancel}>Cancel</button>
  </section>`;
}

/** Asks for the token without which the collector lets nobody read; `problem` says what was wrong with the last one. */
export function tokenForm(problem: string, give: (token: string) => void): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const token = new FormData(form).get("token");
    form.reset();
    if (typeof token === "string" && token) give(token);
  };
  return html`<form class="panel token" data-testid="token" @submit=${submit}>
    <label><span>Read token of this collector</span>
      <input type="password" name="token" autocomplete="current-password" data-testid="token-input" />
    </label>
    <button>Open</button>
    ${problem ? html`<p class="error" role="alert" data-testid="token-problem">${problem}</p>` : nothing}
    <p class="note">It is the one that the collector was started with (<code>--read-token</code>). This tab keeps it until it is closed.</p>
  </form>`;
}

/** What to do when there is nothing to show. */
export function emptyState(site: string | undefined, hasCollector: boolean, chooseFile: () => void): TemplateResult {
  const snippet = `<script async src="${location.origin}/sdk/desirepath.js"
  data-endpoint="${location.origin}/v1/batch"
  data-site="${site ?? "my-shop"}"></script>`;
  return html`<section class="empty" data-testid="empty">
    ${ground()}
    <h1>${site ? html`No events from “${site}” yet` : "No paths yet"}</h1>
    <p>Visits appear here within seconds, and are computed in this browser.</p>
    <ol>
      ${
        hasCollector
          ? html`<li><h2>Walk through the demo shop</h2>
              <p>Put something into the cart, then buy it or leave. Each step shows up here.</p>
              <a class="button primary" href="/shop/">Open the shop</a></li>
            <li><h2>Add one tag to your own shop</h2>
              <pre tabindex="0"><code>${snippet}</code></pre>
              <button @click=${(event: Event) => copy(event, snippet)}>Copy the tag</button></li>`
          : nothing
      }
      <li><h2>${hasCollector ? "Or open a file" : "Open a file"}</h2>
        <p>NDJSON, CSV, JSON, Parquet or Arrow: choose it, or drop it anywhere. It stays in this browser.</p>
        <button @click=${chooseFile}>Choose a file</button></li>
    </ol>
  </section>`;
}

/** Copies a text, and says on the button whether that was allowed. */
async function copy({ currentTarget }: Event, text: string): Promise<void> {
  const button = currentTarget as HTMLButtonElement;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Select the text and copy it";
  }
}

/** The way that was paved, and the way that people went. */
function ground(): TemplateResult {
  return html`<svg class="ground" viewBox="0 0 640 120" aria-hidden="true">
    <path class="ground-paving" d="M8 108H470a24 24 0 0 0 24-24V8" />
    <path class="ground-track" d="M8 108C150 104 210 92 290 62S430 20 494 8" />
  </svg>`;
}

/** The mark: a worn track through grass. */
export function mark(): TemplateResult {
  return html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="9" class="mark-grass" />
    <path class="mark-paving" d="M7 25V12a5 5 0 0 1 5-5h13" />
    <path class="mark-track" d="M7 25C13 24.5 12.5 17 17 15.5S24.5 13 25 7" />
  </svg>`;
}
