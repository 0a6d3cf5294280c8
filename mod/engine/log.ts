/** What a formula printed, up to a number of bytes. */
export class JobLog {
  readonly lines: string[] = [];
  #room: number;

  /** @param mostBytes Of all lines in UTF-8. */
  constructor(mostBytes: number) {
    this.#room = mostBytes;
  }

  /** Adds lines; where they don't fit any more a last one says so. */
  add(lines: string[]): void {
    for (const line of lines) {
      if (this.#room < 0) return;
      this.#room -= new TextEncoder().encode(line).length;
      this.lines.push(this.#room < 0 ? "… (the log is full)" : line);
    }
  }
}
