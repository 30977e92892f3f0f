/**
 * The dialog before a foreign file is read: what it seems to be, its first rows, and which column holds what. A person
 * can correct each; the engine says what a mapping lacks.
 */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import type { FileInspection, OpenOptions } from "../client";
import { ownTimeZone } from "../elements/scope";
import type { Inspection } from "../generated/Inspection";
import type { Mapping } from "../generated/Mapping";
import type { Preset } from "../generated/Preset";
import type { TimeFormat } from "../generated/TimeFormat";
import { chosen, option } from "./forms";

/** Looks at a file as one of an encoding, UTF-8 unless given. */
type Inspect = (encoding?: string) => Promise<FileInspection>;

/** The fields of a mapping that name one column. */
type Field = Exclude<
  { [K in keyof Mapping]-?: NonNullable<Mapping[K]> extends string ? K : never }[keyof Mapping],
  "time_format" | "time_zone"
>;

const REQUIRED: readonly (readonly [Field, string, string])[] = [
  ["person", "Person", "who acted: a user, visitor or device; a session where there is nothing better"],
  ["time", "Time", "when it happened"],
  ["name", "Event", "what happened, such as view or purchase"],
];

const TIME_OF_DAY = ["time_of_day", "Time of day", "where Time is a date alone: 14:05:09, or milliseconds"] as const;

const OPTIONAL: readonly (readonly [Field, string, string])[] = [
  ["page", "Page", "address or path of the page"],
  ["value", "Value", "amount of money of the event"],
  ["currency", "Currency", "code such as EUR"],
  ["transaction", "Order", "id of the order; the same twice is one purchase"],
  ["cart", "Cart", "id of the cart, where the shop has one"],
  ["item", "Product id", "one product per row"],
  ["item_name", "Product name", ""],
  ["item_brand", "Product brand", ""],
  ["item_category", "Product category", ""],
  ["price", "Product price", "price of one piece"],
  ["quantity", "Quantity", "how many pieces"],
  ["user", "User", "id of the logged-in user, where Person is a device"],
  ["id", "Event id", "rows with an id seen before are dropped"],
  ["session", "Session", "id, where the file's own sessions are to count"],
  ["tab", "Tab", "scope of the sequence"],
  ["seq", "Sequence", "orders events of one millisecond in a tab"],
];

const PRESET_NAMES: Readonly<Record<Preset, string>> = {
  desirepath: "a Desirepath export",
  rees46: "a REES46 shop log",
  otto: "OTTO sessions",
  ga4: "Google Analytics 4",
  posthog: "PostHog",
  snowplow: "Snowplow",
  umami: "Umami",
  shopify_orders: "orders of a Shopify shop",
  matomo: "Matomo",
  mixpanel: "Mixpanel",
  amplitude: "Amplitude",
  segment: "Segment",
};

/** The encoding that most files have that are not UTF-8: so spreadsheets write them in the west. */
const WESTERN = "windows-1252";

const TIME_FORMATS: readonly (readonly [TimeFormat, string])[] = [
  ["auto", "recognised by itself"],
  ["seconds", "seconds since 1970"],
  ["millis", "milliseconds since 1970"],
  ["micros", "microseconds since 1970"],
  ["text", "a date and time in words"],
  ["day_month_year", "day/month/year"],
  ["month_day_year", "month/day/year"],
  ["spreadsheet_days", "a spreadsheet's days since 1900"],
];

/** How text may be encoded that is not UTF-8, by the labels that browsers know. */
const ENCODINGS: readonly (readonly [string, string])[] = [
  ["", "UTF-8"],
  [WESTERN, "Western (Windows-1252, Latin-1)"],
  ["iso-8859-15", "Western with euro (ISO 8859-15)"],
  ["windows-1250", "Central European (Windows-1250)"],
  ["iso-8859-2", "Central European (ISO 8859-2)"],
  ["windows-1251", "Cyrillic (Windows-1251)"],
  ["windows-1253", "Greek (Windows-1253)"],
  ["windows-1254", "Turkish (Windows-1254)"],
  ["shift_jis", "Japanese (Shift JIS)"],
  ["gb18030", "Chinese (GB 18030)"],
  ["big5", "Chinese (Big5)"],
  ["euc-kr", "Korean (EUC-KR)"],
];

