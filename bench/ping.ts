/**
 * Sends a text to a port of this machine and waits for the line that comes back, again and again over
 * one connection. Started as a process of its own with both; prints replies a second and the bytes of
 * one as JSON.
 */
const WARM_UP_SECONDS = 1;
const SECONDS = 3;
const BETWEEN_LOOKS = 100;
const LINE_FEED = 10;

const [port, text] = Deno.args;
const request = new TextEncoder().encode(text);
const buffer = new Uint8Array(65_536);
using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(port) });
connection.setNoDelay(true);

async function ask(): Promise<number> {
  await connection.write(request);
  for (let length = 0;;) {
    const more = await connection.read(buffer.subarray(length));
    if (more === null) throw new Error("the server has closed the connection");
    length += more;
    if (buffer[length - 1] === LINE_FEED) return length;
  }
}

async function rate(seconds: number): Promise<number> {
  const started = performance.now();
  for (let replies = BETWEEN_LOOKS;; replies += BETWEEN_LOOKS) {
    for (let k = 0; k < BETWEEN_LOOKS; k++) await ask();
    const passed = (performance.now() - started) / 1000;
    if (passed >= seconds) return replies / passed;
  }
}

await rate(WARM_UP_SECONDS);
const replies = await rate(SECONDS);
console.log(JSON.stringify({ rate: replies, bytes: await ask() }));
