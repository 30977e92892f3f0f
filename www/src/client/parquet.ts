/** Parquet files in the worker. Their decoder is a wasm of its own, loaded when the first such file is met. */
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

/** What a Parquet file seems to be. */
export async function inspectParquet(file: Uint8Array): Promise<Inspection> {
  const { ParquetReader } = await load();
  const reader = new ParquetReader(file);
  try {
    return inspect_columns(reader.columns());
  } finally {
    reader.free();
  }
}

/** Gives the rows of a Parquet file to the engine, chunk by chunk; `report` is awaited after each. */
export async function pushParquet(
  engine: Engine,
  file: Uint8Array,
  report: (progress: Progress) => Promise<void>,
): Promise<void> {
  const { ParquetReader } = await load();
  const reader = new ParquetReader(file);
  try {
    const columns = engine.needed_columns(reader.columns());
    if (columns) reader.select(columns);
    const total = reader.n_rows();
    for (;;) {
      const chunk = reader.next_chunk();
      if (!chunk) return;
      const { n_rows, n_rejected } = engine.push_chunk(chunk);
      await report({ fraction: total ? (n_rows + n_rejected) / total : null, rows: n_rows, rejected: n_rejected });
    }
  } finally {
    reader.free();
  }
}
