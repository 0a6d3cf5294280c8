/** What Arrow calls what columns of Parquet hold: data alone, without the library that writes it. */
import type { SchemaElement } from "hyparquet";
import { flatType } from "../parquet/format/column_type.ts";
import { leavesOf, schemaTree } from "../parquet/format/schema_tree.ts";
import { Malformed, UnfitColumns } from "../parquet/io/errors.ts";
import { type Shape, shapeOf } from "../parquet/read/nested_shape.ts";
import { elementsOf, isNested, type OutputType } from "../parquet/write/output_type.ts";

/** A type of Arrow without fields below it (format/Schema.fbs). */
export type ArrowType =
  | { form: "int"; bits: 8 | 16 | 32 | 64; signed: boolean }
  | { form: "float"; bits: 16 | 32 | 64 }
  | { form: "bool" }
  | { form: "text"; isJson: boolean }
  | { form: "bytes" }
  | { form: "fixed"; width: number; isUuid: boolean }
  | { form: "decimal"; precision: number; scale: number; bits: 128 | 256 }
  | { form: "date" }
  | { form: "time"; unit: "ms" | "us" | "ns" }
  | { form: "timestamp"; unit: "ms" | "us" | "ns"; utc: boolean; int96: boolean }
  | { form: "null" };

/** A column of a file in Arrow. */
export interface ArrowColumn {
  name: string;
  nullable: boolean;
  /** Of its leaves in Parquet, in their order. */
  types: ArrowType[];
  /** How a nested column is put together; `null` for one value or null a row. */
  shape: Shape | null;
}

/** A column of a result as it is written. */
type WrittenColumn = { name: string; type: OutputType; required?: boolean };

/** Digits that Arrow's decimals of 128 and of 256 bits have at most. */
const DIGITS = { 128: 38, 256: 76 } as const;

const INTEGER = /^(u?)int(8|16|32|64)$/;

/**
 * What a column is in Arrow.
 *
 * @throws UnfitColumns for one that Arrow has no type for, naming it, with what to do.
 */
export function arrowColumn({ name, type, required = false }: WrittenColumn): ArrowColumn {
  const refuse = (what: string) =>
    new UnfitColumns(
      `column "${name}" can't be written as Arrow IPC: ${what}; leave it out, or name an Output that ends in .parquet`,
    );
  try {
    const root = schemaTree({
      schema: [{ name: "", num_children: 1 }, ...elementsOf(name, type, required)],
    });
    const tree = root.children[0]!;
    const types = leavesOf(root, root).map(({ element }) => arrowType(element, refuse));
    return {
      name,
      nullable: tree.element.repetition_type === "OPTIONAL",
      types,
      shape: isNested(type) ? shapeOf(tree) : null,
    };
  } catch (thrown) {
    throw thrown instanceof Malformed ? refuse(thrown.message) : thrown;
  }
}

/** Checks that Arrow has types for columns. @throws UnfitColumns as {@linkcode arrowColumn} does. */
export function assertArrowColumns(columns: readonly WrittenColumn[]): void {
  for (const { name, type, required = false } of columns) arrowColumn({ name, type, required });
}

function arrowType(element: SchemaElement, refuse: (what: string) => Error): ArrowType {
  const { kind, unit, utc = true, precision = 0, scale = 0, clock, int96 = false, type } = flatType(
    element,
  );
  const [, unsigned, bits] = INTEGER.exec(kind) ?? [];
  if (bits !== undefined) {
    return { form: "int", bits: Number(bits) as 8 | 16 | 32 | 64, signed: unsigned === "" };
  }
  switch (kind) {
    case "float64":
      return { form: "float", bits: 64 };
    case "float32":
      return { form: "float", bits: element.type === "FLOAT" ? 32 : 16 };
    case "boolean":
      return { form: "bool" };
    case "string":
      return { form: "text", isJson: false };
    case "json":
      return { form: "text", isJson: true };
    case "uuid":
      return { form: "fixed", width: 16, isUuid: true };
    case "date":
      return { form: "date" };
    case "time":
      return { form: "time", unit: clock! };
    case "timestamp":
      return { form: "timestamp", unit: unit as "ms" | "us" | "ns", utc, int96 };
    case "null":
      return { form: "null" };
    case "decimal": {
      const bits = precision <= DIGITS[128] ? 128 : 256;
      if (precision >= 1 && precision <= DIGITS[256]) {
        return { form: "decimal", precision, scale, bits };
      }
      throw refuse(`it is ${type}, and Arrow's decimals have 1 to ${DIGITS[256]} digits`);
    }
    case "bytes":
      if (element.type !== "FIXED_LEN_BYTE_ARRAY") return { form: "bytes" };
      return { form: "fixed", width: element.type_length ?? 0, isUuid: false };
    default:
      throw refuse(`it is ${type}`);
  }
}
