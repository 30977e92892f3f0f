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
import type { Inspection } from "../generated/Inspection";
import type { Rejections } from "../generated/Rejections";
import type { Report } from "../generated/Report";
import type { Request } from "../generated/Request";
import type { Summary } from "../generated/Summary";
import { Connection } from "./connection";
import type { Opened, Progress, Source } from "./protocol";

export { localEvents } from "./local";
export type { Progress } from "./protocol";

/** What can be opened: a file, a response, an address, or what is still on its way, such as {@link localEvents}. */
export type DataSource = Blob | Response | URL | string | Promise<Blob>;

export interface RunOptions {
  /** Stops the work; the promise is then rejected with an `AbortError`. */
  readonly signal?: AbortSignal | undefined;
  /** Hears how far it has come. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface OpenOptions extends ImportOptions, RunOptions {}

/** The report that answers a request. */
export type ReportOf<R extends Request> = Extract<Report, { analysis: R["analysis"] }>;

/**
 * Opens one or several sources as one dataset, in a worker of its own.
 *
 * @throws where a source can't be reached or can't be read; the message says what to do. Single bad rows don't throw:
 * they are in {@link Dataset.rejections}.
 */
export async function openDataset(
  from: DataSource | readonly DataSource[],
  { signal, onProgress, ...options }: OpenOptions = {},
): Promise<Dataset> {
  const sources = await Promise.all((Array.isArray(from) ? from : [from]).map(toSource));
  const connection = new Connection();
  try {
    const opened = await connection.ask<Opened>({ ask: "open", sources, options }, { signal, onProgress });
    return new Dataset(connection, opened);
  } catch (problem) {
    connection.close();
    throw problem;
  }
}

/** What a file seems to be, before it is opened: its format, columns, first rows and a mapping. */
export async function inspectFile(file: Blob): Promise<Inspection> {
  const connection = new Connection();
  try {
    return await connection.ask<Inspection>({ ask: "inspect", source: await toSource(file) });
  } finally {
    connection.close();
  }
}

/** Events in a worker, ready to be asked. */
export class Dataset {
  /** What it holds. */
  readonly summary: Summary;
  /** The rows that could not be used, with line and reason. */
  readonly rejections: Rejections;
  readonly #connection: Connection;

  constructor(connection: Connection, { summary, rejections }: Opened) {
    this.#connection = connection;
    this.summary = summary;
    this.rejections = rejections;
  }

  /**
   * Answers a request; the report's type follows from the request's.
   *
   * @throws where the request is wrong; the message names the field.
   */
  run<R extends Request>(request: R, options: RunOptions = {}): Promise<ReportOf<R>> {
    return this.#connection.ask<ReportOf<R>>({ ask: "run", request }, options);
  }

  /** Ends the worker and gives its memory back. */
  close(): void {
    this.#connection.close();
  }
}

async function toSource(from: DataSource): Promise<Source> {
  const source = await from;
  if (source instanceof Blob) return { kind: "blob", blob: source, name: source instanceof File ? source.name : "" };
  if (source instanceof Response) return { kind: "blob", blob: await source.blob(), name: source.url };
  return { kind: "url", url: new URL(source, document.baseURI).href };
}
