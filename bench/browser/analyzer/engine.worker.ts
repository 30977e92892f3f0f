/** The engine in a worker, as a page would run it: bytes and requests come in, reports go out. */

interface Engine {
  expect_rows(n_rows: number): void;
  push_chunk(chunk: Uint8Array): unknown;
  finish(): unknown;
  summary(): unknown;
  run(request: unknown): unknown;
  free(): void;
}

interface ParquetReader {
  n_rows(): number;
  missing(): Float64Array;
  give(start: number, bytes: Uint8Array): void;
  next_chunk(): Uint8Array | undefined;
  free(): void;
}

let engineModule: { Engine: new (options: unknown) => Engine };
let parquetModule: {
  ParquetReader: { new (size: number, footer: Uint8Array): ParquetReader; n_footer_bytes(end: Uint8Array): number };
};
let memories: WebAssembly.Memory[];
let engine: Engine | undefined;

const calls = {
  async start(): Promise<void> {
    const load = async (name: string) => {
      const module = await import(`/dist/analyzer/${name}.js`);
      return { module, exports: await module.default() };
    };
    const [loadedEngine, loadedParquet] = await Promise.all([load("engine"), load("parquet")]);
    engineModule = loadedEngine.module;
    parquetModule = loadedParquet.module;
    memories = [loadedEngine.exports.memory, loadedParquet.exports.memory];
  },

  /** Returns what the time went to, in milliseconds. */
  open(file: Uint8Array): object {
    engine?.free();
    const mapping = {
      person: "visitor",
      time: "ts",
      name: "name",
      page: "page_path",
      value: "value",
      currency: "currency",
      props: ["channel"],
    };
    engine = new engineModule.Engine({ format: "parquet", mapping });
    const times = { decode: 0, push: 0, finish: 0 };
    const timed = <T>(part: keyof typeof times, run: () => T): T => {
      const start = performance.now();
      const result = run();
      times[part] += performance.now() - start;
      return result;
    };
    const { ParquetReader } = parquetModule;
    const reader = timed("decode", () => {
      const footer = ParquetReader.n_footer_bytes(file.subarray(-8));
      return new ParquetReader(file.length, file.subarray(-footer));
    });
    engine.expect_rows(reader.n_rows());
    for (;;) {
      const chunk = timed("decode", () => {
        const places = reader.missing();
        for (let at = 0; at < places.length; at += 2) {
          const [start = 0, end = 0] = places.subarray(at, at + 2);
          reader.give(start, file.subarray(start, end));
        }
        return reader.next_chunk();
      });
      if (!chunk) break;
      timed("push", () => engine?.push_chunk(chunk));
    }
    reader.free();
    timed("finish", () => engine?.finish());
    return times;
  },

  summary: () => engine?.summary(),
  run: (request: unknown) => engine?.run(request),
  /** Of the engine, and of the Parquet reader: what each has asked for at most, since neither gives any back. */
  memoryBytes: () => memories.map((memory) => memory.buffer.byteLength),
};

self.onmessage = async ({ data: { call, argument } }: MessageEvent<{ call: keyof typeof calls; argument: never }>) => {
  try {
    self.postMessage({ value: await calls[call](argument) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
