import { join } from "@std/path";
import { ServiceError } from "../../common/errors.ts";
import type { JobPlan } from "../../job/request.ts";
import { replacesInput } from "../../result/place.ts";
import { fileOfTable } from "../../job/tables.ts";

/**
 * Checks that the tables of a formula can have files of their own, as the request names its result.
 *
 * @param tables Names of the formula's tables; `null` where it has one.
 * @throws ServiceError `BAD_REQUEST` for a folder, and for a file that the job reads
 */
export function assertTableFiles(plan: JobPlan, tables: readonly string[] | null): void {
  if (tables === null) return;
  if (plan.folder) {
    throw new ServiceError(
      "BAD_REQUEST",
      `Request.Output names a folder, and the formula has tables, each of which is a file: name one, such as "${plan.stem}.parquet", which makes ${
        tables.slice(0, 2).map((table) => fileOfTable(plan, table)).join(" and ")
      }`,
    );
  }
  const read = [plan.base, ...plan.inputs ?? []].flatMap(({ files }) => files);
  for (const table of tables) {
    const file = fileOfTable(plan, table), path = join(plan.directory, file);
    if (path !== plan.formula && !read.some((one) => one.path === path)) continue;
    throw replacesInput(file);
  }
}