@customElement("desire-import")
export class ImportDialog extends LitElement {
  @property({ attribute: false }) inspection: FileInspection | undefined;
  @property() fileName = "";
  @state() private mapping: Partial<Mapping> = {};
  @state() private encoding = "";
  /** Of an archive, the files that are to be read. */
  @state() private only: readonly string[] | undefined;
  #inspect: Inspect | undefined;
  @query("dialog") private dialog!: HTMLDialogElement | null;

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  /**
   * Asks for a mapping; `undefined` when the person gives up. `inspect` looks at the file again, as one of another
   * encoding.
   */
  async choose(fileName: string, inspection: FileInspection, inspect: Inspect): Promise<OpenOptions | undefined> {
    await this.#giveUp();
    this.fileName = fileName;
    this.#inspect = inspect;
    this.encoding = "";
    this.only = alike(inspection);
    this.#show(inspection);
    if (isText(inspection) && !isUtf8(inspection)) await this.#readAs(WESTERN);
    await this.updateComplete;
    const dialog = this.dialog;
    if (!dialog) return undefined;
    dialog.returnValue = "";
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    if (dialog.returnValue !== "import") return undefined;
    const { encoding, only } = this;
    return { format: inspection.format, mapping: this.mapping as Mapping, only, ...(encoding ? { encoding } : {}) };
  }

