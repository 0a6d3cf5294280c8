import { withClientErrors } from "../../dataset/client_errors.ts";
import type { OpenedDataset } from "../../dataset/dataset.ts";
import { ServiceError } from "../../common/errors.ts";
import type { FileFingerprint } from "../../job/request.ts";
import { fileName } from "../../remote/url.ts";

/** What a dataset's files are known again by, also on another machine: their footers tell all they hold. */
export function fingerprintsOf({ files }: Pick<OpenedDataset, "files">): FileFingerprint[] {
  return files.map((file) =>
    withClientErrors(() => ({ size: file.size, footer: file.footerDigest() }))
  );
}

/**
 * Checks that files are those that a job was planned for.
 *
 * @throws ServiceError `BASE_UNREADABLE`, naming the file.
 */
export function assertFingerprints(
  dataset: Pick<OpenedDataset, "files">,
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
