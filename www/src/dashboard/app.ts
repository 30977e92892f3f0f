/**
 * The dashboard: opens a site of the collector or a file, and shows its funnel and its paths.
 *
 * It holds what is open and what the person chose; forms, panels and elements do the rest. A site is watched: when
 * events arrive, they are fetched and join what is open.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, query, state } from "lit/decorators.js";
import { type Dataset, inspectFile, openDataset, type OpenOptions, type Progress } from "../client";
import { formatCount } from "../elements/format";
import { chosen, option } from "./forms";
import { alike, type ImportDialog } from "./import-dialog";
import { emptyState, mark, progressPanel, rejectionsPanel, summaryStrip, tokenForm } from "./panels";
import { drawReports } from "./reports";
import { chooseSite, eventsOf, fetchSites, newEventsOf, type Site, TokenWanted, useToken } from "./sites";
import { DEFAULTS, readState, type ViewState, writeState } from "./view-state";

/** How often the collector is asked for news. */
const WATCH_MILLIS = 2_000;
/** Larger sites are not followed, which takes twice the memory: they are opened again when asked to. */
const FOLLOWED_EVENTS = 1_000_000;

interface Open {
  readonly dataset: Dataset;
  readonly title: string;
  /** The site as it was when it was opened; absent for files. */
  readonly site?: Site;
  /** Whether what arrives can join it. */
  readonly isLive: boolean;
}

interface Opening {
  readonly title: string;
  readonly progress: Progress;
  readonly abort: AbortController;
  /** Something else is shown meanwhile. */
  readonly isBackground: boolean;
}

@customElement("desire-dashboard")
export class Dashboard extends LitElement {
  @state() private view: ViewState = readState(location.search);
  @state() private sites: readonly Site[] | undefined;
  @state() private hasAsked = false;
  @state() private open: Open | undefined;
  @state() private opening: Opening | undefined;
  @state() private problem = "";
  @state() private isDropping = false;
  /** What is wrong with the token, or nothing, where the collector wants one. */
  @state() private tokenProblem: string | undefined;
  @query("desire-import") private importDialog!: ImportDialog | null;
  @query("input[type=file]") private fileInput!: HTMLInputElement | null;
  #watch: ReturnType<typeof setInterval> | undefined;
  /** A site that could not be opened is not tried again until it changes. */
  #failed = "";
  #isAsking = false;
  #isFollowing = false;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener("popstate", this.#readAddress);
    addEventListener("dragover", this.#dragOver);
    addEventListener("dragleave", this.#dragLeave);
    addEventListener("drop", this.#drop);
    this.#watch = setInterval(() => {
      if (document.visibilityState === "visible" && this.tokenProblem === undefined) void this.#askSites();
    }, WATCH_MILLIS);
    void this.#askSites();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    removeEventListener("popstate", this.#readAddress);
    removeEventListener("dragover", this.#dragOver);
    removeEventListener("dragleave", this.#dragLeave);
    removeEventListener("drop", this.#drop);
    clearInterval(this.#watch);
    this.opening?.abort.abort();
    this.open?.dataset.close();
  }

  readonly #readAddress = () => {
    this.view = readState(location.search);
    void this.#askSites();
  };

  readonly #dragOver = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.isDropping = true;
  };

  readonly #dragLeave = (event: DragEvent) => {
    if (event.relatedTarget === null) this.isDropping = false;
  };

  readonly #drop = (event: DragEvent) => {
    this.isDropping = false;
    const files = event.dataTransfer?.files;
    if (!files || files.length === 0) return;
    event.preventDefault();
    void this.#openFiles([...files]);
  };

