/**
 * The page on which both engines run. Every method is one stage, called by the driver in this order; each returns
 * plain samples in milliseconds and leaves the statistics to the driver.
 */

import * as duckdb from "@duckdb/duckdb-wasm";
import * as duckdbWithParquet from "duckdb-wasm-with-parquet";
import { DuckDb, type Row } from "./duckdb";
import { type Question, questions, variants } from "./questions";
import openSql from "./sql/open.sql";
import prepareSql from "./sql/prepare.sql";
import unpreparedSql from "./sql/unprepared.sql";

const NEWEST = "@duckdb/duckdb-wasm";
/** The last release with a Parquet reader in it: later ones fetch it from the vendor's server when first needed. */
const WITH_PARQUET = "duckdb-wasm-with-parquet";
const FILE = "events.parquet";
/** How often a question is asked of rows that nobody prepared, which takes long. */
const N_UNPREPARED = 5;

let file: Uint8Array;
let engine: OurEngine;
let database: DuckDb;
let databaseWithParquet: DuckDb;
/** Whether DuckDB has the events, and can be asked about them. */
let isTableOpen = false;

interface OurSummary {
  n_events: number;
  n_people: number;
  n_sessions: number;
  names: unknown[];
}

class OurEngine {
  private readonly worker = new Worker("engine.worker.js", { type: "module" });

  call<T>(call: string, argument?: unknown, transfer: Transferable[] = []): Promise<T> {
    return new Promise((resolve, reject) => {
      this.worker.onerror = ({ message }) => reject(new Error(`worker: ${message}`));
      this.worker.onmessage = ({ data }) => ("error" in data ? reject(new Error(data.error)) : resolve(data.value));
      this.worker.postMessage({ call, argument }, transfer);
    });
  }

  open(): Promise<unknown> {
    const copy = file.slice();
    return this.call("open", copy, [copy.buffer]);
  }

  stop(): void {
    this.worker.terminate();
  }
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

/** Rounds of first one, then the other, so that whatever else the machine does falls on both. */
async function alternate(
  n_rounds: number,
  contenders: Record<string, () => Promise<unknown>>,
): Promise<Record<string, number[]>> {
  const samples: Record<string, number[]> = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < n_rounds; round++) {
    for (const [name, run] of Object.entries(contenders)) samples[name]?.push(await timed(run));
  }
  return samples;
}

function requireSame(title: string, variant: string, ours: string[], theirs: string[]): void {
  const difference = [
    ...ours.filter((line) => !theirs.includes(line)).map((line) => `ours:   ${line}`),
    ...theirs.filter((line) => !ours.includes(line)).map((line) => `theirs: ${line}`),
  ];
  if (difference.length > 0)
    throw new Error(`${title}, variant ${variant}: the answers differ\n${difference.join("\n")}`);
}

/** Checks every query's answer, and finds the quickest one, if any; `failed` says why others gave none. */
async function quickestOf(question: Question, ours: string[], queries: [name: string, sql: string][]) {
  const times: Record<string, number> = {};
  const failed: Record<string, string> = {};
  let quickest: { name: string; sql: string } | undefined;
  for (const [name, sql] of queries) {
    let rows: Row[];
    try {
      rows = await database.query(sql);
    } catch (error) {
      // It may run out of memory; what others answer is no less worth measuring.
      failed[name] = String(error);
      continue;
    }
    requireSame(question.title, name, ours, question.theirs(rows));
    const samples = [];
    for (let round = 0; round < 3; round++) samples.push(await timed(() => database.query(sql)));
    times[name] = Math.min(...samples);
    if (!quickest || times[name] < (times[quickest.name] ?? 0)) quickest = { name, sql };
  }
  return { quickest, found: { name: quickest?.name, times, failed } };
}

/** How DuckDB is asked; not at all where it can't answer. */
function asking(quickest: { sql: string } | undefined): Record<string, () => Promise<unknown>> {
  return quickest ? { theirs: () => database.query(quickest.sql) } : {};
}

/**
 * Queries that find `events` in the rows as the file has them, and cut sessions where they ask for any. Not those that
 * rest on names being an enumeration.
 */
function ofUnprepared(queries: [name: string, sql: string][]): [name: string, sql: string][] {
  const [people = "", sessions = ""] = variants(unpreparedSql).map(([, events]) => events.trimEnd());
  const withTexts = queries.filter(([, sql]) => !sql.includes("enum_code"));
  return withTexts.map(([name, sql]) => {
    const events = sql.includes("session") ? sessions : people;
    return [name, sql.replace(/^(\s*--.*\n)*WITH/, `${events},`)];
  });
}

