/** What becomes of bytes on their way into the engine: unpacked where gzip has packed them, and texts as UTF-8. */
import { parquetModule } from "./chunks";

/** Bytes as they come; `undefined` at their end. */
export interface Bytes {
  readonly read: () => Promise<Uint8Array | undefined>;
  readonly cancel: () => Promise<void>;
}

const UNREADABLE = "the file is packed with gzip and can't be unpacked: it is cut off or damaged";

/** The first two bytes or more, and all bytes with these. */
export async function peek(bytes: Bytes): Promise<[Uint8Array | undefined, Bytes]> {
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

/** Whether bytes begin like a file that gzip has packed. */
export function isPacked(head: Uint8Array | undefined): boolean {
  return head?.[0] === 0x1f && head[1] === 0x8b;
}

/**
 * Unpacks what gzip has packed. Browsers refuse what follows the end of a packed file, also where it is one more, as in
 * rotated logs; then the bytes are asked for `again`, and all are unpacked by a module of ours.
 */
export function unpacked(packed: Bytes, again: () => Promise<Bytes>): Bytes {
  const gunzip = new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
  let bytes = changed(packed, (stream) => stream.pipeThrough(gunzip));
  let taken = 0;
  let isOurs = false;
  const read = async () => {
    try {
      const next = await bytes.read();
      taken += next?.length ?? 0;
      return next;
    } catch (problem) {
      if (isOurs || !(problem instanceof Refused)) throw problem;
      isOurs = true;
      bytes = await unpackedHere(await again(), taken);
      return bytes.read();
    }
  };
  return { read, cancel: () => bytes.cancel() };
}

/** Unpacks by a module of ours, without the first bytes, which have been taken already. */
async function unpackedHere(packed: Bytes, taken: number): Promise<Bytes> {
  const { Gunzip } = await parquetModule();
  let gunzip: InstanceType<typeof Gunzip> | undefined = new Gunzip();
  let missing = taken;
  const end = () => {
    gunzip?.free();
    gunzip = undefined;
  };
  const unpack = (bytes: Uint8Array | undefined) => {
    try {
      return bytes ? gunzip?.push(bytes) : gunzip?.end();
    } catch {
      end();
      throw new Error(UNREADABLE);
    }
  };
  const read = async () => {
    while (gunzip) {
      const next = await packed.read();
      const bytes = unpack(next) ?? new Uint8Array();
      if (!next) end();
      const fresh = bytes.subarray(Math.min(missing, bytes.length));
      missing -= bytes.length - fresh.length;
      if (fresh.length > 0) return fresh;
    }
    return undefined;
  };
  const cancel = () => {
    end();
    return packed.cancel();
  };
  return { read, cancel };
}

/**
 * How a text becomes UTF-8 that has the mark of UTF-16, or no mark and is said to be `encoding`; `undefined` where it is
 * to stay as it is.
 */
export function asUtf8(bytes: Bytes, head: Uint8Array | undefined, encoding: string | undefined): Bytes | undefined {
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
  return changed(bytes, (stream) => stream.pipeThrough(texts).pipeThrough(new TextEncoderStream()));
}

/** A change did not take the bytes. */
class Refused extends Error {}

/** What a change makes of bytes. */
function changed(bytes: Bytes, change: (bytes: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>): Bytes {
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
      throw problem ?? new Refused(UNREADABLE);
    }
  };
  return { read, cancel: () => reader.cancel() };
}
