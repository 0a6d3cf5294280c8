import { keptOf } from "../../common/work_memory.ts";
import { ColumnBuffers } from "./column_buffers.ts";
import type { ColumnCursor } from "./column_cursor.ts";

/** Cursors that have memory at once at most: each has a kernel, and a process can have few thousands of them. */
const MOST_OPEN = 24;
/** Of them at most that lend it: others need some to be read at all. */
const MOST_LENT = 16;
/** Bytes that the pages of all columns may hold together until those not used for longest are let go. */
const MOST_HELD = 64 << 20;
/** Bytes of the dictionaries that cursors without memory keep. */
const MOST_KEPT = 32 << 20;

/** The memory that the cursors of all files of a dataset share. One that has to give it up is parked where it is. */
export class CursorMemory {
  /** Those that have memory; the one used last at the end. */
  readonly #open = new Set<ColumnCursor>();
  #lent = 0;
  /** Bytes of the dictionaries of those that are parked. */
  #kept = 0;

  /** Whether a cursor may lend what its memory holds. */
  get mayLend(): boolean {
    return this.#lent < keptOf(MOST_LENT);
  }

  /** Makes a cursor. @throws What `make` throws. */
  open(make: (buffers: ColumnBuffers) => ColumnCursor): ColumnCursor {
    const buffers = this.#take();
    try {
      const cursor = make(buffers);
      this.#use(cursor);
      return cursor;
    } catch (thrown) {
      buffers.give();
      throw thrown;
    }
  }

  /** Sees to it that a cursor has memory. */
  resume(cursor: ColumnCursor): void {
    if (!cursor.isOpen) {
      this.#kept -= cursor.keptBytes;
      cursor.resume(this.#take());
    }
    this.#use(cursor);
  }

  lent(cursor: ColumnCursor): void {
    cursor.isBorrowed = true;
    this.#lent++;
  }

  released(cursor: ColumnCursor): void {
    cursor.isBorrowed = false;
    this.#lent--;
  }

  /** A cursor is no longer used; what it has lent is not touched. */
  close(cursor: ColumnCursor): void {
    if (!cursor.isOpen) this.#kept -= cursor.keptBytes;
    const buffers = cursor.park();
    cursor.drop();
    if (!cursor.isBorrowed) buffers?.give();
    this.#open.delete(cursor);
  }

  /** Somebody may go on to use what a cursor's memory holds. */
  lose(cursor: ColumnCursor): void {
    cursor.drop();
    this.#open.delete(cursor);
  }

  /** Memory that nobody uses: that of the cursor which was not used for longest where there are too many. */
  #take(): ColumnBuffers {
    if (this.#open.size < keptOf(MOST_OPEN)) return new ColumnBuffers();
    for (const cursor of this.#open) {
      if (cursor.isBorrowed) continue;
      const buffers = this.#park(cursor);
      if (buffers?.isKept) return buffers;
      break;
    }
    return new ColumnBuffers();
  }

  #park(cursor: ColumnCursor): ColumnBuffers | null {
    const buffers = cursor.park();
    this.#open.delete(cursor);
    if (this.#kept + cursor.keptBytes > MOST_KEPT) cursor.drop();
    this.#kept += cursor.keptBytes;
    return buffers;
  }

  #use(cursor: ColumnCursor): void {
    this.#open.delete(cursor);
    this.#open.add(cursor);
    this.#parkOthers(cursor);
  }

  /** Parks those that were not used for longest, where all hold too much. */
  #parkOthers(used: ColumnCursor): void {
    let held = 0;
    for (const cursor of this.#open) held += cursor.heldBytes;
    for (const cursor of this.#open) {
      if (held <= MOST_HELD) return;
      if (cursor === used || cursor.isBorrowed) continue;
      held -= cursor.heldBytes;
      this.#park(cursor)?.give();
    }
  }
}
