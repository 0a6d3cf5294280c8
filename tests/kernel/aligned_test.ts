import { assertEquals, assertThrows } from "@std/assert";
import { Kernel } from "../../mod/kernel/kernel.ts";
import { aligned } from "../../mod/kernel/aligned.ts";

Deno.test("addresses beyond 2 GiB stay where they are", () => {
  assertEquals([0, 1, 16, 2 ** 31 - 3, 2 ** 31 + 1, 2 ** 32 + 5].map(aligned), [
    0,
    16,
    16,
    2 ** 31,
    2 ** 31 + 16,
    2 ** 32 + 16,
  ]);
});

Deno.test("what no memory can hold is refused, not written elsewhere", () => {
  const end = Array.from({ length: 3 }).reduce<number>((end) => aligned(end + 2 ** 31 - 100), 0);
  assertThrows(() => new Kernel().reserve(end), RangeError, "WebAssembly.Memory.grow()");
});
