/** Reading bytes in the worker: from a file, or from an address, with errors in words. */
import type { Source } from "./protocol";

/** How much of a file is enough to see what it is. */
const HEAD_BYTES = 64 * 1024;

const UNREADABLE = "the file is packed with gzip and can't be unpacked: it is cut off, damaged, or several in one";

/** The bytes of a source as they come; what was packed with gzip comes unpacked. */
export class ByteStream {
  /** How many bytes of the source have been taken, still packed. */
  taken = 0;
  readonly #body: ReadableStreamDefaultReader<Uint8Array>;
  readonly #file: Blob | undefined;
  #unpacked: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #head: Uint8Array | undefined;
  #isOpen = false;
  /** Why the source itself could not be read. */
  #problem: unknown;

  constructor(
    body: ReadableStream<Uint8Array>,
    file: Blob | undefined,
    /** How many bytes the source has, where that is known. */
    readonly size: number | undefined,
    /** Where the collector's log ended, if this is an export of it. */
    readonly position: string | undefined,
  ) {
    this.#body = body.getReader();
    this.#file = file;
  }

  /** The file itself, of which any part can be read, if there is one and it is not packed: known once bytes came. */
  get blob(): Blob | undefined {
    return this.#unpacked ? undefined : this.#file;
  }

  /** The next bytes; `undefined` at the end. */
  async next(): Promise<Uint8Array | undefined> {
    if (!this.#isOpen) await this.#open();
    if (!this.#unpacked) return this.#take();
    try {
      return (await this.#unpacked.read()).value;
    } catch {
      throw this.#problem ?? new Error(UNREADABLE);
    }
  }

  /** No more bytes are wanted. */
  end(): void {
    (this.#unpacked ?? this.#body).cancel().catch(() => undefined);
  }

  /** Reads as far as it takes to see whether the source is packed. */
  async #open(): Promise<void> {
    this.#isOpen = true;
    const first = await this.#take();
    const second = first?.length === 1 ? await this.#take() : undefined;
    this.#head = first && second ? new Uint8Array([...first, ...second]) : first;
    if (!isPacked(this.#head)) return;
    const packed = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const bytes = await this.#take().catch((problem) => {
          this.#problem = problem;
          throw problem;
        });
        if (bytes) controller.enqueue(bytes);
        else controller.close();
      },
      cancel: (reason) => this.#body.cancel(reason),
    });
    const unpacking = new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
    this.#unpacked = packed.pipeThrough(unpacking).getReader();
  }

  async #take(): Promise<Uint8Array | undefined> {
    const head = this.#head;
    this.#head = undefined;
    if (head) return head;
    const { value } = await this.#body.read();
    this.taken += value?.length ?? 0;
    return value;
  }
}

/** Whether bytes begin like a file that gzip has packed. */
function isPacked(head: Uint8Array | undefined): boolean {
  return head?.[0] === 0x1f && head[1] === 0x8b;
}

/** Opens a source for reading. */
export async function open(source: Source): Promise<ByteStream> {
  if (source.kind === "blob") {
    const { blob } = source;
    return new ByteStream(blob.stream(), blob, blob.size, undefined);
  }
  const response = await request(source.url);
  if (!response.body) throw new Error(`${source.url} answered without content`);
  // The length counts compressed bytes, and tells nothing about what comes out.
  const length = response.headers.has("content-encoding") ? null : response.headers.get("content-length");
  return new ByteStream(response.body, undefined, length ? Number(length) : undefined, position(response));
}

/** A source as a file of which any part can be read; where it must be read first, `enough` bytes of it and a few more. */
export async function whole(source: Source, enough = Number.MAX_SAFE_INTEGER): Promise<Blob> {
  const stream = await open(source);
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let part = await stream.next(); part && !stream.blob && length < enough; part = await stream.next()) {
    parts.push(part);
    length += part.length;
  }
  stream.end();
  return stream.blob ?? new Blob(parts as BlobPart[]);
}

/** All bytes of a source. */
export async function readAll(source: Source): Promise<Uint8Array> {
  return new Uint8Array(await (await whole(source)).arrayBuffer());
}

/** All bytes of a source, and where the collector's log ended if it is an export. */
export async function readExport(source: Source): Promise<{ bytes: Uint8Array; position: string | undefined }> {
  if (source.kind === "blob") return { bytes: await readAll(source), position: undefined };
  const response = await request(source.url);
  return { bytes: new Uint8Array(await response.arrayBuffer()), position: position(response) };
}

function position(response: Response): string | undefined {
  return response.headers.get("desirepath-position") ?? undefined;
}

/** The first bytes of a source. */
export async function readHead(source: Source): Promise<Uint8Array> {
  const file = await whole(source, HEAD_BYTES);
  return new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
}

async function request(url: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch {
    throw new Error(`${url} could not be reached; check that the collector runs and that the address is right`);
  }
  if (response.ok) return response;
  throw new Error(`${url} answered ${response.status}: ${await reason(response)}`);
}

/** The words of a refusal: a collector says them as JSON. */
async function reason(response: Response): Promise<string> {
  const text = await response.text().catch(() => "");
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    if (typeof error === "string") return error;
  } catch {
    // Not JSON: some other server answered.
  }
  return text.slice(0, 200) || response.statusText || "no reason given";
}
