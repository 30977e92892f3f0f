/**
 * Parquet files in the worker. Their decoder is a wasm of its own, loaded when the first such file is met. It is given
 * the columns that are needed of one row group at a time, so that a file may be larger than the memory of a tab.
 */
import type { ParquetReader } from "@analyzer/parquet.js";
import type { Engine } from "@analyzer/engine.js";
import { inspect_columns } from "@analyzer/engine.js";
import type { Inspection } from "../generated/Inspection";
import type { Progress } from "./protocol";

/** Whether bytes begin like a Parquet file. */
export function isParquet(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x41 && head[2] === 0x52 && head[3] === 0x31; // "PAR1"
}

async function load() {
  const [module, { default: url }] = await Promise.all([
    import("@analyzer/parquet.js"),
    import("@analyzer/parquet_bg.wasm?url"),
  ]);
  await module.default({ module_or_path: url });
  return module;
}

async function part(file: Blob, start: number, end: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(Math.max(start, 0), end).arrayBuffer());
}

async function open(file: Blob): Promise<ParquetReader> {
  const { ParquetReader } = await load();
  const footer = ParquetReader.n_footer_bytes(await part(file, file.size - 8, file.size));
  return new ParquetReader(file.size, await part(file, file.size - footer, file.size));
}

/** What a Parquet file seems to be. */
export async function inspectParquet(file: Blob): Promise<Inspection> {
  const reader = await open(file);
  try {
    return inspect_columns(reader.columns());
  } finally {
    reader.free();
  }
}

/** Gives the rows of a Parquet file to the engine, chunk by chunk; `report` is awaited after each. */
export async function pushParquet(
  engine: Engine,
  file: Blob,
  report: (progress: Progress) => Promise<void>,
): Promise<void> {
  const reader = await open(file);
  try {
    const columns = engine.needed_columns(reader.columns());
    if (columns) reader.select(columns);
    const total = reader.n_rows();
    engine.expect_rows(total);
    for (;;) {
      const places = reader.missing();
      for (let at = 0; at < places.length; at += 2) {
        const [start = 0, end = 0] = places.subarray(at, at + 2);
        reader.give(start, await part(file, start, end));
      }
      const chunk = reader.next_chunk();
      if (!chunk) return;
      const { n_rows, n_rejected } = engine.push_chunk(chunk);
      await report({ fraction: total ? (n_rows + n_rejected) / total : null, rows: n_rows, rejected: n_rejected });
    }
  } finally {
    reader.free();
  }
}
