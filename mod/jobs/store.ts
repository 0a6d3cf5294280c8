import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { ServiceError } from "../common/errors.ts";
import type { FormulaSource } from "../job/formula_source.ts";
import type { LogLine } from "../job/log_line.ts";
import type { JobRequest, Publication } from "../job/request.ts";
import type { PartialPlace } from "../result/place.ts";
import type { Keeping } from "../job/retention.ts";
import {
  isEnded,
  JOB_STATES,
  type JobFilter,
  type JobNames,
  type JobOrder,
  type JobRecord,
  type JobState,
  type Outcome,
} from "../job/record.ts";
import { wordsOf } from "./job_words.ts";
import { openState, watchState } from "./state_file.ts";
import { Writes } from "./writes.ts";

/** A job that had not ended when the service did. */
export interface Unfinished {
  record: JobRecord;
  /** Where its last run put its result; null where there was none. */
  place: PartialPlace | null;
  /** The result its last run was about to publish. */
  publication: Publication | null;
}

/** What a job's runs have told. */
interface Told {
  log: LogLine[];
  formula: FormulaSource | null;
}

const ENDS = JOB_STATES.filter(isEnded);

/** What jobs of a list have to fulfil, by the filter's names. */
const CONDITIONS = {
  client: "client = ?",
  owner: "owner = ?",
  file: "file = ?",
  before: "seq < ?",
  from: "submitted >= ?",
  to: "submitted < ?",
} as const satisfies Partial<Record<keyof JobFilter, string>>;

/** Jobs that failed before they began, kept at most: whoever finds no room again and again drives out nobody's. */
const MOST_REFUSED = 1000;

const COLUMNS =
  "seq, id, key, client, owner, roots, attached, priority, precedence, directory, base, file, " +
  "params, output, state, attempts, submitted, started, ended, report, error";

/** What lists are sorted by; a job that was never started took no time, and comes last either way. */
const ORDERS: Readonly<Record<JobOrder["by"], string>> = {
  submitted: "seq",
  file: "file",
  state: `instr('${JOB_STATES.join(" ")}', state)`,
  client: "client",
  seconds: "ended - started",
};

/**
 * The jobs, on disk or in memory. What was written can be read once the promise of the write has settled. Only
 * lists first write to the disk what isn't there yet, if that is possible.
 *
 * Data that can't be read, for example from a damaged disk, is a `ServiceError` with the code `BUSY`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { JobStore } from "./store.ts";
 *
 * assertEquals(new JobStore().durable, false);
 * assertEquals(new JobStore(await Deno.makeTempDir()).durable, true);
 * ```
 */
export class JobStore {
  /** Jobs outlive this process. */
  readonly durable: boolean;
  readonly #database: DatabaseSync;
  readonly #writes: Writes;
  readonly #statements = new Map<string, StatementSync>();
  #last: number;

  /**
   * @param folder Where the state lies; null keeps it in memory.
   * @throws StateError when the folder can't be used.
   */
  constructor(folder: string | null = null) {
    this.durable = folder !== null;
    this.#database = openState(folder);
    this.#writes = new Writes(this.#database, folder === null ? undefined : watchState(folder));
    this.#last = Number(this.#get("SELECT coalesce(max(seq), 0) AS last FROM job")!.last);
  }

  /** Why jobs can't be kept, and what to do; null where they can. */
  get problem(): string | null {
    return this.#writes.problem;
  }

  /** The number of the next job. */
  nextSeq(): number {
    return ++this.#last;
  }

