/** The files in a zip archive. What reads archives is loaded when the first one is met. */
import { is_of_events, is_of_office } from "@analyzer/engine.js";
import type { Entry, FileEntry, Reader } from "@zip.js/zip.js";

/** One file in an archive, unpacked as it is read. */
export interface Member {
  readonly kind: "member";
  /** Its path, behind the archive's name. */
  readonly name: string;
  /** Bytes after unpacking. */
  readonly size: number;
  readonly stream: () => ReadableStream<Uint8Array>;
  readonly encoding?: string | undefined;
}

const OPTIONS = { useWebWorkers: false, checkSignature: true } as const;

/** Whether bytes begin like a zip archive. */
export function isArchive(head: Uint8Array): boolean {
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4; // "PK"
}

/**
 * The files of events in an archive, in its order; `undefined` where it is a document of an office program.
 *
 * @throws where the archive can't be read, or has no such file.
 */
export async function membersOf(archive: Blob, name: string): Promise<Member[] | undefined> {
  const files = (await entriesOf(archive)).filter((entry): entry is FileEntry => !entry.directory);
  const paths = files.map(({ filename }) => filename);
  if (paths.some(is_of_office)) return undefined;
  const chosen = files.filter(({ filename }) => is_of_events(filename));
  if (chosen.length === 0) {
    const held = paths.slice(0, 5).join(", ") || "none";
    throw new Error(
      `the archive has no file of events, such as events.csv, events.json.gz or events.parquet; its files: ${held}`,
    );
  }
  const locked = chosen.find(({ encrypted }) => encrypted);
  if (locked) throw new Error(`${locked.filename} is protected by a password: unpack the archive first`);
  return chosen.map((file) => ({
    kind: "member",
    name: `${name}/${file.filename}`,
    size: file.uncompressedSize,
    stream: () => streamOf(file),
  }));
}

async function entriesOf(archive: Blob): Promise<Entry[]> {
  const { ZipReader } = await import("@zip.js/zip.js/lib/zip-core-reader.js");
  try {
    return await new ZipReader(readerOf(archive), OPTIONS).getEntries();
  } catch (problem) {
    throw new Error(`the zip archive can't be read: it is cut off or damaged (${reason(problem)})`);
  }
}

/** Any part of a file, without reading the rest. */
function readerOf(archive: Blob): Reader<Blob> {
  const part = (start: number, length: number) => archive.slice(start, start + length);
  return {
    size: archive.size,
    init: async () => undefined,
    readUint8Array: async (start, length) => new Uint8Array(await part(start, length).arrayBuffer()),
    createReadable: ({ offset = 0, size = archive.size } = {}) => part(offset, size).stream(),
    readable: archive.stream(),
  };
}

function streamOf(file: FileEntry): ReadableStream<Uint8Array> {
  let told: unknown;
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  file.getData(writable, OPTIONS).catch((problem: unknown) => (told = problem));
  const reader = readable.getReader();
  return new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await reader.read().catch((problem: unknown) => {
        throw new Error(`${file.filename} can't be unpacked: it is damaged (${reason(told ?? problem)})`);
      });
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (why) => reader.cancel(why),
  });
}

function reason(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem);
}
