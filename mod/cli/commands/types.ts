import { join } from "@std/path";
import DECLARATIONS from "./measuring.d.ts" with { type: "text" };
import { err, out, OutputError } from "../output/standard_output.ts";
import { type Command, type Given, PROGRAM } from "../arguments/usage.ts";

export const types: Command = {
  name: "types",
  operands: "[DIR]",
  summary: "write the types of the library, for editors",
  description:
    `Writes measuring.d.ts into DIR (the working directory unless given), so that editors that
know TypeScript complete and check what formulas there import from measuring/…, and a
tsconfig.json for them unless there is one. An older measuring.d.ts is replaced.`,
  options: [],
  examples: [`${PROGRAM} types data`],
  run: writeTypes,
};

/** What editors have to know of a folder of formulas. */
const CONFIGURATION = {
  compilerOptions: {
    target: "ESNext",
    module: "ESNext",
    moduleResolution: "Bundler",
    lib: ["ESNext", "WebWorker"],
    types: [],
    allowJs: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    noEmit: true,
    noImplicitAny: false,
    resolveJsonModule: true,
    strict: true,
    verbatimModuleSyntax: true,
  },
};

function writeTypes({ rest: [folder = "."] }: Given): Promise<number> {
  const declarations = join(folder, "measuring.d.ts");
  const configuration = join(folder, "tsconfig.json");
  let path = declarations;
  try {
    Deno.writeTextFileSync(path, DECLARATIONS);
    out(`${declarations} is written.\n`);
    path = configuration;
    Deno.writeTextFileSync(path, `${JSON.stringify(CONFIGURATION, null, 2)}\n`, {
      createNew: true,
    });
    out(`${configuration} is written.\n`);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof OutputError) throw error;
    if (error instanceof Deno.errors.AlreadyExists) {
      out(`${configuration} is there already and stays as it is; it must not leave out *.d.ts.\n`);
      return Promise.resolve(0);
    }
    const missing = error instanceof Deno.errors.NotFound;
    err(
      `${PROGRAM}: ${path} can't be written: ${
        missing ? `there is no folder ${folder}` : error.message
      }\n`,
    );
    return Promise.resolve(1);
  }
  return Promise.resolve(0);
}
