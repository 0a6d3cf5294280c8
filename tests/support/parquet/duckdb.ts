import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from "@duckdb/node-api";

/** The only one of a process: its library was seen to wait for ever once others had been closed beside it. */
let instance: Promise<DuckDBInstance> | null = null;
/** Databases so far. */
let count = 0;

/**
 * Once its library was loaded, Deno sees a timer late or never that was set while the next thing to wake up for was
 * one that was cleared since. With this one there is always something to wake up for.
 */
Deno.unrefTimer(setInterval(() => {}, 50));

/**
 * DuckDB in memory: what other people's Parquet files hold, and what they read in ours. Its native
 * library needs `--allow-ffi`.
 */
export class DuckDB implements Disposable {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** A connection with a database of its own. */
  static async open(): Promise<DuckDB> {
    instance ??= DuckDBInstance.create(":memory:", { threads: "2" });
    const duckdb = new DuckDB(await (await instance).connect());
    const name = `own_${count++}`;
    for (const sql of [`attach ':memory:' as ${name}`, `use ${name}`, "set TimeZone = 'UTC'"]) {
      await duckdb.run(sql);
    }
    return duckdb;
  }

  /** Runs a statement for its effect. */
  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /** A query's rows, each an array of DuckDB's own values. */
  async rows(sql: string): Promise<DuckDBValue[][]> {
    return (await this.#connection.runAndReadAll(sql)).getRows();
  }

  /** A query's rows with plain numbers, strings, booleans, bigints, `Date`s, arrays and objects. */
  async plainRows(sql: string): Promise<unknown[][]> {
    return (await this.#connection.runAndReadAll(sql)).getRowsJS();
  }

  /** A query's columns by name, with plain values like those of {@linkcode DuckDB.plainRows}. */
  async columns(sql: string): Promise<Record<string, readonly unknown[]>> {
    return (await this.#connection.runAndReadAll(sql)).getColumnsObjectJS();
  }

  /** The only column of a query, in DuckDB's own values. */
  async column(sql: string): Promise<DuckDBValue[]> {
    return (await this.rows(sql)).map(([value]) => value!);
  }

  [Symbol.dispose](): void {
    this.#connection.closeSync();
  }
}

/** A text as an SQL string. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
