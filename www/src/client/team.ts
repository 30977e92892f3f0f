/**
 * The workers that have a dataset: one, or several with a share of the people each. Each scans its share; the first
 * one adds up what all have found, so that the report is the same bytes however many they are.
 */
import type { Report } from "../generated/Report";
import type { Request } from "../generated/Request";
import { Connection } from "./connection";
import type { RunOptions } from "./index";
import type { Opened, Source } from "./protocol";

/** Below this many events one worker answers about as soon as two do. */
const MIN_EVENTS_TO_SHARE = 4_000_000;
/** Each worker has this many events at least, and each a copy of the engine. */
const EVENTS_PER_WORKER = 2_000_000;
const MAX_WORKERS = 8;

/** How many workers the people of so many events are shared among. */
export function workersFor(events: number): number {
  if (events < MIN_EVENTS_TO_SHARE) return 1;
  return Math.min(navigator.hardwareConcurrency || 1, MAX_WORKERS, Math.floor(events / EVENTS_PER_WORKER));
}

export class Team {
  readonly #first: Connection;
  readonly #others: readonly Connection[];

  constructor([first, ...others]: readonly [Connection, ...Connection[]]) {
    this.#first = first;
    this.#others = others;
  }

  /** How many workers there are. */
  get size(): number {
    return 1 + this.#others.length;
  }

  run(request: Request, { signal, onProgress }: RunOptions): Promise<Report> {
    const stop = new AbortController();
    const abort = () => stop.abort();
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
    const done = Array.from({ length: this.size }, () => 0);
    const options = (worker: number): RunOptions => ({
      signal: stop.signal,
      onProgress: ({ fraction }) => {
        done[worker] = fraction ?? 0;
        onProgress?.({ fraction: done.reduce((sum, share) => sum + share) / done.length });
      },
    });
    const first = this.#first.begin<Report>({ ask: "run", request, others: this.#others.length }, options(0));
    const shares = this.#others.map(async (other, index) => {
      this.#first.add(first.id, await other.ask<Uint8Array>({ ask: "scan", request }, options(index + 1)));
      done[index + 1] = 1;
    });
    // Whichever fails first has the reason; the rest stop, and say no more than that they did.
    return Promise.all([first.answer, ...shares])
      .then(([report]) => report)
      .finally(() => {
        abort();
        signal?.removeEventListener("abort", abort);
      });
  }

  /** Data that is live has one worker: an event may join people who would be in different shares. */
  append(source: Source, options: RunOptions): Promise<Opened> {
    return this.#first.ask<Opened>({ ask: "append", source }, options);
  }

  close(): void {
    for (const worker of [this.#first, ...this.#others]) worker.close();
  }
}

/**
 * Shares the people of an opened dataset among `size` new workers, and ends the one that has them all: reading took
 * more memory than keeping does, and a worker gives back its memory only by ending. Where the browser does not give
 * that many, the one keeps everybody.
 */
export async function share(importer: Connection, size: number, { signal }: RunOptions): Promise<Team> {
  if (size < 2) return new Team([importer]);
  const workers: Connection[] = [];
  try {
    for (let share = 0; share < size; share += 1) {
      const bytes = await importer.ask<Uint8Array>({ ask: "share", share, of: size }, { signal });
      const worker = new Connection();
      workers.push(worker);
      await worker.ask<null>({ ask: "adopt", bytes }, { signal });
    }
  } catch (problem) {
    for (const worker of workers) worker.close();
    if (signal?.aborted) throw problem;
    return new Team([importer]);
  }
  importer.close();
  const [first, ...others] = workers;
  return new Team(first ? [first, ...others] : [importer]);
}
