/** The engine in a worker, as a page would run it: bytes and requests come in, reports go out. */

interface Engine {
  push_chunk(chunk: Uint8Array): unknown;
  finish(): unknown;
  summary(): unknown;
  run(request: unknown): unknown;
  free(): void;
}

interface ParquetReader {
  next_chunk(): Uint8Array | undefined;
  free(): void;
}

let engineModule: { Engine: new (options: unknown) => Engine };
let parquetModule: { ParquetReader: new (file: Uint8Array) => ParquetReader };
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
    const reader = timed("decode", () => new parquetModule.ParquetReader(file));
    for (;;) {
      const chunk = timed("decode", () => reader.next_chunk());
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
