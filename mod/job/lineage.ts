/** Where a result came from, as its footer tells it: one line of JSON under a key of its own. */
import * as s from "superstruct";
import { ServiceError } from "../common/errors.ts";
import { sha256 } from "../common/sha256.ts";
import { amount, faultOf, type Shape } from "./shapes.ts";

/** The key in a Parquet file's footer. */
export const LINEAGE_KEY = "measuring.lineage";

/** The key beside it in a file that is one of several tables: the table's name. */
export const TABLE_KEY = "measuring.table";

/** The form of it that this version writes. */
const FORM = 1;
/** Files of a table that are named, at most: the first ones. */
export const NAMED_FILES = 100;
/** Bytes of JSON that a value of the request may take to be kept. */
export const MOST_KEPT = 64 * 1024;

/** A module that a formula is made of, or a file that it imports. */
export interface LineageModule {
  /** Its path from the formula's folder on. */
  Name: string;
  SHA256: string;
}

/** A file of a table. */
export interface LineageFile {
  /** Its path from the folder on that holds all files of the table. */
  Name: string;
  Bytes: number;
  /** SHA-256 of its footer: the bytes before their length and the last PAR1. */
  FooterSHA256: string;
}

/** A table that a result was computed from. */
export interface LineageTable {
  /** What the formula calls it; absent for the data itself. */
  Input?: string;
  /** How many files it has, and their bytes together. */
  Count: number;
  Bytes: number;
  /** SHA-256 over all of its files, as {@linkcode digestOfFiles} makes it. */
  SHA256: string;
  /** All of them, or the first {@linkcode NAMED_FILES}. */
  Files: LineageFile[];
}

/** What was asked for: what the protocol has as the `Request` of a job, but for what changes no result. */
export interface LineageRequest {
  Base?: string | string[];
  File: string;
  Params?: unknown;
  Inputs?: Record<string, string | string[]>;
  Output: string;
  Codec: string;
  From?: string;
  To?: string;
  Time?: string;
  Filter?: unknown;
}

/** A value that was too long to be kept. */
export interface LeftOut {
  /** Of its JSON text. */
  Bytes: number;
  SHA256: string;
}

/** What of a request may be too long to be kept. */
export type LongField = "Base" | "Params" | "Inputs" | "Filter";

/** Where a result came from. */
export interface Lineage {
  Form: number;
  /** Version of the service. */
  Version: string;
  Job: string;
  /** When the result was made: ISO 8601, UTC. */
  Made: string;
  Request: LineageRequest;
  /** What of the request was too long, by the fields' names. */
  LeftOut?: Partial<Record<LongField, LeftOut>>;
  /** The setting `work-bytes`, by which the data was divided. */
  WorkBytes: number;
  /** The formula, and then what it imports. */
  Formula: LineageModule[];
  /** The data, and then further tables. */
  Tables: LineageTable[];
}

/** SHA-256 over files, a line each: name, bytes and digest of the footer, with tabs between. */
export function digestOfFiles(files: readonly LineageFile[]): string {
  return sha256(
    files.map(({ Name, Bytes, FooterSHA256 }) => `${Name}\t${Bytes}\t${FooterSHA256}\n`).join(""),
  );
}

/** What is kept of a table. */
export function lineageTable(input: string | null, files: LineageFile[]): LineageTable {
  return {
    ...(input === null ? {} : { Input: input }),
    Count: files.length,
    Bytes: files.reduce((sum, { Bytes }) => sum + Bytes, 0),
    SHA256: digestOfFiles(files),
    Files: files.slice(0, NAMED_FILES),
  };
}

/** The text of a lineage; what of its request is too long is left out, and said. */
export function lineageText(lineage: Omit<Lineage, "Form" | "LeftOut">): string {
  const request: Partial<LineageRequest> = { ...lineage.Request };
  const left: Partial<Record<LongField, LeftOut>> = {};
  for (const name of ["Base", "Params", "Inputs", "Filter"] as const) {
    const text = request[name] === undefined ? "" : JSON.stringify(request[name]);
    const bytes = new TextEncoder().encode(text);
    if (bytes.length <= MOST_KEPT) continue;
    left[name] = { Bytes: bytes.length, SHA256: sha256(bytes) };
    delete request[name];
  }
  const { Version, Job, Made, WorkBytes, Formula, Tables } = lineage;
  const leftOut = Object.keys(left).length === 0 ? {} : { LeftOut: left };
  return JSON.stringify({
    Form: FORM,
    Version,
    Job,
    Made,
    Request: request,
    ...leftOut,
    WorkBytes,
    Formula,
    Tables,
  });
}

const text = s.string();
const names = s.union([text, s.nonempty(s.array(text))]);
const digest = s.pattern(text, /^[0-9a-f]{64}$/);
const leftOut = s.optional(s.type({ Bytes: amount, SHA256: digest }));

/** Keys that a later version has beside these mean nothing here. */
const LINEAGE = s.type({
  Form: amount,
  Version: text,
  Job: text,
  Made: text,
  Request: s.type({
    Base: s.optional(names),
    File: text,
    Params: s.optional(s.unknown()),
    Inputs: s.optional(s.record(text, names)),
    Output: text,
    Codec: text,
    From: s.optional(text),
    To: s.optional(text),
    Time: s.optional(text),
    Filter: s.optional(s.unknown()),
  }),
  LeftOut: s.optional(
    s.type({ Base: leftOut, Params: leftOut, Inputs: leftOut, Filter: leftOut }),
  ),
  WorkBytes: amount,
  Formula: s.nonempty(s.array(s.type({ Name: text, SHA256: digest }))),
  Tables: s.nonempty(s.array(s.type({
    Input: s.optional(text),
    Count: amount,
    Bytes: amount,
    SHA256: digest,
    Files: s.array(s.type({ Name: text, Bytes: amount, FooterSHA256: digest })),
  }))),
}) as unknown as Shape<Lineage>;

/**
 * Reads what a footer holds.
 *
 * @param file For messages.
 * @throws ServiceError `BASE_UNREADABLE` when it is no lineage, or that of a later version.
 */
export function parseLineage(text: string, file: string): Lineage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable(file, "it is no JSON");
  }
  const form = (value as { Form?: unknown } | null)?.Form;
  if (typeof form === "number" && form > FORM) {
    throw unreadable(file, `its form ${form} is of a later version; use that`);
  }
  const fault = faultOf(LINEAGE, value);
  if (fault !== null) throw unreadable(file, fault);
  return value as Lineage;
}

function unreadable(file: string, why: string): ServiceError {
  return new ServiceError(
    "BASE_UNREADABLE",
    `what ${file} says of where it came from (${LINEAGE_KEY}) can't be read: ${why}`,
  );
}
