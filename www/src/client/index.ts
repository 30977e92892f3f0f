/**
 * The typed client of the engine. Everything heavy happens in a worker; the page's thread sends questions and gets
 * plain numbers.
 *
 * ```ts
 * const dataset = await openDataset(file, { onProgress: ({ fraction }) => … });
 * const funnel = await dataset.run({ analysis: "funnel", steps: [{ filter: { name: "view_item" } }, …] });
 * dataset.close();
 * ```
 */
import type { ImportOptions } from "../generated/ImportOptions";
import type { Rejections } from "../generated/Rejections";
import type { Report } from "../generated/Report";
import type { Request } from "../generated/Request";
import type { Summary } from "../generated/Summary";
import { Connection } from "./connection";
import type { FileInspection, Opened, Progress, Source } from "./protocol";
import { Team, share, workersFor } from "./team";

export { localEvents } from "./local";
export type { ArchiveFile, FileInspection, Progress } from "./protocol";

/**
 * What can be opened: a file, a response, an address, a request whose headers are sent along, such as a collector's read
 * token, or what is still on its way, such as {@link localEvents}.
 */
export type DataSource = Blob | Response | globalThis.Request | URL | string | Promise<Blob>;

export interface RunOptions {
  /** Stops the work; the promise is then rejected with an `AbortError`. */
  readonly signal?: AbortSignal | undefined;
  /** Hears how far it has come. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface OpenOptions extends ImportOptions, RunOptions {
  /**
   * How many workers the people are shared among; chosen by the number of events and of processors unless given. The
   * reports are the same.
   */
  readonly workers?: number | undefined;
  /**
   * Whether events will be added with {@link Dataset.append}. One worker then keeps what was read beside what is
   * asked: twice the memory.
   */
  readonly live?: boolean | undefined;
  /**
   * How text in the sources is encoded, as a label of the [Encoding Standard](https://encoding.spec.whatwg.org/) such as
   * `windows-1252`: UTF-8 unless given. A source that begins with a byte order mark is what that says, and one with bytes
   * that no text has, such as Parquet, is left as it is.
   */
  readonly encoding?: string | undefined;
  /** Of zip archives, only the files of these names, such as `data.zip/events.csv`; all files of events unless given. */
  readonly only?: readonly string[] | undefined;
}

/** The report that answers a request. */
export type ReportOf<R extends Request> = Extract<Report, { analysis: R["analysis"] }>;

/**
 * Opens one or several sources as one dataset, in a worker of its own, or several if it is large.
 *
 * @throws where a source can't be reached or can't be read; the message says what to do. Single bad rows don't throw:
 * they are in {@link Dataset.rejections}.
 */
export async function openDataset(
  from: DataSource | readonly DataSource[],
  { signal, onProgress, workers, live = false, encoding, only, ...options }: OpenOptions = {},
): Promise<Dataset> {
  const all: readonly DataSource[] = Array.isArray(from) ? from : [from];
  const sources = await Promise.all(all.map(async (each) => ({ ...(await toSource(each)), encoding })));
  const connection = new Connection();
  try {
    const question = { ask: "open", sources, only, options, live } as const;
    const opened = await connection.ask<Opened>(question, { signal, onProgress });
    const size = live ? 1 : (workers ?? workersFor(opened.summary.n_events));
    return new Dataset(await share(connection, size, { signal }), opened);
  } catch (problem) {
    connection.close();
    throw problem;
  }
}

/**
 * What a file seems to be, before it is opened: its format, columns, first rows and a mapping; of a zip archive, that
 * of a file whose columns are known, and which others are alike. `encoding` is that of {@link OpenOptions}.
 */
export async function inspectFile(file: Blob, encoding?: string): Promise<FileInspection> {
  const connection = new Connection();
  try {
    return await connection.ask<FileInspection>({ ask: "inspect", source: { ...(await toSource(file)), encoding } });
  } finally {
    connection.close();
  }
}

/** Events in a worker or several, ready to be asked. */
export class Dataset {
  /** What it holds. */
  readonly summary: Summary;
  /** The rows that could not be used, with line and reason. */
  readonly rejections: Rejections;
  /** Where the collector's log ended, if this is an export: its `after` gives what arrived since, for `append`. */
  readonly position: string | undefined;
  /** How many workers have its people. */
  readonly workers: number;
  readonly #team: Team;

  constructor(team: Team, { summary, rejections, position }: Opened) {
    this.#team = team;
    this.summary = summary;
    this.rejections = rejections;
    this.position = position;
    this.workers = team.size;
  }

  /**
   * Answers a request; the report's type follows from the request's.
   *
   * @throws where the request is wrong; the message names the field.
   */
  run<R extends Request>(request: R, options: RunOptions = {}): Promise<ReportOf<R>> {
    return this.#team.run(request, options) as Promise<ReportOf<R>>;
  }

  /**
   * Adds events of our own format, one JSON object a line, to data that was opened with `live`, and gives the data with
   * them in the place of this. Its reports are those of all events read at once; an event that was there counts once.
   *
   * @throws where the data is not live, or the source can't be reached.
   */
  async append(from: DataSource, options: RunOptions = {}): Promise<Dataset> {
    const source = await toSource(from);
    return new Dataset(this.#team, await this.#team.append(source, options));
  }

  /** Ends the workers and gives their memory back. */
  close(): void {
    this.#team.close();
  }
}

async function toSource(from: DataSource): Promise<Source> {
  const source = await from;
  if (source instanceof Blob) return { kind: "blob", blob: source, name: source instanceof File ? source.name : "" };
  if (source instanceof Response) return { kind: "blob", blob: await source.blob(), name: source.url };
  if (source instanceof globalThis.Request) return { kind: "url", url: source.url, headers: [...source.headers] };
  return { kind: "url", url: new URL(source, document.baseURI).href, headers: [] };
}
