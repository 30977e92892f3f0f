/** Reading bytes in the worker: from a file, or from an address, with errors in words. */
import type { Address, Source } from "./protocol";

/** How much of a file is enough to see what it is. */
const HEAD_BYTES = 64 * 1024;

const UNREADABLE = "the file is packed with gzip and can't be unpacked: it is cut off, damaged, or several in one";

/** Bytes as they come; `undefined` at their end. */
interface Bytes {
  readonly read: () => Promise<Uint8Array | undefined>;
  readonly cancel: () => Promise<void>;
}

type Change = (bytes: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>;

/** The bytes of a source as they come: unpacked where gzip has packed them, and texts as UTF-8. */
export class ByteStream {
  /** How many bytes of the source have been taken, as they are there. */
  taken = 0;
  readonly #file: Blob | undefined;
  #bytes: Bytes;
  #isOpen = false;
  #isChanged = false;

  constructor(
    body: ReadableStream<Uint8Array>,
    file: Blob | undefined,
    /** How many bytes the source has, where that is known. */
    readonly size: number | undefined,
    /** Where the collector's log ended, if this is an export of it. */
    readonly position: string | undefined,
    readonly encoding: string | undefined,
  ) {
    const reader = body.getReader();
    const read = async () => {
      const { value } = await reader.read();
      this.taken += value?.length ?? 0;
      return value;
    };
    this.#file = file;
    this.#bytes = { read, cancel: () => reader.cancel() };
  }

  /** The file itself, of which any part can be read, if there is one and it is read as it is: known once bytes came. */
  get blob(): Blob | undefined {
    return this.#isChanged ? undefined : this.#file;
  }

  /** The next bytes; `undefined` at the end. */
  async next(): Promise<Uint8Array | undefined> {
    if (!this.#isOpen) await this.#open();
    return this.#bytes.read();
  }

  /** No more bytes are wanted. */
  end(): void {
    this.#bytes.cancel().catch(() => undefined);
  }

  /** Reads as far as it takes to see what has to become of the bytes. */
  async #open(): Promise<void> {
    this.#isOpen = true;
    let [head, bytes] = await peek(this.#bytes);
    if (isPacked(head)) {
      this.#isChanged = true;
      [head, bytes] = await peek(changed(bytes, unpack));
    }
    const decode = decoding(head, this.encoding);
    if (decode) {
      this.#isChanged = true;
      bytes = changed(bytes, decode);
    }
    this.#bytes = bytes;
  }
}

/** The first two bytes or more, and all bytes with these. */
async function peek(bytes: Bytes): Promise<[Uint8Array | undefined, Bytes]> {
  const first = await bytes.read();
  const second = first?.length === 1 ? await bytes.read() : undefined;
  const head = first && second ? new Uint8Array([...first, ...second]) : first;
  let isFirst = true;
  const read = async () => {
    if (!isFirst) return bytes.read();
    isFirst = false;
    return head;
  };
  return [head, { ...bytes, read }];
}

/** What a change makes of bytes. */
function changed(bytes: Bytes, change: Change): Bytes {
  let problem: unknown;
  const before = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await bytes.read().catch((reason) => {
        problem = reason;
        throw reason;
      });
      if (next) controller.enqueue(next);
      else controller.close();
    },
    cancel: () => bytes.cancel(),
  });
  const reader = change(before).getReader();
  const read = async () => {
    try {
      return (await reader.read()).value;
    } catch {
      throw problem ?? new Error(UNREADABLE);
    }
  };
  return { read, cancel: () => reader.cancel() };
}

/** Whether bytes begin like a file that gzip has packed. */
function isPacked(head: Uint8Array | undefined): boolean {
  return head?.[0] === 0x1f && head[1] === 0x8b;
}

function unpack(bytes: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  return bytes.pipeThrough(new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>);
}

/** How a text becomes UTF-8 that has the mark of UTF-16, or no mark and is said to be `encoding`. */
function decoding(head: Uint8Array | undefined, encoding: string | undefined): Change | undefined {
  const mark = head?.subarray(0, 3).join(" ") ?? "";
  const marked = /^255 254|^254 255|^239 187 191$/.exec(mark)?.[0];
  // No text in any of these has a zero; Parquet and the like have.
  const said = marked || head?.includes(0) ? undefined : encoding;
  const label = marked === "255 254" ? "utf-16le" : marked === "254 255" ? "utf-16be" : said;
  if (!label) return undefined;
  let decoder: TextDecoderStream;
  try {
    decoder = new TextDecoderStream(label);
  } catch {
    throw new Error(`encoding: no browser knows "${label}"; say one such as windows-1252, or leave it out for UTF-8`);
  }
  const texts = decoder as ReadableWritablePair<string, Uint8Array>;
  return (bytes) => bytes.pipeThrough(texts).pipeThrough(new TextEncoderStream());
}

/** Opens a source for reading. */
export async function open(source: Source): Promise<ByteStream> {
  if (source.kind === "blob") {
    const { blob } = source;
    return new ByteStream(blob.stream(), blob, blob.size, undefined, source.encoding);
  }
  const response = await request(source);
  if (!response.body) throw new Error(`${source.url} answered without content`);
  // The length counts compressed bytes, and tells nothing about what comes out.
  const length = response.headers.has("content-encoding") ? null : response.headers.get("content-length");
  return new ByteStream(
    response.body,
    undefined,
    length ? Number(length) : undefined,
    position(response),
    source.encoding,
  );
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
  const response = await request(source);
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

async function request({ url, headers }: Address): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { headers: [...headers] });
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
