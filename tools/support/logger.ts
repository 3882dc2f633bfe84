import { pino } from "pino";

/** A logger that keeps its lines; `lines` holds each as the object it was. */
export function recordingLogger() {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: "trace" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { logger, lines, said: (text: string) => lines.some((line) => String(line.msg).includes(text)) };
}

/** A logger that says nothing. */
export const SILENT = pino({ level: "silent" });
