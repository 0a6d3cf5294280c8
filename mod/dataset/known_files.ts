import { type OpenedFile, openParquet } from "../parquet/read/parquet_file.ts";
import { isUrl } from "../remote/url.ts";

/** Bytes of memory that what is known of files may take together. */
const MOST_BYTES = 48 << 20;
/** Bytes of a file's objects, about. */
const OBJECTS = 2048;
/**
 * Milliseconds that have to lie between a file's last change and its opening: one that follows sooner may leave the
 * time as it is, since clocks of file systems go in steps.
 */
const SETTLED = 2000;

/** A file as it was when it was opened. */
interface KnownFile {
  /** What changes with the file. */
  state: string;
  file: OpenedFile;
  bytes: number;
}

/** What an engine knows of files from earlier jobs, so that it need not read their footers again. */
const known = new Map<string, KnownFile>();
let bytes = 0;

/** Opens a file as {@linkcode openParquet} does, or gives what is known of it where it is as it was then. */
export function openKnown(path: string): OpenedFile {
  if (isUrl(path)) return openParquet(path);
  const before = stateOf(path);
  const last = known.get(path);
  if (last && before !== null && last.state === before.state) return last.file;
  forget(path);
  const file = openParquet(path);
  if (before?.isSettled && stateOf(path)?.state === before.state) {
    remember(path, before.state, file);
  }
  return file;
}

/** Whether this is known of a file: {@linkcode openKnown} gives it again as long as the file is as it is. */
export function isKnown(path: string, chunks: OpenedFile["chunks"]): boolean {
  return known.get(path)?.file.chunks === chunks;
}

/** What tells a file from a later version of it, its owner's and rights' changes, too; `null` where there is none. */
function stateOf(path: string): { state: string; isSettled: boolean } | null {
  try {
    const { size, mtime, ctime, dev, ino, isFile } = Deno.statSync(path);
    if (!isFile || mtime === null || ctime === null) return null;
    const changed = Math.max(mtime.getTime(), ctime.getTime());
    const state = [size, mtime.getTime(), ctime.getTime(), dev, ino].join(" ");
    return { state, isSettled: Date.now() - changed > SETTLED };
  } catch {
    return null; // whoever opens it says why
  }
}

function remember(path: string, state: string, file: OpenedFile): void {
  const { rows, leaves } = file.chunks;
  const own = OBJECTS + file.footerBytes + 28 * rows.length * leaves;
  if (bytes + own > MOST_BYTES) forgetAll();
  if (own > MOST_BYTES) return;
  known.set(path, { state, file, bytes: own });
  bytes += own;
}

function forget(path: string): void {
  bytes -= known.get(path)?.bytes ?? 0;
  known.delete(path);
}

function forgetAll(): void {
  known.clear();
  bytes = 0;
}
