import { fromFileUrl } from "@std/path";
import { ServiceError } from "../../common/errors.ts";
import { columnsThereAre, meantOrAll } from "../../common/nearest.ts";
import { programFile } from "../../common/program_file.ts";
import type { FileIdentity, JobReport, ResultTable, RowSpan } from "../../job/request.ts";
import type { Jobs } from "../../jobs/jobs.ts";
import type { Math as MathPart, ViewedFile, ViewedLines } from "../../math.ts";
import { edgesOf, type Spacing } from "./histogram_edges.ts";
import type { PlotAnswer, ResultAnswer, RowsAnswer } from "./shapes.ts";
import { Turns } from "../connections/turns.ts";

/** A column of a result. */
interface ResultColumn {
  name: string;
  kind: string;
  type: string;
  nullable: boolean;
  /** As the file notes it. */
  unit: string | null;
}

/** A result that is looked at. */
export interface Shown {
  /** Of the job. */
  id: string;
  /** The table, of a result of several; the first one where it is null. */
  table: string | null;
}

/** What a plot is of. */
export interface Wanted {
  y: string[];
  /** The row number where it is null. */
  x: string | null;
  /** A column that makes a line of each of its values; one line a column of `y` where it is null. */
  group: string | null;
  span: RowSpan;
  /** Points at most. */
  points: number;
  /** Of the points, by rows. */
  spacing: Spacing;
}

const COLUMNS = formula("columns.ts"), ENVELOPE = formula("envelope.ts"), ROWS = formula("rows.ts");
const VALUES = formula("values.ts");

/** Looks at once, and those that may wait. */
const AT_ONCE = 2, MOST_WAITING = 32;
/** A look may take, in seconds. */
const LOOK_SECONDS = 120;
/** Results whose columns are remembered, and columns whose values are. */
const REMEMBERED = 100;
/** Groups of a plot, and values that are counted of a column with more of them. */
const MOST_GROUPS = 12, COUNTED = 1000;
/** Bins of all lines of a plot, so that they fit into an answer. */
const MOST_BINS = 18_000;

/** Results of jobs, looked at in engines: this process reads no Parquet. */
export class Results {
  readonly #jobs: Pick<Jobs, "status" | "result">;
  readonly #math: Pick<MathPart, "view" | "lines" | "assertThere">;
  readonly #turns = new Turns(AT_ONCE, MOST_WAITING);
  readonly #described = new Map<string, { rows: number; columns: ResultColumn[] }>();
  readonly #groups = new Map<string, (string | null)[]>();

  constructor({ jobs, math }: {
    jobs: Pick<Jobs, "status" | "result">;
    math: Pick<MathPart, "view" | "lines" | "assertThere">;
  }) {
    this.#jobs = jobs;
    this.#math = math;
  }

  /**
   * What a complete job's result holds: its rows and columns, or its text.
   *
   * @throws ServiceError when the job isn't complete, or its file can't be read.
   */
  async describe(shown: Shown): Promise<ResultAnswer> {
    const { report } = this.#jobs.result(shown.id);
    const { rows } = report;
    const { file, name } = tableOf(report, shown);
    if (!file.endsWith(".parquet")) return { File: file, Rows: rows, Text: report.result ?? null };
    const found = await this.#look(shown);
    return {
      File: file,
      ...(report.tables && { Table: name, Tables: report.tables.map(({ name }) => name) }),
      Rows: found.rows,
      Columns: found.columns.map(({ name, kind, type, unit }) => ({
        Name: name,
        Kind: kind,
        Type: type,
        Unit: unit,
        Plots: isNumeric(kind),
        Groups: isGrouping(kind),
      })),
    };
  }

