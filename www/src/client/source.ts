/** Reading bytes in the worker: from a file, from an archive, or from an address, with errors in words. */
import { isArchive, type Member, membersOf } from "./archive";
import { asUtf8, type Bytes, isPacked, peek, unpacked } from "./changes";
import type { Address, Source } from "./protocol";

/** How much of a file is enough to see what it is. */
const HEAD_BYTES = 64 * 1024;

/** What can be read: a source, or one file of an archive. */
export type Readable = Source | Member;

interface Opened {
  readonly body: ReadableStream<Uint8Array>;
  /** Begins to read once more. */
  readonly again: () => Promise<ReadableStream<Uint8Array>>;
  readonly file?: Blob;
  /** How many bytes the source has, where that is known. */
  readonly size?: number | undefined;
  /** Where the collector's log ended, if this is an export of it. */
  readonly position?: string | undefined;
}

/** The bytes of a source as they come: unpacked where gzip has packed them, and texts as UTF-8. */
export class ByteStream {
  /** How many bytes of the source have been taken, as they are there. */
  taken = 0;
  readonly size: number | undefined;
  readonly position: string | undefined;
  readonly #opened: Opened;
  readonly #encoding: string | undefined;
  #bytes: Bytes;
  #isOpen = false;
  #isChanged = false;

  constructor(opened: Opened, encoding: string | undefined) {
    this.#opened = opened;
    this.#encoding = encoding;
    this.#bytes = this.#counted(opened.body);
    this.size = opened.size;
    this.position = opened.position;
  }

  /** The file itself, of which any part can be read, if there is one and it is read as it is: known once bytes came. */
  get blob(): Blob | undefined {
    return this.#isChanged ? undefined : this.#opened.file;
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

  #counted(body: ReadableStream<Uint8Array>): Bytes {
    const reader = body.getReader();
    this.taken = 0;
    const read = async () => {
      const { value } = await reader.read();
      this.taken += value?.length ?? 0;
      return value;
    };
    return { read, cancel: () => reader.cancel() };
  }

  /** Reads as far as it takes to see what has to become of the bytes. */
  async #open(): Promise<void> {
    this.#isOpen = true;
    let [head, bytes] = await peek(this.#bytes);
    if (isPacked(head)) {
      this.#isChanged = true;
      const again = async () => this.#counted(await this.#opened.again());
      [head, bytes] = await peek(unpacked(bytes, again));
    }
    const text = asUtf8(bytes, head, this.#encoding);
    if (text) this.#isChanged = true;
    this.#bytes = text ?? bytes;
  }
}

/** The files of a source: those of an archive, or itself. An archive at an address is known by the address's end. */
export async function filesOf(source: Source): Promise<readonly Readable[]> {
  const isNamed = source.kind === "url" && /\.zip$/i.test(new URL(source.url).pathname);
  if (source.kind === "url" && !isNamed) return [source];
  const blob = source.kind === "blob" ? source.blob : await whole(source);
  if (!isArchive(new Uint8Array(await blob.slice(0, 4).arrayBuffer()))) return [source];
  const name = source.kind === "blob" ? source.name : source.url;
  const members = await membersOf(blob, name);
  return members?.map((member) => ({ ...member, encoding: source.encoding })) ?? [source];
}

/** What a file is called. */
export function nameOf(file: Readable): string {
  return file.kind === "url" ? file.url : file.name;
}

/** Opens a source for reading. */
export async function open(source: Readable): Promise<ByteStream> {
  return new ByteStream(await begin(source), source.encoding);
}

async function begin(source: Readable): Promise<Opened> {
  const again = async () => (await begin(source)).body;
  if (source.kind === "member") return { body: source.stream(), again, size: source.size };
  if (source.kind === "blob") {
    const { blob } = source;
    return { body: blob.stream(), again, file: blob, size: blob.size };
  }
  const response = await request(source);
  if (!response.body) throw new Error(`${source.url} answered without content`);
  // The length counts compressed bytes, and tells nothing about what comes out.
  const length = response.headers.has("content-encoding") ? null : response.headers.get("content-length");
  return { body: response.body, again, size: length ? Number(length) : undefined, position: position(response) };
}

/** A source as a file of which any part can be read; where it must be read first, `enough` bytes of it and a few more. */
export async function whole(source: Readable, enough = Number.MAX_SAFE_INTEGER): Promise<Blob> {
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
export async function readAll(source: Readable): Promise<Uint8Array> {
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
export async function readHead(source: Readable): Promise<Uint8Array> {
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
