import { ServiceError } from "../../../common/errors.ts";
import { namesLine } from "../../../csv/encode_csv.ts";
import type { RunStep } from "./run_step.ts";

/** Writes rows as lines of CSV; workers read them, and nothing is saved. */
export const lines: RunStep<"lines"> = (run, { columns, names }) => {
  const listener = {
    answer: () => Promise.reject(new ServiceError("INTERNAL", "lines ask for nothing")),
    log: () => {},
  };
  return run.inSession(listener, async ({ partitions, workerPool }) => {
    const of = partitions.length;
    const texts = await Promise.all(
      partitions.map((partition) =>
        workerPool.run({ type: "lines", piece: { partition, of }, columns })
      ),
    );
    return [...(names ? [namesLine(columns)] : []), ...texts].join("");
  });
};
