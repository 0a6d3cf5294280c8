/**
 * Checks that the docs show the settings and limits as they are.
 * `deno run -A scripts/settings_tables.ts --write` writes their tables into the docs.
 */
import { FILE_ENTRIES, LIMIT_ENTRIES, type LimitEntry } from "../mod/settings/entries.ts";
import { defaultText, type Row } from "../mod/settings/row.ts";
import { MarkedTable } from "./marked_table.ts";

const RELOADS: Readonly<Record<Row<unknown>["reload"], string>> = {
  always: "at reload",
  never: "takes a restart",
  "while set": "at reload, if set before",
};

const TABLES: readonly MarkedTable[] = [
  new MarkedTable(
    "docs/operations.md",
    "settings",
    ["setting", "default", "a change", "nodes", "what"],
    FILE_ENTRIES.map(({ name, row }) => [
      `\`${name}\``,
      defaultText(row) ?? (row.default === false ? "false" : "none"),
      ...operation(row),
    ]),
  ),
  new MarkedTable(
    "docs/operations.md",
    "limits",
    ["limit", "default", "a change", "nodes", "what"],
    LIMIT_ENTRIES.map((entry) => [
      `\`${entry.name}\``,
      limitDefault(entry),
      ...operation(entry.row),
    ]),
  ),
  new MarkedTable(
    "docs/protocol.md",
    "limits",
    ["limit", "default", "in the file", "when exceeded"],
    LIMIT_ENTRIES.map((entry) => [
      marked(entry.row),
      limitDefault(entry),
      `\`${entry.name}\``,
      entry.row.exceeded,
    ]),
  ),
];

/** The columns of the operator's page that settings and limits have in common. */
function operation(row: Row<unknown>): string[] {
  const list = row.type.isList ? "; a list in the file" : "";
  const more = row.more === undefined ? "" : `; ${row.more}`;
  return [
    RELOADS[row.reload],
    row.node === undefined ? "" : "yes",
    `${marked(row)}${list}${more}`,
  ];
}

/** What a setting is for, as Markdown. */
function marked({ help, type: { choices } }: Row<unknown>): string {
  const text = help.replace(/--([a-z-]+)/g, "`$1`");
  return choices === undefined
    ? text
    : `${text}: ${choices.map((choice) => `\`${choice}\``).join(", ")}`;
}

function limitDefault({ key, row }: LimitEntry): string {
  return row.defaultWords ?? `${row.default}${key.endsWith("Seconds") ? " s" : ""}`;
}

/** The pages whose tables show other settings. */
export async function stalePages(): Promise<string[]> {
  const stale: string[] = [];
  for (const table of TABLES) if (!await table.isCurrent()) stale.push(table.path);
  return stale;
}

if (import.meta.main) {
  if (Deno.args.includes("--write")) { for (const table of TABLES) await table.write(); }
  const stale = await stalePages();
  for (const path of stale) {
    console.error(`${path} shows other settings; deno run -A scripts/settings_tables.ts --write`);
  }
  if (stale.length > 0) Deno.exit(1);
}
