/** Arrow files and streams in the worker. Their decoder is a wasm of its own, loaded when the first one is met. */
import type { ArrowReader } from "@analyzer/arrow.js";
import type { Engine } from "@analyzer/engine.js";
import { inspect_columns } from "@analyzer/engine.js";
import type { Inspection } from "../generated/Inspection";
import { filesTold } from "./files";
import type { Progress } from "./protocol";

/** Whether bytes begin like an Arrow file or stream. */
export function isArrow(head: Uint8Array): boolean {
  const begins = (mark: readonly number[]) => mark.every((byte, index) => head[index] === byte);
  return begins([0x41, 0x52, 0x52, 0x4f, 0x57, 0x31]) || begins([0xff, 0xff, 0xff, 0xff]); // "ARROW1"
}

async function load() {
  const [module, { arrow }] = await Promise.all([import("@analyzer/arrow.js"), filesTold]);
  await module.default({ module_or_path: arrow });
  return module;
}

/** What a file seems to be; `readAll` is asked for where its schema is longer than `head`. */
export async function inspectArrow(head: Uint8Array, readAll: () => Promise<Uint8Array>): Promise<Inspection> {
  const { ArrowReader } = await load();
  const reader = new ArrowReader();
  try {
    reader.push(head);
    if (!reader.columns()) reader.push((await readAll()).subarray(head.length));
    const columns = reader.columns();
    if (!columns) reader.end();
    return { ...inspect_columns(columns ?? []), format: "arrow" };
  } finally {
    reader.free();
  }
}

/** Gives the rows of an Arrow file to the engine, as its bytes come. */
export class ArrowSource {
  #selected = false;

  private constructor(
    readonly engine: Engine,
    readonly reader: ArrowReader,
  ) {}

  static async open(engine: Engine): Promise<ArrowSource> {
    const { ArrowReader } = await load();
    return new ArrowSource(engine, new ArrowReader());
  }

  push(bytes: Uint8Array): Pick<Progress, "rows" | "rejected"> {
    this.reader.push(bytes);
    return this.#take();
  }

  /** After the last bytes. */
  end(): void {
    this.reader.end();
    this.#take();
  }

  free(): void {
    this.reader.free();
  }

  #take(): Pick<Progress, "rows" | "rejected"> {
    const columns = this.reader.columns();
    if (!columns) return {};
    if (!this.#selected) {
      const needed = this.engine.needed_columns(columns);
      if (needed) this.reader.select(needed);
      this.#selected = true;
    }
    let progress: Pick<Progress, "rows" | "rejected"> = {};
    for (let chunk = this.reader.next_chunk(); chunk; chunk = this.reader.next_chunk()) {
      const { n_rows, n_rejected } = this.engine.push_chunk(chunk);
      progress = { rows: n_rows, rejected: n_rejected };
    }
    return progress;
  }
}