const stages = {
  /** Downloads the data: not part of any time. */
  async download(name: string): Promise<number> {
    file = new Uint8Array(await (await fetch(`/data/${name}`)).arrayBuffer());
    return file.length;
  },

  /** From nothing to an engine that takes requests: download from the same machine, compilation, set-up. */
  async start(n_rounds: number): Promise<object> {
    const ours: OurEngine[] = [];
    const theirs: DuckDb[] = [];
    const samples = await alternate(n_rounds, {
      ours: async () => {
        const next = new OurEngine();
        await next.call("start");
        ours.push(next);
      },
      theirs: async () => {
        theirs.push(await DuckDb.start(duckdb, NEWEST));
      },
    });
    engine = ours.pop() as OurEngine;
    database = theirs.pop() as DuckDb;
    for (const rest of ours) rest.stop();
    for (const rest of theirs) await rest.stop();
    databaseWithParquet = await DuckDb.start(duckdbWithParquet, WITH_PARQUET);
    return { samples, version: await database.version(), version_with_parquet: await databaseWithParquet.version() };
  },

  /** The Parquet file, already in memory, to a dataset; and to the first funnel, by whatever way is quickest. */
  async open(n_rounds: number): Promise<object> {
    const funnel = questions.funnel as (typeof questions)["funnel"] & object;
    let parts: unknown;
    const contenders: Record<string, () => Promise<unknown>> = {
      ours: async () => {
        parts = await engine.open();
      },
      "ours, to funnel": async () => {
        await engine.open();
        await engine.call("run", funnel.request);
      },
    };
    for (const [name, sql] of variants(openSql)) {
      contenders[name] = () => databaseWithParquet.queryFile(FILE, file.slice(), sql);
    }
    // A single funnel needs no table: DuckDB reads the three columns from the file.
    const events = `WITH events AS (SELECT visitor AS person, epoch_ms(ts) AS ts, name FROM read_parquet('${FILE}')),`;
    for (const [name, sql] of variants(funnel.sql)) {
      const direct = sql.replace(/^(\s*--.*\n)*WITH/, events);
      if (name !== "lists")
        contenders[`file, to funnel (${name})`] = () => databaseWithParquet.queryFile(FILE, file.slice(), direct);
    }
    const failed: Record<string, string> = {};
    for (const [name, run] of Object.entries(contenders)) {
      try {
        await run();
      } catch (error) {
        // DuckDB has limits of memory of its own; what it can't open is no reason to stop measuring the rest.
        if (name.startsWith("ours")) throw error;
        failed[name] = String(error);
        delete contenders[name];
      }
    }
    isTableOpen = "sorted" in contenders || "copy" in contenders;
    return { samples: await alternate(n_rounds, contenders), parts, failed };
  },

  /** Gives both the data in the shape that suits them best. */
  async prepare(): Promise<object> {
    const { n_events, n_people, n_sessions, names } = await engine.call<OurSummary>("summary");
    if (!isTableOpen) return { events: n_events, people: n_people, sessions: n_sessions, names: names.length };
    // Opening may have left them sorted.
    const [, copy = ""] = variants(openSql).find(([name]) => name === "copy") ?? [];
    await databaseWithParquet.queryFile(FILE, file.slice(), copy);
    const columns = "visitor, epoch_ms(ts) AS ts, name, channel";
    await databaseWithParquet.copyTable("opened", columns, database, "imported");
    await databaseWithParquet.stop();
    for (const statement of prepareSql.split(";")) {
      if (statement.trim()) await database.query(statement);
    }
    const [counts = {} as Row] = await database.query(
      "SELECT count(*)::INTEGER AS events, max(person)::INTEGER AS people, max(session)::INTEGER AS sessions, count(DISTINCT name)::INTEGER AS names FROM events",
    );
    if (counts.events !== n_events) throw new Error(`ours holds ${n_events} events, theirs ${counts.events}`);
    return counts;
  },

  /** Checks every variant's answer, picks the quickest variant, then asks both in turns; of rows prepared, and not. */
  async ask(name: string, n_rounds: number): Promise<object> {
    const question = questions[name];
    if (!question) throw new Error(`no question ${name}`);
    const report = question.request ? engine.call("run", question.request) : engine.call("summary");
    const ours = question.ours((await report) as never);
    if (!isTableOpen) {
      const contenders: Record<string, () => Promise<unknown>> = {};
      if (question.request) contenders.ours = () => engine.call("run", question.request);
      return { title: question.title, answer: ours, samples: await alternate(n_rounds, contenders) };
    }
    const queries = variants(question.sql);
    const { quickest, found: prepared } = await quickestOf(question, ours, queries);
    const { request, title } = question;
    if (!request) return { title, answer: ours, prepared, samples: await alternate(n_rounds, asking(quickest)) };
    const run = () => engine.call("run", request);
    const samples = await alternate(n_rounds, { ...asking(quickest), ours: run });
    const { quickest: slow, found: unprepared } = await quickestOf(question, ours, ofUnprepared(queries));
    const besideUnprepared = await alternate(N_UNPREPARED, { ...asking(slow), ours: run });
    return { title, answer: ours, prepared, samples, unprepared, besideUnprepared };
  },

  memory: () => engine.call<number[]>("memoryBytes"),
};

Object.assign(globalThis, { stages });
