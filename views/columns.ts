// What a file holds: its rows and its columns.

import type { Frame } from "measuring/types";

export const main = ({ rows, schema }: Frame) => ({ rows, columns: schema });