  /** Adds a job. Settles when it is on the disk, and rejects with `BUSY` when it can't be brought there. */
  insert(record: JobRecord, request: JobRequest): Promise<void> {
    const text = JSON.stringify(request);
    return this.#writes.attempt(() =>
      this.#run(
        `INSERT INTO job (seq, id, key, client, owner, roots, attached, priority, precedence, directory,
           base, file, params, output, words, request, state, attempts, submitted, bytes)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        record.seq,
        record.id,
        record.key,
        record.client,
        record.owner,
        record.roots && JSON.stringify(record.roots),
        Number(record.attached),
        record.priority,
        record.precedence,
        record.directory,
        record.base,
        record.file,
        record.params,
        record.output,
        wordsOf(record),
        text,
        record.state,
        record.attempts,
        record.submitted,
        text.length,
      )
    );
  }

  /** A run begins. Settles when that is on the disk. */
  start({ id, attempts, started }: JobRecord, place: PartialPlace): Promise<void> {
    const where = JSON.stringify(place);
    return this.#writes.add(() =>
      this.#run(
        `UPDATE job SET state = 'running', attempts = ?, started = ?, place = ?, publication = NULL
         WHERE id = ?`,
        attempts,
        started,
        where,
        id,
      )
    );
  }

  /** A result is about to get its name. Settles when that is on the disk. */
  announce(id: string, publication: Publication): Promise<void> {
    const text = JSON.stringify(publication);
    return this.#writes.add(() =>
      this.#run("UPDATE job SET publication = ? WHERE id = ?", text, id)
    );
  }

  /** A job that ran is to run again. */
  requeue({ id, attempts }: JobRecord): void {
    this.#writes.add(() =>
      this.#run(
        "UPDATE job SET state = 'queued', attempts = ?, started = NULL, place = NULL WHERE id = ?",
        attempts,
        id,
      )
    );
  }

  /** A job has ended. Settles when that is on the disk. */
  end(record: JobRecord, outcome: Outcome, { log, formula }: Told): Promise<void> {
    const { id, started, ended, attempts } = record;
    const complete = outcome.state === "complete";
    const { result = null, ...rest } = complete ? outcome.report : {};
    const report = complete ? JSON.stringify({ ...rest, log: [] }) : null;
    const error = complete ? null : JSON.stringify(outcome.error);
    const lines = log.length > 0 ? JSON.stringify(log) : null;
    const source = formula && JSON.stringify(formula);
    const words = wordsOf(record);
    return this.#writes.add(() =>
      this.#run(
        `UPDATE job SET state = ?, started = ?, ended = ?, attempts = ?, words = ?, report = ?, error = ?, result = ?,
           log = ?, formula = ?, bytes = bytes + ?, place = NULL, publication = NULL WHERE id = ?`,
        outcome.state,
        started,
        ended,
        attempts,
        words,
        report,
        error,
        result,
        lines,
        source,
        (result ?? "").length + (lines ?? "").length + (source ?? "").length,
        id,
      )
    );
  }

  find(id: string): JobRecord | null {
    const row = this.#get(`SELECT ${COLUMNS} FROM job WHERE id = ?`, id);
    return row === undefined ? null : recordOf(row);
  }

  /** Id of the job on the disk that its owner submitted under this key. */
  idOf(owner: string | null, key: string): string | null {
    const row = this.#get(
      "SELECT id FROM job WHERE coalesce(owner, '') = ? AND key = ?",
      owner ?? "",
      key,
    );
    return (row?.id ?? null) as string | null;
  }

  /** What a job that is on the disk asks for. */
  request(id: string): JobRequest {
    return JSON.parse(String(this.#get("SELECT request FROM job WHERE id = ?", id)!.request));
  }

  /** Text of a result that is not columns, where it is small enough to be kept. */
  result(id: string): string | undefined {
    const result = this.#get("SELECT result FROM job WHERE id = ?", id)?.result;
    return typeof result === "string" ? result : undefined;
  }

  log(id: string): LogLine[] {
    return JSON.parse(String(this.#get("SELECT log FROM job WHERE id = ?", id)?.log ?? "[]"));
  }

  /** The formula as it ran; null where that isn't known. */
  formula(id: string): FormulaSource | null {
    const row = this.#get("SELECT formula FROM job WHERE id = ?", id);
    return parsed(row?.formula) as FormulaSource | null;
  }

  /** The newest first. @param states Of those that are asked for; only ends, as others are known better elsewhere. */
  list({ states, order, words = [], limit, ...filter }: JobFilter): JobRecord[] {
    const conditions = ["TRUE"];
    const values: SQLInputValue[] = [];
    if (states !== undefined && ENDS.every((state) => states.includes(state))) {
      conditions.push("ended IS NOT NULL"); // in the order of the jobs, without sorting all that have ended
    } else if (states !== undefined) {
      conditions.push(`state IN (${states.map(() => "?").join(", ")})`);
      values.push(...states);
    }
    for (const [name, condition] of Object.entries(CONDITIONS)) {
      const value = filter[name as keyof typeof CONDITIONS];
      if (value === undefined) continue;
      conditions.push(condition);
      values.push(value);
    }
    for (const word of words) {
      conditions.push("instr(words, ?) > 0");
      values.push(word);
    }
    const by = order === undefined
      ? ""
      : `${ORDERS[order.by]} ${order.descending ? "DESC" : "ASC"} NULLS LAST,`;
    this.#writes.flush();
    // The rows are read of those alone that are listed: whole ones take four times as long to sort.
    return reading(() =>
      this.#prepare(
        `SELECT ${COLUMNS} FROM job WHERE seq IN (
           SELECT seq FROM job WHERE ${conditions.join(" AND ")} ORDER BY ${by} seq DESC LIMIT ?)
         ORDER BY ${by} seq DESC`,
      ).all(...values, limit).map(recordOf)
    );
  }

  /** Names of formulas and of clients that jobs have, of one owner or of all; so many of each at most. */
  names(owner: string | undefined, most: number): JobNames {
    const [condition, values] = owner === undefined ? ["TRUE", []] : ["owner = ?", [owner]];
    const distinct = (column: string) =>
      this.#prepare(
        `SELECT DISTINCT ${column} AS name FROM job WHERE ${condition} ORDER BY name LIMIT ?`,
      ).all(...values, most).map(({ name }) => String(name));
    return reading(() => ({ files: distinct("file"), clients: distinct("client") }));
  }

  /** Jobs that have not ended, in the order they came. */
  unfinished(): Unfinished[] {
    return this.#prepare(
      `SELECT ${COLUMNS}, place, publication FROM job WHERE ended IS NULL ORDER BY seq`,
    ).all().map((row) => ({
      record: recordOf(row),
      place: parsed(row.place) as PartialPlace | null,
      publication: parsed(row.publication) as Publication | null,
    }));
  }

  /** Drops ended jobs that are too old or too many; those that ended first go first. */
  sweep({ keepSeconds, keepJobs, keepBytes }: Keeping): void {
    this.#writes.add(() =>
      this.#run(
        `DELETE FROM job WHERE seq IN (
           SELECT seq FROM job WHERE state = 'failed' AND started IS NULL ORDER BY seq DESC LIMIT -1 OFFSET ?)`,
        MOST_REFUSED,
      )
    );
    this.#writes.add(() =>
      this.#run(
        `DELETE FROM job WHERE seq IN (
           SELECT seq FROM (
             SELECT seq, ended, row_number() OVER newest AS place, sum(bytes) OVER newest AS total
             FROM job WHERE ended > 0 WINDOW newest AS (ORDER BY ended DESC, seq DESC)
           ) WHERE ended < ? OR place > ? OR total > ?)`,
        Date.now() - keepSeconds * 1000,
        keepJobs,
        keepBytes,
      )
    );
  }

  /** Brings everything to the disk and lets go of it. */
  close(): void {
    try {
      this.#writes.close();
    } finally {
      this.#database.close();
    }
  }

  #get(sql: string, ...values: SQLInputValue[]): Record<string, SQLOutputValue> | undefined {
    return reading(() => this.#prepare(sql).get(...values));
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const made = this.#database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }
}

function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ServiceError(
      "BUSY",
      `the state can't be read (${reason}): see to the disk, start the service anew, then ask again`,
    );
  }
}

function recordOf(row: Record<string, SQLOutputValue>): JobRecord {
  return {
    ...row as unknown as JobRecord,
    roots: parsed(row.roots) as JobRecord["roots"],
    attached: row.attached === 1,
    state: row.state as JobState,
    report: parsed(row.report) as JobRecord["report"],
    error: parsed(row.error) as JobRecord["error"],
  };
}

function parsed(text: SQLOutputValue | undefined): unknown {
  return typeof text === "string" ? JSON.parse(text) : null;
}