  #show(inspection: FileInspection): void {
    this.inspection = inspection;
    const [list, ...others] = listsOf(inspection.columns);
    const guess = list !== undefined && others.length === 0 ? { events: list } : {};
    this.mapping = inspection.mapping ? { ...inspection.mapping } : guess;
  }

  /** Looks at the file again. What was chosen stays, where the columns are the same. */
  async #readAs(encoding: string): Promise<void> {
    this.encoding = encoding;
    const inspection = await this.#inspect?.(encoding || undefined);
    if (!inspection || encoding !== this.encoding) return;
    if (`${inspection.columns}` === `${this.inspection?.columns}`) this.inspection = inspection;
    else this.#show(inspection);
  }

  /** Ends a question that is still open: another file was dropped meanwhile, and one answer must not serve both. */
  async #giveUp(): Promise<void> {
    const dialog = this.dialog;
    if (!dialog?.open) return;
    const closed = new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    dialog.close("cancel");
    await closed;
  }

  protected override render(): TemplateResult {
    return html`<dialog aria-labelledby="import-title" data-testid="import-dialog">
      ${this.inspection ? this.#drawForm(this.inspection) : nothing}
    </dialog>`;
  }

  #drawForm(inspection: FileInspection): TemplateResult {
    const { format, columns: found, sample, preset } = inspection;
    const lists = listsOf(found);
    const columns = columnsIn(found, this.mapping.events);
    return html`<form method="dialog">
      <header>
        <h2 id="import-title">Open ${this.fileName || "this file"}</h2>
        <p>
          ${
            preset
              ? html`It looks like <strong>${PRESET_NAMES[preset]}</strong>; the columns are set.`
              : html`It is read as <strong>${format.toUpperCase()}</strong>. Say which column holds what.`
          }
          Nothing leaves this browser.
        </p>
      </header>
      ${inspection.files ? this.#drawFiles(inspection.files) : nothing}
      ${sample.length > 0 ? drawSample(found, sample) : nothing}
      <fieldset class="mapping">
        <legend>Needed</legend>
        ${REQUIRED.map((field) => this.#drawField(field, columns, !this.#isNamed(field[0])))}
        <label title="the event of every row that has none in that column, such as purchase in a list of orders">
          <span>All rows are</span>
          <input name="name_constant" placeholder="as the column says" .value=${this.mapping.name_constant ?? ""}
            @change=${(event: Event) => this.#setText("name_constant", chosen(event))} />
        </label>
        ${this.#drawField(TIME_OF_DAY, columns, false)}
        ${lists.length > 0 ? this.#drawLists(lists) : nothing}
        <label title="how the times are written"><span>Times are</span>
          <select @change=${(event: Event) => this.#set({ time_format: chosen(event) as TimeFormat })}>
            ${TIME_FORMATS.map(([value, words]) => option(value, words, value === (this.mapping.time_format ?? "auto")))}
          </select>
        </label>
        <label title="the zone of the shop's clocks; times that name a zone, and numbers since 1970, need none">
          <span>Times without zone are of</span>
          <select name="time_zone" data-testid="map-time_zone"
            @change=${(event: Event) => this.#set({ time_zone: chosen(event) })}>
            ${zones().map(([zone, words]) => option(zone, words, zone === (this.mapping.time_zone ?? "UTC")))}
          </select>
        </label>
        ${isText(inspection) ? this.#drawEncodings() : nothing}
      </fieldset>
      <details ?open=${preset === null}>
        <summary>More columns</summary>
        <fieldset class="mapping">
          ${OPTIONAL.map((field) => this.#drawField(field, columns, false))}
          <label title="where no column says it"><span>All amounts in</span>
            <input name="currency_constant" maxlength="3" pattern="[A-Z]{3}" placeholder="EUR"
              .value=${this.mapping.currency_constant ?? ""}
              @change=${(event: Event) => this.#setText("currency_constant", chosen(event))} />
          </label>
          <label title="1.234,56 and not 1234.56"><span>Numbers have</span>
            <select name="decimal_comma"
              @change=${(event: Event) => this.#set({ decimal_comma: chosen(event) === "comma" })}>
              ${option("", "a decimal point", !this.mapping.decimal_comma)}
              ${option("comma", "a decimal comma", this.mapping.decimal_comma === true)}
            </select>
          </label>
          <label title="where only some events move money; separated by commas, empty for all"><span>Value counts for</span>
            <input name="value_names" placeholder="all events" .value=${(this.mapping.value_names ?? []).join(", ")}
              @change=${(event: Event) => this.#set({ value_names: list(chosen(event)) })} />
          </label>
        </fieldset>
        <fieldset class="props">
          <legend>Keep as properties</legend>
          ${columns.map(
            (
              column,
            ) => html`<label><input type="checkbox" .checked=${live(this.mapping.props?.includes(column) ?? false)}
              @change=${(event: Event) => this.#keep(column, (event.target as HTMLInputElement).checked)} /> ${column}</label>`,
          )}
        </fieldset>
      </details>
      <footer>
        <button class="quiet" value="cancel" formnovalidate>Cancel</button>
        <button class="primary" value="import" autofocus data-testid="import-confirm">Open</button>
      </footer>
    </form>`;
  }

  /** The files of an archive; at least one of them is read. */
  #drawFiles(files: NonNullable<FileInspection["files"]>): TemplateResult {
    const only = this.only ?? [];
    return html`<fieldset class="props" data-testid="archive-files">
      <legend>Files in it to be read: ${only.length} of ${files.length}</legend>
      ${files.map(
        ({ name }) => html`<label><input type="checkbox" .checked=${live(only.includes(name))}
          ?disabled=${only.length === 1 && only[0] === name}
          @change=${(event: Event) => this.#read(name, (event.target as HTMLInputElement).checked)} />
          ${name.slice(name.indexOf("/") + 1)}</label>`,
      )}
    </fieldset>`;
  }

  #drawEncodings(): TemplateResult {
    return html`<label title="how letters such as ä are written; the first rows show whether it is right">
      <span>Letters are</span>
      <select data-testid="encoding" @change=${(event: Event) => void this.#readAs(chosen(event))}>
        ${ENCODINGS.map(([value, words]) => option(value, words, value === this.encoding))}
      </select>
    </label>`;
  }

  /** Where the events of a line are: the line itself, or one of its lists. */
  #drawLists(lists: readonly string[]): TemplateResult {
    const current = this.mapping.events ?? "";
    return html`<label title="what one event is"><span>One event is</span>
      <select data-testid="map-events" @change=${(event: Event) => this.#setText("events", chosen(event))}>
        ${option("", "each line", current === "")}
        ${lists.map((name) => option(name, `each entry of ${name}`, current === name))}
      </select>
    </label>`;
  }

  #drawField(
    [field, label, hint]: readonly [Field, string, string],
    columns: readonly string[],
    required: boolean,
  ): TemplateResult {
    const current = this.mapping[field] ?? "";
    // Several columns in one, such as `person_id|distinct_id` or `{year}-{month}-{day}`.
    const choices = !current || columns.includes(current) ? columns : [current, ...columns];
    return html`<label title=${hint}><span>${label}</span>
      <select name=${field} data-testid=${`map-${field}`} ?required=${required}
        @change=${(event: Event) => this.#setText(field, chosen(event))}>
        ${option("", required ? "choose a column" : "none", current === "")}
        ${choices.map((column) => option(column, column, current === column))}
      </select>
    </label>`;
  }

  /** Whether a field needs no column, since one name serves for all rows. */
  #isNamed(field: Field): boolean {
    return field === "name" && Boolean(this.mapping.name_constant);
  }

  #set(change: Partial<Mapping>): void {
    this.mapping = { ...this.mapping, ...change };
  }

  /** Sets a field, or takes it out where the text is empty. */
  #setText(field: Field, text: string): void {
    const { [field]: _, ...rest } = this.mapping;
    this.mapping = text === "" ? rest : { ...rest, [field]: text };
  }

  #read(file: string, isRead: boolean): void {
    const others = (this.only ?? []).filter((other) => other !== file);
    this.only = isRead ? [...others, file] : others;
  }

  #keep(column: string, isKept: boolean): void {
    const others = (this.mapping.props ?? []).filter((other) => other !== column);
    this.#set({ props: isKept ? [...others, column] : others });
  }
}

/** The files of an archive that are read as the one that was looked at; `undefined` where there is but one. */
export function alike({ files }: FileInspection): string[] | undefined {
  return files?.filter(({ isAlike }) => isAlike).map(({ name }) => name);
}

function isText({ format }: Inspection): boolean {
  return format !== "parquet" && format !== "arrow" && format !== "dataset";
}

/** Whether all letters that are shown could be read. */
function isUtf8({ columns, sample }: Inspection): boolean {
  return !`${columns}${sample}`.includes("\u{fffd}");
}

function drawSample(columns: readonly string[], sample: readonly (readonly string[])[]): TemplateResult {
  return html`<div class="sample" tabindex="0" role="group" aria-label="First rows">
    <table>
      <thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
      <tbody>${sample.slice(0, 5).map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
    </table>
  </div>`;
}

/** UTC, the browser's own zone, and all that the browser knows. */
function zones(): (readonly [string, string])[] {
  const own = ownTimeZone();
  const others = Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC" && zone !== own);
  const here = own === "UTC" ? [] : [[own, `${own} (here)`] as const];
  return [["UTC", "UTC"], ...here, ...others.map((zone) => [zone, zone] as const)];
}

/** Lists of objects within a line, from columns such as `events[].type`. */
function listsOf(columns: readonly string[]): string[] {
  const names = columns
    .filter((column) => column.includes("[]."))
    .map((column) => column.slice(0, column.indexOf("[].")));
  return [...new Set(names)];
}

/** The columns that an event has: those of its line and, without its name, those of the list that it is in. */
function columnsIn(columns: readonly string[], list: string | undefined): string[] {
  const prefix = `${list}[].`;
  const inner = list
    ? columns.filter((column) => column.startsWith(prefix)).map((column) => column.slice(prefix.length))
    : [];
  return [...inner, ...columns.filter((column) => !column.includes("[].") && !inner.includes(column))];
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

declare global {
  interface HTMLElementTagNameMap {
    "desire-import": ImportDialog;
  }
}
