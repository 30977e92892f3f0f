/**
 * The rows of a Parquet file, decoded chunk by chunk. The decoder is a wasm of its own, loaded when the first such file
 * is met. It is given the columns that are needed of one row group at a time, so that a file may be larger than the
 * memory of a tab.
 */
import type { ParquetReader } from "@analyzer/parquet.js";
import { filesTold } from "./files";

export interface Chunks {
  readonly columns: string[];
  /** How many rows the file says it has. */
  readonly rows: number;
  /** Decodes these columns only; to be called once, before the first chunk. */
  select(columns: string[] | undefined): void;
  /** The next rows, for `push_chunk` of an engine; `undefined` at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** Gives back what decoding takes. */
  end(): void;
}

/** The module, which is loaded once. */
export async function parquetModule() {
  const [module, { parquet }] = await Promise.all([import("@analyzer/parquet.js"), filesTold]);
  await module.default({ module_or_path: parquet });
  return module;
}

async function part(file: Blob, start: number, end: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(Math.max(start, 0), end).arrayBuffer());
}

/** Opens a file that this worker decodes itself. */
export async function openHere(file: Blob): Promise<Chunks> {
  const { ParquetReader } = await parquetModule();
  const footer = ParquetReader.n_footer_bytes(await part(file, file.size - 8, file.size));
  return new Here(file, new ParquetReader(file.size, await part(file, file.size - footer, file.size)));
}

class Here implements Chunks {
  readonly columns: string[];
  readonly rows: number;

  constructor(
    readonly file: Blob,
    readonly reader: ParquetReader,
  ) {
    this.columns = reader.columns();
    this.rows = reader.n_rows();
  }

  select(columns: string[] | undefined): void {
    if (columns) this.reader.select(columns);
  }

  async next(): Promise<Uint8Array | undefined> {
    const places = this.reader.missing();
    for (let at = 0; at < places.length; at += 2) {
      const [start = 0, end = 0] = places.subarray(at, at + 2);
      this.reader.give(start, await part(this.file, start, end));
    }
    return this.reader.next_chunk();
  }

  end(): void {
    this.reader.free();
  }
}
