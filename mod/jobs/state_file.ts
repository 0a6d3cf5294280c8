import { join } from "@std/path";
import { DatabaseSync } from "node:sqlite";
import { reportFault } from "../common/log.ts";
import type { JobRequest } from "../job/request.ts";
import { paramsText, type SearchedJob, wordsOf } from "./job_words.ts";

/** The state folder can't be used: the message says why and what to do. */
export class StateError extends Error {
  override readonly name = "StateError";
}

/** The file in the state folder. */
export const STATE_FILE = "jobs.sqlite";

/** Marks a database as ours ("MTJ" and a number), and its layout; databases of those before are taken over. */
const APPLICATION_ID = 0x4d544a01, LAYOUT = 4;

/** What is long comes last: a list that goes over many jobs doesn't read it. */
const TABLE = `
  CREATE TABLE job (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    key TEXT,
    client TEXT NOT NULL,
    owner TEXT,
    roots TEXT,
    attached INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    precedence INTEGER NOT NULL,
    directory TEXT NOT NULL,
    base TEXT NOT NULL,
    file TEXT NOT NULL,
    params TEXT,
    output TEXT,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    submitted INTEGER NOT NULL,
    started INTEGER,
    ended INTEGER,
    bytes INTEGER NOT NULL DEFAULT 0,
    words TEXT NOT NULL DEFAULT '',
    error TEXT,
    place TEXT,
    publication TEXT,
    report TEXT,
    request TEXT NOT NULL,
    result TEXT,
    log TEXT,
    formula TEXT
  ) STRICT;
  CREATE UNIQUE INDEX job_key ON job (coalesce(owner, ''), key) WHERE key IS NOT NULL;
  CREATE INDEX job_owner ON job (owner, seq) WHERE owner IS NOT NULL;
  CREATE INDEX job_state ON job (state, seq);
  CREATE INDEX job_ended ON job (ended, bytes) WHERE ended > 0;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${LAYOUT};
`;

/** Columns that all earlier layouts have, too. */
const EARLIER_COLUMNS =
  "seq, id, key, client, attached, priority, directory, base, file, request, state, attempts, " +
  "submitted, started, ended, place, publication, report, result, error, bytes";

/** What the columns that are new since a layout get, by the layout: first jobs belonged to nobody. */
const NEW_COLUMNS: ReadonlyMap<unknown, string> = new Map([
  [1, "NULL, NULL, priority"],
  [2, "owner, roots, precedence"],
  [3, "owner, roots, precedence"],
]);

/** Lines were texts alone. */
const EARLIER_LOG = "(SELECT json_group_array(json_object('text', value)) FROM json_each(log))";

/** Takes over the jobs of an earlier layout. What they are listed and searched by follows from what is there. */
function takeOver(database: DatabaseSync, layout: unknown): void {
  database.exec(`
    ALTER TABLE job RENAME TO earlier_job;
    DROP INDEX IF EXISTS job_key;
    DROP INDEX IF EXISTS job_owner;
    DROP INDEX IF EXISTS job_state;
    DROP INDEX IF EXISTS job_ended;
    ${TABLE}
    INSERT INTO job (${EARLIER_COLUMNS}, log, owner, roots, precedence)
      SELECT ${EARLIER_COLUMNS}, iif(log IS NULL, NULL, ${EARLIER_LOG}), ${NEW_COLUMNS.get(layout)}
      FROM earlier_job;
    DROP TABLE earlier_job;
  `);
  const jobs = database.prepare("SELECT seq FROM job").all();
  const find = database.prepare(
    "SELECT id, key, client, owner, directory, base, file, request, error FROM job WHERE seq = ?",
  );
  const update = database.prepare("UPDATE job SET params = ?, output = ?, words = ? WHERE seq = ?");
  for (const { seq } of jobs) {
    const row = find.get(seq!) as unknown as EarlierJob;
    const request: JobRequest = JSON.parse(row.request);
    const params = paramsText(request), output = request.output ?? null;
    const error = row.error === null ? null : JSON.parse(row.error);
    update.run(params, output, wordsOf({ ...row, params, output, error }), seq!);
  }
}

/** A job of an earlier layout, as far as it is searched. */
type EarlierJob =
  & Omit<SearchedJob, "params" | "output" | "error">
  & { request: string; error: string | null };

