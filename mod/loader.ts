import { assertFilesUnchanged, type OpenedDataset } from "./dataset/dataset.ts";
import { type Input, openInputs } from "./dataset/inputs.ts";
import { openBase } from "./dataset/open_base.ts";
import type { BaseFiles, InputFiles } from "./job/request.ts";
import type { ResultPlace, SavedResult } from "./result/place.ts";
import { TableFile } from "./result/table_file.ts";
import { savePart, saveText } from "./result/whole_files.ts";

/**
 * Reads the data and writes the result. A result is written under a hidden name in its folder, flushed to the
 * disk, and then renamed. So it appears whole or not at all, even if the power fails.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parquetWriteBuffer } from "hyparquet-writer";
 * import { Loader } from "./mod.ts";
 *
 * const directory = await Deno.realPath(await Deno.makeTempDir());
 * const path = `${directory}/a.parquet`;
 * const columnData = [{ name: "u", data: Float64Array.of(3, 4), type: "DOUBLE" as const }];
 * await Deno.writeFile(path, new Uint8Array(parquetWriteBuffer({ columnData })));
 *
 * const loader = new Loader();
 * assertEquals(loader.read({ name: "a.parquet", files: [{ path, hive: {} }] }).rows, 2);
 * const place = { id: crypto.randomUUID(), attempt: 1, directory, stem: "work", mostBytes: 1000 };
 * assertEquals((await loader.text(place, '{"mean":3.5}')).file, "work.txt");
 * assertEquals(await Deno.readTextFile(`${directory}/work.txt`), '{"mean":3.5}\n');
 * ```
 */
export class Loader {
  /**
   * Opens the files of a dataset and checks them against each other.
   *
   * @throws ServiceError `BASE_NOT_FOUND`, `BASE_NOT_PARQUET`, `BASE_UNREADABLE`.
   */
  read(base: BaseFiles): OpenedDataset {
    return openBase(base);
  }

  /**
   * Opens the further tables of a job.
   *
   * @throws ServiceError as {@linkcode Loader.read} does, with the table's name
   */
  inputs(inputs: readonly InputFiles[]): Input<OpenedDataset>[] {
    return openInputs(inputs);
  }

  /**
   * Checks that the data is what it was when it was opened: what was computed from two versions of
   * a file is no result.
   *
   * @throws ServiceError `BASE_UNREADABLE`.
   */
  assertUnchanged({ files }: Pick<OpenedDataset, "files">): void {
    assertFilesUnchanged(files);
  }

  /** Starts a result that is columns. */
  table(place: ResultPlace): TableFile {
    return new TableFile(place);
  }

  /** Puts bytes down under a hidden name that they keep; they are not brought to the disk. */
  part(place: ResultPlace & { part: string }, bytes: Uint8Array): void {
    savePart(place, bytes);
  }

  /** Saves a result that is not columns: one line of JSON. */
  text(place: ResultPlace, json: string): Promise<SavedResult> {
    return saveText(place, json);
  }
}
