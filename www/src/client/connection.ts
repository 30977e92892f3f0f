/** One worker and the questions that it has not answered yet. */
import { files } from "@files";
import type { RunOptions } from "./index";
import type { Answer, Asked, Question, Result } from "./protocol";
import { startWorker, watch } from "./worker-life";

const GONE = "the worker has ended, most likely because the memory of this tab did; open the data again";

interface Waiting {
  readonly resolve: (result: Result) => void;
  readonly reject: (problem: Error) => void;
  readonly options: RunOptions;
  readonly forget: () => void;
}

export class Connection {
  readonly #worker = startWorker("worker", files);
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  /** Why nothing can be asked any more. */
  #ended: Error | undefined;

  constructor() {
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => this.#hear(data));
    this.#worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#end(`the worker failed: ${event.message || "its script could not be loaded"}`);
    });
  }

  ask<R extends Result>(question: Question, options: RunOptions = {}): Promise<R> {
    return this.begin<R>(question, options).answer;
  }

  /** Asks, and tells the question's number beside the promise of its answer. */
  begin<R extends Result>(question: Question, options: RunOptions = {}): { id: number; answer: Promise<R> } {
    this.#lastId += 1;
    const id = this.#lastId;
    return { id, answer: this.#ask(id, question, options) };
  }

  /** Gives the question `target` what another worker has found. */
  add(target: number, found: Uint8Array): void {
    this.#post({ id: 0, ask: "add", target, found });
  }

  #ask<R extends Result>(id: number, question: Question, options: RunOptions): Promise<R> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(abortError());
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise<R>((resolve, reject) => {
      const cancel = () => this.#post({ id: 0, ask: "cancel", target: id });
      signal?.addEventListener("abort", cancel, { once: true });
      const forget = () => signal?.removeEventListener("abort", cancel);
      this.#waiting.set(id, { resolve: resolve as (result: Result) => void, reject, options, forget });
      this.#post({ id, ...question });
    });
  }

  /** Bytes are handed over, not copied. */
  #post(asked: Asked): void {
    const bytes = asked.ask === "adopt" ? asked.bytes : asked.ask === "add" ? asked.found : undefined;
    this.#worker.postMessage(asked, bytes ? [bytes.buffer] : []);
  }

  close(): void {
    this.#worker.terminate();
    this.#ended ??= new Error("this dataset is closed; open it again");
    this.#fail(abortError());
  }

  #end(reason: string): void {
    this.#ended ??= new Error(reason);
    this.#fail(this.#ended);
  }

  #hear(answer: Answer): void {
    if ("lock" in answer) {
      watch(answer.lock, () => this.#end(GONE));
      return;
    }
    const waiting = this.#waiting.get(answer.id);
    if (!waiting) return;
    if ("progress" in answer) {
      waiting.options.onProgress?.(answer.progress);
      return;
    }
    this.#waiting.delete(answer.id);
    waiting.forget();
    if ("result" in answer) waiting.resolve(answer.result);
    else if ("error" in answer) waiting.reject(new Error(answer.error));
    else waiting.reject(abortError());
  }

  #fail(problem: Error): void {
    for (const { reject, forget } of this.#waiting.values()) {
      forget();
      reject(problem);
    }
    this.#waiting.clear();
  }
}

function abortError(): DOMException {
  return new DOMException("The question was cancelled.", "AbortError");
}