  /**
   * Points of columns, or of groups of one, as JSON text.
   *
   * @throws ServiceError also for a column that isn't there, holds no numbers, or has too many values for groups.
   */
  async plot(shown: Shown, { y, x, group, span, points, spacing }: Wanted): Promise<string> {
    const { rows, columns } = await this.#look(shown);
    for (const name of x === null ? y : [...y, x]) assertNumeric(columns, name);
    const values = group === null ? null : await this.#groupsOf(shown, columns, group);
    const from = Math.min(span.from, Math.max(0, rows - 1));
    const to = Math.min(Math.max(span.to, from + 1), rows);
    const most = Math.floor(MOST_BINS / (values ?? y).length);
    const edges = edgesOf({ from, to }, Math.min(points, most), spacing);
    const params = { y, x, edges, group: values && { column: group, values } };
    const text = await this.#view(shown, ENVELOPE, params, { from, to });
    const place: Omit<PlotAnswer, "Plot"> = {
      From: from,
      To: to,
      Rows: rows,
      Edges: edges,
      ...(values && { Groups: values }),
    };
    return `${JSON.stringify(place).slice(0, -1)},"Plot":${text}}`;
  }

  /**
   * Rows as texts, as JSON text; fewer where the result has no more.
   *
   * @throws ServiceError `BAD_REQUEST` where there are none from there on.
   */
  async rows(shown: Shown, span: RowSpan): Promise<string> {
    const { rows } = await this.#look(shown);
    if (span.from >= rows) {
      throw new ServiceError("BAD_REQUEST", `from must be below ${rows}, the rows of the result`);
    }
    const { from, to } = { from: span.from, to: Math.min(span.to, rows) };
    const text = await this.#view(shown, ROWS, null, { from, to });
    const place: Omit<RowsAnswer, "Page"> = { From: from, To: to, Rows: rows };
    return `${JSON.stringify(place).slice(0, -1)},"Page":${text}}`;
  }

  /** Rows as lines of CSV. @throws ServiceError as the others */
  lines(shown: Shown, wanted: Pick<ViewedLines, "columns" | "span" | "names">): Promise<string> {
    const file = this.fileOf(shown);
    return this.#turns.take(() =>
      this.#math.lines({ ...file, ...wanted, formula: COLUMNS }, LOOK_SECONDS)
    );
  }

  /** Rows and columns of a table. @throws ServiceError `BAD_REQUEST` where the result is none */
  async known(shown: Shown): Promise<{ rows: number; columns: ResultColumn[] }> {
    const file = this.nameOf(shown);
    if (file.endsWith(".parquet")) return await this.#look(shown);
    throw new ServiceError("BAD_REQUEST", `the result ${file} is no Parquet file`);
  }

  /** The file's name. @throws ServiceError when the job isn't complete, or has no such table */
  nameOf(shown: Shown): string {
    return tableOf(this.#jobs.result(shown.id).report, shown).file;
  }

  /** Looks no more. */
  close(): void {
    this.#turns.close();
  }

  /** A result's rows and columns. They are remembered, but not that the result is still there. */
  async #look(shown: Shown): Promise<{ rows: number; columns: ResultColumn[] }> {
    const key = `${shown.id}/${shown.table ?? ""}`;
    const known = this.#described.get(key);
    if (known !== undefined) {
      this.#math.assertThere(this.fileOf(shown));
      return known;
    }
    const text = await this.#view(shown, COLUMNS, null, { from: 0, to: Number.MAX_SAFE_INTEGER });
    const found = JSON.parse(text) as { rows: number; columns: ResultColumn[] };
    remember(this.#described, key, found);
    return found;
  }

  /** All values of a column, for a line each. @throws ServiceError `BAD_REQUEST` where that can't be */
  async #groupsOf(
    shown: Shown,
    columns: ResultColumn[],
    column: string,
  ): Promise<(string | null)[]> {
    const { kind, type } = columnOf(columns, column);
    if (!isGrouping(kind)) {
      throw bad(`the column ${column} holds ${type}: groups are of texts, booleans or integers`);
    }
    const key = JSON.stringify([shown.id, shown.table, column]);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    const params = { column, most: MOST_GROUPS, counted: COUNTED };
    const all = { from: 0, to: Number.MAX_SAFE_INTEGER };
    const { count, more, values } = JSON.parse(await this.#view(shown, VALUES, params, all)) as {
      count: number;
      more: boolean;
      values: (string | null)[];
    };
    if (more || count > MOST_GROUPS) {
      const many = more ? `more than ${count}` : `${count}`;
      throw bad(`the column ${column} has ${many} values, and a plot ${MOST_GROUPS} lines at most`);
    }
    remember(this.#groups, key, values);
    return values;
  }

  #view(shown: Shown, formula: string, params: unknown, span: RowSpan): Promise<string> {
    const file = this.fileOf(shown);
    return this.#turns.take(() =>
      this.#math.view({ ...file, formula, params, span }, LOOK_SECONDS)
    );
  }

  /** Where a job's result lies, and what it is known by. */
  fileOf(shown: Shown): ViewedFile {
    const { id } = shown;
    const { state, report, directory, roots } = this.#jobs.status(id).record;
    if (report === null) {
      throw new ServiceError("JOB_NOT_ENDED", `the job ${id} is ${state} and has no result`);
    }
    const table = tableOf(report, shown);
    return { directory, file: table.file, roots, isMeant: (found) => isOwn(table, found) };
  }
}

