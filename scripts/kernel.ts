/** `denow task kernel`: compiles kernel/ to WebAssembly, as base64 in mod/kernel/code.ts. */
import asc from "assemblyscript/asc";
import { fromFileUrl } from "@std/path";

/** Where the compiled kernel is kept. */
export const KERNEL_CODE = new URL("../mod/kernel/code.ts", import.meta.url);

const SOURCES = fromFileUrl(new URL("../kernel/", import.meta.url));
const LINE = 96;

/** The text of mod/kernel/code.ts, made from the sources. @throws Error with the compiler's words. */
export async function kernelCode(): Promise<string> {
  const binary = Promise.withResolvers<Uint8Array>();
  const options = ["-O3", "--noAssert", "--runtime", "stub", "--enable", "simd"];
  const { error, stderr } = await asc.main(["index.ts", "--outFile", "kernel.wasm", ...options], {
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
  return `/** Made of kernel/ by \`denow task kernel\`: WebAssembly in base64. */
export const CODE = \`
${lines.join("\n")}
\`;
`;
}

if (import.meta.main) await Deno.writeTextFile(KERNEL_CODE, await kernelCode());
