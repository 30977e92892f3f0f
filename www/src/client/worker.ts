/**
 * The worker that owns the engine: one worker, one dataset. It moves bytes and messages; every number comes from the
 * wasm. Long work is cut into slices, between which it hears that a question was cancelled.
 */
import initEngine, { Engine, inspect } from "@analyzer/engine.js";
import engineUrl from "@analyzer/engine_bg.wasm?url";
import type { ImportOptions } from "../generated/ImportOptions";
import type { Inspection } from "../generated/Inspection";
import type { Report } from "../generated/Report";
import type { Request } from "../generated/Request";
import { ArrowSource, inspectArrow, isArrow } from "./arrow";
import { inspectParquet, isParquet, pushParquet } from "./parquet";
import type { Answer, Asked, Opened, Progress, Result, Source } from "./protocol";
import { open, readAll, readHead } from "./source";

/** A slice of an analysis ends after this time, so that a cancelled one stops soon. */
const SLICE_MILLIS = 30;
/** People in the first slice; later ones adapt. Each pause costs more than most shops' whole report. */
const FIRST_SLICE_PEOPLE = 50_000;

class Cancelled extends Error {}

const cancelled = new Set<number>();
const ready = initEngine({ module_or_path: engineUrl });
let engine: Engine | undefined;

function say(answer: Answer): void {
  postMessage(answer);
}

/** Lets waiting messages in, then stops a question that was cancelled meanwhile. */
async function breathe(id: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  if (cancelled.has(id)) throw new Cancelled();
}

async function inspectSource(source: Source): Promise<Inspection> {
  const head = await readHead(source);
  if (isParquet(head)) return inspectParquet(await readAll(source));
  if (isArrow(head)) return inspectArrow(head, () => readAll(source));
  return inspect(head, source.kind === "blob" ? source.name : source.url);
}

async function openSources(id: number, sources: readonly Source[], options: ImportOptions): Promise<Opened> {
  engine?.free();
  engine = undefined;
  const importing = new Engine(options);
  try {
    const total = await totalBytes(sources);
    let before = 0;
    for (const [index, source] of sources.entries()) {
      if (index > 0 || sources.length > 1) importing.next_file(source.kind === "blob" ? source.name : source.url);
      const report = (progress: Progress & { bytes?: number }) => {
        const done = total && progress.bytes !== undefined ? (before + progress.bytes) / total : null;
        say({ id, progress: { ...progress, fraction: progress.fraction ?? done } });
      };
      before += await pushSource(id, importing, source, report);
    }
    say({ id, progress: { fraction: 1 } });
    const rejections = importing.finish();
    engine = importing;
    return { summary: importing.summary(), rejections };
  } catch (problem) {
    // After a trap the wasm can't be tidied up; the page ends this worker.
    if (!isTrap(problem)) importing.free();
    throw problem;
  }
}

/** Sum of the sizes, or `undefined` where one of them is not known beforehand. */
async function totalBytes(sources: readonly Source[]): Promise<number | undefined> {
  const known = sources.every((source) => source.kind === "blob");
  return known ? sources.reduce((sum, source) => sum + (source.kind === "blob" ? source.blob.size : 0), 0) : undefined;
}

/** Gives the bytes of one source to the engine; returns how many there were. */
async function pushSource(
  id: number,
  importing: Engine,
  source: Source,
  report: (progress: Progress & { bytes?: number }) => void,
): Promise<number> {
  const stream = await open(source);
  const reader = stream.body.getReader();
  let bytes = 0;
  let gathered: Uint8Array[] | undefined;
  let arrow: ArrowSource | undefined;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (bytes === 0 && isParquet(value)) gathered = [];
      if (bytes === 0 && isArrow(value)) arrow = await ArrowSource.open(importing);
      bytes += value.length;
      const fraction = stream.size ? bytes / stream.size : null;
      if (gathered) {
        gathered.push(value);
        report({ fraction: fraction === null ? null : fraction / 2, bytes: bytes / 2 });
      } else if (arrow) {
        report({ fraction, bytes, ...arrow.push(value) });
      } else {
        const { n_rows, n_rejected } = importing.push(value);
        report({ fraction, bytes, rows: n_rows, rejected: n_rejected });
      }
      if (cancelled.has(id)) throw new Cancelled();
    }
    arrow?.end();
  } finally {
    arrow?.free();
    reader.cancel().catch(() => undefined);
  }
  if (gathered) {
    const file = new Uint8Array(await new Blob(gathered as BlobPart[]).arrayBuffer());
    await pushParquet(importing, file, async (progress) => {
      report({ ...progress, fraction: 0.5 + (progress.fraction ?? 0) / 2 });
      await breathe(id);
    });
  }
  return bytes;
}

async function run(id: number, request: Request): Promise<Report> {
  if (!engine) throw new Error("no data is open; open a file or a site first");
  const job = engine.begin(request);
  let mustFree = true;
  try {
    let people = FIRST_SLICE_PEOPLE;
    for (;;) {
      const started = performance.now();
      const fraction = job.step(people);
      if (fraction >= 1) break;
      const took = Math.max(performance.now() - started, 0.5);
      people = Math.max(1, Math.round(people * Math.min(4, SLICE_MILLIS / took)));
      say({ id, progress: { fraction } });
      await breathe(id);
    }
    // A finished job has given itself up.
    mustFree = false;
    return job.finish();
  } catch (problem) {
    mustFree &&= !isTrap(problem);
    throw problem;
  } finally {
    if (mustFree) job.free();
  }
}

/** Whether the wasm has given up, which it does where the memory of the tab ends. */
function isTrap(problem: unknown): problem is WebAssembly.RuntimeError {
  return problem instanceof WebAssembly.RuntimeError;
}

/** What went wrong, in words. */
function words(problem: unknown): string {
  if (isTrap(problem)) {
    return `the engine gave up (${problem.message}), most likely because the data does not fit into the memory of this tab; open a part of it, or use the command line`;
  }
  return problem instanceof Error ? problem.message : String(problem);
}

async function answer(question: Exclude<Asked, { ask: "cancel" }>): Promise<Result> {
  await ready;
  switch (question.ask) {
    case "inspect":
      return inspectSource(question.source);
    case "open":
      return openSources(question.id, question.sources, question.options);
    case "run":
      return run(question.id, question.request);
  }
}

addEventListener("message", async ({ data: question }: MessageEvent<Asked>) => {
  if (question.ask === "cancel") {
    cancelled.add(question.target);
    return;
  }
  const { id } = question;
  try {
    say({ id, result: await answer(question) });
  } catch (problem) {
    if (problem instanceof Cancelled) say({ id, cancelled: true });
    else say({ id, error: words(problem) });
  } finally {
    cancelled.delete(id);
  }
});
