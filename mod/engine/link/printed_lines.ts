/** What a formula printed, up to a number of bytes. */
export class JobLog {
  readonly lines: string[] = [];
  readonly #onLines: (lines: string[]) => void;
  #room: number;

  /** @param mostBytes Of all lines in UTF-8, with their ends. @param onLines Told of the lines that are kept. */
  constructor(mostBytes: number, onLines: (lines: string[]) => void = () => {}) {
    this.#room = mostBytes;
    this.#onLines = onLines;
  }

  /** Adds lines; where they don't fit any more a last one says so. */
  add(lines: string[]): void {
    const before = this.lines.length;
    for (const line of lines) {
      if (this.#room < 0) break;
      this.#room -= new TextEncoder().encode(line).length + 1;
      this.lines.push(this.#room < 0 ? "… (the log is full)" : line);
    }
    if (this.lines.length > before) this.#onLines(this.lines.slice(before));
  }
}
