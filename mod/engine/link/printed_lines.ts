import type { LogLine } from "../../job/log_line.ts";

/** What a formula printed, up to a number of bytes. */
export class JobLog {
  readonly lines: LogLine[] = [];
  readonly #onLines: (lines: LogLine[]) => void;
  #room: number;

  /** @param mostBytes Of all lines in UTF-8, with their ends. @param onLines Told of the lines that are kept. */
  constructor(mostBytes: number, onLines: (lines: LogLine[]) => void = () => {}) {
    this.#room = mostBytes;
    this.#onLines = onLines;
  }

  /** Adds lines; where they don't fit any more a last one says so. */
  add(lines: LogLine[]): void {
    const before = this.lines.length;
    for (const line of lines) {
      if (this.#room < 0) break;
      this.#room -= new TextEncoder().encode(line.text).length + 1;
      this.lines.push(this.#room < 0 ? { ...line, text: "… (the log is full)" } : line);
    }
    if (this.lines.length > before) this.#onLines(this.lines.slice(before));
  }
}
