import { createHash } from "node:crypto";
import type { Dataset } from "../../dataset/dataset.ts";
import { ServiceError } from "../../common/errors.ts";
import type { FileFingerprint } from "../../job/request.ts";
import { withClientErrors } from "../../dataset/client_errors.ts";
import { footerBytes } from "../../parquet/format/footer_bytes.ts";
import { openSource } from "../../parquet/io/source.ts";
import type { ParquetFile } from "../../parquet/read/parquet_file.ts";
import { fileName } from "../../remote/url.ts";

/** What a dataset's files are known again by, also on another machine: their footers tell all they hold. */
export function fingerprintsOf({ files }: Pick<Dataset, "files">): FileFingerprint[] {
  return files.map((file) => withClientErrors(() => fingerprintOf(file)));
}

function fingerprintOf({ path, size, version }: ParquetFile): FileFingerprint {
  using source = openSource(path, { size, version });
  return { size, footer: createHash("sha256").update(footerBytes(source)).digest("hex") };
}

/**
 * Checks that files are those that a job was planned for.
 *
 * @throws ServiceError `BASE_UNREADABLE`, naming the file.
 */
export function assertFingerprints(
  dataset: Pick<Dataset, "files">,
  marks: FileFingerprint[],
): void {
  fingerprintsOf(dataset).forEach(({ size, footer }, index) => {
    const mark = marks[index]!;
    if (size === mark.size && footer === mark.footer) return;
    const how = size === mark.size
      ? "its footer is another one"
      : `it has ${size} bytes and not ${mark.size}`;
    throw new ServiceError(
      "BASE_UNREADABLE",
      `${
        fileName(dataset.files[index]!.path)
      } is not the file here that the job was planned for: ${how}; all nodes must see the same data`,
    );
  });
}
