/** A real browser for tests: Chromium without a window, told what to do over its devtools protocol. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { patiently } from "../../scripts/patience.ts";
import { until } from "./until.ts";

/** Names that Chromium goes by. */
const NAMES = ["chromium", "chromium-browser", "google-chrome"];

const chromium: string | null = await find();

/** What this machine lacks for tests in a browser; null where it has one. */
export const noBrowser: string | null = chromium === null
  ? "chromium is not installed (Debian: chromium)"
  : null;

async function find(): Promise<string | null> {
  for (const name of NAMES) {
    try {
      const command = new Deno.Command(name, { args: ["--version"], stderr: "null" });
      if ((await command.output()).success) return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return null;
}

// deno-lint-ignore no-explicit-any
type Params = Record<string, any>;

/** Chromium itself, in a folder of its own. */
class Chromium {
  readonly #child: Deno.ChildProcess;
  readonly #folder: string;

  private constructor(child: Deno.ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
  }

  static async start(): Promise<Chromium> {
    const folder = await Deno.makeTempDir({ prefix: "tcp_server_browser_" });
    // What it says goes to a file: nobody may be reading while a test begins or ends.
    const child = new Deno.Command("sh", {
      args: [
        ...["-c", 'exec "$@" 2>"$0"', join(folder, "log"), chromium!],
        "--headless=new",
        ...(Deno.uid() === 0 ? ["--no-sandbox"] : []),
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE 127.0.0.2",
        "--remote-debugging-port=0",
        `--user-data-dir=${folder}`,
        "about:blank",
      ],
      env: { HOME: folder },
      stdin: "null",
      stdout: "null",
    }).spawn();
    return new Chromium(child, folder);
  }

  /** A connection to it. */
  async connect(): Promise<WebSocket> {
    const log = () => Deno.readTextFile(join(this.#folder, "log")).catch(() => "");
    let ended = false;
    this.#child.status.then(() => ended = true);
    const address = await until("the browser to start", async () => {
      const said = await log();
      if (ended) throw new Error(`the browser didn't start: ${said.slice(-2000)}`);
      return /DevTools listening on (ws:\S+)/.exec(said)?.[1];
    });
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return socket;
  }

  async end(): Promise<void> {
    const socket = await this.connect();
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.send(JSON.stringify({ id: 1, method: "Browser.close" }));
    await patiently(this.#child.status, "the browser to end", () => this.#child.kill("SIGKILL"));
    socket.close();
    await closed;
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/**
 * Starts a browser before the first test of the file that calls this, and ends it after the last; gives what
 * opens a tab, in which nothing is known of what was done in others.
 */
export function shareBrowser(): (languages?: string) => Promise<Browser> {
  let shared: Chromium;
  if (chromium !== null) {
    Deno.test.beforeAll(async () => {
      shared = await Chromium.start();
      const first = await shared.connect();
      // What begins before a test may not end in it.
      const closed = new Promise((resolve) => first.onclose = resolve);
      first.close();
      await closed;
    });
    Deno.test.afterAll(() => shared.end());
  }
  return async (languages) => await Browser.open(await shared.connect(), languages);
}

/** A browser of one's own, and what opens tabs in it; disposing it ends it. */
export async function openBrowser(): Promise<
  AsyncDisposable & { tab(languages?: string): Promise<Browser> }
> {
  const started = await Chromium.start();
  return {
    tab: async (languages) => await Browser.open(await started.connect(), languages),
    [Symbol.asyncDispose]: () => started.end(),
  };
}

/** What the devtools protocol says of an expression whose page is left before it is evaluated. */
const GONE =
  /Inspected target navigated or closed|Execution context was destroyed|Cannot find context/;

/** A tab of a browser. Disposing it closes the tab. */
export class Browser implements AsyncDisposable {
  /** What went wrong in the page, as the console has it. */
  readonly faults: string[] = [];
  /** Addresses that were asked for. */
  readonly requests: string[] = [];
  readonly #socket: WebSocket;
  readonly #replies = new Map<number, PromiseWithResolvers<Params>>();
  #context = "";
  #session: string | undefined;
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
  }

  /** @param languages As `Accept-Language` has them. */
  static async open(socket: WebSocket, languages = "en"): Promise<Browser> {
    const browser = new Browser(socket);
    const { browserContextId } = await browser.send("Target.createBrowserContext");
    browser.#context = browserContextId;
    const { targetId } = await browser.send("Target.createTarget", {
      url: "about:blank",
      browserContextId,
    });
    const attached = await browser.send("Target.attachToTarget", { targetId, flatten: true });
    browser.#session = attached.sessionId;
    for (const domain of ["Page", "Runtime", "Network", "Log"]) {
      await browser.send(`${domain}.enable`);
    }
    const { userAgent } = await browser.send("Browser.getVersion");
    await browser.send("Emulation.setUserAgentOverride", { userAgent, acceptLanguage: languages });
    await browser.send("Emulation.setScrollbarsHidden", { hidden: true });
    await browser.size(1280, 900);
    return browser;
  }

  /** Sends a command of the devtools protocol. @throws Error when the browser never answers, as one whose page hangs. */
  send(method: string, params: Params = {}): Promise<Params> {
    const id = ++this.#last;
    const reply = Promise.withResolvers<Params>();
    this.#replies.set(id, reply);
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    return patiently(
      reply.promise,
      `the browser to answer ${method}`,
      () => this.#replies.delete(id),
    );
  }

  async open(url: string | URL): Promise<void> {
    await this.send("Page.navigate", { url: String(url) });
    await this.until("document.readyState === 'complete'");
  }

  /** Value of an expression in the page. */
  // deno-lint-ignore no-explicit-any
  async value(expression: string): Promise<any> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails === undefined) return result.value;
    throw new Error(`${expression}: ${exceptionDetails.exception?.description}`);
  }

  /** Value of an expression in the page; null where the page makes room for another one meanwhile. */
  // deno-lint-ignore no-explicit-any
  async valueUnlessGone(expression: string): Promise<any> {
    try {
      return await this.value(expression);
    } catch (error) {
      if (error instanceof Error && GONE.test(error.message)) return null;
      throw error;
    }
  }

  /**
   * Waits until an expression in the page is true; gives its value.
   *
   * @throws Error with the page's text, or that it doesn't answer, when the expression never becomes true.
   */
  // deno-lint-ignore no-explicit-any
  async until(expression: string): Promise<any> {
    try {
      return await until(expression, () => this.valueUnlessGone(expression));
    } catch (error) {
      const text = await this.value("document.body.innerText").catch((silence) => `(${silence})`);
      throw new Error(`${error}; the page says:\n${text}\n${this.faults.join("\n")}`);
    }
  }

  /** Presses a key: a character, or a name such as `Tab`, `Enter`, `ArrowDown`. */
  async press(key: string, { shift = false } = {}): Promise<void> {
    const codes: Record<string, number> = {
      ...{ Tab: 9, Enter: 13, " ": 32, Home: 36, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39 },
      ArrowDown: 40,
    };
    const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
    const event = {
      key,
      modifiers: shift ? 8 : 0,
      windowsVirtualKeyCode: codes[key] ?? key.toUpperCase().charCodeAt(0),
      ...(text === undefined ? {} : { text }),
    };
    await this.send("Input.dispatchKeyEvent", {
      type: text === undefined ? "rawKeyDown" : "keyDown",
      ...event,
    });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  /** Goes on with Tab until an expression is true of the element that has the focus, `it`. */
  async tabTo(expression: string): Promise<void> {
    for (let tabs = 0; tabs < 200; tabs++) {
      await this.press("Tab");
      if (await this.value(`(({ activeElement: it }) => ${expression})(document)`)) return;
    }
    throw new Error(`Tab leads to nothing that is ${expression}`);
  }

  /** What can have the focus, as those are told of it who can't see the page. */
  async accessible(): Promise<{ role: string; name: string }[]> {
    const { nodes } = await this.send("Accessibility.getFullAXTree");
    return nodes.filter(({ ignored, properties = [] }: Params) =>
      !ignored && properties.some(({ name, value }: Params) => name === "focusable" && value.value)
    ).map(({ role, name }: Params) => ({ role: role.value, name: name?.value ?? "" }));
  }

  /** Drags the mouse across an element, from one share of its width to another. */
  async drag(selector: string, from: number, to: number): Promise<void> {
    const { x, y, width, height } = await this.value(
      `(() => { const it = document.querySelector(${JSON.stringify(selector)});
        it.scrollIntoView({ block: "center" });
        const { x, y, width, height } = it.getBoundingClientRect();
        return { x, y, width, height }; })()`,
    );
    const at = (share: number) => ({ x: x + width * share, y: y + height / 2 });
    const mouse = (type: string, share: number, buttons: number) =>
      this.send("Input.dispatchMouseEvent", {
        type,
        ...at(share),
        button: type === "mouseMoved" && buttons === 0 ? "none" : "left",
        buttons,
        clickCount: 1,
      });
    await mouse("mouseMoved", from, 0);
    await mouse("mousePressed", from, 1);
    for (const part of [0.25, 0.5, 0.75, 1]) {
      await mouse("mouseMoved", from + (to - from) * part, 1);
    }
    await mouse("mouseReleased", to, 0);
  }

  async size(width: number, height: number): Promise<void> {
    await this.send("Emulation.setDeviceMetricsOverride", {
      ...{ width, height, deviceScaleFactor: 1, mobile: false },
    });
  }

  async colours(scheme: "light" | "dark"): Promise<void> {
    await this.send("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: scheme }],
    });
  }

  /** Takes a picture of the whole page, made smaller by a factor. */
  async picture(path: string, scale = 1): Promise<void> {
    const clip = await this.value(
      `({ x: 0, y: 0, width: innerWidth, height: document.documentElement.scrollHeight, scale: ${scale} })`,
    );
    const { data } = await this.send("Page.captureScreenshot", {
      captureBeyondViewport: true,
      clip,
    });
    await Deno.writeFile(path, Uint8Array.fromBase64(data));
  }

  /** Nothing may have gone wrong, and nothing may have been asked of anybody but the page's own server. */
  assertClean(page: URL): void {
    assertEquals(this.faults, []);
    // The browser's own pictures, such as those of its fields for times, are asked of nobody.
    const elsewhere = this.requests.filter((url) => !/^data:/.test(url))
      .filter((url) => !url.startsWith(page.origin + "/"));
    assertEquals(elsewhere, []);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session = undefined;
    await this.send("Target.disposeBrowserContext", { browserContextId: this.#context });
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.close();
    await closed;
  }

  #receive({ id, method, params, result, error }: Params): void {
    if (id !== undefined) {
      const reply = this.#replies.get(id);
      this.#replies.delete(id);
      if (error) reply?.reject(new Error(error.message));
      else reply?.resolve(result);
    } else if (method === "Network.requestWillBeSent") this.requests.push(params.request.url);
    else if (method === "Network.webSocketCreated") this.requests.push(params.url);
    else if (method === "Runtime.exceptionThrown") {
      const { text, exception } = params.exceptionDetails;
      this.faults.push(`${text} ${exception?.description ?? ""}`);
    } else if (method === "Runtime.consoleAPICalled" && params.type === "error") {
      this.faults.push(params.args.map((one: Params) => one.value ?? one.description).join(" "));
    } else if (method === "Log.entryAdded" && params.entry.level === "error") {
      this.faults.push(`${params.entry.text} ${params.entry.url ?? ""}`);
    }
  }
}
