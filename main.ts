/**
 * The program: the service and its command line.
 *
 * @module
 */
if (import.meta.main) {
  const [first, ...rest] = Deno.args;
  if (first === "engine") {
    const { engineMain } = await import("./mod/engine/process/process.ts");
    await engineMain(rest);
  } else {
    const { main } = await import("./mod/cli/program.ts");
    Deno.exit(await main(Deno.args));
  }
}
