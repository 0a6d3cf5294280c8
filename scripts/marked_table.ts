import { join } from "@std/path";
import { ROOT } from "./sources.ts";

/**
 * A table of the docs that is made from code. It stands between two marks, `<!-- NAME -->` and
 * `<!-- end of NAME -->`.
 */
export class MarkedTable {
  /** From the project's folder. */
  readonly path: string;
  readonly #name: string;
  /** What it is to show. */
  readonly #text: string;

  constructor(path: string, name: string, header: readonly string[], rows: readonly string[][]) {
    this.path = path;
    this.#name = name;
    const lines = [header, header.map(() => "---"), ...rows];
    this.#text = lines.map((cells) => `| ${cells.join(" | ")} |\n`).join("");
  }

  /** Whether the docs show the table as it is, however wide its columns are. */
  async isCurrent(): Promise<boolean> {
    const { text, from, to } = await this.#page();
    const cells = (table: string) => table.replace(/ +/g, " ").replace(/-+/g, "-").trim();
    return cells(text.slice(from, to)) === cells(this.#text);
  }

  async write(): Promise<void> {
    const { text, from, to } = await this.#page();
    const page = `${text.slice(0, from)}\n${this.#text}\n${text.slice(to)}`;
    await Deno.writeTextFile(join(ROOT, this.path), page);
  }

  /** The page, and where the table is in it. @throws Error when its marks are missing */
  async #page(): Promise<{ text: string; from: number; to: number }> {
    const text = await Deno.readTextFile(join(ROOT, this.path));
    const start = `<!-- ${this.#name} -->\n`, end = `<!-- end of ${this.#name} -->\n`;
    const [from, to] = [text.indexOf(start), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${this.path} has no table ${this.#name}`);
    return { text, from: from + start.length, to };
  }
}
