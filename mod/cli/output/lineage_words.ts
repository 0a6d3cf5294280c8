import type { LeftOut, Lineage, LineageTable } from "../../job/lineage.ts";

/**
 * What a lineage says, in lines for people.
 *
 * @param name Of the result.
 * @param table Its name, where the result is one of several.
 */
export function lineageWords(name: string, lineage: Lineage, table: string | null): string {
  const { Version, Job, Made, Request, LeftOut = {}, WorkBytes, Formula, Tables } = lineage;
  const { Base: _, File, Params, Inputs: __, Output, Codec, ...rows } = Request;
  const [formula, ...imports] = Formula;
  const lines: [string, string][] = [
    ["result", `${name}, as ${Output}, compressed by ${Codec}`],
    ...(table === null ? [] : [["table", table] as [string, string]]),
    ["made", `${Made}, by version ${Version}, job ${Job}`],
    ["formula", `${File}  SHA-256 ${formula!.SHA256}`],
    ...imports.map((
      { Name, SHA256 },
    ): [string, string] => ["imports", `${Name}  SHA-256 ${SHA256}`]),
    ["params", kept(Params, LeftOut.Params) ?? "none"],
    ...Tables.flatMap((table) => tableWords(table, lineage)),
  ];
  const asked = Object.entries({ From: rows.From, To: rows.To, Time: rows.Time })
    .filter(([, value]) => value !== undefined).map(([key, value]) => `${key} ${value}`);
  const filter = kept(rows.Filter, LeftOut.Filter);
  if (filter !== null) asked.push(`Filter ${filter}`);
  lines.push([
    "rows",
    asked.length === 0 ? "all, but for a filter of the formula's" : asked.join(", "),
  ]);
  lines.push(["divided", `by work-bytes ${WorkBytes}`]);
  return lines.map(([key, text]) => `${key.padEnd(8)} ${printable(text)}\n`).join("");
}

function tableWords(
  { Input, Count, Bytes, SHA256, Files }: LineageTable,
  { Request, LeftOut = {} }: Lineage,
): [string, string][] {
  const asked = Input === undefined
    ? kept(Request.Base, LeftOut.Base)
    : kept(Request.Inputs?.[Input], LeftOut.Inputs);
  const name = Input === undefined ? "data" : "input";
  const head = `${Input === undefined ? "" : `${Input}: `}${asked ?? "?"}, ${
    Count === 1 ? "1 file" : `${Count} files`
  } of ${Bytes} bytes, SHA-256 over all ${SHA256}`;
  const files = Files.map(({ Name, Bytes, FooterSHA256 }): [string, string] => [
    "",
    `${Name}  ${Bytes} bytes, footer's SHA-256 ${FooterSHA256}`,
  ]);
  const more = Count - Files.length;
  return [
    [name, head],
    ...files,
    ...(more > 0 ? [["", `and ${more} files more`] as [string, string]] : []),
  ];
}

/** A value of the request as JSON, or what is known of one that was too long. */
function kept(value: unknown, left: LeftOut | undefined): string | null {
  if (left !== undefined) return `${left.Bytes} bytes, too long to be kept, SHA-256 ${left.SHA256}`;
  return value === undefined ? null : JSON.stringify(value);
}

/** What a file says of itself controls no terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, "?");
}
