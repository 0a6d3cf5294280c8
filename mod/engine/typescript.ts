import { ServiceError } from "../errors.ts";

/** What amaro throws: no `Error`, but a record. */
interface StripFailure {
  message: string;
  startLine: number;
  startColumn: number;
}

/**
 * Blanks out TypeScript's types, leaving every other character where it was. Syntax that would need
 * code to be generated (enums, parameter properties, namespaces) is refused.
 *
 * @throws ServiceError `FORMULA_INVALID` with the position in the author's file.
 */
export async function stripTypes(text: string, name: string): Promise<string> {
  const { transformSync } = await import("amaro");
  try {
    return transformSync(text, { mode: "strip-only", filename: name }).code;
  } catch (thrown) {
    const { message, startLine, startColumn } = thrown as StripFailure;
    throw new ServiceError(
      "FORMULA_INVALID",
      `the formula can't be loaded: SyntaxError: ${message}`,
      {
        where: `${name}:${startLine}:${startColumn + 1}`,
      },
    );
  }
}
