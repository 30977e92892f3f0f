/**
 * What the elements share: where the data comes from, when to ask again, and what to show meanwhile.
 *
 * An element takes its data from `data`, or opens `src` itself; elements with the same `src` share one dataset. It
 * renders into the page's own tree, so that a page can style it and a screen reader finds plain tables.
 */
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { property, state } from "lit/decorators.js";
import { type Dataset, openDataset } from "../client";
import type { CompareReport } from "../generated/CompareReport";
import type { Other } from "../generated/Other";
import type { Report } from "../generated/Report";
import type { Request } from "../generated/Request";
import type { Scope } from "../generated/Scope";
import { drawDifference } from "./difference";
import { scopeOfDates } from "./scope";
import { adoptStyles } from "./styles";

/** What can be asked of one part of the data. */
export type PlainRequest = Exclude<Request, { analysis: "compare" }>;

const opened = new Map<string, Promise<Dataset>>();

/** Opens an address once for all elements that name it; a failure is not remembered. */
function openShared(src: string): Promise<Dataset> {
  const url = new URL(src, document.baseURI).href;
  const known = opened.get(url);
  if (known) return known;
  const opening = openDataset(url);
  opened.set(url, opening);
  opening.catch(() => opened.delete(url));
  return opening;
}

export abstract class ReportElement<R extends Report> extends LitElement {
  /** Address of the events: NDJSON, CSV with a known header, Parquet or Arrow. */
  @property() src = "";
  /** Events that the page opened itself; goes before `src`. */
  @property({ attribute: false }) data: Dataset | undefined;
  /** First day, such as `2026-09-01`. */
  @property() from = "";
  /** Last day, which is in. */
  @property() until = "";
  /** IANA name of the zone in which days begin; the browser's own unless given. */
  @property({ attribute: "time-zone" }) timeZone = "";
  /** Sets the report beside that of as many days before, `previous_period`, or of other days, `2026-08-01..2026-08-31`. */
  @property() compare = "";
  /** Sets the report beside that of any other part of the data; goes before `compare`. */
  @property({ attribute: false }) against: Scope | undefined;
  /** Which part of the data to look at, for what attributes can't say; goes before them. */
  @property({ attribute: false }) scope: Scope | undefined;

  /** The latest report; of a comparison, that of the part that was asked for. */
  @state() report: R | undefined;
  /** The comparison, where one was asked for. */
  @state() comparison: ({ analysis: "compare" } & CompareReport) | undefined;
  @state() private problem = "";
  @state() private fraction: number | undefined;
  #running: AbortController | undefined;
  #asked = "";
  #askedOf: Dataset | undefined;

  /** The request that the attributes describe; `undefined` where there is none yet. Throws in words. */
  protected abstract request(): PlainRequest | undefined;
  /** Draws the report, and where there is one the report that it is compared with. */
  protected abstract draw(report: R, before: R | undefined): TemplateResult;

  /** The request, with the part of the data that it is about. */
  #question(): Request | undefined {
    const request = this.request();
    const scope = this.scope ?? scopeOfDates(this.from, this.until, this.timeZone) ?? request?.scope;
    if (!request) return undefined;
    const other = this.against ?? this.#otherPeriod(scope);
    if (other === undefined) return scope ? { ...request, scope } : request;
    const { scope: _, ...whole } = request;
    return { analysis: "compare", request: whole, a: scope ?? {}, b: other };
  }

  /** What the attribute `compare` asks for. */
  #otherPeriod(scope: Scope | undefined): Other | undefined {
    if (this.compare === "" || this.compare === "previous_period") return this.compare || undefined;
    const [from, until, ...rest] = this.compare.split("..");
    if (from === undefined || until === undefined || rest.length > 0) {
      throw new Error(`compare="${this.compare}" is neither previous_period nor days such as 2026-08-01..2026-08-31`);
    }
    return { ...scope, ...scopeOfDates(from, until, this.timeZone || scope?.dates?.time_zone || "") };
  }

  /** What the report is compared with, in words. */
  protected get other(): string {
    if (this.against) return "the other part of the data";
    return this.compare === "previous_period" ? "the period before" : this.compare.replace("..", " to ");
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    adoptStyles(this.getRootNode());
    // An element that was taken out and put in again has to ask and draw anew.
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#running?.abort();
    this.#asked = "";
  }

  protected override updated(_changed: PropertyValues): void {
    void this.#ask();
  }

  /** Asks anew where the data or the request has changed. */
  async #ask(): Promise<void> {
    let running: AbortController | undefined;
    try {
      const request = this.#question();
      const asked = JSON.stringify([this.data ? "" : this.src, request]);
      if (!request || (!this.data && !this.src)) return;
      if (asked === this.#asked && this.data === this.#askedOf) return;
      this.#asked = asked;
      this.#askedOf = this.data;
      this.#running?.abort();
      running = new AbortController();
      this.#running = running;
      this.fraction = 0;
      const dataset = this.data ?? (await openShared(this.src));
      const report = await dataset.run(request, {
        signal: running.signal,
        onProgress: ({ fraction }) => {
          this.fraction = fraction ?? undefined;
        },
      });
      if (running.signal.aborted) return;
      this.comparison = report.analysis === "compare" ? report : undefined;
      this.report = (report.analysis === "compare" ? report.a : report) as R;
      this.problem = "";
      this.fraction = undefined;
      this.dispatchEvent(new CustomEvent("desire-report", { detail: report, bubbles: true }));
    } catch (problem) {
      // What became of an earlier question is of no interest once there is a later one.
      if (running?.signal.aborted) return;
      if (!running) {
        // The attributes make no sense; when they do again, even the last request is a new one.
        this.#running?.abort();
        this.#asked = "";
      }
      this.fraction = undefined;
      if (problem instanceof DOMException && problem.name === "AbortError") return;
      this.problem = problem instanceof Error ? problem.message : String(problem);
      this.report = undefined;
      this.comparison = undefined;
    }
  }

  protected override render(): TemplateResult {
    const isBusy = this.fraction !== undefined;
    return html`<div class="desire" aria-busy=${isBusy ? "true" : "false"}>
      ${isBusy ? html`<progress aria-label="Computing" max="1" .value=${this.fraction ?? 0}></progress>` : nothing}
      ${this.problem ? html`<p class="desire-error" role="alert" data-testid="error">${this.problem}</p>` : nothing}
      ${this.report ? this.draw(this.report, this.comparison?.b as R | undefined) : nothing}
      ${this.comparison ? drawDifference(this.comparison, this.other) : nothing}
    </div>`;
  }
}
