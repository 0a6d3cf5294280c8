import { assert, assertEquals, assertRejects } from "@std/assert";
import { inOrder, mergePairwise } from "../mod/engine/order.ts";

/** Work that settles when the test says so, in an order the test chooses. */
class Pieces {
  readonly started: number[] = [];
  readonly #ends = new Map<number, PromiseWithResolvers<number>>();

  readonly start = (index: number): Promise<number> => {
    this.started.push(index);
    const end = Promise.withResolvers<number>();
    this.#ends.set(index, end);
    return end.promise;
  };

  async finish(index: number): Promise<void> {
    this.#ends.get(index)!.resolve(index);
    await new Promise((resolve) => setTimeout(resolve));
  }

  async fail(index: number, error: Error): Promise<void> {
    this.#ends.get(index)!.reject(error);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

Deno.test("results are taken in order, whichever piece is ready first", async () => {
  const pieces = new Pieces();
  const taken: number[] = [];
  const all = inOrder(5, 3, pieces.start, (result) => taken.push(result));
  await pieces.finish(2);
  await pieces.finish(1);
  assertEquals(taken, []);
  await pieces.finish(0);
  assertEquals(taken, [0, 1, 2]);
  await pieces.finish(4);
  await pieces.finish(3);
  await all;
  assertEquals(taken, [0, 1, 2, 3, 4]);
});

Deno.test("no more pieces than the window are started ahead of the one that is due", async () => {
  const pieces = new Pieces();
  const all = inOrder(10, 3, pieces.start, () => {});
  await pieces.finish(1);
  await pieces.finish(2);
  assertEquals(pieces.started, [0, 1, 2]);
  await pieces.finish(0);
  assertEquals(pieces.started, [0, 1, 2, 3, 4, 5]);
  for (let index = 3; index < 10; index++) await pieces.finish(index);
  await all;
});

Deno.test("the failure of the first piece that failed is told, and no other piece is started", async () => {
  const pieces = new Pieces();
  const all = assertRejects(() => inOrder(10, 3, pieces.start, () => {}), Error, "of 0");
  await pieces.fail(2, new Error("of 2"));
  await pieces.fail(0, new Error("of 0"));
  await all;
  assertEquals(pieces.started, [0, 1, 2]);
});

Deno.test("values are merged in order, in a tree of least depth", async () => {
  for (const count of [1, 2, 3, 5, 8, 13, 100]) {
    const merged = await mergePairwise(
      count,
      (index) => Promise.resolve({ text: `${index} `, depth: 0 }),
      (left, right) =>
        Promise.resolve({
          text: left.text + right.text,
          depth: 1 + Math.max(left.depth, right.depth),
        }),
    );
    assertEquals(merged.text, Array.from({ length: count }, (_, index) => `${index} `).join(""));
    assert(merged.depth === Math.ceil(Math.log2(count)));
  }
});

Deno.test("a merge fails when one of its values does", async () => {
  const value = (index: number) =>
    index === 3 ? Promise.reject(new Error("of 3")) : Promise.resolve(index);
  await assertRejects(
    () => mergePairwise(5, value, (a, b) => Promise.resolve(a + b)),
    Error,
    "of 3",
  );
});
