import type { JobRecord } from "../job/record.ts";
import type { JobRequest } from "../job/request.ts";

/** Characters of the parameters in lists, and of an error's message that are searched. */
const LONGEST_PARAMS = 300, LONGEST_MESSAGE = 1000;

/** Parameters for lists, as JSON; a long text is shortened. Null where there are none, or `null` stands for none. */
export function paramsText({ params }: Pick<JobRequest, "params">): string | null {
  return params === undefined || params === null
    ? null
    : shortened(JSON.stringify(params), LONGEST_PARAMS);
}

/** What of a job is searched. */
export type SearchedJob = Pick<
  JobRecord,
  | ("id" | "file" | "base" | "directory" | "client" | "owner" | "key")
  | ("params" | "output" | "error")
>;

/** What jobs are searched by: all that tells one from another, in small letters. */
export function wordsOf(record: SearchedJob): string {
  const { id, file, base, directory, client, owner, key, params, output, error } = record;
  const said = error === null ? [] : [error.code, error.message.slice(0, LONGEST_MESSAGE)];
  return [id, file, base, directory, client, owner, key, params, output, ...said]
    .filter((one) => one !== null).join("\n").toLowerCase();
}

/** The words of a search; a job is found by them if it has them all. */
export function searchedWords(search: string): string[] {
  return search.toLowerCase().split(/\s+/).filter((word) => word !== "");
}

/** A text of that many characters at most, and a sign that there were more. */
export function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
