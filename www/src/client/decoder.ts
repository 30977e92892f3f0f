/** The worker that decodes a Parquet file for another one: one file, and then it is ended. */
import { type Chunks, openHere } from "./chunks";
import type { Decoded, ToDecode } from "./decoding";
import { hearOf } from "./files";
import { words } from "./problem";
import { beWatched, type Start } from "./worker-life";

let chunks: Chunks | undefined;

async function answer(asked: ToDecode): Promise<Decoded> {
  if ("file" in asked) {
    chunks = await openHere(asked.file);
    return { columns: chunks.columns, rows: chunks.rows };
  }
  if ("select" in asked) chunks?.select(asked.select);
  return { chunk: await chunks?.next() };
}

beWatched((lock) => postMessage({ lock } satisfies Decoded));
// One after the other: a decoder hands out its chunks in order.
let before = Promise.resolve();
addEventListener("message", ({ data: asked }: MessageEvent<Start | ToDecode>) => {
  if ("files" in asked) {
    hearOf(asked.files);
    return;
  }
  before = before.then(async () => {
    const decoded = await answer(asked).catch((problem: unknown): Decoded => ({ error: words(problem) }));
    const bytes = "chunk" in decoded && decoded.chunk ? [decoded.chunk.buffer] : [];
    postMessage(decoded, { transfer: bytes });
  });
});