  /** Takes over a choice, and writes it into the address. */
  #change(change: Partial<ViewState>): void {
    this.view = { ...this.view, ...change };
    history.replaceState(null, "", writeState(this.view));
  }

  /** Hears what the collector has, and opens what should be shown. */
  async #askSites(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      this.sites = await fetchSites();
      this.tokenProblem = undefined;
      if (!this.open?.site && this.problem.startsWith("The collector")) this.problem = "";
    } catch (problem) {
      if (problem instanceof TokenWanted) this.tokenProblem = problem.message;
      else if (!this.open) this.problem = words(problem);
      return;
    } finally {
      this.#isAsking = false;
      this.hasAsked = true;
    }
    if (this.opening || (this.open && !this.open.site)) return;
    const wanted = this.view.site ?? this.open?.site?.site;
    const site = chooseSite(this.sites ?? [], wanted);
    if (!site || site.events === 0 || (wanted !== undefined && site.site !== wanted)) return;
    const shown = this.open?.site;
    const isSame = shown?.site === site.site;
    if (isSame && shown.events === site.events) return;
    if (this.#failed === `${site.site} ${site.events}`) return;
    if (isSame && site.events > shown.events) await this.#follow(site);
    else await this.#openSite(site, isSame);
  }

  /** Adds what has arrived at the site that is open. */
  async #follow(site: Site): Promise<void> {
    const { open } = this;
    if (!open?.isLive || open.dataset.position === undefined || this.#isFollowing) return;
    this.#isFollowing = true;
    try {
      const dataset = await open.dataset.append(newEventsOf(site, open.dataset.position));
      if (this.open?.dataset !== open.dataset) return;
      this.open = { ...open, dataset, site };
      this.problem = "";
    } catch (problem) {
      // What was shown before stays, unless something else is open by now.
      if (this.open?.dataset !== open.dataset) return;
      this.problem = `${site.site}: ${words(problem)}`;
      this.#failed = `${site.site} ${site.events}`;
    } finally {
      this.#isFollowing = false;
    }
  }

  async #openSite(site: Site, isBackground = false): Promise<void> {
    const live = site.events <= FOLLOWED_EVENTS;
    const opened = await this.#open(site.site, eventsOf(site), { live }, isBackground);
    // A proxy may have kept the position to itself; then what is new has to be asked for.
    const isLive = live && opened?.position !== undefined;
    if (opened) this.#show({ dataset: opened, title: site.site, site, isLive });
    else this.#failed = `${site.site} ${site.events}`;
  }

  async #openFiles(files: readonly File[]): Promise<void> {
    const [first] = files;
    if (!first) return;
    this.problem = "";
    const title = files.length === 1 ? first.name : `${formatCount(files.length)} files`;
    let options: OpenOptions = {};
    try {
      const { files: inArchive, ...found } = await inspectFile(first);
      // Of several archives, everything is read.
      const inspection = inArchive && files.length === 1 ? { ...found, files: inArchive } : found;
      const isOurs = inspection.format === "ndjson" || inspection.preset === "desirepath";
      if (isOurs) options = { only: alike(inspection) };
      else {
        const chosen = await this.importDialog?.choose(title, inspection, (encoding) => inspectFile(first, encoding));
        if (!chosen) return;
        options = chosen;
      }
    } catch (problem) {
      this.problem = `${title}: ${words(problem)}`;
      return;
    }
    const dataset = await this.#open(title, files, options, false);
    if (dataset) this.#show({ dataset, title, isLive: false });
  }

  /** Opens in a worker; `undefined` when it failed or was cancelled. */
  async #open(
    title: string,
    from: Request | readonly File[],
    options: OpenOptions,
    isBackground: boolean,
  ): Promise<Dataset | undefined> {
    this.opening?.abort.abort();
    const abort = new AbortController();
    this.opening = { title, progress: { fraction: null }, abort, isBackground };
    try {
      const dataset = await openDataset(from, {
        ...options,
        signal: abort.signal,
        onProgress: (progress) => {
          if (this.opening?.abort === abort) this.opening = { ...this.opening, progress };
        },
      });
      if (abort.signal.aborted) {
        // It was ready just when something else was asked for.
        dataset.close();
        return undefined;
      }
      this.problem = "";
      return dataset;
    } catch (problem) {
      if (!abort.signal.aborted) this.problem = `${title}: ${words(problem)}`;
      return undefined;
    } finally {
      if (this.opening?.abort === abort) this.opening = undefined;
    }
  }

  #show(open: Open): void {
    const before = this.open;
    // What was chosen for other data means nothing here.
    if (before && before.title !== open.title)
      this.#change({ ...DEFAULTS, site: this.view.site, zone: this.view.zone });
    this.open = open;
    document.title = `${open.title} · Desirepath`;
    before?.dataset.close();
  }

  #giveToken(token: string): void {
    useToken(token);
    this.#failed = "";
    void this.#askSites();
  }

  #chooseSite(name: string): void {
    const site = this.sites?.find((candidate) => candidate.site === name);
    if (!site) return;
    this.#change({ site: name });
    void this.#openSite(site);
  }

  protected override render(): TemplateResult {
    const { open, opening } = this;
    return html`
      ${this.#drawHeader()}
      <main>
        ${this.problem ? html`<p class="error" role="alert" data-testid="error">${this.problem}</p>` : nothing}
        ${this.tokenProblem === undefined ? nothing : tokenForm(this.tokenProblem, (token) => this.#giveToken(token))}
        ${opening && !opening.isBackground ? progressPanel(opening.title, opening.progress, () => opening.abort.abort()) : nothing}
        ${open ? this.#drawOpen(open) : nothing}
        ${
          !open && !opening && this.hasAsked && this.tokenProblem === undefined
            ? emptyState(this.view.site, this.sites !== undefined, () => this.fileInput?.click())
            : nothing
        }
      </main>
      <desire-import></desire-import>
      ${this.isDropping ? html`<div class="drop" aria-hidden="true"><p>Drop to open it here. It stays in this browser.</p></div>` : nothing}`;
  }

  #drawHeader(): TemplateResult {
    const sites = this.sites ?? [];
    const { open, opening } = this;
    const shown = opening && !opening.isBackground ? opening.title : open?.site?.site;
    const isListed = sites.some(({ site }) => site === shown);
    return html`<header class="top">
      <a class="brand" href="/" aria-label="Desirepath">${mark()}<span>Desirepath</span></a>
      <div class="sources">
        ${
          sites.length > 0
            ? html`<label class="site"><span>Site</span>
                <select data-testid="site-select" @change=${(event: Event) => this.#chooseSite(chosen(event))}>
                  ${isListed ? nothing : option("", open && !open.site ? "a file is open" : "choose a site", true)}
                  ${sites.map(({ site, events }) => option(site, `${site} (${formatCount(events)})`, site === shown))}
                </select>
              </label>`
            : nothing
        }
        ${this.#drawReload()}
        <label class="button">
          Open a file
          <input type="file" data-testid="open-file" multiple
            @change=${(event: Event) => {
              const input = event.target as HTMLInputElement;
              void this.#openFiles([...(input.files ?? [])]).finally(() => {
                input.value = "";
              });
            }} />
        </label>
      </div>
    </header>`;
  }

  /** Offers to open a large site again when it has news. */
  #drawReload(): TemplateResult | typeof nothing {
    const shown = this.open?.site;
    const now = this.sites?.find(({ site }) => site === shown?.site);
    if (!shown || !now || now.events <= shown.events || this.opening || this.open?.isLive) return nothing;
    return html`<button class="quiet" @click=${() => this.#openSite(now, true)}>
      ${formatCount(now.events - shown.events)} new events: show them
    </button>`;
  }

  #drawOpen({ dataset, title }: Open): TemplateResult {
    const { summary, rejections } = dataset;
    return html`
      <h1>${title}</h1>
      ${summaryStrip(summary)} ${rejectionsPanel(rejections)}
      ${drawReports(this.view, dataset, (change) => this.#change(change))}`;
  }
}

function words(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem);
}

declare global {
  interface HTMLElementTagNameMap {
    "desire-dashboard": Dashboard;
  }
}
