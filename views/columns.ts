// What a file holds: its rows and its columns, with their units.

import type { Frame } from "measuring/types";

export const main = ({ rows, schema }: Frame) => ({
  rows,
  columns: schema.map(({ metadata, ...column }) => ({ ...column, unit: metadata.unit ?? null })),
});
