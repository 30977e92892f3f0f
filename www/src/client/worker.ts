/**
 * The worker that owns an engine: one dataset, or a share of its people. It moves bytes and messages; every number
 * comes from the wasm. Long work is cut into slices, between which it hears that a question was cancelled.
 */
import initEngine, { Engine, inspect, type Job } from "@analyzer/engine.js";
import type { Inspection } from "../generated/Inspection";
import type { Request } from "../generated/Request";
import { ArrowSource, inspectArrow, isArrow } from "./arrow";
import { filesTold, hearOf } from "./files";
import { inspectParquet, isParquet, pushParquet } from "./parquet";
import { isTrap, words } from "./problem";
import type { Answer, Asked, FileInspection, Opened, Progress, Result, Source } from "./protocol";
import { type ByteStream, filesOf, nameOf, open, type Readable, readAll, readExport, readHead, whole } from "./source";
import { beWatched, type Start } from "./worker-life";

/** A slice of an analysis ends after this time, so that a cancelled one stops soon. */
const SLICE_MILLIS = 30;
/** People in the first slice; later ones adapt. Each pause costs more than most shops' whole report. */
const FIRST_SLICE_PEOPLE = 50_000;
/** So many files of an archive are looked at before it is opened. */
const MAX_INSPECTED = 20;

type ToOpen = Extract<Asked, { ask: "open" }>;

class Cancelled extends Error {}

const cancelled = new Set<number>();
/** Of each question that other workers answer too: what they have found, and who waits for more of it. */
const findings = new Map<number, { readonly found: Uint8Array[]; wake: () => void }>();
const ready = filesTold.then(({ engine }) => initEngine({ module_or_path: engine }));
let engine: Engine | undefined;

/** Bytes are handed over, not copied. */
function say(answer: Answer): void {
  const bytes = "result" in answer && answer.result instanceof Uint8Array ? [answer.result.buffer] : [];
  postMessage(answer, { transfer: bytes });
}

/** What is sent there comes back after the messages that wait; a timer would take four milliseconds more. */
const pause = new MessageChannel();
const paused: (() => void)[] = [];
pause.port1.onmessage = () => paused.shift()?.();

/** Lets waiting messages in, then stops a question that was cancelled meanwhile. */
async function breathe(id: number): Promise<void> {
  await new Promise<void>((resolve) => {
    paused.push(resolve);
    pause.port2.postMessage(null);
  });
  if (cancelled.has(id)) throw new Cancelled();
}

async function inspectSource(source: Source): Promise<FileInspection> {
  const files = await filesOf(source);
  const seen: (Inspection | undefined)[] = [];
  for (const file of files.slice(0, MAX_INSPECTED)) {
    seen.push(
      await inspectOne(file).catch((problem: unknown) => {
        if (files.length === 1) throw problem;
        return undefined;
      }),
    );
  }
  const best = seen.find((one) => one?.preset) ?? seen.find((one) => one?.mapping) ?? seen.find((one) => one);
  if (!best) throw new Error(`none of its ${files.length} files can be read; unpack it, and open one of them`);
  if (files.length === 1) return best;
  const isAlike = (index: number) => index >= seen.length || likeness(seen[index]) === likeness(best);
  return { ...best, files: files.map((file, index) => ({ name: nameOf(file), isAlike: isAlike(index) })) };
}

/** What two files have in common that can be read alike. */
function likeness(file: Inspection | undefined): string {
  return JSON.stringify(file && [file.format, file.preset, file.mapping ?? file.columns]);
}

async function inspectOne(file: Readable): Promise<Inspection> {
  const head = await readHead(file);
  if (isParquet(head)) return inspectParquet(await whole(file));
  if (isArrow(head)) return inspectArrow(head, () => readAll(file));
  return inspect(head, nameOf(file));
}

async function openSources({ id, sources, only, options, live }: ToOpen): Promise<Opened> {
  engine?.free();
  engine = undefined;
  const lists = sources.map((source) =>
    filesOf(source).catch((problem: unknown) => {
      throw sources.length > 1 ? ofFile(nameOf(source), problem) : problem;
    }),
  );
  const all = (await Promise.all(lists)).flat();
  const files = all.filter((file) => file.kind !== "member" || !only || only.includes(file.name));
  const importing = new Engine(options);
  /** A file may turn out wrong only at its end, which is when the next one begins. */
  let present = "";
  try {
    const total = totalBytes(files);
    let before = 0;
    let position: string | undefined;
    for (const file of files) {
      if (files.length > 1) importing.next_file(nameOf(file));
      present = nameOf(file);
      const report = (progress: Progress & { bytes?: number }) => {
        const done = total && progress.bytes !== undefined ? (before + progress.bytes) / total : null;
        say({ id, progress: { ...progress, fraction: progress.fraction ?? done } });
      };
      const stream = await open(file);
      position = stream.position;
      before += await pushSource(id, importing, stream, report);
    }
    say({ id, progress: { fraction: 1 } });
    const rejections = live ? importing.go_live() : importing.finish();
    engine = importing;
    return { summary: importing.summary(), rejections, position };
  } catch (problem) {
    // After a trap the wasm can't be tidied up; the page ends this worker.
    if (isTrap(problem)) throw problem;
    importing.free();
    throw files.length > 1 ? ofFile(present, problem) : problem;
  }
}

