import { ServiceError } from "../../common/errors.ts";
import { meantOrAll } from "../../common/nearest.ts";
import type { RowSpan } from "../../job/request.ts";
import type { Math as MathPart } from "../../math.ts";
import { attachment } from "./attachment.ts";
import { reply } from "./reply.ts";
import type { Results, Shown } from "./results.ts";
import type { DownloadAnswer } from "./shapes.ts";

/** What of a result is wanted as CSV. */
export interface WantedLines {
  /** All that CSV can hold where there are none. */
  columns: string[];
  span: RowSpan;
}

/** Downloads at once. */
const MOST_DOWNLOADS = 16;
/** Bytes of a file that are read at once. */
const BLOCK = 1 << 16;
/** Rows of the first piece of CSV; characters that a piece is to have; rows that it has at most. */
const FIRST_ROWS = 500, PIECE = 1 << 19, MOST_ROWS = 1 << 18;

/** Kinds of columns that CSV has no values for. */
const UNFIT = ["bytes", "nested"];

const TYPES: Record<string, string> = {
  parquet: "application/vnd.apache.parquet",
  arrow: "application/vnd.apache.arrow.file",
  csv: "text/csv; charset=utf-8; header=present",
  txt: "application/json",
};

/** Results as files: read no faster than who asks for them takes them, a piece at a time. */
export class Downloads {
  readonly #math: Pick<MathPart, "openFile">;
  readonly #results: Results;
  #open = 0;

  constructor(
    { math }: { math: Pick<MathPart, "openFile"> },
    results: Results,
  ) {
    this.#math = math;
    this.#results = results;
  }

  /** What there is to be had of a result. @throws ServiceError as {@linkcode Downloads.file} does */
  describe(shown: Shown): DownloadAnswer {
    const { name, file, size } = this.#fileOf(shown);
    file.close();
    return { File: name, Bytes: size };
  }

  /**
   * The file that a job has written.
   *
   * @throws ServiceError when the job isn't complete, or has written a folder, and when its file is not there any
   * more; `BUSY` where there are too many downloads
   */
  file(shown: Shown): Response {
    this.#assertRoom();
    const { name, file, size } = this.#fileOf(shown);
    const headers = { "content-length": String(size) };
    return this.#streamed(blocksOf(file, size), name, headers, () => file.close());
  }

  /**
   * Columns and rows of a result as CSV (RFC 4180). Engines write it, some rows at a time.
   *
   * @throws ServiceError also for columns and rows that aren't there, and for columns that CSV can't hold
   */
  async lines(shown: Shown, wanted: WantedLines): Promise<Response> {
    this.#assertRoom();
    const { rows, columns: all } = await this.#results.known(shown);
    const named = wanted.columns.map((name) => {
      const column = all.find((one) => one.name === name);
      if (column !== undefined) return column;
      throw bad(`there is no column ${name}: ${meantOrAll(name, all.map(({ name }) => name))}`);
    });
    const unfit = named.find(({ kind }) => UNFIT.includes(kind));
    if (unfit !== undefined) {
      throw bad(`the column ${unfit.name} holds ${unfit.type}, which CSV can't hold`);
    }
    if (new Set(wanted.columns).size < named.length) throw bad("a column is named twice");
    const columns = (named.length > 0 ? named : all.filter(({ kind }) => !UNFIT.includes(kind)))
      .map(({ name }) => name);
    if (columns.length === 0) throw bad("the result has no column that CSV can hold");
    const { from, to } = { from: wanted.span.from, to: Math.min(wanted.span.to, rows) };
    if (from > to || from === rows && rows > 0) {
      throw bad(`from must be below ${rows}, the rows of the result`);
    }
    const pieces = this.#pieces(shown, columns, { from, to });
    const first = await pieces.next(); // what fails at once has a status of its own
    this.#assertRoom(); // others may have begun meanwhile
    const name = `${this.#results.nameOf(shown).replace(/\.[^.]*$/, "")}.csv`;
    return this.#streamed(resumed(first, pieces), name);
  }

  /** Lines of CSV, some rows at a time. */
  async *#pieces(
    shown: Shown,
    columns: string[],
    { from, to }: RowSpan,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const encoder = new TextEncoder();
    let rows = FIRST_ROWS;
    for (let at = from, names = true; at < to || names; names = false) {
      const end = Math.min(at + rows, to);
      const text = await this.#results.lines(shown, {
        columns,
        names,
        span: { from: at, to: end },
      });
      yield encoder.encode(text);
      at = end;
      rows = Math.max(1, Math.min(4 * rows, Math.ceil(rows * PIECE / text.length), MOST_ROWS));
    }
  }

  #fileOf(shown: Shown): { name: string; file: Deno.FsFile; size: number } {
    const name = this.#results.nameOf(shown);
    if (name.endsWith("/")) {
      throw bad(`the result is the folder ${name}: take its files from there`);
    }
    return { name, ...this.#math.openFile(this.#results.fileOf(shown)) };
  }

  #assertRoom(): void {
    if (this.#open < MOST_DOWNLOADS) return;
    throw new ServiceError("BUSY", "too many downloads go on: try again later");
  }

  /** A reply that takes the next block when the one before is sent, and ends with whoever reads it. */
  #streamed(
    blocks: AsyncGenerator<Uint8Array<ArrayBuffer>>,
    name: string,
    headers: Record<string, string> = {},
    onEnd: () => void = () => {},
  ): Response {
    this.#open++;
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      this.#open--;
      onEnd();
    };
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: async (stream) => {
        try {
          const { value, done } = await blocks.next();
          if (!done) return stream.enqueue(value);
          end();
          stream.close();
        } catch (thrown) {
          end();
          throw thrown; // the reply breaks off, so that nobody takes it for whole
        }
      },
      cancel: async () => {
        end();
        await blocks.return(undefined);
      },
    }, { highWaterMark: 0 });
    const type = TYPES[name.split(".").at(-1)!] ?? "application/octet-stream";
    return reply(body, type, { headers: { "content-disposition": attachment(name), ...headers } });
  }
}

/** The blocks of a file. @throws Error where it was written to meanwhile */
async function* blocksOf(
  file: Deno.FsFile,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { mtime } = await file.stat();
  for (let left = size; left > 0;) {
    const block = new Uint8Array(Math.min(BLOCK, left));
    const count = await file.read(block);
    left -= count ?? left;
    if (left === 0) {
      const now = await file.stat();
      if (count === null || now.size !== size || Number(now.mtime) !== Number(mtime)) {
        throw new Error("the result was written to while it was sent");
      }
    }
    yield block.subarray(0, count!);
  }
}

async function* resumed<T>(
  first: IteratorResult<T, void>,
  others: AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  if (!first.done) yield first.value;
  yield* others;
}

function bad(message: string): ServiceError {
  return new ServiceError("BAD_REQUEST", message);
}
