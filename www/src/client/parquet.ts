/** Parquet files in the worker. Their decoder is a wasm of its own, loaded when the first such file is met. */
import type { Engine } from "@analyzer/engine.js";
import { inspect_columns } from "@analyzer/engine.js";
import type { Inspection } from "../generated/Inspection";
import type { Mapping } from "../generated/Mapping";
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

/**
 * The columns of a file that the engine will ask for; `undefined` where it will refuse the file, and can then say which
 * columns there are. The rest need not be decoded.
 */
function neededColumns(found: string[], mapping: Mapping | undefined): string[] | undefined {
  const { preset, mapping: known } = inspect_columns(found);
  const settled = mapping ?? (preset === null ? null : known);
  if (!settled) return undefined;
  // Whatever else is in a mapping is the name of a column.
  const { time_format, value_names, currency_constant, events, props = [], ...roles } = settled;
  const columns = [...Object.values(roles), ...props].filter((column) => typeof column === "string");
  return columns.every((column) => found.includes(column)) ? columns : undefined;
}

/** Gives the rows of a Parquet file to the engine, chunk by chunk; `report` is awaited after each. */
export async function pushParquet(
  engine: Engine,
  file: Uint8Array,
  mapping: Mapping | undefined,
  report: (progress: Progress) => Promise<void>,
): Promise<void> {
  const { ParquetReader } = await load();
  const reader = new ParquetReader(file);
  try {
    const columns = neededColumns(reader.columns(), mapping);
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
