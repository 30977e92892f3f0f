/**
 * Parquet files in the worker. A large file is decoded by a worker of its own, so that a second processor decodes the
 * next rows while the engine takes the ones before.
 */
import type { Engine } from "@analyzer/engine.js";
import { inspect_columns } from "@analyzer/engine.js";
import type { Inspection } from "../generated/Inspection";
import { type Chunks, openHere } from "./chunks";
import { openBeside } from "./decoding";
import type { Progress } from "./protocol";

/** A smaller file is decoded before another worker would have started. */
const MIN_BYTES_BESIDE = 4 * 1024 * 1024;

/** Whether bytes begin like a Parquet file. */
export function isParquet(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x41 && head[2] === 0x52 && head[3] === 0x31; // "PAR1"
}

/** What a Parquet file seems to be. */
export async function inspectParquet(file: Blob): Promise<Inspection> {
  const chunks = await openHere(file);
  try {
    return inspect_columns(chunks.columns);
  } finally {
    chunks.end();
  }
}

async function openChunks(file: Blob): Promise<Chunks> {
  const beside = file.size < MIN_BYTES_BESIDE ? undefined : await openBeside(file);
  return beside ?? openHere(file);
}

/** Gives the rows of a Parquet file to the engine, chunk by chunk; `report` is awaited after each. */
export async function pushParquet(
  engine: Engine,
  file: Blob,
  report: (progress: Progress) => Promise<void>,
): Promise<void> {
  const chunks = await openChunks(file);
  try {
    const total = chunks.rows;
    engine.expect_rows(total);
    chunks.select(engine.needed_columns(chunks.columns));
    for (let chunk = await chunks.next(); chunk; chunk = await chunks.next()) {
      const { n_rows, n_rejected } = engine.push_chunk(chunk);
      await report({ fraction: total ? (n_rows + n_rejected) / total : null, rows: n_rows, rejected: n_rejected });
    }
  } finally {
    chunks.end();
  }
}
