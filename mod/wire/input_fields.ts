/** The field of a job that names further tables. */
import { isObject, type JsonObject } from "../common/json_object.ts";
import { meantOrAll } from "../common/nearest.ts";
import { MOST_INPUTS } from "../job/inputs.ts";
import { badRequest, whatCame, wrong } from "./field_errors.ts";

/** A further table: as `Base` names one, by itself or in an object. */
export type InputField = string | string[] | { Base: string | string[] };

/** What is said of an input, where it is an object. */
const KEYS = ["Base"];

const NAME = /^\p{L}[\p{L}\p{N}_-]{0,63}$/u;

/**
 * The further tables of a request by their names.
 *
 * @throws {ServiceError} `BAD_REQUEST`
 */
export function inputsField(fields: JsonObject): Record<string, string | string[]> {
  const { Inputs: inputs } = fields;
  if (!isObject(inputs)) {
    throw wrong(
      fields,
      "Inputs",
      `an object of tables by name, such as {"limits": "limits.parquet"}`,
    );
  }
  const entries = Object.entries(inputs);
  if (entries.length > MOST_INPUTS) {
    throw badRequest(`Request.Inputs has ${entries.length} tables: ${MOST_INPUTS} are the most`);
  }
  return Object.fromEntries(entries.map(([name, value]) => {
    if (NAME.test(name)) return [name, baseOf(inputs, name, value)];
    throw badRequest(
      `Request.Inputs has the name ${
        JSON.stringify(name)
      }: a name is 1 to 64 letters, digits, _ and -, and begins with a letter`,
    );
  }));
}

/** The files that an input is of. */
function baseOf(inputs: JsonObject, name: string, value: unknown): string | string[] {
  const base = isObject(value) ? baseIn(value, name) : value;
  const isName = (one: unknown) => typeof one === "string" && one !== "";
  if (isName(base)) return base as string;
  if (Array.isArray(base) && base.length > 0 && base.every(isName)) return base;
  throw badRequest(
    `Request.Inputs.${name} must be the name of a Parquet file, a list of them, or {"Base": …}, but ${
      whatCame(inputs, name)
    }`,
  );
}

function baseIn(value: JsonObject, name: string): unknown {
  for (const key of Object.keys(value)) {
    if (KEYS.includes(key)) continue;
    throw badRequest(`Request.Inputs.${name}.${key} is not known: ${meantOrAll(key, KEYS)}`);
  }
  return value.Base;
}
