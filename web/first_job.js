/** How the first job is sent: what an empty list shows. */
import { copyButton } from "./copy.js";
import { byId, make, say } from "./dom.js";
import { text } from "./texts.js";

/** @import { SessionAnswer } from "../mod/http/page/shapes.ts" */

/** Where the service is for its clients, and who asks. @type {SessionAnswer | null} */
let session = null;
const command = make("pre", { tabIndex: 0 });

/** @param {SessionAnswer} answer */
export function knowSession(answer) {
  session = answer;
}

/** Shows it, or not. @param {boolean} shown */
export function showFirstJob(shown) {
  const place = byId("no-jobs");
  place.hidden = !shown;
  const help = byId("first-job");
  help.hidden = session === null || session.Service === null || session.Role === "look";
  if (!shown || help.hidden) return;
  say(command, commandOf(/** @type {SessionAnswer} */ (session)));
  command.ariaLabel = text("firstJobCommand");
  say(byId("first-job-text"), text("firstJob", session?.Service?.Folder ?? ""));
  if (command.isConnected) return;
  help.append(
    make(
      "div",
      { className: "copied" },
      command,
      copyButton(() => command.textContent ?? "", text("firstJobCommand")),
    ),
  );
}

/** @param {SessionAnswer} session */
function commandOf({ Service }) {
  if (Service === null) return "";
  const { Host, Port, Tls, Token, Folder } = Service;
  const anywhere = Host === "0.0.0.0" || Host === "::";
  const host = anywhere ? location.hostname : Host.includes(":") ? `[${Host}]` : Host;
  const options = [
    `--remote ${host}:${Port}`,
    ...(Tls ? ["--tls"] : []),
    ...(Token ? ["--token-file token"] : []),
    `--directory ${quoted(Folder)}`,
    "--base '*.parquet'",
    "--file first.ts",
  ];
  return `tcp_server new ${quoted(`${Folder}/first`)}\ntcp_server submit ${options.join(" ")}`;
}

/** A word for a shell. @param {string} word */
function quoted(word) {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
