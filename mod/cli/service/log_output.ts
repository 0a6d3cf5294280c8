import {
  configureSync,
  getAnsiColorFormatter,
  getTextFormatter,
  type LogLevel,
  type LogRecord,
  type TextFormatter,
} from "@logtape/logtape";
import { log } from "../../common/log.ts";
import { LineSink } from "../output/line_sink.ts";

/** Priorities of syslog(3), as systemd reads them at a line's start: sd-daemon(3). */
const PRIORITIES: Readonly<Record<LogLevel, number>> = {
  trace: 7,
  debug: 7,
  info: 6,
  warning: 4,
  error: 3,
  fatal: 2,
};

/** Opens the log on standard error. */
export function openLog(level: LogLevel): LineSink {
  const sink = new LineSink(
    Deno.stderr,
    (lines) => log.service.warn("{lines} lines of the log were dropped", { lines }),
  );
  configureLog(sink, level);
  return sink;
}

/**
 * Lets the service's events through, from a level on: coloured for a terminal, with priorities for systemd's
 * journal, else a line of JSON each.
 */
export function configureLog(sink: LineSink, level: LogLevel): void {
  const format = formatter();
  configureSync({
    reset: true,
    sinks: { lines: (record) => sink.add(() => format(record)) },
    loggers: [
      { category: "measuring", lowestLevel: level, sinks: ["lines"] },
      { category: "logtape", lowestLevel: "error", sinks: ["lines"] },
    ],
  });
}

function formatter(): TextFormatter {
  if (Deno.stderr.isTerminal()) {
    return getAnsiColorFormatter({ timestamp: "time", timeZone: null, value: "bare", category });
  }
  if (Deno.env.get("JOURNAL_STREAM") === undefined) return formatJson;
  return (record) =>
    `<${PRIORITIES[record.level]}>${category(record.category)}: ${sentence(record)}\n`;
}

function formatJson(record: LogRecord): string {
  const { timestamp, level, properties } = record;
  const time = new Date(timestamp).toISOString();
  const part = category(record.category);
  const event = { time, level, part, message: sentence(record) };
  return `${JSON.stringify({ ...event, ...properties, ...event })}\n`;
}

/** An event's message with its figures, as one line; whatever they hold, there is no other end in it. */
const formatMessage = getTextFormatter({ value: "bare", format: ({ message }) => message });

function sentence(record: LogRecord): string {
  return formatMessage(record).trimEnd();
}

function category(names: readonly string[]): string {
  return names.at(-1)!;
}
