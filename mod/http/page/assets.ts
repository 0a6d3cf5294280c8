/// <reference lib="deno.unstable" />
import plotStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import plot from "uplot/dist/uPlot.esm.js" with { type: "text" };
import page from "../../../web/index.html" with { type: "text" };
import enter from "../../../web/enter.html" with { type: "text" };
import icon from "../../../web/icon.svg" with { type: "text" };
import style from "../../../web/style.css" with { type: "text" };
import chart from "../../../web/chart.js" with { type: "text" };
import download from "../../../web/download.js" with { type: "text" };
import dom from "../../../web/dom.js" with { type: "text" };
import format from "../../../web/format.js" with { type: "text" };
import history from "../../../web/history.js" with { type: "text" };
import job from "../../../web/job.js" with { type: "text" };
import jobs from "../../../web/jobs.js" with { type: "text" };
import main from "../../../web/main.js" with { type: "text" };
import plotView from "../../../web/plot.js" with { type: "text" };
import plotData from "../../../web/plot_data.js" with { type: "text" };
import plotControls from "../../../web/plot_controls.js" with { type: "text" };
import plotLegend from "../../../web/plot_legend.js" with { type: "text" };
import plotLines from "../../../web/plot_lines.js" with { type: "text" };
import result from "../../../web/result.js" with { type: "text" };
import resultTable from "../../../web/result_table.js" with { type: "text" };
import savePicture from "../../../web/save_picture.js" with { type: "text" };
import service from "../../../web/service.js" with { type: "text" };
import settings from "../../../web/settings.js" with { type: "text" };
import copyModule from "../../../web/copy.js" with { type: "text" };
import errorsModule from "../../../web/errors.js" with { type: "text" };
import filters from "../../../web/filters.js" with { type: "text" };
import firstJob from "../../../web/first_job.js" with { type: "text" };
import jobActions from "../../../web/job_actions.js" with { type: "text" };
import jobFormula from "../../../web/job_formula.js" with { type: "text" };
import jobLog from "../../../web/job_log.js" with { type: "text" };
import jobRow from "../../../web/job_row.js" with { type: "text" };
import jobState from "../../../web/job_state.js" with { type: "text" };
import otherJob from "../../../web/other_job.js" with { type: "text" };
import look from "../../../web/look.js" with { type: "text" };
import view from "../../../web/view.js" with { type: "text" };
import jobsStyle from "../../../web/jobs.css" with { type: "text" };
import texts from "../../../web/texts.js" with { type: "text" };
import { acceptsLanguages } from "@std/http/negotiation";
import { reply } from "./reply.ts";

/** The page's languages; the first where the browser asks for none of them. */
const LANGUAGES = ["en", "ru"] as const;

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
  "/chart.js": chart,
  "/dom.js": dom,
  "/download.js": download,
  "/format.js": format,
  "/history.js": history,
  "/job.js": job,
  "/jobs.js": jobs,
  "/main.js": main,
  "/other_job.js": otherJob,
  "/plot.js": plotView,
  "/plot_data.js": plotData,
  "/plot_controls.js": plotControls,
  "/plot_legend.js": plotLegend,
  "/plot_lines.js": plotLines,
  "/result.js": result,
  "/result_table.js": resultTable,
  "/save_picture.js": savePicture,
  "/service.js": service,
  "/settings.js": settings,
  "/copy.js": copyModule,
  "/errors.js": errorsModule,
  "/filters.js": filters,
  "/first_job.js": firstJob,
  "/job_actions.js": jobActions,
  "/job_formula.js": jobFormula,
  "/job_log.js": jobLog,
  "/job_row.js": jobRow,
  "/job_state.js": jobState,
  "/look.js": look,
  "/view.js": view,
  "/jobs.css": jobsStyle,
  "/texts.js": texts,
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

/** The page itself, in the language that the reader's browser asks for. */
export function pageReply(request: Request): Response {
  const language = acceptsLanguages(request, ...LANGUAGES) ?? LANGUAGES[0];
  return reply(page.replace('<html lang="en">', `<html lang="${language}">`), TYPES.html!, {
    headers: { vary: "Accept-Language" },
  });
}

/** Asks for the token. */
export function enterReply(): Response {
  return reply(enter, TYPES.html!, {
    status: 401,
    headers: { "www-authenticate": 'Bearer realm="measuring"' },
  });
}