/** The file that is looked at. @throws ServiceError `BAD_REQUEST` for a table that the result doesn't have */
function tableOf(report: JobReport, { table }: Shown): Omit<ResultTable, "rows"> {
  const { file, tables = [], written, bytesWritten: bytes } = report;
  const found = table === null ? tables[0] : tables.find(({ name }) => name === table);
  if (found) return found;
  if (table === null) return { name: "", file, bytes, ...(written && { written }) };
  throw new ServiceError(
    "BAD_REQUEST",
    tables.length === 0
      ? `the result is one table and has none called ${table}`
      : `the result has no table ${table}: ${meantOrAll(table, tables.map(({ name }) => name))}`,
  );
}

/** Whether a file is the one that a job has written. */
function isOwn(
  { written, bytes }: Pick<ResultTable, "written" | "bytes">,
  { inode, size, modified }: FileIdentity,
) {
  // Of results of an earlier version of the service no more than their length is known.
  if (written === undefined) return size === bytes;
  return inode === written.inode && size === written.size && modified === written.modified;
}

const NOT_NUMERIC = ["string", "decimal", "time", "uuid", "json", "bytes", "null", "nested"];

function isNumeric(kind: string): boolean {
  return !NOT_NUMERIC.includes(kind);
}

function isGrouping(kind: string): boolean {
  return kind === "string" || kind === "boolean" || /^u?int/.test(kind);
}

/** @throws ServiceError `BAD_REQUEST` */
function assertNumeric(columns: ResultColumn[], name: string): void {
  const { kind, type } = columnOf(columns, name);
  if (!isNumeric(kind)) throw bad(`the column ${name} holds ${type}, no numbers or times`);
}

/** @throws ServiceError `BAD_REQUEST` */
function columnOf(columns: ResultColumn[], name: string): ResultColumn {
  const column = columns.find((one) => one.name === name);
  if (column !== undefined) return column;
  throw bad(
    `there is no column ${name}: ${columnsThereAre(name, columns.map(({ name }) => name))}`,
  );
}

/** Puts something into what is remembered, in place of the oldest where that is enough. */
function remember<Value>(all: Map<string, Value>, key: string, value: Value): void {
  const oldest = all.keys().next();
  if (all.size >= REMEMBERED) all.delete(oldest.value!);
  all.set(key, value);
}

function bad(message: string): ServiceError {
  return new ServiceError("BAD_REQUEST", message);
}

function formula(name: string): string {
  return fromFileUrl(programFile(`views/${name}`));
}
