/** Reading bytes in the worker: from a file, or from an address, with errors in words. */
import type { Source } from "./protocol";

export interface ByteStream {
  readonly body: ReadableStream<Uint8Array>;
  /** The file itself, of which any part can be read, if there is one. */
  readonly blob: Blob | undefined;
  /** How many bytes it has, where that is known. */
  readonly size: number | undefined;
  /** Where the collector's log ended, if this is an export of it. */
  readonly position: string | undefined;
}

/** How much of a file is enough to see what it is. */
const HEAD_BYTES = 64 * 1024;

/** Opens a source for reading. */
export async function open(source: Source): Promise<ByteStream> {
  if (source.kind === "blob") {
    const { blob } = source;
    return { body: blob.stream(), blob, size: blob.size, position: undefined };
  }
  const response = await request(source.url);
  if (!response.body) throw new Error(`${source.url} answered without content`);
  // The length counts compressed bytes, and tells nothing about what comes out.
  const length = response.headers.has("content-encoding") ? null : response.headers.get("content-length");
  const size = length ? Number(length) : undefined;
  return { body: response.body, blob: undefined, size, position: position(response) };
}

/** A source as a file of which any part can be read. */
export async function whole(source: Source): Promise<Blob> {
  return source.kind === "blob" ? source.blob : await (await request(source.url)).blob();
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
  if (source.kind === "blob") return new Uint8Array(await source.blob.slice(0, HEAD_BYTES).arrayBuffer());
  return (await readAll(source)).slice(0, HEAD_BYTES);
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
