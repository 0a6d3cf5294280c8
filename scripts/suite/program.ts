/** The compiled program, which nobody may replace while tests run it. */
import { dirname, join } from "@std/path";
import { compile, isCurrent } from "../binary.ts";
import { ROOT } from "../sources.ts";

const LOCK = join(ROOT, "dist", "suite.lock");

/**
 * Has the program compiled where it is older than its sources, and keeps others from replacing it. Other runs of
 * the suite may use it meanwhile; one that has to compile waits for them.
 *
 * @param say Told of what takes long.
 * @throws Error when it can't be compiled.
 */
export async function holdProgram(say: (text: string) => void): Promise<Disposable> {
  await Deno.mkdir(dirname(LOCK), { recursive: true });
  const file = await Deno.open(LOCK, { create: true, write: true });
  try {
    await file.lock(false);
    if (!await isCurrent()) {
      await file.unlock();
      if (!await file.tryLock(true)) {
        say("waiting for another run of the suite, which uses the program as it was\n");
        await file.lock(true);
      }
      if (!await isCurrent()) {
        say("compiling the program\n");
        await compile();
      }
      await file.unlock();
      await file.lock(false);
    }
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}
