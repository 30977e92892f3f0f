/** A Parquet file that another worker decodes, and what the two say to each other. */
import type { Chunks } from "./chunks";
import { type Files, filesTold } from "./files";
import { startWorker, watch } from "./worker-life";

/** Each is answered, in order: the first with what the file is, the others with a chunk. */
export type ToDecode = { readonly file: Blob } | { readonly select: string[] | undefined } | { readonly next: true };

export type Decoded =
  /** The decoder has a lock of this name for as long as it lives. */
  | { readonly lock: string }
  | { readonly columns: string[]; readonly rows: number }
  /** No chunk at the end. */
  | { readonly chunk: Uint8Array | undefined }
  | { readonly error: string };

/** How many chunks are asked for before they are needed. */
const AHEAD = 2;

const GONE = "the decoder has ended, most likely because the memory of this tab did; open a part of the file";

/** Opens a file that a worker of its own decodes; `undefined` where there can't be one. */
export async function openBeside(file: Blob): Promise<Chunks | undefined> {
  const beside = new Beside(await filesTold);
  try {
    return await beside.open(file);
  } catch (problem) {
    beside.end();
    if (problem instanceof NotStarted) return undefined;
    throw problem;
  }
}

class NotStarted extends Error {}

class Beside implements Chunks {
  columns: string[] = [];
  rows = 0;
  readonly #worker: Worker | undefined;
  /** What came and was not taken yet, and who waits for what comes next. */
  readonly #come: Decoded[] = [];
  #problem: Error | undefined;
  #wake: () => void = () => undefined;

  constructor(files: Files) {
    try {
      this.#worker = startWorker("decoder", files);
    } catch {
      // Some policies forbid it.
      this.#problem = new NotStarted();
      return;
    }
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Decoded>) => {
      if ("lock" in data) {
        watch(data.lock, () => this.#fail(new Error(GONE)));
        return;
      }
      this.#come.push(data);
      this.#wake();
    });
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#fail(new NotStarted(`the decoder failed: ${event.message}`));
    });
  }

  async open(file: Blob): Promise<this> {
    this.#ask({ file });
    const opened = await this.#answer();
    if ("columns" in opened) ({ columns: this.columns, rows: this.rows } = opened);
    return this;
  }

  select(columns: string[] | undefined): void {
    this.#ask({ select: columns });
    for (let ahead = 1; ahead < AHEAD; ahead += 1) this.#ask({ next: true });
  }

  async next(): Promise<Uint8Array | undefined> {
    const decoded = await this.#answer();
    this.#ask({ next: true });
    return "chunk" in decoded ? decoded.chunk : undefined;
  }

  end(): void {
    this.#worker?.terminate();
  }

  #fail(problem: Error): void {
    this.#problem ??= problem;
    this.#wake();
  }

  #ask(asked: ToDecode): void {
    this.#worker?.postMessage(asked);
  }

  async #answer(): Promise<Decoded> {
    for (;;) {
      const decoded = this.#come.shift();
      if (decoded && "error" in decoded) throw new Error(decoded.error);
      if (decoded) return decoded;
      if (this.#problem) throw this.#problem;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
