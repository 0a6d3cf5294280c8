/// <reference lib="deno.unstable" />
import plotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import plot from "uplot/dist/uPlot.esm.js" with { type: "text" };
import page from "../../web/index.html" with { type: "text" };
import enter from "../../web/enter.html" with { type: "text" };
import icon from "../../web/icon.svg" with { type: "text" };
import style from "../../web/style.css" with { type: "text" };
import main from "../../web/main.js" with { type: "text" };
import { reply } from "./reply.ts";

const TYPES: Record<string, string> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

/** Files of the page by their path; they are part of the program and no secret. */
const FILES: Record<string, string> = {
  "/style.css": style,
  "/icon.svg": icon,
  "/main.js": main,
  "/uplot.css": plotStyle,
  "/uplot.js": plot,
};

/** A file that the page is made of, or null. */
export function asset(path: string): Response | null {
  const content = Object.hasOwn(FILES, path) ? FILES[path]! : null;
  return content === null ? null : reply(content, TYPES[path.split(".").at(-1)!]!, {
    headers: { "cache-control": "no-cache" },
  });
}

/** The page itself. */
export function pageReply(): Response {
  return reply(page, TYPES.html!);
}

/** Asks for the token. */
export function enterReply(): Response {
  return reply(enter, TYPES.html!, {
    status: 401,
    headers: { "www-authenticate": 'Bearer realm="measuring"' },
  });
}
