import { ServiceError } from "../../common/errors.ts";

/** What amaro throws: no `Error`, but a record. */
interface StripFailure {
  message: string;
  startLine: number;
  startColumn: number;
}

/** What to write in place of syntax that would need code to be generated, by what amaro calls it. */
const INSTEAD: readonly (readonly [syntax: string, instead: string])[] = [
  ["enum", "an enum: write const Name = { A: 0, B: 1 } as const"],
  [
    "parameter property",
    "a parameter property: declare the property and assign it in the constructor",
  ],
  ["namespace declaration", "a namespace with code: export its members, or make it an object"],
  ["import equals declaration", 'import … = …: write import … from "./file.ts"'],
  ["export assignment", "export =: write export const, or export function"],
  ["`module` keyword", "a module with code: export its members, or make it an object"],
  ["angle-bracket syntax", "a type in angle brackets: write value as Type"],
];

/**
 * Blanks out TypeScript's types, leaving every other character where it was. Syntax that would need
 * code to be generated (enums, parameter properties, namespaces) is refused.
 *
 * @throws ServiceError `FORMULA_INVALID` with the position in the author's file.
 */
export async function stripTypes(text: string, name: string): Promise<string> {
  const { transformSync } = await import("./strip.ts");
  try {
    return transformSync(text, { mode: "strip-only", filename: name }).code;
  } catch (thrown) {
    const { message, startLine, startColumn } = thrown as StripFailure;
    throw new ServiceError(
      "FORMULA_INVALID",
      `the formula can't be loaded: SyntaxError: ${reasonOf(message)}`,
      {
        where: `${name}:${startLine}:${startColumn + 1}`,
      },
    );
  }
}

function reasonOf(message: string): string {
  const known = INSTEAD.find(([syntax]) =>
    message.includes(syntax) && /not supported/.test(message)
  );
  return known === undefined
    ? message
    : `types are blanked out and nothing is generated, so there can't be ${known[1]}`;
}
