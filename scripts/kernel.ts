/** `denow task kernel`: compiles kernel/ to WebAssembly, as base64 in mod/kernel/. */
import asc from "assemblyscript/asc";
import { fromFileUrl } from "@std/path";

/** A module that kernel/ is compiled to. */
export interface KernelModule {
  /** The source that says what it exports. */
  entry: string;
  /** Where it is kept. */
  code: URL;
  options: string[];
}

/** All of them. */
export const KERNEL_MODULES: KernelModule[] = [
  { entry: "index.ts", code: inKernel("code.ts"), options: [] },
  {
    entry: "transform.ts",
    code: inKernel("transform_code.ts"),
    options: ["--enable", "threads", "--importMemory", "--sharedMemory"].concat(
      ["--initialMemory", "1", "--maximumMemory", "65536"],
    ),
  },
];

const SOURCES = fromFileUrl(new URL("../kernel/", import.meta.url));
const LINE = 96;

function inKernel(name: string): URL {
  return new URL(`../mod/kernel/${name}`, import.meta.url);
}

/** The text of a file with a compiled module, made from the sources. @throws Error with the compiler's words. */
export async function kernelCode({ entry, options }: KernelModule): Promise<string> {
  const binary = Promise.withResolvers<Uint8Array>();
  const common = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd"];
  const args = [entry, "--outFile", "kernel.wasm", ...common, ...options];
  const { error, stderr } = await asc.main(args, {
    readFile(name: string) {
      try {
        return Deno.readTextFileSync(SOURCES + name);
      } catch (thrown) {
        if (thrown instanceof Deno.errors.NotFound) return null;
        throw thrown;
      }
    },
    writeFile: (_, contents) => binary.resolve(contents as Uint8Array),
    listFiles: () => [],
  });
  if (error) throw new Error(`kernel/ can't be compiled: ${error.message}\n${stderr}`);
  const lines = (await binary.promise).toBase64().match(new RegExp(`.{1,${LINE}}`, "g"))!;
  return `/** Made of kernel/${entry} by \`denow task kernel\`: WebAssembly in base64. */
export const CODE = \`
${lines.join("\n")}
\`;
`;
}

if (import.meta.main) {
  for (const made of KERNEL_MODULES) await Deno.writeTextFile(made.code, await kernelCode(made));
}
