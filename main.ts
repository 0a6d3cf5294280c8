/**
 * The program: the service and its command line.
 *
 * @module
 */
if (import.meta.main) {
  const [first, ...rest] = Deno.args;
  if (first === "engine") {
    const { engineMain } = await import("./mod/engine/process/start.ts");
    await engineMain(rest);
  } else {
    if (first === "run" && Deno.build.standalone) {
      const { startEngineOf } = await import("./mod/cli/ahead.ts");
      await startEngineOf(rest);
    }
    const { main } = await import("./mod/cli/program.ts");
    Deno.exit(await main(Deno.args));
  }
}
