/** Further tables of a job, beside its data. */
import type { InputFiles } from "../job/request.ts";
import { ofInput } from "../job/inputs.ts";
import type { Dataset, OpenedDataset } from "./dataset.ts";
import { openBeside } from "./open_base.ts";

/** A further table of a job. */
export interface Input<Table extends Dataset = Dataset> {
  /** What the formula calls it. */
  input: string;
  dataset: Table;
}

/**
 * Opens the further tables of a job.
 *
 * @throws ServiceError as for the data itself, with the table's name before it
 */
export function openInputs(inputs: readonly InputFiles[]): Input<OpenedDataset>[] {
  return inputs.map(({ input, ...files }) => {
    try {
      return { input, dataset: openBeside(files) };
    } catch (thrown) {
      throw ofInput(thrown, input);
    }
  });
}

/** The files of a job's data, and then those of its further tables. */
export function filesOfAll<Table extends Dataset>(
  { files }: Table,
  inputs: readonly Input<Table>[],
): { files: Table["files"] } {
  const all = [...files, ...inputs.flatMap(({ dataset }) => dataset.files)];
  return { files: all as Table["files"] };
}
