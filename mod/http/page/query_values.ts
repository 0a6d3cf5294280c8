import { ServiceError } from "../../common/errors.ts";
import type { RowSpan } from "../../job/request.ts";

/** Rows from `from` on up to `to`; all where they aren't named. @throws ServiceError `BAD_REQUEST` */
export function spanOf(given: URLSearchParams): RowSpan {
  const from = whole("from", given.get("from"), 0);
  const to = whole("to", given.get("to"), Number.MAX_SAFE_INTEGER);
  if (to <= from) throw new ServiceError("BAD_REQUEST", "to must be above from");
  return { from, to };
}

/** A whole number that isn't below 0. @throws ServiceError `BAD_REQUEST` */
export function whole(name: string, text: string | null, absent: number): number {
  if (text === null) return absent;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ServiceError("BAD_REQUEST", `${name} must be a whole number, not ${text}`);
}
