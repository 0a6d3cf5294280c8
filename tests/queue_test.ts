import { assert, assertEquals, assertRejects } from "@std/assert";
import { ServiceError } from "../mod/errors.ts";
import { JobQueue } from "../mod/queue.ts";

const never = new AbortController().signal;

Deno.test("waiting jobs start by priority, then in the order they came", async () => {
  const queue = new JobQueue(1, 10);
  const first = await queue.turn(0, never);
  const started: string[] = [];
  const jobs = ([["a", 0], ["b", 5], ["c", 0], ["d", 5], ["e", -1]] as const).map(
    async ([name, priority]) => {
      using _turn = await queue.turn(priority, never);
      started.push(name);
    },
  );
  assertEquals([queue.running, queue.queued], [1, 5]);
  first[Symbol.dispose]();
  await Promise.all(jobs);
  assertEquals(started, ["b", "d", "a", "c", "e"]);
  assertEquals([queue.running, queue.queued], [0, 0]);
});

Deno.test("as many jobs run at once as the queue allows", async () => {
  const queue = new JobQueue(2, 10);
  const turns = [await queue.turn(0, never), await queue.turn(0, never)];
  let third = false;
  const waiting = queue.turn(0, never).then((turn) => {
    third = true;
    return turn;
  });
  await Promise.resolve();
  assert(!third);
  turns[0]![Symbol.dispose]();
  turns.push(await waiting);
  assertEquals(queue.running, 2);
});

Deno.test("a job over the queue's length is refused as BUSY", async () => {
  const queue = new JobQueue(1, 1);
  const running = await queue.turn(0, never);
  const waiting = queue.turn(0, never);
  const error = await assertRejects(() => queue.turn(0, never), ServiceError);
  assertEquals(error.code, "BUSY");
  running[Symbol.dispose]();
  (await waiting)[Symbol.dispose]();
});

Deno.test("an aborted job leaves the queue and takes no turn", async () => {
  const queue = new JobQueue(1, 10);
  const running = await queue.turn(0, never);
  const abort = new AbortController();
  const gone = assertRejects(() => queue.turn(0, abort.signal), Error, "no more");
  const next = queue.turn(0, never);
  abort.abort(new Error("no more"));
  await gone;
  assertEquals(queue.queued, 1);
  running[Symbol.dispose]();
  (await next)[Symbol.dispose]();
  assertEquals(queue.running, 0);
});