/**
 * Opens the database of jobs, for this process alone.
 *
 * A file that is damaged or somebody else's is set aside, with a message, and a new one begun.
 *
 * @param folder Made where it doesn't exist; null keeps everything in memory.
 * @throws {StateError} when another server uses the folder, or it can't be read or written.
 */
export function openState(
  folder: string | null,
  report: (message: string) => void = (message) => reportFault("the state", message),
): DatabaseSync {
  if (folder === null) {
    const database = new DatabaseSync(":memory:");
    database.exec(TABLE);
    return database;
  }
  const path = join(folder, STATE_FILE);
  try {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
    const fault = faultOf(path);
    if (fault !== null) {
      const aside = setAside(path);
      report(
        `the state file ${path} ${fault}: it was set aside as ${aside}, and a new one was begun`,
      );
    }
    return openOwn(path);
  } catch (thrown) {
    if (thrown instanceof StateError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new StateError(`the state folder ${folder} can't be used: ${reason}`);
  }
}

/** Throws when the file that was opened is no more where it was: what is written to it would be lost. */
export function watchState(folder: string): () => void {
  const path = join(folder, STATE_FILE);
  const { dev, ino } = Deno.statSync(path);
  return () => {
    let now: Deno.FileInfo | null = null;
    try {
      now = Deno.statSync(path);
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
    if (now?.ino === ino && now.dev === dev) return;
    throw new Error(`${path} was removed or replaced: put it back, or start the service anew`);
  };
}

/** What makes a file unfit; null for a good one, and where there is none. */
function faultOf(path: string): string | null {
  try {
    const { isFile, size } = Deno.lstatSync(path);
    if (!isFile) return "is no regular file";
    if (size === 0) return null;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return null;
    throw thrown;
  }
  let database;
  try {
    database = openExclusively(path);
    if (pragma(database, "schema_version") === 0) return null; // nothing was ever written
    if (pragma(database, "application_id") !== APPLICATION_ID) {
      return "is a database of something else";
    }
    const layout = pragma(database, "user_version");
    if (layout !== LAYOUT && !NEW_COLUMNS.has(layout)) {
      return "was written by another version of this program";
    }
    const found = pragma(database, "quick_check");
    return found === "ok" ? null : `is damaged (${String(found).split("\n")[0]})`;
  } catch (thrown) {
    if (isDamage(thrown)) return `is damaged (${(thrown as Error).message})`;
    throw thrown;
  } finally {
    database?.close();
  }
}

function openOwn(path: string): DatabaseSync {
  const database = openExclusively(path);
  // The write-ahead log is brought to the disk with every transaction.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  Deno.chmodSync(path, 0o600); // requests and results are nobody else's business
  const layout = pragma(database, "user_version");
  if (layout === 0) database.exec(`BEGIN; ${TABLE} COMMIT`);
  if (NEW_COLUMNS.has(layout)) {
    database.exec("BEGIN");
    takeOver(database, layout);
    database.exec("COMMIT");
  }
  return database;
}

/** The lock is the process's: it goes with it, however it ends. */
function openExclusively(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    pragma(database, "locking_mode = EXCLUSIVE");
    database.prepare("BEGIN EXCLUSIVE").run(); // errors of `exec` have no code
    database.exec("COMMIT");
    return database;
  } catch (thrown) {
    database.close();
    if (codeOf(thrown) === BUSY) {
      throw new StateError(
        `another server uses the state in ${path}: stop it, or give this one a --state of its own`,
      );
    }
    throw thrown;
  }
}

function pragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

/** SQLite's result codes that are told apart here. */
const BUSY = 5, CORRUPT = 11, NOT_A_DATABASE = 26;

function isDamage(thrown: unknown): boolean {
  return codeOf(thrown) === CORRUPT || codeOf(thrown) === NOT_A_DATABASE;
}

/** The code without its details. */
function codeOf(thrown: unknown): number {
  return ((thrown as { errcode?: number }).errcode ?? 0) & 0xff;
}

/** Renames a file and what SQLite keeps beside it; nothing is overwritten. */
function setAside(path: string): string {
  const stamp = new Date().toISOString().replace(/[:.]/g, "-");
  const aside = `${path}.aside-${stamp}-${crypto.randomUUID().slice(0, 8)}`;
  Deno.renameSync(path, aside);
  for (const suffix of ["-wal", "-shm", "-journal"]) {
    try {
      Deno.renameSync(path + suffix, aside + suffix);
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
  }
  return aside;
}
