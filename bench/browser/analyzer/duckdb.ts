/** DuckDB-Wasm in its own worker, with one thread, as its documentation sets it up. */

import { tableFromIPC, tableToIPC } from "apache-arrow";

/** What is used of either version of the package. */
interface Database {
  instantiate(module: string): Promise<unknown>;
  connect(): Promise<Connection>;
  getVersion(): Promise<string>;
  registerFileBuffer(name: string, content: Uint8Array): Promise<void>;
  dropFile(name: string): Promise<unknown>;
  runQuery(connection: number, sql: string): Promise<Uint8Array>;
  terminate(): Promise<void>;
}

interface Connection {
  query(sql: string): Promise<{ toArray(): { toJSON(): Row }[] }>;
  insertArrowFromIPCStream(stream: Uint8Array, options: { name: string; create: boolean }): Promise<void>;
  useUnsafe<T>(use: (database: Database, connection: number) => T): T;
}

interface Package {
  // Each version has a logger type of its own.
  AsyncDuckDB: new (logger: never, worker: Worker) => unknown;
  VoidLogger: new () => unknown;
}

export type Row = Record<string, string | number>;

export class DuckDb {
  private constructor(
    private readonly database: Database,
    private readonly connection: Connection,
  ) {}

  /** Starts a worker from the files in this folder of `node_modules`. */
  static async start(duckdb: Package, folder: string): Promise<DuckDb> {
    const worker = new Worker(`/modules/${folder}/dist/duckdb-browser-eh.worker.js`);
    const database = new duckdb.AsyncDuckDB(new duckdb.VoidLogger() as never, worker) as Database;
    await database.instantiate(new URL(`/modules/${folder}/dist/duckdb-eh.wasm`, location.href).href);
    return new DuckDb(database, await database.connect());
  }

  version(): Promise<string> {
    return this.database.getVersion();
  }

  async query(sql: string): Promise<Row[]> {
    return (await this.connection.query(sql)).toArray().map((row) => row.toJSON());
  }

  /** Hands a file to the worker and runs a query that reads it under this name. */
  async queryFile(name: string, content: Uint8Array, sql: string): Promise<Row[]> {
    await this.database.registerFileBuffer(name, content);
    const rows = await this.query(sql);
    await this.database.dropFile(name);
    return rows;
  }

  /** Copies a table into another database, in pieces that each fit an Arrow buffer. */
  async copyTable(table: string, columns: string, target: DuckDb, targetTable: string): Promise<void> {
    const [{ n } = { n: 0 }] = await this.query(`SELECT count(*)::INTEGER AS n FROM ${table}`);
    const step = 500_000;
    for (let start = 0; start < Number(n); start += step) {
      const sql = `SELECT ${columns} FROM ${table} WHERE rowid >= ${start} AND rowid < ${start + step}`;
      const result = await this.connection.useUnsafe((database, connection) => database.runQuery(connection, sql));
      // A result comes in Arrow's file format, an insertion wants its stream format.
      const stream = tableToIPC(tableFromIPC(result), "stream");
      await target.connection.insertArrowFromIPCStream(stream, { name: targetTable, create: start === 0 });
    }
  }

  stop(): Promise<void> {
    return this.database.terminate();
  }
}