/** A problem of one of several files, which says of which. */
function ofFile(name: string, problem: unknown): unknown {
  const told = words(problem);
  return problem instanceof Cancelled || told.includes(name) ? problem : new Error(`${name}: ${told}`);
}

/** Sum of the sizes, or `undefined` where one of them is not known beforehand. */
function totalBytes(files: readonly Readable[]): number | undefined {
  const sizes = files.map((file) => (file.kind === "blob" ? file.blob.size : file.kind === "member" ? file.size : NaN));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return Number.isNaN(total) ? undefined : total;
}

/** Gives the bytes of one source to the engine; returns how many the source had. */
async function pushSource(
  id: number,
  importing: Engine,
  stream: ByteStream,
  report: (progress: Progress & { bytes?: number }) => void,
): Promise<number> {
  let isFirst = true;
  let gathered: Uint8Array[] | undefined;
  let parquet: Blob | undefined;
  let arrow: ArrowSource | undefined;
  if (stream.size) importing.expect_bytes(stream.size);
  try {
    for (let value = await stream.next(); value; value = await stream.next()) {
      if (isFirst && isParquet(value)) {
        parquet = stream.blob;
        if (parquet) break;
        gathered = [];
      }
      if (isFirst && isArrow(value)) arrow = await ArrowSource.open(importing);
      isFirst = false;
      const bytes = stream.taken;
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
    stream.end();
  }
  if (gathered) parquet = new Blob(gathered as BlobPart[]);
  if (parquet) {
    // Whatever had to be downloaded before it could be read is half of the way.
    const before = gathered ? 0.5 : 0;
    await pushParquet(importing, parquet, async (progress) => {
      report({ ...progress, fraction: before + (progress.fraction ?? 0) * (1 - before) });
      await breathe(id);
    });
  }
  return (parquet && stream.blob?.size) ?? stream.taken;
}

async function append(source: Source): Promise<Opened> {
  const { bytes, position } = await readExport(source);
  const live = opened();
  const rejections = live.append(bytes);
  return { summary: live.summary(), rejections, position };
}

function adopt(bytes: Uint8Array): null {
  engine?.free();
  engine = undefined;
  engine = Engine.open_share(bytes);
  return null;
}

function opened(): Engine {
  if (!engine) throw new Error("no data is open; open a file or a site first");
  return engine;
}

/** Scans in slices, waits for others where there are any, and then ends the job. */
async function work<R>(id: number, request: Request, others: number, end: (job: Job) => R): Promise<R> {
  const job = opened().begin(request);
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
    await gather(id, job, others);
    // A job that ends has given itself up.
    mustFree = false;
    return end(job);
  } catch (problem) {
    mustFree &&= !isTrap(problem);
    throw problem;
  } finally {
    if (mustFree) job.free();
  }
}

/** Adds what other workers find, as it comes. */
async function gather(id: number, job: Job, others: number): Promise<void> {
  const waiting = findings.get(id);
  for (let missing = others; waiting && missing > 0;) {
    if (cancelled.has(id)) throw new Cancelled();
    const found = waiting.found.shift();
    if (found) {
      job.absorb(found);
      missing -= 1;
    } else {
      await new Promise<void>((resolve) => (waiting.wake = resolve));
    }
  }
}

async function answer(question: Exclude<Asked, { ask: "cancel" | "add" }>): Promise<Result> {
  await ready;
  switch (question.ask) {
    case "inspect":
      return inspectSource(question.source);
    case "open":
      return openSources(question);
    case "append":
      return append(question.source);
    case "share":
      return opened().encode_share(question.share, question.of);
    case "adopt":
      return adopt(question.bytes);
    case "run":
      return work(question.id, question.request, question.others, (job) => job.finish());
    case "scan":
      return work(question.id, question.request, 0, (job) => job.found());
  }
}

/** Hears of a question that is being answered. */
function hear(news: Extract<Asked, { ask: "cancel" | "add" }>): void {
  const waiting = findings.get(news.target);
  if (news.ask === "cancel") cancelled.add(news.target);
  else waiting?.found.push(news.found);
  waiting?.wake();
}

beWatched((lock) => say({ lock }));
addEventListener("message", async ({ data: question }: MessageEvent<Start | Asked>) => {
  if ("files" in question) {
    hearOf(question.files);
    return;
  }
  if (question.ask === "cancel" || question.ask === "add") {
    hear(question);
    return;
  }
  const { id } = question;
  if (question.ask === "run") findings.set(id, { found: [], wake: () => undefined });
  try {
    say({ id, result: await answer(question) });
  } catch (problem) {
    if (problem instanceof Cancelled) say({ id, cancelled: true });
    else say({ id, error: words(problem) });
  } finally {
    cancelled.delete(id);
    findings.delete(id);
  }
});
